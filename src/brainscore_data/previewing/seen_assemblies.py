"""Looking at an assembly, in the cage: its coordinates, its values, and what they come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.assemblies.contract.variables import plain
from brainscore_data.assemblies.opening import OpenedAssembly, open_assembly
from brainscore_data.base.door import only_inside
from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.check.assemblies.statistics import blocks
from brainscore_data.dataset.assembly_tables import Assembly
from brainscore_data.previewing.behaviour import behaviour_seen
from brainscore_data.previewing.heat import heat_map
from brainscore_data.previewing.reliability import split_half
from brainscore_data.previewing.sampling import Axes, Sample, mean, rows_read, sampled
from brainscore_data.previewing.seen import (
    AssemblySeen,
    ColumnSeen,
    Course,
    Group,
    Grouping,
    Reliability,
    Repetitions,
    ValuesSeen,
)
from brainscore_data.previewing.spike_trains import spikes_seen
from brainscore_data.previewing.summaries import column_seen, histogram
from brainscore_data.stimuli.readers_csv import read_metadata

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

# Up to so many values are counted one by one; of more, those in the sample.
_ALL_COUNTED = 100_000_000
_MOST_OF_A_COORDINATE = 2_000_000
_MOST_EVENTS = 5_000_000
_AT_ONCE = 1 << 20  # values that are looked at as float64, with what that takes beside them
_MOST_REPEATED = 4000  # presentations that reliability is computed from
_MOST_REPEATED_OF_LARGE = 600
_GROUPED = (
    *("region", "area", "roi", "animal", "subject", "monkey", "session", "session_id", "day"),
    *("run", "hemisphere", "cell_type", "neuroid_id"),
)
_MOST_GROUPS = 40
_IDS = ("stimulus_id", "image_id")


def assembly_seen(
    item: Assembly,
    paths: Mapping[str, Path],
    stimuli: Path | None,
    inside: tuple[Path, ...],
    *,
    contents: bool,
) -> AssemblySeen:
    """Look at an assembly; this is what is called in the cage. `stimuli` is its stimulus set's csv."""
    with only_inside(*inside), closing(open_assembly(item, paths.__getitem__, paths)) as opened:
        return _seen(opened, item.assembly_class, stimuli, contents=contents)


def _seen(
    opened: OpenedAssembly, assembly_class: str, stimuli: Path | None, *, contents: bool
) -> AssemblySeen:
    data = opened.data
    coordinates = {str(name): each.variable for name, each in data.coords.items()}
    found: dict[str, Any] = {}
    axes = Axes.of(data) if data.ndim else None
    rows = str(data.dims[axes.rows]) if axes else ""
    along = {
        name: _read(each)
        for name, each in coordinates.items()
        if each.dims == (rows,) and each.ndim
    }
    is_number = data.dtype.kind in "iufb"
    if axes and is_number and data.size and rows != "event":
        sample = sampled(data.variable, axes)
        found |= _of_sample(axes, sample, along, coordinates, contents=contents)
        found["reliability"] = _reliability(data, axes, along) if "neuroid" in data.dims else None
        if not sample.is_whole:
            found["sampled"] = _said_of(sample, axes)
        found["values"] = _values(data, sample)
    if rows == "event" and is_number:
        times = plain(data.variable[:_MOST_EVENTS])
        events = {name: values[:_MOST_EVENTS] for name, values in along.items()}
        if all(len(values) == len(times) for values in events.values()):
            found["spikes"] = spikes_seen(times, events, contents=contents)
        found["values"] = _values(data, None)
        if data.size > _MOST_EVENTS:
            found["sampled"] = f"the first {_MOST_EVENTS:,} of {data.size:,} events"
    if rows == "presentation" and (assembly_class == "BehavioralAssembly" or not is_number):
        found["behaviour"] = behaviour_seen(
            plain(data.variable) if data.ndim == 1 else plain(data.variable[:0]),
            along,
            contents=contents,
        )
    ids = next((along[name] for name in _IDS if name in along), None)
    return AssemblySeen(
        dims=tuple((str(dim), int(size)) for dim, size in zip(data.dims, data.shape, strict=True)),
        dtype="text" if data.dtype.kind in "OUT" else str(data.dtype),
        coordinates=tuple(
            _coordinate(name, each, contents=contents) for name, each in coordinates.items()
        ),
        repetitions=None if ids is None or not len(ids) else _repetitions(ids, stimuli),
        notices=opened.notices,
        **found,
    )


def _read(variable: xr.Variable) -> np.ndarray:
    """Read a coordinate, or its beginning if it is longer than any that people look through."""
    rest = max(1, variable.size // max(1, variable.shape[0]))
    return plain(variable[: max(1, _MOST_OF_A_COORDINATE // rest)])


def _coordinate(name: str, variable: xr.Variable, *, contents: bool) -> ColumnSeen:
    values = plain(variable) if variable.size <= _MOST_OF_A_COORDINATE else _read(variable)
    return column_seen(name, values, dims=[str(dim) for dim in variable.dims], contents=contents)


def _of_sample(
    axes: Axes,
    sample: Sample,
    along: Mapping[str, np.ndarray],
    coordinates: Mapping[str, xr.Variable],
    *,
    contents: bool,
) -> dict[str, Any]:
    over_time = sample.over_time()
    found: dict[str, Any] = {}
    if contents:
        found["heat"] = heat_map(over_time)
        units = {
            name: _read(each) for name, each in coordinates.items() if each.dims == ("neuroid",)
        }
        found["groupings"] = tuple(_groupings(over_time, sample, along, units))
    if axes.bins is not None:
        found["course"] = _course(sample, coordinates)
    return found


def _course(sample: Sample, coordinates: Mapping[str, xr.Variable]) -> Course:
    import numpy as np

    units = mean(sample.responses, axis=0)
    middle = mean(units, axis=0)
    finite = [each[np.isfinite(each)] for each in units.T]
    low, high = (
        np.array([np.percentile(each, part) if each.size else np.nan for each in finite])
        for part in (25, 75)
    )
    labels = _labels(coordinates) or tuple(map(str, range(len(middle))))
    return Course(labels, *map(_numbers, (middle, low, high)))


def _labels(coordinates: Mapping[str, xr.Variable]) -> tuple[str, ...]:
    """Name the time bins by where they start and end."""
    bounds = [coordinates.get(f"time_bin_{which}") for which in ("start", "end")]
    numbers = [
        plain(each).tolist()
        for each in bounds
        if each is not None and each.dims == ("time_bin",) and each.dtype.kind in "iuf"
    ]
    if len(numbers) < len(bounds):
        return ()
    return tuple(f"{start:g} to {end:g}" for start, end in zip(*numbers, strict=True))


def _numbers(values: np.ndarray) -> tuple[float | None, ...]:
    import numpy as np

    return tuple(float(each) if np.isfinite(each) else None for each in values)


def _groupings(
    over_time: np.ndarray,
    sample: Sample,
    along: Mapping[str, np.ndarray],
    units: Mapping[str, np.ndarray],
) -> Iterator[Grouping]:
    for name in _GROUPED:
        if name in units and len(units[name]) > int(sample.units[-1]):
            yield _grouping(name, units[name][sample.units], over_time.T)
        elif name in along and len(along[name]) > int(sample.rows[-1]):
            yield _grouping(name, along[name][sample.rows], over_time)


def _grouping(name: str, labels: np.ndarray, values: np.ndarray) -> Grouping:
    import numpy as np
    import pandas as pd

    codes, groups = pd.factorize(np.asarray(labels, dtype=object))
    found = []
    for number, label in enumerate(list(groups)[:_MOST_GROUPS]):
        own = values[codes == number]
        finite = own[np.isfinite(own)]
        found.append(
            Group(
                name=str(label)[:80],
                count=len(own),
                mean=float(finite.mean()) if finite.size else None,
                deviation=float(finite.std()) if finite.size else None,
                missing=1 - finite.size / own.size if own.size else 0.0,
            )
        )
    return Grouping(name, tuple(found), max(0, len(groups) - _MOST_GROUPS))


def _reliability(
    data: xr.DataArray, axes: Axes, along: Mapping[str, np.ndarray]
) -> Reliability | None:
    import numpy as np
    import pandas as pd

    ids = next((along[name] for name in _IDS if name in along), None)
    if ids is None or len(ids) != axes.shape[axes.rows]:
        return None
    codes, _ = pd.factorize(ids)
    counts = np.bincount(codes[codes >= 0], minlength=1)
    repeated = np.flatnonzero(counts > 1)
    most = _MOST_REPEATED if data.size <= _ALL_COUNTED else _MOST_REPEATED_OF_LARGE
    chosen = np.random.default_rng(0).permutation(repeated)
    chosen = chosen[: max(3, int(np.searchsorted(np.cumsum(counts[chosen]), most, side="right")))]
    rows = np.flatnonzero(np.isin(codes, chosen))
    # Stimuli with thousands of repetitions: as many as there is room for.
    rows = rows[:: max(1, -(-len(rows) // (4 * most)))]
    if not rows.size:
        return None
    return split_half(mean(rows_read(data.variable, axes, rows), axis=2), codes[rows])


def _values(data: xr.DataArray, sample: Sample | None) -> ValuesSeen:
    import numpy as np

    size = int(data.size)
    in_all = size <= _ALL_COUNTED or sample is None
    parts: Iterator[np.ndarray] = (
        _all(data) if in_all or sample is None else iter([sample.responses])
    )
    nan = above = below = count = 0
    total = squares = 0.0
    low, high = np.inf, -np.inf
    for part in parts:
        values = np.asarray(part, dtype=float).reshape(-1)
        finite = values[np.isfinite(values)]
        nan += int(np.isnan(values).sum())
        above += int(np.isposinf(values).sum())
        below += int(np.isneginf(values).sum())
        if finite.size:
            count += finite.size
            total += float(finite.sum())
            squares += float(np.square(finite).sum())
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    shown = plain(data.variable[:_MOST_EVENTS]) if sample is None else sample.responses
    flat = np.asarray(shown, dtype=float).reshape(-1)
    known = flat[np.isfinite(flat)]
    middle = total / count if count else None
    spread = None if middle is None else max(0.0, squares / count - middle**2) ** 0.5
    return ValuesSeen(
        size=size,
        looked_at=size if in_all else int(flat.size),
        nan=nan,
        positive_infinite=above,
        negative_infinite=below,
        mean=middle,
        deviation=spread,
        low=low if count else None,
        high=high if count else None,
        median=float(np.median(known)) if known.size else None,
        histogram=histogram(known, bins=40),
    )


def _all(data: xr.DataArray) -> Iterator[np.ndarray]:
    for index in blocks(tuple(data.shape), data.dtype.itemsize):
        block = plain(data.variable[index]).reshape(-1)
        for start in range(0, block.size, _AT_ONCE):
            yield block[start : start + _AT_ONCE]


def _repetitions(ids: np.ndarray, stimuli: Path | None) -> Repetitions:
    import numpy as np
    import pandas as pd

    codes, shown = pd.factorize(ids)
    counts = np.bincount(codes[codes >= 0], minlength=1)
    found: dict[str, int] = {}
    if stimuli is not None:
        try:
            listed = {str(each) for each in read_metadata(stimuli).stimulus_ids.tolist()}
        except BrainScoreDataError:
            listed = set()  # the section about it says why
        if listed:
            here = {str(each) for each in shown}
            found = {
                "in_stimulus_set": len(listed),
                "not_shown": len(listed - here),
                "unknown": len(here - listed),
            }
    return Repetitions(
        len(shown), int(counts.min()), float(np.median(counts)), int(counts.max()), **found
    )


def _said_of(sample: Sample, axes: Axes) -> str:
    rows, units = len(sample.rows), len(sample.units)
    said = f"{rows:,} of {axes.shape[axes.rows]:,} presentations"
    if axes.units is not None and units < axes.shape[axes.units]:
        said += f" and {units:,} of {axes.shape[axes.units]:,} neuroids"
    return f"{said}, evenly chosen"
