"""Write an assembly as an ordinary netCDF-4 file that every reader opens.

The layout is the one that ``xarray.open_dataarray`` expects: one data variable, ``data``, whose
``coordinates`` attribute lists the other variables. The attributes of the assembly are on the root,
where people look, and on ``data``, where Brain-Score's readers look. Extras are groups of the same
layout. Only shuffle and deflate are used, and no variable has a fill value, so that no reader masks
or promotes anything.

netCDF4 writes the structure; then the chunks, compressed in threads, are put where HDF5 would have
put them. The bytes depend on the assembly and on the versions of the libraries that write, not on
threads, folders or time.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.assemblies.contract.variables import CodedTexts, Variable, distinct, slabs
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.files import Fingerprint, fingerprint, flush, written_whole
from brainscore_data.base.progress import Progress, Quiet
from brainscore_data.cage.cage import Elsewhere
from brainscore_data.packaging.hashing import TO_DISK, Sending
from brainscore_data.packaging.netcdf.chunk_writer import ChunkWriter
from brainscore_data.packaging.netcdf.chunks import (
    LEVEL,
    ChunkLayout,
    best_layout,
    plain_layout,
    row_chunks,
    rows_to_sample,
)
from brainscore_data.packaging.netcdf.content import Contents, content_digest, contents_of
from brainscore_data.packaging.netcdf.encoding import Encoding, encoding_of
from brainscore_data.packaging.netcdf.handed_out import (
    SlabRows,
    packed_chunks,
    rows_of,
    unpacked_chunks,
)
from brainscore_data.records.digest import Written

if TYPE_CHECKING:
    import h5py
    import netCDF4
    import numpy as np
    import xarray as xr

_QUIET = Quiet()


def write_netcdf(
    target: Path,
    data: xr.DataArray,
    extras: Mapping[str, xr.DataArray],
    *,
    identifier: str | None,
    stimulus_set: str | None,
    compress: bool = True,
    jobs: int = 0,
    progress: Progress = _QUIET,
    elsewhere: Elsewhere | None = None,
) -> Written:
    """Write an assembly, as `conform` gives it, and its extras: all of it, or what was there stays.

    It is read in slabs, so it may be on disk. Large slabs of numbers are compressed `elsewhere`.
    """
    named = {"identifier": identifier, "stimulus_set_identifier": stimulus_set}
    identifiers = {name: value for name, value in named.items() if value is not None}
    contents = contents_of(data, identifiers)
    groups = {name: contents_of(extras[name]) for name in sorted(extras)}
    with written_whole(target) as path, _library_explained(path, target):
        with _created(path) as root:
            places = _define(root, "", contents, compress=compress)
            for name, group in groups.items():
                places |= _define(root.createGroup(name), f"{name}/", group, compress=compress)
        with _filling(path, places, jobs, progress, elsewhere) as write:
            digest = content_digest(contents, groups, write)
        return Written(digest, _hashed(path))


def write_group(
    target: Path, data: xr.DataArray, *, group: str, append: bool, compress: bool = True
) -> Fingerprint:
    """Write an assembly into a group of a file, which is then complete or as it was."""
    contents = contents_of(data)
    with written_whole(target) as path, _library_explained(path, target):
        if append:
            shutil.copyfile(target, path)
        with _opened_again(path, target) if append else _created(path) as root:
            if group in root.groups:
                raise DataError(
                    f"there is a group {group!r} already",
                    where=str(target),
                    hint="choose another name, or write the whole file again",
                )
            made = root.createGroup(group)
            places = _define(made, f"{group}/", contents, compress=compress)
        with _filling(path, places, 0, _QUIET) as write:
            for variable in contents.variables:
                for _ in write(variable):
                    pass
        return _hashed(path)


def _hashed(path: Path) -> Fingerprint:
    """Hash a file while it is on its way to the disk.

    Not sooner: HDF5 changes its first bytes last. What is read was written a moment ago, so it
    comes from memory as far as that goes.
    """
    if path.stat().st_size < TO_DISK:
        return fingerprint(path)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        flushed = pool.submit(flush, path)
        found = fingerprint(path)
        flushed.result()
    return found


def _created(path: Path) -> netCDF4.Dataset:
    import netCDF4

    return netCDF4.Dataset(path, "w", format="NETCDF4")


def _opened_again(path: Path, target: Path) -> netCDF4.Dataset:
    import netCDF4

    try:
        root = netCDF4.Dataset(path, "a")
    except OSError as error:
        raise DataError("this is not a netCDF-4 file", where=str(target)) from error
    if root.data_model != "NETCDF4":
        root.close()
        raise DataError(
            "a file of this older kind of netCDF has no groups",
            where=str(target),
            hint="write the whole file again",
        )
    return root


def values_in(data: xr.DataArray, extras: Mapping[str, xr.DataArray]) -> int:
    """Count the values that `write_netcdf` writes, for its progress."""
    return sum(
        part.size + sum(coordinate.size for coordinate in part.coords.values())
        for part in (data, *extras.values())
    )


# -- structure --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Place:
    """Where a variable is in the file, and how its values become what is stored there."""

    path: str
    encoding: Encoding
    layout: ChunkLayout | None
    group: str = ""


def _define(
    group: netCDF4.Dataset, prefix: str, contents: Contents, *, compress: bool
) -> dict[int, _Place]:
    """Create the dimensions, variables and attributes of a group; gives each variable's place.

    By the variable's `id`; `prefix` is the group's path, with its slash.
    """
    for dim, size in contents.sizes.items():
        group.createDimension(dim, size)  # a size of 0 makes it unlimited, which reads back as 0
    places = {}
    for variable in contents.variables:
        encoding = encoding_of(variable)
        layout = _layout_of(variable, encoding) if compress else None
        made = _create(group, variable, encoding, layout, contents)
        _set_attributes(made, {**encoding.attributes, **variable.attributes})
        # netCDF hides a variable that is named like a dimension but is not its axis.
        hidden = variable.name in contents.sizes and variable.dims[:1] != (variable.name,)
        path = f"{prefix}{'_nc4_non_coord_' if hidden else ''}{variable.name}"
        places[id(variable)] = _Place(path, encoding, layout, prefix.rstrip("/"))
        if encoding.datatype == "str":  # HDF5 keeps their text elsewhere, out of a filter's reach
            for index in slabs(variable.shape, encoding.bytes_per_value):
                made[index if variable.shape else ...] = _read(variable, index)
    names = [variable.name for variable in contents.coordinates]
    listed = " ".join(name for name in names if name not in contents.sizes)
    if listed:
        group["data"].setncattr("coordinates", listed)
    _set_attributes(group["data"], contents.attributes)
    _set_attributes(group, contents.attributes)
    return places


def _layout_of(variable: Variable, encoding: Encoding) -> ChunkLayout | None:
    """Choose chunks; None for what is not chunked, or is not ours to compress."""
    shape = encoding.stored_shape(variable.shape)
    if not shape or encoding.datatype == "str":
        return None
    if encoding.width or variable.size == 0:
        return plain_layout(shape, encoding.itemsize)
    rows = min(shape[0], rows_to_sample(shape, encoding.itemsize))
    return best_layout(shape, encoding.encode(_read(variable, slice(0, rows))))


def _create(
    group: netCDF4.Dataset,
    variable: Variable,
    encoding: Encoding,
    layout: ChunkLayout | None,
    contents: Contents,
) -> netCDF4.Variable[Any]:
    dims = variable.dims
    if encoding.width:
        taken = {*contents.sizes, *(other.name for other in contents.coordinates)}
        name = f"string{encoding.width}"
        while name in taken:
            name += "_"
        if name not in group.dimensions:
            group.createDimension(name, encoding.width)
        dims = (*dims, name)
    # Without a fill value no reader masks the numbers that netCDF fills with by default.
    options: dict[str, Any] = {"fill_value": False}
    if encoding.datatype == "str":
        if dims:
            options["chunksizes"] = row_chunks(variable.shape, encoding.itemsize)
        return group.createVariable(variable.name, str, dims, **options)
    if layout is not None:
        options |= {"chunksizes": layout.chunks, "shuffle": layout.shuffle}
        options |= {"zlib": True, "complevel": LEVEL}
    if encoding.itemsize > 1:
        options["endian"] = "little"
    return group.createVariable(variable.name, encoding.datatype, dims, **options)


def _set_attributes(place: Any, attributes: Mapping[str, Any]) -> None:
    for name, value in attributes.items():
        single = isinstance(value, list) and len(value) == 1
        place.setncattr(name, value[0] if single else value)


# -- bulk -------------------------------------------------------------------------------------


@contextlib.contextmanager
def _filling(
    path: Path,
    places: Mapping[int, _Place],
    jobs: int,
    progress: Progress,
    elsewhere: Elsewhere | None = None,
) -> Iterator[Callable[[Variable], Iterator[np.ndarray | CodedTexts]]]:
    """Give what writes the values of a variable, slab by slab, and passes them on."""
    import h5py

    with (
        Sending(path) as sending,
        h5py.File(path, "r+") as file,
        ChunkWriter(jobs, sending.reached) as writer,
    ):
        yield lambda variable: _written(
            variable, places[id(variable)], file, writer, progress=progress, elsewhere=elsewhere
        )


def _written(
    variable: Variable,
    place: _Place,
    file: h5py.File,
    writer: ChunkWriter,
    *,
    progress: Progress,
    elsewhere: Elsewhere | None,
) -> Iterator[np.ndarray | CodedTexts]:
    """Write a variable slab by slab, and pass the slabs on."""
    import h5py

    layout = place.layout
    rows = layout.chunks[0] if layout is not None else 1
    dataset = h5py.h5d.open(file.id, place.path.encode())
    cuts = [*slabs(variable.shape, place.encoding.bytes_per_value, multiple=rows)]
    if variable.dtype.kind == "O" or len(cuts) == 1:
        elsewhere = None  # to find out which texts there are takes longer than to compress them
    if elsewhere is not None and layout is not None:
        row_bytes = prod(variable.shape[1:]) * place.encoding.bytes_per_value
        for index in cuts:
            elsewhere.hand_out(rows_of(place.group, variable, index, layout, row_bytes)._asdict())
    for index in cuts:
        values, stored = _encoded(variable, place.encoding, index)
        if stored is None:
            pass  # it is there already
        elif layout is None:
            h5py.Dataset(dataset)[index if variable.shape else ()] = stored
        else:
            found = None if elsewhere is None else unpacked_chunks(elsewhere.take(), stored, layout)
            writer.put(dataset, stored, index.start, layout, found)
        progress.advance(values.size)
        yield values


def compressed_rows(
    data: xr.DataArray, extras: Mapping[str, xr.DataArray], rows: SlabRows
) -> bytes:
    """Compress a slab for whoever writes the file: what `write_netcdf` has done elsewhere."""
    contents = contents_of(extras[rows.group] if rows.group else data)
    (variable,) = (each for each in contents.variables if each.name == rows.variable)
    _, stored = _encoded(variable, encoding_of(variable), slice(rows.first, rows.end))
    if stored is None:
        text = f"the texts of {rows.variable!r} are not compressed elsewhere"
        raise UsageError(text)
    return packed_chunks(stored, rows.layout)


def _encoded(
    variable: Variable, encoding: Encoding, index: slice
) -> tuple[np.ndarray | CodedTexts, np.ndarray | None]:
    """Give a slab of values, and what is stored; long strings are stored already."""
    if variable.dtype.kind != "O":
        values = _read(variable, index)
        return values, encoding.encode(values)
    known = encoding.texts
    texts = distinct(_read(variable, index)) if known is None else known[index]
    return texts, texts.characters(encoding.width) if encoding.width else None


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
            hint="check the disk, or choose another folder",
        ) from error
