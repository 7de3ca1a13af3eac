"""Arrays in NWB files: the numbers of a series, or of a column with several in each row."""

from __future__ import annotations

from pathlib import Path

import h5py  # only where the extra is installed: who imports this asks
import numpy as np

from brainscore_data.arrays.formats import Key, StoredArray
from brainscore_data.arrays.hdf5 import reopened_hdf5
from brainscore_data.arrays.nwb_session import Session, has, place_in
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
                "it is not an array of numbers",
                where=place_in(path, name),
                hint=session.listed("arrays", [*session.parts().arrays]),
            )
        session.weigh(data)
        shape, where = tuple(data.shape), data.name
        factors = _of_channels(session, name, shape) * session.number(data, "conversion", 1)
        offset = session.number(data, "offset", 0)
        is_plain = offset == 0 and bool((factors == 1).all())
        scale = np.broadcast_to(factors, shape)
        kind = data.dtype.newbyteorder("=") if is_plain else np.dtype("float64")

    def read(key: Key) -> np.ndarray:
        with reopened_hdf5(path) as file:
            values = np.asarray(file[where][key])
        return (values if is_plain else values * scale[key] + offset).astype(kind)

    return StoredArray(shape, kind, read)


def _of_channels(session: Session, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Give the factor of each channel, to be broadcast; 1 where there are none."""
    node = session.node(name)
    if not isinstance(node, h5py.Group) or not has(node, "channel_conversion"):
        return np.ones(1)
    factors = session.read(session.node(f"{name}/channel_conversion")).astype(float)
    channels = shape[1] if len(shape) > 1 else 1
    if factors.shape != (channels,):
        raise DataError(
            f"channel_conversion has {factors.size} factors, and the data {channels} channels",
            where=place_in(session.path, name),
            hint="the file is damaged, or was changed by hand: export it again",
        )
    return factors.reshape(1, channels, *(1,) * (len(shape) - 2)) if len(shape) > 1 else factors
