"""Write an assembly as an ordinary netCDF-4 file that every reader opens.

The layout is the one that ``xarray.open_dataarray`` expects: one data variable, ``data``, whose
``coordinates`` attribute lists the other variables. The attributes of the assembly are on the root,
where people look, and on ``data``, where Brain-Score's readers look. Extras are groups of the same
layout. Only shuffle and deflate are used, and no variable has a fill value, so that no reader masks
or promotes anything.

The bytes depend on the assembly and on the versions of netCDF4 and HDF5, and on nothing else.
"""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING, Any

from brainscore_data.errors import DataError, UsageError
from brainscore_data.files import written_whole
from brainscore_data.packaging.netcdf.content import content_digest, contents_of
from brainscore_data.packaging.netcdf.encoding import chunk_shape, encoding_of
from brainscore_data.packaging.netcdf.variables import slabs
from brainscore_data.progress import Quiet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import netCDF4
    import numpy as np
    import xarray as xr

    from brainscore_data.packaging.netcdf.content import Contents
    from brainscore_data.packaging.netcdf.encoding import Encoding
    from brainscore_data.packaging.netcdf.variables import Variable
    from brainscore_data.progress import Progress

_COMPRESSION_LEVEL = 4
_QUIET = Quiet()


def write_netcdf(
    target: Path,
    data: xr.DataArray,
    extras: Mapping[str, xr.DataArray],
    *,
    identifier: str | None,
    stimulus_set: str | None,
    compress: bool = True,
    progress: Progress = _QUIET,
) -> str:
    """Write an assembly and its extras; nothing is under the final name until all of it is.

    Parameters
    ----------
    target : pathlib.Path
        The file; one that exists is replaced.
    data : xarray.DataArray
        As :func:`brainscore_data.packaging.contract.conforming.conform` gives it. It is read in slabs, so it
        may be on disk.
    extras : Mapping of str to xarray.DataArray
        Group name → what goes into the group.
    identifier, stimulus_set : str or None
        Stored as the attributes ``identifier`` and ``stimulus_set_identifier``.
    compress : bool
        Whether values are compressed; texts of any length never are.
    progress : Progress, optional
        Advanced by the number of values written; :func:`values_in` tells how many there are.

    Returns
    -------
    str
        The content digest, ``cd1:…``.

    Raises
    ------
    UsageError
        If the disk is full or cannot be written to.
    DataError
        If `data` turns out to be unreadable on the way.
    """
    import netCDF4

    named = {"identifier": identifier, "stimulus_set_identifier": stimulus_set}
    identifiers = {name: value for name, value in named.items() if value is not None}
    contents = contents_of(data, identifiers)
    groups = {name: contents_of(extras[name]) for name in sorted(extras)}
    with (
        written_whole(target) as path,
        _library_explained(path, target),
        netCDF4.Dataset(path, "w", format="NETCDF4") as root,
    ):
        places = _define(root, contents, compress=compress)
        for name, group in groups.items():
            places |= _define(root.createGroup(name), group, compress=compress)

        def write(variable: Variable) -> Iterator[np.ndarray]:
            return _written(variable, *places[id(variable)], progress=progress)

        return content_digest(contents, groups, write)


def write_group(
    target: Path, data: xr.DataArray, *, group: str, append: bool, compress: bool = True
) -> None:
    """Write an assembly into a group of a file, which is then complete or as it was.

    Parameters
    ----------
    target : pathlib.Path
        The file.
    data : xarray.DataArray
        As :func:`brainscore_data.packaging.contract.conforming.conform_extra` gives it.
    group : str
        The group's name.
    append : bool
        Whether what is in the file stays; it is replaced otherwise.
    compress : bool
        As that of `write_netcdf`.

    Raises
    ------
    DataError
        If the file has such a group, or is no netCDF-4 file.
    UsageError
        If the disk is full or cannot be written to.
    """
    contents = contents_of(data)
    with written_whole(target) as path, _library_explained(path, target):
        if append:
            shutil.copyfile(target, path)
        with _opened_again(path, target, append=append) as root:
            if group in root.groups:
                raise DataError(
                    f"there is a group {group!r} already",
                    where=str(target),
                    hint="choose another name, or write the file anew",
                )
            places = _define(root.createGroup(group), contents, compress=compress)
            for variable in contents.variables:
                for _ in _written(variable, *places[id(variable)], progress=_QUIET):
                    pass


def _opened_again(path: Path, target: Path, *, append: bool) -> netCDF4.Dataset:
    import netCDF4

    if not append:
        return netCDF4.Dataset(path, "w", format="NETCDF4")
    try:
        root = netCDF4.Dataset(path, "a")
    except OSError as error:
        raise DataError("this is no netCDF-4 file", where=str(target)) from error
    if root.data_model != "NETCDF4":
        root.close()
        raise DataError(
            "a file of this older kind of netCDF has no groups",
            where=str(target),
            hint="write it anew",
        )
    return root


def values_in(data: xr.DataArray, extras: Mapping[str, xr.DataArray]) -> int:
    """Count the values that `write_netcdf` writes, for its progress."""
    return sum(
        part.size + sum(coordinate.size for coordinate in part.coords.values())
        for part in (data, *extras.values())
    )


# -- structure --------------------------------------------------------------------------------


def _define(
    group: netCDF4.Dataset, contents: Contents, *, compress: bool
) -> dict[int, tuple[netCDF4.Variable[Any], Encoding]]:
    """Create dimensions, variables and attributes; gives each variable's place by its `id`."""
    for dim, size in contents.sizes.items():
        group.createDimension(dim, size)  # a size of 0 makes it unlimited, which reads back as 0
    places = {}
    for variable in contents.variables:
        encoding = encoding_of(variable)
        place = _create(group, variable, encoding, contents, compress=compress)
        _set_attributes(place, {**encoding.attributes, **variable.attributes})
        places[id(variable)] = (place, encoding)
    names = [variable.name for variable in contents.coordinates]
    listed = " ".join(name for name in names if name not in contents.sizes)
    if listed:
        group["data"].setncattr("coordinates", listed)
    _set_attributes(group["data"], contents.attributes)
    _set_attributes(group, contents.attributes)
    return places


def _create(
    group: netCDF4.Dataset,
    variable: Variable,
    encoding: Encoding,
    contents: Contents,
    *,
    compress: bool,
) -> netCDF4.Variable[Any]:
    dims, shape = variable.dims, variable.shape
    if encoding.width:
        taken = {*contents.sizes, *(other.name for other in contents.coordinates)}
        name = f"string{encoding.width}"
        while name in taken:
            name += "_"
        if name not in group.dimensions:
            group.createDimension(name, encoding.width)
        dims, shape = (*dims, name), (*shape, encoding.width)
    # Without a fill value no reader masks the numbers that netCDF fills with by default.
    options: dict[str, Any] = {"fill_value": False}
    if shape:
        options["chunksizes"] = chunk_shape(shape, encoding.itemsize)
    if encoding.datatype == "str":  # HDF5 keeps their text elsewhere, out of a filter's reach
        return group.createVariable(variable.name, str, dims, **options)
    if shape and compress:
        options |= {"zlib": True, "shuffle": True, "complevel": _COMPRESSION_LEVEL}
    if encoding.itemsize > 1:
        options["endian"] = "little"
    place = group.createVariable(variable.name, encoding.datatype, dims, **options)
    place.set_auto_maskandscale(False)
    place.set_auto_chartostring(False)
    return place


def _set_attributes(place: Any, attributes: Mapping[str, Any]) -> None:
    for name, value in attributes.items():
        single = isinstance(value, list) and len(value) == 1
        place.setncattr(name, value[0] if single else value)


# -- bulk -------------------------------------------------------------------------------------


def _written(
    variable: Variable, place: netCDF4.Variable[Any], encoding: Encoding, *, progress: Progress
) -> Iterator[np.ndarray]:
    """Write a variable slab by slab, and pass the slabs on."""
    stored_shape = (*variable.shape, encoding.width) if encoding.width else variable.shape
    rows = chunk_shape(stored_shape, encoding.itemsize)[0] if variable.shape else 1
    for index in slabs(variable.shape, encoding.bytes_per_value, multiple=rows):
        values = _read(variable, index)
        place[index if variable.shape else ...] = encoding.encode(values)
        progress.advance(values.size)
        yield values


def _read(variable: Variable, index: slice) -> np.ndarray:
    try:
        return variable.read(index)
    except (OSError, RuntimeError) as error:
        raise DataError(
            f"the values of {variable.name!r} cannot be read: {error}",
            hint="the file may be damaged or cut off: download or export it again",
        ) from error


@contextlib.contextmanager
def _library_explained(path: Path, target: Path) -> Iterator[None]:
    """Find out what the system has against writing, where the netCDF library does not say."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        with path.open("ab") as stream:  # a full disk says so here
            stream.write(bytes(1 << 24))
        raise UsageError(
            f"the netCDF library could not write it: {error}",
            where=str(target),
            hint="look whether the disk is in order, or choose another folder",
        ) from error
