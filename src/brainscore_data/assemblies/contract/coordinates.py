"""The coordinates of an assembly one by one, whichever of them xarray has in an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place

if TYPE_CHECKING:
    import xarray as xr


def flat_coordinates(
    data: xr.DataArray, *, where: Place | str | None = None
) -> dict[Any, xr.Variable]:
    """Give the coordinates as plain variables, the levels of a MultiIndex among them.

    Older versions of xarray do not list the levels among the coordinates.

    Examples
    --------
    >>> import xarray as xr
    >>> rates = xr.DataArray([1.0, 2.0], dims="neuroid", coords={
    ...     "region": ("neuroid", ["V4", "IT"]), "animal": ("neuroid", ["Tito", "Chabo"])})
    >>> list(flat_coordinates(rates.set_index(neuroid=["region", "animal"])))
    ['region', 'animal']
    """
    import pandas as pd
    import xarray as xr

    flat: dict[Any, xr.Variable] = {}
    indexes = data.indexes
    for name, coordinate in data.coords.variables.items():
        index = indexes.get(name)
        if not isinstance(index, pd.MultiIndex):
            flat[name] = coordinate
            continue
        levels: list[Any] = list(index.names)
        for level in levels:
            if level is None:
                raise DataError(
                    f"the index of dimension {name!r} has a level without a name",
                    where=where,
                    hint="name it, e.g. with .rename(…)",
                )
            if level not in flat:
                values = index.get_level_values(level).to_numpy()
                attributes = data.coords[level].attrs
                flat[level] = xr.Variable(coordinate.dims, values, attributes)
    return flat
