"""Open netCDF and HDF5 files, each with the library that is asked for: nothing else opens a stranger's.

HDF5 can be made so that its library never comes to an end, and nothing can interrupt that from
Python. Files that are to be packaged must hold to more: see `brainscore_data.assemblies.hdf5`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.assemblies.heaps import refuse_endless_heaps

if TYPE_CHECKING:
    import h5py
    import netCDF4
    import xarray as xr

_CLASSIC = (b"CDF\x01", b"CDF\x02", b"CDF\x05")


def is_classic(path: Path) -> bool:
    """Say whether a file is netCDF of the older kind, which is no HDF5."""
    with path.open("rb") as stream:
        return stream.read(4) in _CLASSIC


def refuse_endless(path: Path) -> None:
    """Make sure that the library comes to an end with a file."""
    if not is_classic(path):
        refuse_endless_heaps(path)


def open_hdf5(path: Path) -> h5py.File:
    """Open an HDF5 file."""
    import h5py

    refuse_endless(path)
    return h5py.File(path, "r", locking=False)


def open_netcdf4(path: Path) -> netCDF4.Dataset:
    """Open a netCDF file of any kind; see `open_hdf5`."""
    import netCDF4

    refuse_endless(path)
    return netCDF4.Dataset(path)


def open_lazily(
    path: Path,
    *,
    group: str | None = None,
    refuse: Callable[[Path], None] = refuse_endless,
    **decoding: Any,
) -> xr.Dataset:
    """Open a netCDF file, or a group of it, and read no values yet."""
    refuse(path)
    import xarray as xr

    return xr.open_dataset(path, group=group, engine="netcdf4", **decoding)


def open_array_lazily(path: Path, *, group: str | None = None) -> xr.DataArray:
    """Open the one array of a netCDF file, or of a group of it; see `open_lazily`."""
    import xarray as xr

    refuse_endless(path)
    return xr.open_dataarray(path, group=group, engine="netcdf4")
