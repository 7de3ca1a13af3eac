"""Split-half reliability: how alike two halves of the repetitions are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainscore_data.previewing.sampling import mean
from brainscore_data.previewing.seen import Reliability
from brainscore_data.previewing.summaries import histogram

if TYPE_CHECKING:
    import numpy as np

_SPLITS, _SEED = 10, 0
_FEWEST_STIMULI = 3


def split_half(values: np.ndarray, stimuli: np.ndarray) -> Reliability | None:
    r"""Correlate, for each neuroid, the mean responses to stimuli in two halves of the repetitions.

    `values` has the shape (presentations, neuroids), `stimuli` says by number which stimulus each
    presentation shows. The repetitions of each stimulus are split into halves at random (ten times,
    seeded); r is Pearson's correlation over stimuli of the halves' means. Each half has half of the
    repetitions, so r is corrected for the length of the test to :math:`2 r / (1 + r)` (Spearman,
    "Correlation calculated from faulty data", and Brown, "Some experimental results in the
    correlation of mental abilities", both British Journal of Psychology 3, 1910), and the mean over
    the splits is taken. None where fewer than three stimuli are repeated.

    >>> import numpy as np
    >>> responses = np.array([[1.0], [1.0], [2.0], [2.0], [5.0], [5.0]])
    >>> round(split_half(responses, np.array([0, 0, 1, 1, 2, 2])).median, 6)
    1.0
    """
    import numpy as np

    _, numbers, counts = np.unique(stimuli, return_inverse=True, return_counts=True)
    repeated = counts[numbers] > 1
    if (counts > 1).sum() < _FEWEST_STIMULI or not values.shape[1]:
        return None
    values = values[repeated]
    _, numbers = np.unique(numbers[repeated], return_inverse=True)
    random = np.random.default_rng(_SEED)
    found = np.stack([_corrected(values, numbers, random) for _ in range(_SPLITS)])
    reliability = mean(found, axis=0)
    known = reliability[np.isfinite(reliability)]
    if not known.size or (bins := histogram(known)) is None:
        return None
    low, median, high = np.percentile(known, [25, 50, 75]).tolist()
    stimuli_count = int((counts > 1).sum())
    return Reliability(median, low, high, int(known.size), stimuli_count, _SPLITS, bins)


def _corrected(values: np.ndarray, numbers: np.ndarray, random: np.random.Generator) -> np.ndarray:
    import numpy as np

    order = np.lexsort((random.random(len(numbers)), numbers))
    ordered = numbers[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    place = np.arange(len(order)) - np.repeat(starts, np.diff([*starts, len(order)]))
    halves = [
        _means(values[order[place % 2 == side]], ordered[place % 2 == side]) for side in (0, 1)
    ]
    # Near -1 the correction has no meaning, and no end.
    r = np.maximum(_correlations(*halves), -1 / 3)
    corrected: np.ndarray = 2 * r / (1 + r)
    return corrected


def _means(values: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Average over equal neighbours among the numbers, without what is not finite."""
    import numpy as np

    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    finite = np.isfinite(values)
    count = np.add.reduceat(finite, starts, axis=0, dtype=float)
    total = np.add.reduceat(np.where(finite, values, 0.0), starts, axis=0)
    found: np.ndarray = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return found


def _correlations(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Correlate columns over the stimuli that both have."""
    import numpy as np

    both = np.isfinite(one) & np.isfinite(other)
    count = both.sum(axis=0)
    one, other = (np.where(both, each, np.nan) for each in (one, other))
    one, other = (each - mean(each, axis=0) for each in (one, other))
    one, other = (np.where(both, each, 0.0) for each in (one, other))
    shared, spread = (
        (one * other).sum(axis=0),
        np.sqrt((one**2).sum(axis=0) * (other**2).sum(axis=0)),
    )
    known = (count >= _FEWEST_STIMULI) & (spread > 0)
    found: np.ndarray = np.divide(shared, spread, out=np.full(shared.shape, np.nan), where=known)
    return found
