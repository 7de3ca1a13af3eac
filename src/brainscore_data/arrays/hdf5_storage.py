"""How the arrays of an HDF5 file are stored, as far as reading them could do harm."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import h5py  # only where the extra is installed: who imports this asks

from brainscore_data.arrays.hdf5_objects import outside, refuse
from brainscore_data.base.errors import DataError

#: Deflate makes at most 1032 bytes of one (zlib's technical details); the rest is metadata.
_EXPANSION, _ALLOWANCE = 1100, 1 << 20
#: How netCDF-4 marks them, and by which it never shows them (hdf5internal.h).
_BARE_DIMENSION = b"This is a netCDF dimension but not a netCDF variable."
# The library may look at each of them, whether it was written or not.
_MANY_CHUNKS = 1 << 24


def check_storage(dataset: h5py.Dataset, path: Path) -> int:
    """Make sure that reading a dataset opens no other file, loads no code and fits its size."""
    refuse_outside(dataset, path)
    properties = dataset.id.get_create_plist()
    filters = [properties.get_filter(index)[0] for index in range(properties.get_nfilters())]
    plain = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}
    if not plain.issuperset(filters):
        refuse(f"{dataset.name} is compressed in a way that not every reader knows", path)
    if filters.count(h5py.h5z.FILTER_DEFLATE) > 1:
        refuse(f"{dataset.name} is compressed twice", path)
    chunk = prod(dataset.chunks) * dataset.dtype.itemsize if dataset.chunks else 0
    declared = max(prod(dataset.shape or (0,)) * dataset.dtype.itemsize, chunk)
    if chunk and declared // chunk > _MANY_CHUNKS:
        _refuse_emptiness(dataset, declared, path.stat().st_size, path)
    stored = int(dataset.id.get_storage_size())
    if not stored and _is_bare_dimension(dataset):
        return 0
    _refuse_emptiness(dataset, declared, stored, path)
    if h5py.h5z.FILTER_DEFLATE in filters and stored > _ALLOWANCE // 16:
        _refuse_swelling_chunks(dataset, path)
    return stored


def refuse_outside(dataset: h5py.Dataset, path: Path) -> None:
    """Make sure that the values of a dataset are in its file."""
    if (why := outside(dataset)) is not None:
        refuse(why, path)


def _refuse_emptiness(dataset: h5py.Dataset, declared: int, stored: int, path: Path) -> None:
    if declared > _EXPANSION * stored + _ALLOWANCE:
        raise DataError(
            f"{dataset.name} declares {declared} bytes of values but stores {stored}",
            where=str(path),
            hint="write all of its values; fill values alone are not data",
        )


def _refuse_swelling_chunks(dataset: h5py.Dataset, path: Path) -> None:
    """Refuse chunks that can only become more than a chunk is: the library unpacks to the end."""
    if not hasattr(dataset.id, "chunk_iter"):
        return  # HDF5 before 1.12.3
    chunk = prod(dataset.chunks) * dataset.id.get_type().get_size()
    most = chunk + chunk // 100 + 1024  # what is packed in vain is a little larger

    def too_large(found: Any) -> bool | None:
        return True if found.size > most else None  # the first ends it

    if dataset.id.chunk_iter(too_large):
        refuse(f"a chunk of {dataset.name} holds more than a chunk can", path)


def _is_bare_dimension(dataset: h5py.Dataset) -> bool:
    """Say whether it is netCDF-4's mark for a dimension without a variable, which has no values."""
    name = dataset.attrs.get("NAME", b"")
    return isinstance(name, bytes) and name.startswith(_BARE_DIMENSION)


def check_type(dataset: h5py.Dataset, path: Path) -> None:
    """Make sure that the values of a dataset are numbers or text."""
    kind = dataset.id.get_type()
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
        f"{dataset.name} holds {found}, where readers expect numbers or text",
        where=str(path),
        hint="convert it to numbers or text and save it again",
    )
