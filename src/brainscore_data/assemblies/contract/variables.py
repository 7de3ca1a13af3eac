"""An assembly as a list of variables, each read slab by slab so that nothing must fit in memory.

Most coordinates of texts repeat a few of them many times. These are told apart once; what is stored
and the content digest come from the few, and from which of them each value is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import TYPE_CHECKING

from brainscore_data.assemblies.contract.attributes import elements

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr


#: What one slab may take in memory, in bytes.
SLAB = 32 << 20
#: The encoding of a coordinate that keeps the name of a dimension's only one: see `Variable`.
COMPANION = {"brainscore_data": "companion"}


@dataclass(frozen=True)
class Variable:
    """A named array with its attributes: the data of an assembly, or one of its coordinates."""

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    # Boolean, integer (8 to 64 bit), float32, float64, datetime64[ns], or object for strings
    dtype: np.dtype
    # As :func:`brainscore_data.assemblies.contract.attributes.elements` gives them
    attributes: Mapping[str, list[str] | np.ndarray]
    # Gives the values of a slice over the first axis, in `dtype` and little-endian
    read: Callable[[slice], np.ndarray]
    # Whether it is there to keep the name of a dimension's only coordinate. In the content digest
    # it counts from 0, as it did in files of earlier versions, whatever is stored.
    is_companion: bool = False

    @property
    def size(self) -> int:
        """The number of values."""
        return prod(self.shape)

    @property
    def dtype_name(self) -> str:
        """The dtype as the content digest names it: no byte order, one name for all strings."""
        return "string" if self.dtype.kind == "O" else self.dtype.name


def variable_of(name: str, source: xr.Variable) -> Variable:
    """Describe an xarray variable whose values can be stored, without reading them."""
    dtype = logical_dtype(source)
    return Variable(
        name=name,
        dims=tuple(str(dim) for dim in source.dims),
        shape=tuple(source.shape),
        dtype=dtype,
        attributes={str(key): elements(value) for key, value in source.attrs.items()},
        read=partial(_read, held(source), dtype),
        is_companion=source.encoding == COMPANION,
    )


def logical_dtype(source: xr.Variable) -> np.dtype:
    """Name the dtype that readers get back for a variable; object means strings."""
    import numpy as np

    dtype = source.dtype if is_numpy(source) else plain(source).dtype
    if dtype.kind in "UTO":
        return np.dtype(object)
    if dtype.kind == "M":
        return np.dtype("datetime64[ns]")
    return dtype.newbyteorder("<")


def is_numpy(source: xr.Variable) -> bool:
    """Say whether a variable is in numpy's terms; the others hold one of pandas' own arrays.

    Those are always in memory, and xarray cannot slice all of them.
    """
    import numpy as np

    return isinstance(source.dtype, np.dtype)


def held(source: xr.Variable) -> xr.Variable | np.ndarray:
    """Give the array of a variable that is in memory, as xarray takes long to slice one.

    Another one stays as it is, to be read slice by slice.
    """
    import numpy as np

    # `Variable.data` would read what a file holds; this is how xarray itself tells.
    inside = getattr(source, "_data", None)
    if isinstance(inside, np.ndarray):
        return inside
    return source if is_numpy(source) else plain(source)


def plain(source: xr.Variable | np.ndarray) -> np.ndarray:
    """Read a variable into an ordinary array, whatever holds its values."""
    import numpy as np

    return np.asarray(source if isinstance(source, np.ndarray) else source.values)


def _read(source: xr.Variable | np.ndarray, dtype: np.dtype, index: slice) -> np.ndarray:
    return plain(source[index] if source.ndim else source).astype(dtype, copy=False)


def slabs(shape: tuple[int, ...], bytes_per_value: int, *, multiple: int = 1) -> Iterator[slice]:
    """Cut the first axis into slices of at most `SLAB` bytes, at multiples of `multiple`."""
    if prod(shape) == 0:
        return
    length, *rest = shape or (1,)
    rows = max(1, SLAB // (prod(rest) * bytes_per_value))
    rows = max(multiple, rows - rows % multiple)
    for start in range(0, length, rows):
        yield slice(start, min(start + rows, length))


#: What a short Python string takes in memory, roughly.
BYTES_PER_TEXT = 64
# Positions in a table of this size take two bytes. Texts that differ more, or that are so many that
# their positions fill two slabs, are told apart slab by slab, twice, instead of being kept.
_KEPT = 1 << 16
_MOST_KEPT = SLAB  # positions
# Of fewer texts it takes pandas longer to begin than a dictionary takes in all.
_FEW = 1 << 12


@dataclass(frozen=True)
class CodedTexts:
    """An array of texts."""

    codes: np.ndarray  # of the array's shape: for each value the position of its text
    table: list[str]  # the different texts

    @property
    def size(self) -> int:
        """The number of values."""
        return self.codes.size

    def __getitem__(self, index: slice) -> CodedTexts:
        """Take a slice of the first axis; of an array without axes, all of it."""
        return CodedTexts(self.codes[index] if self.codes.ndim else self.codes, self.table)

    def characters(self, width: int) -> np.ndarray:
        """Give the UTF-8 bytes of each text as a last axis of length `width`, zeros at its end."""
        import numpy as np

        ascii_only = "".join(self.table).isascii()
        encoded = self.table if ascii_only else [text.encode() for text in self.table]
        table: np.ndarray = np.array(encoded, dtype=f"S{width}")
        shape = (*self.codes.shape, width)
        return table.take(self.codes.reshape(-1)).view("S1").reshape(shape)

    def values(self) -> list[str]:
        """List the texts in C order."""
        import numpy as np

        table: np.ndarray = np.empty(len(self.table), dtype=object)
        table[:] = self.table
        listed: list[str] = table.take(self.codes.reshape(-1)).tolist()
        return listed


@dataclass(frozen=True)
class Survey:
    """What all the texts of a variable have in common."""

    width: int  # the most bytes of UTF-8 that one of them has; at least 1
    total: int  # the bytes of all
    texts: CodedTexts | None  # themselves, if there are few enough different ones


def distinct(values: np.ndarray) -> CodedTexts:
    """Find the different texts of an array."""
    import numpy as np

    if values.size < _FEW:
        listed = values.reshape(-1).tolist()
        table = list(dict.fromkeys(listed))
        places = dict(zip(table, range(len(table)), strict=True))
        found = np.fromiter(map(places.__getitem__, listed), dtype="i8", count=len(listed))
        return CodedTexts(found.reshape(values.shape), table)
    import pandas as pd

    codes, texts = pd.factorize(values.reshape(-1))
    return CodedTexts(codes.reshape(values.shape), texts.tolist())


def survey(variable: Variable) -> Survey:
    """Read all texts of a variable once, slab by slab."""
    import numpy as np

    width, total = 1, 0  # netCDF has no dimension of fixed length 0
    positions: dict[str, int] = {}
    parts: list[np.ndarray] | None = [] if variable.size <= _MOST_KEPT else None
    for index in slabs(variable.shape, BYTES_PER_TEXT):
        found = distinct(variable.read(index))
        lengths = np.array(_lengths(found.table))
        width = max(width, int(lengths.max()))
        total += int(lengths.take(found.codes).sum())
        if parts is not None and len(found.table) + len(positions) <= _KEPT:
            if not positions:
                positions = {text: place for place, text in enumerate(found.table)}
                parts.append(found.codes.astype("u2"))
                continue
            place = [positions.setdefault(text, len(positions)) for text in found.table]
            parts.append(np.array(place, dtype="u2").take(found.codes))
        else:
            parts = None
    kept = CodedTexts(np.concatenate(parts), list(positions)) if parts and variable.shape else None
    return Survey(width, total, kept)


def _lengths(texts: list[str]) -> list[int]:
    """Count the bytes of UTF-8 of each text."""
    if "".join(texts).isascii():
        return list(map(len, texts))
    return [len(text.encode()) for text in texts]
