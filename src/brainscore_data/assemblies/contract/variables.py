"""An assembly as a list of variables, each read slab by slab so that nothing must fit in memory."""

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
    """Describe an xarray variable whose values can be stored, without reading them.

    Examples
    --------
    >>> import xarray as xr
    >>> described = variable_of("region", xr.Variable("neuroid", ["V4", "IT"]))
    >>> described.dtype_name, described.read(slice(1, 2))
    ('string', array(['IT'], dtype=object))
    """
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
    """Cut the first axis into slices of at most `SLAB` bytes, at multiples of `multiple`.

    Examples
    --------
    >>> list(slabs((5, 1 << 20), 16))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    >>> list(slabs((), 8)), list(slabs((3, 0), 8))
    ([slice(0, 1, None)], [])
    """
    if prod(shape) == 0:
        return
    length, *rest = shape or (1,)
    rows = max(1, SLAB // (prod(rest) * bytes_per_value))
    rows = max(multiple, rows - rows % multiple)
    for start in range(0, length, rows):
        yield slice(start, min(start + rows, length))
