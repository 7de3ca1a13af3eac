"""Recordings in NWB files that went on and on: the samples, and when each of them was taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py  # only where the extra is installed: who imports this asks
import numpy as np

from brainscore_data.arrays.formats import StoredArray, with_dimensions
from brainscore_data.arrays.hdf5 import reopened_hdf5
from brainscore_data.arrays.nwb import open_nwb
from brainscore_data.arrays.nwb_session import Session, has, place_in
from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place

#: Of the time between two samples: what rounding can be wrong by. A sample so near to a time is at it.
ROUNDING = 0.01
_AT_ONCE = 1 << 20  # times


@dataclass(frozen=True)
class Samples:
    """The samples of a recording, and their times, in seconds."""

    values: StoredArray  # of each sample a value for each channel
    interval: float  # from one to the next; their mean, where the file lists them
    first: float
    last: float
    #: Its channels' table, and which rows of another they are; None if it does not say.
    channels: tuple[str, tuple[int, ...]] | None
    before: Callable[[np.ndarray], np.ndarray]  # how many samples are before each of some times


def open_samples(path: Path, part: str | None) -> Samples:
    """Open a series; neither its values nor its times are read whole."""
    with Session.of(path) as session:
        name = part or session.only("recording", [*session.parts().recordings])
        node = session.node(name)
        where = place_in(path, name)
        timed = isinstance(node, h5py.Group) and (
            has(node, "starting_time") or has(node, "timestamps")
        )
        if not timed:
            raise DataError(
                "it does not say when its samples were taken",
                where=where,
                hint=session.listed("recordings", [*session.parts().recordings]),
            )
        table = session.parts().recordings.get(name)
        rows = () if table is None else session.read(session.node(table)).tolist()
        channels = None if table is None else (table, tuple(rows))
    values = open_nwb(path, name)
    if len(values.shape) > 2:
        raise DataError(
            f"it has {len(values.shape)} dimensions, and a recording has samples and channels",
            where=where,
            hint="make one channel of each pixel, or compute what is to be published of it",
        )
    with Session.of(path) as session:
        node = session.node(name)
        values = with_dimensions(values, 2)
        if has(node, "timestamps"):
            stamps = session.node(f"{name}/timestamps")
            return replace(_listed(session, stamps, values, where), channels=channels)
        began = session.node(f"{name}/starting_time")
        rate, first = session.number(began, "rate", 0), float(began[()])
    if not rate > 0 or not np.isfinite([rate, first]).all():
        raise DataError(
            f"its rate is {rate:g} samples in a second, from {first:g}",
            where=where,
            hint="export the file again",
        )
    return replace(at_a_rate(values, first, rate), channels=channels)


def at_a_rate(values: StoredArray, first: float, rate: float) -> Samples:
    """Take samples at so many in a second, from the first on."""

    def before(times: np.ndarray) -> np.ndarray:
        found = np.ceil((times - first) * rate - ROUNDING)
        return np.clip(found, 0, values.shape[0]).astype(np.int64)

    return Samples(values, 1 / rate, first, first + (values.shape[0] - 1) / rate, None, before)


def _listed(session: Session, stamps: Any, values: StoredArray, where: Place) -> Samples:
    session.weigh(stamps)
    count, inside, path = values.shape[0], stamps.name, session.path
    if stamps.shape != (count,) or stamps.dtype.kind not in "fiu" or count < 2:
        raise DataError(
            f"it has {stamps.shape} timestamps for {count} samples",
            where=where,
            hint="a recording has a time for each sample, two at least: export the file again",
        )
    first, last = float(stamps[0]), float(stamps[-1])
    interval = (last - first) / (count - 1)

    def before(times: np.ndarray) -> np.ndarray:
        found = np.zeros(times.shape, np.int64)
        previous = -np.inf
        with reopened_hdf5(path) as file:
            for start in range(0, count, _AT_ONCE):
                some = file[inside][start : start + _AT_ONCE].astype(float)
                steps = np.diff(some, prepend=previous)
                if not (steps >= 0).all():
                    raise DataError(
                        f"timestamp {start + int(np.argmin(steps >= 0)) + 1} is before that of the "
                        "sample before it",
                        where=where,
                        hint="sort the samples by their times, or take out what was recorded twice",
                    )
                previous = some[-1]
                found += np.searchsorted(some, times - ROUNDING * interval)
        return found

    return Samples(values, interval, first, last, None, before)
