"""All the text that netCDF, HDF5 and ``.npy`` files hold, within bounds.

Texts have many forms there: variable and fixed length, characters along a last axis, fields of
compound values, names of an enumeration, attributes, names of what is in the file. Each of them is
read, or it is said that it was not. Of numbers, only those with a name of something personal are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py  # only where the extra is installed: who imports this asks
import numpy as np

from brainscore_data.arrays.hdf5 import check_classic, is_classic, open_hdf5, open_netcdf4
from brainscore_data.arrays.hdf5_objects import Texts, linked_in
from brainscore_data.arrays.hdf5_storage import check_storage
from brainscore_data.arrays.npy import UNREADABLE, mapped
from brainscore_data.base.door import opened
from brainscore_data.base.errors import DataError
from brainscore_data.check.engine.unreadable import Unread
from brainscore_data.check.people.facts import NamedTexts, UnopenedError
from brainscore_data.check.people.signs_of_people import likely_people

if TYPE_CHECKING:
    import netCDF4

_MOST_OBJECTS = 100_000
_ROWS_AT_ONCE = 1 << 13
_BYTES_AT_ONCE = 4 << 20
_LARGEST_ROW = 64 << 20
_LARGEST_ATTRIBUTE = 16 << 20
_SUBJECT = "general/subject"  # of a session, in NWB
# Of all texts in a file; more than a real one has, and what a checker has time for.
_MOST_BYTES = 1 << 32
# What the libraries answer with to files that are damaged, and to forms that they cannot read.
_FAILURES = (OSError, RuntimeError, ValueError, TypeError, DataError)
_EXPORT_AGAIN = "load it with xarray and save it again with .to_netcdf(…), with plain texts in it"


def texts_of(path: Path) -> Iterator[NamedTexts | Unread]:
    """Give all texts of a file, and why others could not be read."""
    try:
        with opened(path) as stream:
            start = stream.read(6)
        if start == b"\x93NUMPY":
            yield from _in_npy(mapped(path))
        elif is_classic(path):
            check_classic(path)
            with open_netcdf4(path) as file:
                yield from _in_classic(file)
        else:
            with open_hdf5(path) as (file, texts):
                yield from _in_hdf5(file, texts, path)
    except (*_FAILURES, *UNREADABLE, KeyError) as error:
        raise UnopenedError(
            f"it cannot be searched for people: {_reason(error)}",
            where=str(path),
            hint="it may be damaged or cut off: download or export it again",
        ) from error


def _in_hdf5(file: h5py.File, texts: Texts, path: Path) -> Iterator[NamedTexts | Unread]:
    """Give what an HDF5 file, which netCDF-4 is, holds; `path` is where its storage is looked at."""
    names: dict[str, None] = {}
    read = 0
    is_nwb = path.suffix.lower() == ".nwb"
    for name, _, found, again in linked_in(file, path, most=_MOST_OBJECTS):
        if found is None or again or (is_nwb and name.startswith("specifications")):
            continue  # the last is NWB's own schema, which says who wrote it
        names[name.rpartition("/")[2]] = None
        texts.add(found)
        yield from _attributes(found, name, names)
        if not isinstance(found, h5py.Dataset):
            continue
        called = f"variable {name!r}"
        try:
            if not _is_wanted(name, found.dtype):
                continue
            check_storage(found, path)
            read += found.nbytes
            if read > _MOST_BYTES:
                message = f"it has more than {_MOST_BYTES >> 30} GiB of text"
                yield Unread(message, "publish it as several assemblies")
                break
            short = name.rpartition("/")[2]
            of_animal = is_nwb and name.startswith(_SUBJECT) and _is_animal(file)
            yield _array(f"animal_{short}" if of_animal else short, called, found)
        except _FAILURES as error:
            yield _unread(called, error)
    yield _names(names)


def _is_animal(session: h5py.File) -> bool:
    """Say whether a session's subject is of a species that is named, and is not ours."""
    found = session.get(f"{_SUBJECT}/species", getlink=True)
    if not isinstance(found, h5py.HardLink) or not isinstance(
        session[f"{_SUBJECT}/species"], h5py.Dataset
    ):
        return False
    species = session[f"{_SUBJECT}/species"]
    said = " ".join(_texts(species[()])) if species.shape == () else ""
    return bool(said.strip()) and not re.search(r"homo|human|9606|unknown", said, re.IGNORECASE)


def _attributes(owner: Any, of: str, names: dict[str, None]) -> Iterator[NamedTexts | Unread]:
    for name in owner.attrs:
        names[name] = None
        called = _attribute_called(name, of)
        try:
            attribute = owner.attrs.get_id(name)
            if not _is_wanted(name, attribute.dtype):
                continue
            if attribute.get_storage_size() > _LARGEST_ATTRIBUTE:
                yield Unread(f"{called} is too large to be searched", _EXPORT_AGAIN)
                continue
            yield NamedTexts(name, called, iter(list(dict.fromkeys(_texts(owner.attrs[name])))))
        except _FAILURES as error:
            yield _unread(called, error)


def _in_classic(file: netCDF4.Dataset) -> Iterator[NamedTexts]:
    file.set_auto_maskandscale(False)
    file.set_auto_chartostring(False)
    names = dict.fromkeys([*file.dimensions, *file.variables])
    owners: list[tuple[str, Any]] = [("", file), *file.variables.items()]
    for of, owner in owners:
        for name in owner.ncattrs():
            names[name] = None
            value = np.asarray(owner.getncattr(name))
            if _is_wanted(name, value.dtype):
                yield NamedTexts(name, _attribute_called(name, of), _texts(value))
    for name, variable in file.variables.items():
        if _is_wanted(name, variable.dtype):
            yield _array(name, f"variable {name!r}", variable)
    yield _names(names)


def _in_npy(array: np.ndarray) -> Iterator[NamedTexts]:
    if _is_wanted("", array.dtype):
        yield _array("", "the array", array)


# -- values -----------------------------------------------------------------------------------


def _array(name: str, called: str, array: Any) -> NamedTexts:
    """Give the texts of a variable, of whichever library."""
    return NamedTexts(name, called, _explained(_values(array), called))


def _names(names: Iterable[str]) -> NamedTexts:
    return NamedTexts("", "one of the names in it", iter(names))


def _attribute_called(name: str, of: str) -> str:
    return f"attribute {name!r}" + (f" of {of!r}" if of else "")


def _is_wanted(name: str, dtype: np.dtype) -> bool:
    """Say whether something holds text, or numbers that can be personal by their name."""
    if _holds_text(dtype):
        return True
    last = name.rpartition("/")[2]
    return dtype.kind in "iuf" and any(likely_people(last, [each]) for each in ("12345", "1.2345"))


def _holds_text(dtype: np.dtype) -> bool:
    if dtype.subdtype is not None:
        return _holds_text(dtype.subdtype[0])
    if dtype.fields is not None:
        return True  # the names of its fields are
    base = h5py.check_vlen_dtype(dtype)
    if isinstance(base, np.dtype):
        return _holds_text(base)
    if h5py.check_ref_dtype(dtype) is not None:
        return False
    return dtype.kind in "SUOV" or h5py.check_enum_dtype(dtype) is not None


def _values(array: Any) -> Iterator[str]:
    """Read an array slab by slab; of each, each text once."""
    shape, dtype = array.shape, array.dtype
    yield from _names_in(dtype)
    if shape is None:
        return
    if not shape:
        yield from dict.fromkeys(_texts(array[()]))
        return
    row = int(np.prod(shape[1:], dtype=object)) * dtype.itemsize
    if row > _LARGEST_ROW or (dtype == "S1" and len(shape) == 1 and shape[0] > _LARGEST_ROW):
        raise DataError("its rows are too large to be searched")
    step = max(1, min(_ROWS_AT_ONCE, _BYTES_AT_ONCE // max(1, row)))
    if dtype == "S1" and len(shape) == 1:
        step = max(1, shape[0])  # one text, and not many
    for start in range(0, shape[0], step):
        yield from dict.fromkeys(_texts(array[start : start + step]))


def _names_in(dtype: np.dtype) -> Iterator[str]:
    yield from dtype.fields or ()
    yield from h5py.check_enum_dtype(dtype) or ()
    for field, *_ in (dtype.fields or {}).values():
        yield from _names_in(field)


def _texts(value: Any) -> Iterator[str]:
    """Give what is text in a value or an array, and its numbers as text."""
    if isinstance(value, bytes):
        yield value.rstrip(b"\0").decode("utf-8", "replace")
    elif isinstance(value, str):
        yield value
    elif isinstance(value, (np.ndarray, np.generic)):
        yield from _texts_of_array(np.asarray(value))
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)
    elif value is not None and not isinstance(value, (h5py.Reference, h5py.Empty)):
        yield str(value)


def _texts_of_array(values: np.ndarray) -> Iterator[str]:
    if values.dtype.fields is not None:
        for name in values.dtype.fields:
            yield from _texts_of_array(values[name])
    elif values.dtype.kind == "V":
        raise DataError("it holds opaque bytes, which can be anything")
    elif values.dtype == "S1" and values.ndim:
        # Characters along the last axis, as netCDF has them.
        if length := values.shape[-1]:
            joined = np.ascontiguousarray(values).view(f"S{length}").reshape(-1)
            yield from _texts_of_flat(joined)
    elif values.dtype.kind == "O":
        for each in values.reshape(-1).tolist():
            yield from _texts(each)
    else:
        yield from _texts_of_flat(values.reshape(-1))


def _texts_of_flat(values: np.ndarray) -> Iterator[str]:
    different: Iterable[Any] = np.unique(values) if values.size > 1 else values
    for each in np.asarray(different).tolist():
        yield from _texts(each)


def _explained(values: Iterator[str], called: str) -> Iterator[str]:
    try:
        yield from values
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        raise DataError(f"{called} cannot be read: {_reason(error)}") from error


def _unread(called: str, error: Exception) -> Unread:
    return Unread(f"{called} could not be searched: {_reason(error)}", _EXPORT_AGAIN)


def _reason(error: Exception) -> str:
    return error.message if isinstance(error, DataError) else " ".join(str(error).split())
