"""Columns and coordinates in a few numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from brainscore_data.previewing.seen import ColumnSeen, Histogram, Kind

if TYPE_CHECKING:
    import numpy as np

_BINS = 20
_TOP = 5
# Numbers with no more values than this are told one by one, like words.
_FEW = 12
_LONGEST = 120


def histogram(values: np.ndarray, bins: int = _BINS) -> Histogram | None:
    """Count finite numbers in bins; None if there are none."""
    import numpy as np

    finite = np.asarray(values, dtype=float)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return None
    low, high = float(finite.min()), float(finite.max())
    if low == high or not np.isfinite(high - low):
        return Histogram(low, high, (int(finite.size),))
    if high - low < bins and (finite == finite.round()).all():
        bins = int(high - low) + 1  # whole numbers: a bin for each, or there are gaps between them
    counts, _ = np.histogram(finite, bins=bins, range=(low, high))
    return Histogram(low, high, tuple(counts.tolist()))


def column_seen(
    name: str, values: np.ndarray, *, dims: Sequence[str] = (), contents: bool = True
) -> ColumnSeen:
    """Summarise a column; its values stay away where `contents` may not be shown."""
    import numpy as np
    import pandas as pd

    flat = np.asarray(values).reshape(-1)
    if flat.dtype.kind == "S":
        flat = flat.astype(object)
    gone = pd.isna(flat) | (flat == "" if flat.dtype.kind in "OUT" else False)
    present = flat[~gone]
    codes, uniques = pd.factorize(present)
    found: dict[str, Any] = {}
    kind = _kind(flat.dtype, uniques)
    if kind in {"number", "date"} and len(uniques):
        if contents or kind == "number":
            found["low"], found["high"] = (_said(each) for each in (uniques.min(), uniques.max()))
        if kind == "number" and (len(uniques) > _FEW or not contents):
            found["histogram"] = histogram(present)
    if "histogram" not in found and contents and len(uniques):
        counts = np.bincount(codes)
        first = np.argsort(-counts, kind="stable")[: _FEW if kind == "number" else _TOP]
        if kind == "number":
            first = first[np.argsort(uniques[first])]
        found["top"] = tuple((_said(uniques[each]), int(counts[each])) for each in first.tolist())
    return ColumnSeen(
        name=name,
        kind=kind,
        size=int(flat.size),
        missing=int(gone.sum()),
        distinct=len(uniques),
        dims=tuple(dims),
        **found,
    )


def _kind(dtype: np.dtype, uniques: Any) -> Kind:
    if dtype.kind in "iuf":
        return "number"
    if dtype.kind == "M":
        return "date"
    is_truth = dtype.kind == "b" or (
        len(uniques) and all(isinstance(each, bool) for each in uniques[:3])
    )
    return "truth" if is_truth else "text"


def _said(value: Any) -> str:
    if isinstance(value, float) or getattr(getattr(value, "dtype", None), "kind", "") == "f":
        return f"{float(value):.6g}"
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
