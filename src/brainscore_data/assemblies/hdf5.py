"""Open netCDF and HDF5 files: nothing else opens a stranger's, and none that would do harm is opened.

HDF5, which netCDF-4 is, can point to other files: a contributor's file could name the secrets of
the machine that packages it. It can call on filter plugins, and a few hundred bytes can declare
terabytes. None of it occurs in an assembly, so all of it is refused before any value is read.

It can also be made so that its library never comes to an end. Texts of any length are in global
heaps: a header, and objects of which each says where the next begins. The library follows them
without a look at the sizes (H5HG__cache_heap_deserialize): an object of no size, as one flipped
byte or a block of zeros makes it, is its own successor. Nothing can interrupt that from Python, so
the chains are followed here, before any file is opened.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from brainscore_data.base.errors import DataError
from brainscore_data.base.files import BLOCK

if TYPE_CHECKING:
    import h5py
    import netCDF4
    import xarray as xr


# Signature and version; three bytes that the library passes over; then the size (HDF5 file format,
# III.E "Global Heap"). Lengths have 8 bytes in every file that netCDF writes.
_START, _SKIPPED = b"GCOL\x01", 3
_SIZE, _OBJECT = struct.Struct("<Q"), struct.Struct("<HHIQ")
_HEADER = len(_START) + _SKIPPED + _SIZE.size
_CLASSIC = (b"CDF\x01", b"CDF\x02", b"CDF\x05")
#: Deflate makes at most 1032 bytes of one (zlib's technical details); the rest is metadata.
_EXPANSION, _ALLOWANCE = 1100, 1 << 20
#: How netCDF-4 marks them, and by which it never shows them (hdf5internal.h).
_BARE_DIMENSION = b"This is a netCDF dimension but not a netCDF variable."
_SAVE_AGAIN = "load it with xarray and save it again with .to_netcdf(…)"


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


def refuse_external(path: Path) -> None:
    """Make sure that a netCDF or HDF5 file holds all that it shows, and little more than that.

    Refused are links and storage elsewhere, filters that load code, types other than numbers and
    text, and arrays much larger than what is stored of them.
    """
    import h5py

    if is_classic(path):
        check_classic(path)
        return
    if not h5py.is_hdf5(path):
        raise DataError(
            "it is not a netCDF file, or damaged",
            where=str(path),
            hint="download it again, or save it again with xarray's .to_netcdf(…)",
        )
    try:
        with open_hdf5(path) as file:
            stored = 0
            for dataset in _datasets(file, path):
                _check_type(dataset.id.get_type(), dataset.name, path)
                stored += check_storage(dataset, path)
    except (OSError, RuntimeError, KeyError) as error:
        raise DataError(
            f"it is damaged or cut off: {error}",
            where=str(path),
            hint="download or export it again",
        ) from error
    if stored > path.stat().st_size:
        raise DataError(
            "its arrays share storage, or lie beyond its end", where=str(path), hint=_SAVE_AGAIN
        )


def check_classic(path: Path) -> None:
    """Make sure that a classic netCDF file declares no more than it has."""
    try:
        with open_netcdf4(path) as file:
            variables = file.variables.values()
            declared = sum(prod(each.shape) * each.dtype.itemsize for each in variables)
    except (OSError, RuntimeError) as error:
        raise DataError(
            f"it is damaged or cut off: {error}",
            where=str(path),
            hint="download or export it again",
        ) from error
    if declared > path.stat().st_size:
        raise DataError(
            f"it declares {declared} bytes of values but has {path.stat().st_size}",
            where=str(path),
            hint="it may be cut off: download or export it again",
        )


def _datasets(file: h5py.File, path: Path) -> Iterator[h5py.Dataset]:
    """Walk all groups once, without following what leads elsewhere."""
    import h5py

    waiting, seen = [file["/"]], set()
    while waiting:
        group = waiting.pop()
        for name in group:
            where = f"{group.name.rstrip('/')}/{name}"
            link = group.get(name, getlink=True)
            if isinstance(link, h5py.SoftLink):
                continue  # leads to a place in this file, which is visited there
            if not isinstance(link, h5py.HardLink):
                _refuse(f"{where} is a link to another file", path)
            found = group[name]
            address = h5py.h5o.get_info(found.id).addr
            if address in seen:
                continue
            seen.add(address)
            if isinstance(found, h5py.Group):
                waiting.append(found)
            elif isinstance(found, h5py.Dataset):
                yield found


def check_storage(dataset: h5py.Dataset, path: Path) -> int:
    """Make sure that reading a dataset opens no other file, loads no code and fits its size."""
    import h5py

    properties = dataset.id.get_create_plist()
    # Before its shape: asking a virtual dataset for it may already open other files.
    if properties.get_layout() == h5py.h5d.VIRTUAL:
        _refuse(f"{dataset.name} is put together from other datasets", path)
    if properties.get_external_count():
        _refuse(f"the values of {dataset.name} are in another file", path)
    filters = [properties.get_filter(index)[0] for index in range(properties.get_nfilters())]
    plain = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}
    if not plain.issuperset(filters):
        _refuse(f"{dataset.name} is compressed in a way that not every reader knows", path)
    if filters.count(h5py.h5z.FILTER_DEFLATE) > 1:
        _refuse(f"{dataset.name} is compressed twice", path)
    stored = int(dataset.id.get_storage_size())
    if not stored and _is_bare_dimension(dataset):
        return 0
    chunk = prod(dataset.chunks) * dataset.dtype.itemsize if dataset.chunks else 0
    declared = max(prod(dataset.shape or (0,)) * dataset.dtype.itemsize, chunk)
    if declared > _EXPANSION * stored + _ALLOWANCE:
        raise DataError(
            f"{dataset.name} declares {declared} bytes of values but stores {stored}",
            where=str(path),
            hint="write all of its values; fill values alone are not data",
        )
    return stored


def _is_bare_dimension(dataset: h5py.Dataset) -> bool:
    """Say whether it is netCDF-4's mark for a dimension without a variable, which has no values."""
    name = dataset.attrs.get("NAME", b"")
    return isinstance(name, bytes) and name.startswith(_BARE_DIMENSION)


def _check_type(kind: Any, name: str, path: Path) -> None:
    import h5py

    if isinstance(kind, (h5py.h5t.TypeIntegerID, h5py.h5t.TypeFloatID, h5py.h5t.TypeStringID)):
        return
    words = {
        h5py.h5t.COMPOUND: "compound values",
        h5py.h5t.ENUM: "an enumeration",
        h5py.h5t.OPAQUE: "opaque bytes",
        h5py.h5t.REFERENCE: "references",
        h5py.h5t.VLEN: "arrays of varying length",
    }
    found = words.get(kind.get_class(), "values of an unusual type")
    raise DataError(
        f"{name} holds {found}, where readers expect numbers or text",
        where=str(path),
        hint="convert it to numbers or text and save it again",
    )


def _refuse(message: str, path: Path) -> None:
    raise DataError(message, where=str(path), hint=_SAVE_AGAIN)


def refuse_endless_heaps(path: Path) -> None:
    """Make sure that every chain of objects in the heaps of an HDF5 file comes to its end."""
    size = path.stat().st_size
    left = size // _OBJECT.size  # no more objects fit, unless heaps lie in each other
    with path.open("rb") as searched, path.open("rb") as stream:
        for start in _starts(searched):
            left -= _objects(stream, start, size, left)
            if left < 0:
                break
        else:
            return
    raise DataError(
        "it is damaged: the texts in it are in no order that can be followed",
        where=str(path),
        hint="download or export it again",
    )


def _starts(stream: BinaryIO) -> Iterator[int]:
    """Find where heaps begin, in blocks that overlap by less than a signature."""
    position, kept = 0, b""
    while block := stream.read(BLOCK):
        seen = kept + block
        found = seen.find(_START)
        while found >= 0:
            yield position - len(kept) + found
            found = seen.find(_START, found + 1)
        position += len(block)
        kept = seen[1 - len(_START) :]


def _objects(stream: BinaryIO, start: int, size: int, most: int) -> int:
    """Count the objects of a heap; more than `most` are too many, or a chain that breaks."""
    stream.seek(start + len(_START) + _SKIPPED)
    (length,) = _SIZE.unpack(stream.read(_SIZE.size).ljust(_SIZE.size, b"\0"))
    if not _HEADER <= length <= size - start:
        return 0  # the library refuses it, or it is no heap
    position, end, count = start + _HEADER, start + length, 0
    while position + _OBJECT.size <= end and count <= most:
        stream.seek(position)
        number, _, _, held = _OBJECT.unpack(stream.read(_OBJECT.size))
        # Number 0 is what is free, with its own header counted.
        taken = held if number == 0 else _OBJECT.size + (held + 7) // 8 * 8
        position += taken
        count += 1
        if taken < _OBJECT.size or position > end:
            return most + 1
    return count
