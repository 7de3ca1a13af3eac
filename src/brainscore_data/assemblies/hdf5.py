"""Refuse files that would make whoever reads them open others, load code, or run out of memory.

HDF5, which netCDF-4 is, can point to other files: a contributor's file could name the secrets of
the machine that packages it. It can call on filter plugins, and a few hundred bytes can declare
terabytes. None of it occurs in an assembly, so all of it is refused before any value is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.assemblies.files import is_classic, open_hdf5, open_netcdf4
from brainscore_data.base.errors import DataError

if TYPE_CHECKING:
    import h5py

#: Deflate makes at most 1032 bytes of one (zlib's technical details); the rest is metadata.
_EXPANSION, _ALLOWANCE = 1100, 1 << 20
#: How netCDF-4 marks them, and by which it never shows them (hdf5internal.h).
_BARE_DIMENSION = b"This is a netCDF dimension but not a netCDF variable."
_SAVE_AGAIN = "load it with xarray and save it again with .to_netcdf(…)"


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
