"""Spikes counted in bins: from a table with a row for each spike to presentation x neuroid x time_bin.

A bin has its start and not its end. Counts are made for the presentations that somebody asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.assemblies.arrays import coordinate_table, coordinates_of
from brainscore_data.assemblies.bins import BINNED, bin_coordinates, bin_edges, per_unit, times_in
from brainscore_data.assemblies.lazy import lazy, with_coordinates
from brainscore_data.base.errors import DataError
from brainscore_data.base.text import some
from brainscore_data.dataset.assembly_tables import BinnedSpikes
from brainscore_data.tables.rows import require_columns
from brainscore_data.tables.table import Table

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr


def open_spikes(
    item: BinnedSpikes, find: Callable[[str], Path]
) -> tuple[xr.DataArray, tuple[str, ...]]:
    """Count the spikes of a table."""
    import numpy as np

    spikes = coordinate_table(item.spikes, find)
    tables = {str(dim): coordinate_table(name, find) for dim, name in item.coords.items()}
    presentations, neuroids = tables["presentation"], tables["neuroid"]
    edges = bin_edges(item.bins, per_unit(item.spikes))
    shape = (len(presentations), len(neuroids), len(edges) - 1)
    coords, notices = coordinates_of(tables, BINNED, shape, item)
    coords |= bin_coordinates(item.bins)
    wanted = [item.time, item.neuroid, *([] if item.onset else [item.presentation])]
    require_columns(wanted, spikes.columns, where=str(spikes.path), asked_by="spikes")
    times = times_in(spikes, item.time)
    units = _places(spikes, neuroids, item.neuroid)
    rows = np.arange(len(times))
    if item.onset:
        shown, rows = _by_onset(times, times_in(presentations, item.onset), edges)
        times = times[rows] - times_in(presentations, item.onset)[shown]
    else:
        shown = _places(spikes, presentations, item.presentation)
    bins = np.searchsorted(edges, times, side="right") - 1
    inside = (bins >= 0) & (bins < shape[2])
    counted = np.unique(rows[inside]).size
    if counted < len(spikes):
        notices += (
            f"{spikes.path.name}: {len(spikes) - counted} of {len(spikes)} spikes are in no bin",
        )
    data = _counts(shown[inside], units[rows[inside]], bins[inside], shape)
    return with_coordinates(data, BINNED, coords), (*spikes.notices, *notices)


def _by_onset(
    times: np.ndarray, onsets: np.ndarray, edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give each spike that is near a presentation, with it: once for each of several."""
    import numpy as np

    order = np.argsort(times, kind="stable")
    # A little more than is in the bins: which bin it is, is decided by the difference itself.
    margin = (edges[-1] - edges[0]) * 1e-6
    first = np.searchsorted(times[order], onsets + edges[0] - margin)
    last = np.searchsorted(times[order], onsets + edges[-1] + margin)
    shown = np.repeat(np.arange(len(onsets)), last - first)
    rows = np.concatenate([order[a:b] for a, b in zip(first, last, strict=True)])
    return shown, rows


def _counts(
    shown: np.ndarray, units: np.ndarray, bins: np.ndarray, shape: tuple[int, int, int]
) -> Any:
    import numpy as np

    order = np.argsort(shown, kind="stable")
    shown, cells = shown[order], (units * shape[2] + bins)[order]
    each = shape[1] * shape[2]

    def read(key: tuple[int | slice, ...]) -> np.ndarray:
        first, *others = key
        start, stop, step = (
            first.indices(shape[0]) if isinstance(first, slice) else (first, first + 1, 1)
        )
        low, high = np.searchsorted(shown, [start, max(start, stop)])
        flat = (shown[low:high] - start) * each + cells[low:high]
        count = max(0, stop - start)
        found = np.bincount(flat, minlength=count * each).reshape(count, *shape[1:])
        return found[(slice(None, None, step) if isinstance(first, slice) else 0, *others)]

    return lazy(shape, np.dtype("int64"), read)


def _places(spikes: Table, table: Table, column: str) -> np.ndarray:
    """Say for each spike which row of a table it is of, by what both have in a column."""
    import numpy as np

    require_columns([column], table.columns, where=str(table.path), asked_by="spikes")
    known: dict[str, int] = {}
    for row, text in enumerate(table.texts(column)):
        if known.setdefault(text, row) != row:
            raise DataError(
                f"two rows have the {column} {text!r}, so spikes cannot be told apart by it",
                where=table.place(row),
                hint=f"give each row a {column} of its own",
            )
    texts = spikes.texts(column)
    if strange := [row for row, text in enumerate(texts) if text not in known]:
        raise DataError(
            f"the {column} {texts[strange[0]]!r} is in no row of {table.path.name}",
            where=spikes.place(strange[0]),
            hint=f"there are: {some(list(known), 8)}; {len(strange)} spikes have none of these",
        )
    return np.array([known[text] for text in texts])
