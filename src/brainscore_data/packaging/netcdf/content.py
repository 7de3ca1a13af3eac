"""What an assembly says, apart from how a file says it, and its content digest.

The content digest of kind ``assembly`` (see :mod:`brainscore_data.records.digest`) has, after
its kind, these fields in this order; *text*, *number*, *strings* and *values* are defined there:

1. the *contents* of the assembly itself;
2. a number: how many groups there are; for each, sorted by name: a text, its name, and its
   contents.

*Contents* are

1. a number: how many dimensions; for each in their order (one that is there twice counts twice):
   a text, its name, and a number, its size;
2. the data: its dtype and values, as below;
3. a number: how many coordinates; for each, sorted by name: a text, its name; a number and as many
   texts, its dimensions; its dtype and values; its attributes. Of the companion that keeps the
   name of a dimension's only coordinate these are int64 and 0, 1, … whatever is stored;
4. the attributes of the assembly, ``identifier`` and ``stimulus_set_identifier`` among them.

*Dtype and values* are a text, one of ``bool``, ``int8`` … ``uint64``, ``float32``, ``float64``,
``datetime64[ns]`` and ``string``, then the elements in C order: strings as *strings*, all others
as *values* (booleans one byte each, instants as int64 nanoseconds since 1970-01-01).

*Attributes* are a number, how many, then for each, sorted by name: a text, its name; a text,
``string`` or the numeric dtype; a number, how many elements; the elements. A single value counts
as one element: netCDF cannot tell it from a list of one.

Names sort by their Unicode code points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainscore_data.assemblies.contract.attributes import elements
from brainscore_data.assemblies.contract.variables import (
    CodedTexts,
    Variable,
    distinct,
    slabs,
    variable_of,
)
from brainscore_data.records.digest import ContentDigest

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr


@dataclass(frozen=True)
class Contents:
    """One assembly: its data, its coordinates sorted by name, its attributes sorted by name."""

    data: Variable
    coordinates: tuple[Variable, ...]
    attributes: Mapping[str, list[str] | np.ndarray]

    @property
    def sizes(self) -> dict[str, int]:
        """Dimension → its size."""
        return dict(zip(self.data.dims, self.data.shape, strict=True))

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The data, then the coordinates."""
        return (self.data, *self.coordinates)


def contents_of(source: xr.DataArray, attributes: Mapping[str, str] | None = None) -> Contents:
    """Describe an assembly as `conform` gives it; `attributes` come before its own."""
    own = {**source.attrs, **(attributes or {})}
    data = source.variable.copy(deep=False)
    data.attrs = {}
    coordinates = {str(name): variable for name, variable in source.coords.variables.items()}
    return Contents(
        data=variable_of("data", data),
        coordinates=tuple(variable_of(name, coordinates[name]) for name in sorted(coordinates)),
        attributes={name: elements(own[name]) for name in sorted(own)},
    )


def in_slabs(variable: Variable) -> Iterator[np.ndarray | CodedTexts]:
    """Read a variable slab by slab."""
    for index in slabs(variable.shape, max(variable.dtype.itemsize, 1)):
        values = variable.read(index)
        yield distinct(values) if variable.dtype.kind == "O" else values


def content_digest(
    contents: Contents,
    groups: Mapping[str, Contents],
    read: Callable[[Variable], Iterator[np.ndarray | CodedTexts]] = in_slabs,
) -> str:
    """Compute the content digest of an assembly and its groups.

    `read` gives each variable once, in the order of the digest: whoever writes them does it there.

    Examples
    --------
    >>> import xarray as xr
    >>> wide = xr.DataArray([1.0, 2.0], dims="neuroid", coords={"region": ("neuroid", ["V4", "IT"])})
    >>> content_digest(contents_of(wide), {})[:12]
    'cd1:a4ae5afe'
    """
    digest = ContentDigest("assembly")
    _add_contents(digest, contents, read)
    digest.number(len(groups))
    for name in sorted(groups):
        digest.text(name)
        _add_contents(digest, groups[name], read)
    return digest.result()


def _add_contents(
    digest: ContentDigest,
    contents: Contents,
    read: Callable[[Variable], Iterator[np.ndarray | CodedTexts]],
) -> None:
    digest.number(len(contents.data.dims))
    for dim, size in zip(contents.data.dims, contents.data.shape, strict=True):
        digest.text(dim)
        digest.number(size)
    _add_values(digest, contents.data, read)
    digest.number(len(contents.coordinates))
    for coordinate in contents.coordinates:
        digest.text(coordinate.name)
        digest.number(len(coordinate.dims))
        for dim in coordinate.dims:
            digest.text(dim)
        _add_values(digest, coordinate, read)
        _add_attributes(digest, coordinate.attributes)
    _add_attributes(digest, contents.attributes)


def _add_values(
    digest: ContentDigest,
    variable: Variable,
    read: Callable[[Variable], Iterator[np.ndarray | CodedTexts]],
) -> None:
    import numpy as np

    digest.text("int64" if variable.is_companion else variable.dtype_name)
    counted = 0
    for values in read(variable):
        if variable.is_companion:
            digest.values(np.arange(counted, counted + values.size, dtype="int64"))
            counted += values.size
        elif isinstance(values, CodedTexts):
            digest.strings(values.values())
        else:
            digest.values(values.view("int64") if variable.dtype.kind == "M" else values)


def _add_attributes(
    digest: ContentDigest, attributes: Mapping[str, list[str] | np.ndarray]
) -> None:
    digest.number(len(attributes))
    for name in sorted(attributes):
        value = attributes[name]
        digest.text(name)
        digest.text("string" if isinstance(value, list) else value.dtype.name)
        digest.number(len(value))
        if isinstance(value, list):
            digest.strings(value)
        else:
            digest.values(value)
