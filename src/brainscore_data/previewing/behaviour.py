"""Behaviour: what was chosen, whether it was right, who chose and how fast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from brainscore_data.previewing.seen import Behaviour, Confusion
from brainscore_data.previewing.summaries import histogram

if TYPE_CHECKING:
    import numpy as np

_MOST_CATEGORIES = 40
_PARTICIPANTS = ("participant", "participant_id", "subject", "subject_id", "worker_id", "observer")
_TIMES = ("rt", "reaction_time", "response_time", "rt_ms", "reaction_time_ms", "latency")


def behaviour_seen(
    values: np.ndarray, coordinates: Mapping[str, np.ndarray], *, contents: bool
) -> Behaviour | None:
    """Summarise trials; `coordinates` are those of the presentations."""
    choices = coordinates.get("choice", values)
    if choices.ndim != 1 or choices.dtype.kind not in "OUT":
        return _trials((), None, coordinates)
    counts = _counts(choices)
    if not contents or len(counts) > _MOST_CATEGORIES:
        return _trials(counts[:_MOST_CATEGORIES] if contents else (), None, coordinates)
    return _trials(
        counts, _confusion(choices, [name for name, _ in counts], coordinates), coordinates
    )


def _counts(texts: np.ndarray) -> tuple[tuple[str, int], ...]:
    import pandas as pd

    found = pd.Series(texts, dtype=object).map(str).value_counts()
    return tuple(
        sorted(((str(name), int(n)) for name, n in found.items()), key=lambda each: -each[1])
    )


def _confusion(
    choices: np.ndarray, chosen: list[str], coordinates: Mapping[str, np.ndarray]
) -> Confusion | None:
    """Find the coordinate that shares its categories with the choices, and count both together."""
    import numpy as np
    import pandas as pd

    best, truth = 0, ""
    for name, values in coordinates.items():
        if name == "choice" or values.dtype.kind not in "OUT":
            continue
        there = set(map(str, pd.unique(pd.Series(values, dtype=object))))
        shared = len(there & set(chosen))
        if len(there) <= _MOST_CATEGORIES and 2 * shared > len(there) and shared > max(1, best):
            best, truth = shared, name
    if not truth:
        return None
    true = [str(each) for each in coordinates[truth]]
    categories = sorted(set(true) | set(chosen))
    if len(categories) > _MOST_CATEGORIES:
        return None
    places = {name: number for number, name in enumerate(categories)}
    table = np.zeros((len(categories), len(categories)), dtype=int)
    np.add.at(table, ([places[each] for each in true], [places[str(each)] for each in choices]), 1)
    return Confusion(truth, tuple(categories), tuple(map(tuple, table.tolist())))


def _trials(
    choices: tuple[tuple[str, int], ...],
    confusion: Confusion | None,
    coordinates: Mapping[str, np.ndarray],
) -> Behaviour | None:
    import numpy as np
    import pandas as pd

    who = next((name for name in _PARTICIPANTS if name in coordinates), "")
    time = next((n for n in _TIMES if n in coordinates and coordinates[n].dtype.kind in "iuf"), "")
    if not (choices or who or time):
        return None
    trials = np.bincount(pd.factorize(coordinates[who])[0]) if who else np.zeros(0, dtype=int)
    return Behaviour(
        choices=choices,
        confusion=confusion,
        participant=who,
        participants=len(trials),
        trials=histogram(trials),
        trials_range=(int(trials.min()), int(trials.max())) if len(trials) else None,
        time=time,
        times=histogram(coordinates[time]) if time else None,
    )
