"""Spike times: when a few units fired, and how often each does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from brainscore_data.previewing.seen import Spikes
from brainscore_data.previewing.summaries import histogram

if TYPE_CHECKING:
    import numpy as np

_UNITS = ("neuroid_id", "neuroid", "unit", "unit_id", "cluster_id")
_SHOWN, _MOST_MARKS = 20, 150


def spikes_seen(
    times: np.ndarray, coordinates: Mapping[str, np.ndarray], *, contents: bool
) -> Spikes | None:
    """Summarise events; None where no coordinate says whose they are."""
    import numpy as np
    import pandas as pd

    name = next((each for each in _UNITS if each in coordinates), None)
    times = np.asarray(times, dtype=float)
    known = np.isfinite(times)
    if name is None or not known.any():
        return None
    codes, units = pd.factorize(np.asarray(coordinates[name])[known], sort=True)
    times = times[known]
    duration = float(times.max() - times.min())
    counts = np.bincount(codes)
    rates = counts / duration if duration > 0 else counts.astype(float)
    raster = []
    for number in np.linspace(0, len(units) - 1, min(_SHOWN, len(units))).astype(int).tolist():
        own = np.sort(times[codes == number])
        picked = own[np.linspace(0, len(own) - 1, min(_MOST_MARKS, len(own))).astype(int)]
        raster.append((str(units[number])[:60], tuple(round(float(each), 6) for each in picked)))
    return Spikes(len(units), duration, histogram(rates), tuple(raster) if contents else ())
