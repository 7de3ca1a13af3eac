"""A recording that went on and on, cut at the onsets of presentations: presentation x neuroid x time_bin.

A bin has its start and not its end; its value is the mean of the samples in it. Samples are read for
the presentations that somebody asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.assemblies.arrays import coordinate_table, coordinates_of
from brainscore_data.assemblies.bins import BINNED, bin_coordinates, bin_edges, per_unit, times_in
from brainscore_data.assemblies.lazy import lazy, with_coordinates
from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place
from brainscore_data.base.text import some
from brainscore_data.dataset.assembly_tables import BinnedSeries
from brainscore_data.dataset.paths import file_part

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

    from brainscore_data.arrays.nwb_series import Samples


def open_series(
    item: BinnedSeries, find: Callable[[str], Path]
) -> tuple[xr.DataArray, tuple[str, ...]]:
    """Cut a recording."""
    import numpy as np

    path, samples = _opened(item, find)
    tables = {str(dim): coordinate_table(name, find) for dim, name in item.coords.items()}
    edges = bin_edges(item.bins, per_unit(item.series))
    shape = (len(tables["presentation"]), samples.values.shape[1], len(edges) - 1)
    coords, notices = coordinates_of(tables, BINNED, shape, item)
    coords |= bin_coordinates(item.bins)
    onsets = times_in(tables["presentation"], item.onset)
    ends = samples.before(onsets[:, None] + edges)
    whole = _recorded(samples, onsets, edges) & (np.diff(ends) > 0)
    if not whole.any():
        raise DataError(
            f"it was recorded from {samples.first:g} to {samples.last:g} s, and {item.onset!r} has "
            f"{onsets.min():g} to {onsets.max():g}: no bin is in it",
            where=Place(str(path), item=file_part(item.series).part),
            hint="onsets are in seconds and count from the same beginning; bins are in ms",
        )
    data = lazy(shape, np.dtype("float64"), _means(samples, ends, whole))
    said = (*_told(path, ends, whole), *notices)
    return with_coordinates(data, BINNED, coords), said


def _opened(item: BinnedSeries, find: Callable[[str], Path]) -> tuple[Path, Samples]:
    file, part = file_part(item.series)
    path = find(file)
    if path.suffix.lower() != ".nwb":
        raise DataError(
            "only an NWB file says when each sample of a recording was taken",
            where=str(path),
            hint="cut it at the onsets yourself, and name the array in `values`",
        )
    from brainscore_data.arrays.nwb_series import ROUNDING, open_samples

    samples = open_samples(path, part)
    if item.bins.width / per_unit(item.series) < samples.interval * (1 - ROUNDING):
        raise DataError(
            f"its samples are {samples.interval * 1000:g} ms apart, and bins of {item.bins.width:g} ms "
            "are shorter",
            where=Place(str(path), item=part),
            hint="write `bins` in ms, each as long as the time between two samples, or longer",
        )
    _refuse_another_order(item, samples, path)
    return path, samples


def _refuse_another_order(item: BinnedSeries, samples: Samples, path: Path) -> None:
    """Refuse the table of all electrodes, where the channels are some, or in another order."""
    file, _ = file_part(item.series)
    if samples.channels is None or file_part(item.coords["neuroid"]) != (file, "electrodes"):
        return
    table, rows = samples.channels
    if rows != tuple(range(len(rows))):
        raise DataError(
            f"its channels are the rows {some(rows, 6, str)} of electrodes, counted from 0, in that order",
            where=Place(str(path), item=file_part(item.series).part),
            hint=f'write neuroid = "{file}:{table}", which has just these',
        )


def _recorded(samples: Samples, onsets: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Say which bins do not begin before a recording, or end after it."""
    from brainscore_data.arrays.nwb_series import ROUNDING

    slack = ROUNDING * samples.interval
    begin, end = onsets[:, None] + edges[:-1], onsets[:, None] + edges[1:]
    found: np.ndarray = (begin >= samples.first - slack) & (
        end <= samples.last + samples.interval + slack
    )
    return found


def _means(
    samples: Samples, ends: np.ndarray, whole: np.ndarray
) -> Callable[[tuple[int | slice, ...]], np.ndarray]:
    import numpy as np

    def of_one(shown: int, channels: int | slice) -> np.ndarray:
        first, last = int(ends[shown, 0]), int(ends[shown, -1])
        values = samples.values.read((slice(first, last), channels)).astype(float)
        found = np.full((whole.shape[1], *values.shape[1:]), np.nan)
        for each in np.flatnonzero(whole[shown]):
            start, stop = ends[shown, each : each + 2] - first
            found[each] = values[start:stop].mean(axis=0)
        return found.T

    def read(key: tuple[int | slice, ...]) -> np.ndarray:
        shown, channels, bins = key
        if not isinstance(shown, slice):
            return of_one(shown, channels)[..., bins]
        rows = range(*shown.indices(len(ends)))
        if not rows:
            empty = np.empty((0, samples.values.shape[1], whole.shape[1]))
            return empty[:, channels, bins] if isinstance(channels, slice) else empty[:, 0, bins]
        return np.stack([of_one(row, channels)[..., bins] for row in rows])

    return read


def _told(path: Path, ends: np.ndarray, whole: np.ndarray) -> tuple[str, ...]:
    """Say of how many samples a bin is, and of which presentations some were not recorded."""
    import numpy as np

    counts = np.diff(ends)[whole]
    low, high = int(counts.min()), int(counts.max())
    number = f"{low}" if low == high else f"{low} to {high}"
    said = [f"{path.name}: each bin is the mean of {number} sample{'s' if high > 1 else ''}"]
    lacking = np.flatnonzero(~whole.all(axis=1))
    if lacking.size:
        said.append(
            f"{path.name}: {lacking.size} of {len(whole)} presentations, the first in row "
            f"{lacking[0] + 1}, have bins that were not recorded: these are NaN"
        )
    return tuple(said)
