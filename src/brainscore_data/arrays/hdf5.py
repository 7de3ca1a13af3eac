"""Open netCDF and HDF5 files: nothing else opens a stranger's, and none that would do harm is opened.

HDF5, which netCDF-4 is, can point to other files: a contributor's file could name the secrets of
the machine that packages it. It can call on filter plugins, and a few hundred bytes can declare
terabytes. None of it occurs in an assembly, so all of it is refused before any value is read.

It can also be made so that its library never comes to an end: `hdf5_heaps` and `hdf5_objects` say
how. That is looked at before any file is opened for its values.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.arrays.hdf5_heaps import longest_text
from brainscore_data.base.bounds import Bound
from brainscore_data.base.door import named, opened
from brainscore_data.base.errors import DataError

if TYPE_CHECKING:
    import h5py
    import netCDF4
    import xarray as xr

    from brainscore_data.arrays.hdf5_objects import Texts

_CLASSIC = (b"CDF\x01", b"CDF\x02", b"CDF\x05")


def is_classic(path: Path) -> bool:
    """Say whether a file is netCDF of the older kind, which is no HDF5."""
    with opened(path) as stream:
        return stream.read(4) in _CLASSIC


@contextmanager
def open_hdf5(path: Path) -> Iterator[tuple[h5py.File, Texts]]:
    """Open an HDF5 file, to be walked by `hdf5_objects`, with what weighs the texts in it."""
    from brainscore_data.arrays.hdf5_objects import Texts

    texts = Texts(longest_text(path), path)
    with reopened_hdf5(path) as file:
        yield file, texts


@contextmanager
def reopened_hdf5(path: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file again that was walked before, to read more of an array in it."""
    import h5py

    with _by_name(path) as name:
        file = h5py.File(name, "r", locking=False)
    with file:
        yield file


def open_netcdf4(path: Path, *, refuse: Callable[[Path], None] | None = None) -> netCDF4.Dataset:
    """Open a netCDF file of any kind; see `open_lazily`."""
    import netCDF4

    (refuse or refuse_endless)(path)
    with _by_name(path) as name:
        return netCDF4.Dataset(name)


def open_lazily(
    path: Path,
    *,
    group: str | None = None,
    refuse: Callable[[Path], None] | None = None,
    **decoding: Any,
) -> xr.Dataset:
    """Open a netCDF file, or a group of it, and read no values yet.

    `refuse` is what refuses it before, by default `refuse_endless`.
    """
    (refuse or refuse_endless)(path)
    import xarray as xr

    dataset: xr.Dataset = _with_its_file(xr.open_dataset, path, group, decoding)
    return dataset


def open_array_lazily(path: Path, *, group: str | None = None) -> xr.DataArray:
    """Open the one array of a netCDF file, or of a group of it; see `open_lazily`."""
    refuse_endless(path)
    import xarray as xr

    array: xr.DataArray = _with_its_file(xr.open_dataarray, path, group, {})
    return array


def refused_before(_: Path) -> None:
    """Refuse nothing: it is opened once more."""


def refuse_endless(path: Path) -> None:
    """Make sure that the libraries come to an end with a file, and make no more of it than it has."""
    from brainscore_data.arrays.hdf5_storage import refuse_outside

    if is_classic(path):
        check_classic(path)
    elif _is_hdf5(path):
        _look_through(path, lambda dataset: refuse_outside(dataset, path))


def refuse_external(path: Path) -> None:
    """Make sure that a netCDF or HDF5 file holds all that it shows, and little more than that.

    Refused are links and storage elsewhere, filters that load code, types other than numbers and
    text, and arrays much larger than what is stored of them.
    """
    from brainscore_data.arrays.hdf5_objects import refuse
    from brainscore_data.arrays.hdf5_storage import check_storage, check_type

    if is_classic(path):
        check_classic(path)
        return
    if not _is_hdf5(path):
        raise DataError(
            "it is not a netCDF file, or it is damaged",
            where=str(path),
            hint="download it again, or save it again with xarray's .to_netcdf(…)",
        )
    stored = 0

    def look(dataset: h5py.Dataset) -> None:
        nonlocal stored
        check_type(dataset, path)
        stored += check_storage(dataset, path)

    _look_through(path, look)
    if stored > path.stat().st_size:
        refuse("its arrays share storage, or lie beyond its end", path)


def _is_hdf5(path: Path) -> bool:
    import h5py

    with _by_name(path) as name:
        return bool(h5py.is_hdf5(name))


def _look_through(path: Path, look: Callable[[h5py.Dataset], None]) -> None:
    """Look at all that netCDF would show of an HDF5 file, before it is opened for that."""
    import h5py

    from brainscore_data.arrays.hdf5_objects import shown_by_netcdf

    with _told_of_damage(path), open_hdf5(path) as (file, texts):
        for found in shown_by_netcdf(file, path):
            if isinstance(found, h5py.Dataset):
                look(found)
            texts.add(found)


def check_classic(path: Path) -> None:
    """Make sure that a classic netCDF file declares no more than it has."""
    with _told_of_damage(path), open_netcdf4(path, refuse=refused_before) as file:
        Bound.OBJECTS.refuse(len(file.variables), path)
        variables = file.variables.values()
        declared = sum(prod(each.shape) * each.dtype.itemsize for each in variables)
    if declared > path.stat().st_size:
        raise DataError(
            f"it declares {declared} bytes of values but has {path.stat().st_size}",
            where=str(path),
            hint="it may be cut off: download or export it again",
        )


@contextmanager
def _told_of_damage(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError, KeyError) as error:
        raise DataError(
            f"it is damaged or cut off: {error}",
            where=str(path),
            hint="download or export it again",
        ) from error


@contextmanager
def _by_name(path: Path) -> Iterator[str]:
    """Give a name by which a library opens this very file; its errors name the file itself."""
    with named(path) as name:
        try:
            yield name
        except (OSError, RuntimeError) as error:
            error.args = tuple(_of_file(each, name, path) for each in error.args)
            if isinstance(error, OSError):
                error.filename = _of_file(error.filename, name, path)
                error.strerror = _of_file(error.strerror, name, path)
            raise


def _of_file(said: Any, name: str, path: Path) -> Any:
    if isinstance(said, bytes):  # as some versions of netCDF4 name a file
        said = os.fsdecode(said)
    return said.replace(name, str(path)) if isinstance(said, str) else said


def _with_its_file(opening: Callable[..., Any], path: Path, group: str | None, how: Any) -> Any:
    """Open with xarray, which may close a file and open it again, by its name, while it is in use."""
    from xarray.backends import NetCDF4DataStore

    with ExitStack() as files:
        name = files.enter_context(_by_name(path))
        open_store: Any = NetCDF4DataStore.open
        store = open_store(name, group=group)
        files.callback(store.close)
        found = opening(store, **how)
        for each in (found, *found.coords.values(), *getattr(found, "data_vars", {}).values()):
            each.encoding["source"] = str(path)
        found.set_close(files.pop_all().close)
    return found
