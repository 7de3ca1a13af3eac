"""MATLAB's files of v7.3, which are HDF5: read as scipy reads the older ones.

MATLAB lays columns beside one another, HDF5 rows: dimensions are in the opposite order. What is in
a cell, or in a field of several structs, lies elsewhere in the file, and a reference leads to it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import h5py  # only where the extra is installed: who imports this asks
import numpy as np

from brainscore_data.arrays.formats import Key, StoredArray
from brainscore_data.arrays.hdf5 import open_hdf5, reopened_hdf5
from brainscore_data.arrays.hdf5_objects import SAVE_AGAIN, Texts, refuse
from brainscore_data.arrays.hdf5_storage import check_storage
from brainscore_data.arrays.matlab_variables import MatlabVariable, is_struct, no_field, no_numbers
from brainscore_data.base.bounds import Bound
from brainscore_data.base.errors import DataError

# Rows lie scattered over the whole file, so many are read at once.
_AT_ONCE = 256 << 20


def hdf5_variables(path: Path) -> list[MatlabVariable]:
    """List the variables of a file; no values are read."""
    with _Reader.of(path) as reader:
        Bound.OBJECTS.refuse(len(reader.file), path)
        nodes = {name: reader.node((name,)) for name in reader.file if not name.startswith("#")}
        return [
            MatlabVariable(name, reader.shape(node), reader.kind(node))
            for name, node in nodes.items()
        ]


def hdf5_value(path: Path, names: Sequence[str]) -> Any:
    """Read a variable, or a field of a struct, whole."""
    with _Reader.of(path) as reader:
        return reader.value(reader.node(names), depth=0)


def open_hdf5_numbers(path: Path, names: Sequence[str]) -> StoredArray:
    """Open an array of numbers, whose parts are read when somebody asks for them."""
    with _Reader.of(path) as reader:
        node = reader.node(names)
        if isinstance(node, h5py.Group) and reader.kind(node) == "struct":
            raise is_struct(reader.fields(node), reader.shape(node), path, names)
        if (what := reader.no_numbers(node)) is not None:
            raise no_numbers(what, path, names)
        shape, kind = reader.shape(node), reader.kind(node)
        dtype = np.dtype(bool) if kind == "logical" else node.dtype.newbyteorder("=")
        check_storage(node, path)
        if 0 in shape:
            empty = np.empty(shape, dtype)
            return StoredArray(shape, dtype, empty.__getitem__)

    def rows(start: int, stop: int, others: Key) -> np.ndarray:
        with reopened_hdf5(path) as file:
            found = file["/".join(names)][(*reversed(others), slice(start, stop))]
        return np.asarray(found).T.astype(dtype, copy=False)

    return StoredArray(shape, dtype, _InSlabs(shape, dtype, rows))


class _InSlabs:
    """Read many rows at once, and keep them for who asks for the next."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype, rows: Any) -> None:
        self._shape, self._rows = shape, rows
        self._many = max(1, _AT_ONCE // max(1, prod(shape[1:]) * dtype.itemsize))
        self._lock = threading.Lock()
        self._start, self._kept = 0, np.empty((0,))

    def __call__(self, key: Key) -> np.ndarray:
        first, *others = key
        start, stop, step = (
            first.indices(self._shape[0]) if isinstance(first, slice) else (first, first + 1, 1)
        )
        if stop - start > self._many:  # whole columns, which lie together
            found = self._rows(start, stop, tuple(_whole(each) for each in others))
            taken = (slice(None, None, step), *(_again(each) for each in others))
            return np.ascontiguousarray(found[taken])
        with self._lock:
            end = self._start + len(self._kept)
            if not (self._start <= start and stop <= end and len(self._kept)):
                every = tuple(slice(None) for _ in others)
                last = min(self._shape[0], max(stop, start + self._many))
                self._start, self._kept = start, self._rows(start, last, every)
            kept, before = self._kept, self._start
        within = (
            slice(start - before, stop - before, step)
            if isinstance(first, slice)
            else first - before
        )
        return np.array(kept[(within, *others)])


def _whole(key: int | slice) -> slice:
    return key if isinstance(key, slice) else slice(key, key + 1)


def _again(key: int | slice) -> int | slice:
    """Give what is left to choose of what `_whole` chose."""
    return slice(None) if isinstance(key, slice) else 0


class _Reader:
    """An open file; all that is read of it is counted."""

    def __init__(self, file: h5py.File, texts: Texts, path: Path) -> None:
        self.file, self._texts, self._path = file, texts, path
        self._size = path.stat().st_size
        self._cells = self._bytes = 0

    @classmethod
    @contextmanager
    def of(cls, path: Path) -> Iterator[_Reader]:
        try:
            with open_hdf5(path) as (file, texts):
                yield cls(file, texts, path)
        except DataError as error:
            if error.hint == SAVE_AGAIN:
                error.hint = "save it again in MATLAB, without links to other files"
            raise

    def node(self, names: Sequence[str]) -> Any:
        """Find a variable, or a field of a struct; no link leads to it."""
        node: Any = self.file
        for depth, name in enumerate(names):
            known = isinstance(node, h5py.Group) and (depth == 0 or not self._is_array(node))
            if not known or name not in node:
                raise no_field(
                    name, self.fields(node) if known else None, self._path, names[:depth]
                )
            if not isinstance(node.get(name, getlink=True), h5py.HardLink):
                refuse(f"{'.'.join(names)} is a link", self._path)
            node = node[name]
        return node

    def kind(self, node: Any) -> str:
        """Give the class, as MATLAB calls it."""
        if "MATLAB_sparse" in node.attrs:
            return "sparse"
        found = self._attribute(node, "MATLAB_class")
        if found is None:
            return "struct" if isinstance(node, h5py.Group) else "unknown"
        return found.decode("ascii", "replace") if isinstance(found, bytes) else str(found)

    def shape(self, node: Any) -> tuple[int, ...]:
        """Give the shape in MATLAB's order."""
        if isinstance(node, h5py.Dataset):
            if "MATLAB_empty" in node.attrs and prod(node.shape) <= 32:
                return tuple(int(each) for each in node[()].reshape(-1))
            return tuple(reversed(node.shape or ()))
        return self.shape(node[self.fields(node)[0]]) if self._is_array(node) else (1, 1)

    def fields(self, node: h5py.Group) -> list[str]:
        """Name the fields of a struct, in their order, if the file says it."""
        there = [name for name in node if not name.startswith("#")]
        if "MATLAB_fields" in node.attrs:
            self._texts.add(node)
            listed = ["".join(map(bytes.decode, each)) for each in node.attrs["MATLAB_fields"]]
            if sorted(listed) == sorted(there):
                return listed
        return there

    def no_numbers(self, node: Any) -> str | None:
        """Say what something is that is no array of numbers."""
        kind = self.kind(node)
        if kind == "sparse":
            return "sparse"
        if not isinstance(node, h5py.Dataset):
            return f"a {kind}"
        if node.dtype.names is not None:
            return "complex"
        if kind in {"cell", "char"}:
            return {"cell": "a cell array", "char": "text"}[kind]
        if node.dtype.kind not in "iuf" or not MatlabVariable("", (), kind).is_numbers:
            return f"a MATLAB object ({kind})"
        return None

    def value(self, node: Any, depth: int) -> Any:
        """Read something, and all that is in it."""
        Bound.NESTED_GROUPS.refuse(depth, self._path)
        kind, shape = self.kind(node), self.shape(node)
        if isinstance(node, h5py.Group) and kind == "struct":
            return self._struct(node, shape, depth)
        if isinstance(node, h5py.Dataset) and 0 in shape:
            return np.empty(shape, object if kind == "cell" else str if kind == "char" else float)
        if isinstance(node, h5py.Dataset) and kind == "cell":
            return self._referred(node, depth)
        if kind != "char" and (what := self.no_numbers(node)) is not None:
            return _Opaque(what)
        self._weigh(node)
        values = np.asarray(node[()]).T
        if kind == "char":
            return _texts(values)
        return values.astype(bool) if kind == "logical" else values

    def _struct(self, node: h5py.Group, shape: tuple[int, ...], depth: int) -> np.ndarray:
        fields = self.fields(node)
        made = np.empty(shape, dtype=[(name, object) for name in fields])
        for name in fields:
            if not isinstance(node.get(name, getlink=True), h5py.HardLink):
                refuse(f"{node.name}/{name} is a link", self._path)
            if self._is_array(node):
                made[name] = self._referred(node[name], depth)
            else:
                made[name].flat[0] = self.value(node[name], depth + 1)
        return made

    def _referred(self, node: h5py.Dataset, depth: int) -> np.ndarray:
        """Follow the references of a cell array, or of a field of several structs."""
        if h5py.check_ref_dtype(node.dtype) is not h5py.Reference:
            refuse(f"{node.name} holds no references", self._path)
        self._weigh(node)
        references = np.asarray(node[()]).T
        made = np.empty(references.shape, dtype=object)
        for place, reference in enumerate(references.flat):
            self._cells += 1
            Bound.REFERENCES.refuse(self._cells, self._path)
            if not reference:
                refuse(f"{node.name} has a reference that leads nowhere", self._path)
            made.flat[place] = self.value(self.file[reference], depth + 1)
        return made

    def _is_array(self, node: Any) -> bool:
        """Whether a struct is an array of several: then its fields are references."""
        if not isinstance(node, h5py.Group):
            return False
        first = next((name for name in node if not name.startswith("#")), None)
        found = None if first is None else node.get(first)
        return (
            isinstance(found, h5py.Dataset)
            and "MATLAB_class" not in found.attrs
            and h5py.check_ref_dtype(found.dtype) is not None
        )

    def _weigh(self, node: h5py.Dataset) -> None:
        check_storage(node, self._path)
        self._bytes += node.nbytes
        Bound.TEXTS.refuse(self._bytes, self._path, self._size)

    def _attribute(self, node: Any, name: str) -> Any:
        """Read an attribute that is short, as MATLAB's are."""
        if name not in node.attrs:
            return None
        if node.attrs.get_id(name).get_storage_size() > 1 << 10:
            refuse(f"the attribute {name} of {node.name} is no name", self._path)
        return node.attrs[name]


class _Opaque:
    """What is neither numbers nor text: `kind` says what it is."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


def _texts(codes: np.ndarray) -> np.ndarray:
    """Make texts of UTF-16 codes, one of each row, as scipy does."""
    rows = np.ascontiguousarray(codes.reshape(codes.shape[0], -1), dtype="<u2")
    return np.array([row.tobytes().decode("utf-16-le", "replace") for row in rows])
