"""Arrays in NWB files: the numbers of a series, or of a column with several in each row."""

from __future__ import annotations

from pathlib import Path

import h5py  # only where the extra is installed: who imports this asks
import numpy as np

from brainscore_data.arrays.formats import Key, StoredArray
from brainscore_data.arrays.hdf5 import reopened_hdf5
from brainscore_data.arrays.nwb_session import Session, SessionParts, has, place_in
from brainscore_data.base.errors import DataError


def open_nwb(path: Path, part: str | None) -> StoredArray:
    """Open the numbers of a series, or of a column with several in each row."""
    with Session.of(path) as session:
        name = part or session.only("array of numbers", [*session.parts().arrays])
        node = session.node(name)
        has_data = isinstance(node, h5py.Group) and has(node, "data")
        data = session.node(f"{name}/data") if has_data else node
        if not isinstance(data, h5py.Dataset) or data.dtype.kind not in "biuf" or not data.size:
            raise DataError(
                "it is no array of numbers",
                where=place_in(path, name),
                hint=session.listed("arrays", [*session.parts().arrays]),
            )
        session.weigh(data)
        scale, offset = session.number(data, "conversion", 1), session.number(data, "offset", 0)
        if isinstance(node, h5py.Group) and has(node, "channel_conversion"):
            raise DataError(
                "it has a factor for each channel (channel_conversion)",
                where=place_in(path, name),
                hint="save it in volts, as a series without such factors",
            )
        shape, where = tuple(data.shape), data.name
        kind = data.dtype.newbyteorder("=") if (scale, offset) == (1, 0) else np.dtype("float64")

    def read(key: Key) -> np.ndarray:
        with reopened_hdf5(path) as file:
            values = np.asarray(file[where][key])
        return (values if (scale, offset) == (1, 0) else values * scale + offset).astype(kind)

    return StoredArray(shape, kind, read)


def parts_in(path: Path) -> SessionParts:
    """List what a file has; no values are read."""
    with Session.of(path) as session:
        return session.parts()
