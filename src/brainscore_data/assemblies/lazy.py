"""Arrays whose parts are read when somebody asks for them, and what an assembly is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr


def lazy(
    shape: tuple[int, ...],
    dtype: np.dtype,
    read: Callable[[tuple[int | slice, ...]], np.ndarray],
) -> Any:
    """Make what xarray takes for an array, and reads part by part."""
    from xarray.backends import BackendArray
    from xarray.core import indexing

    class OnDisk(BackendArray):
        def __init__(self) -> None:
            self.shape = shape
            self.dtype = dtype

        def __getitem__(self, key: Any) -> Any:
            return indexing.explicit_indexing_adapter(
                key, self.shape, indexing.IndexingSupport.BASIC, read
            )

    return indexing.LazilyIndexedArray(OnDisk())


def with_coordinates(
    values: Any, dims: Sequence[str], coordinates: Mapping[str, tuple[str, Any]]
) -> xr.DataArray:
    """Make an assembly of its values and its coordinates, each with its dimension.

    Given to `DataArray` itself, coordinates would be copied, and their texts one by one.
    """
    import xarray as xr

    return xr.DataArray(values, dims=dims, name="data").assign_coords(coordinates)
