"""What an assembly says, apart from how a file says it, and its content digest.

docs/formats.md specifies the digest, field by field; spec/vectors.json has some to compare with.
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
