"""The coordinates of an assembly: what they are, what is missing, what occurs twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainscore_data.assemblies.contract.texts import BYTES_PER_TEXT
from brainscore_data.assemblies.contract.variables import held, plain, slabs
from brainscore_data.base.place import Place
from brainscore_data.check.assemblies.facts import (
    CoordinateFacts,
    DisorderedBins,
    Kind,
    Repeated,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

# More values than any dimension of an assembly has; of a file that claims more, less is known.
_MOST_COUNTED = 20_000_000
_KINDS: dict[str, Kind] = {
    **dict.fromkeys("iuf", "numbers"),
    **dict.fromkeys("UTO", "texts"),
    "b": "booleans",
    "M": "dates",
}


def coordinate_facts(name: str, variable: xr.Variable, place: Place) -> CoordinateFacts:
    """Look at a coordinate."""
    import pandas as pd

    dims = tuple(str(dim) for dim in variable.dims)
    kind = _KINDS.get(variable.dtype.kind, "others")
    if variable.ndim != 1 or variable.size > _MOST_COUNTED:
        return CoordinateFacts(name, dims, place, kind)
    missing, first_missing = _missing(variable, kind)
    return CoordinateFacts(
        name=name,
        dims=dims,
        place=place,
        kind=kind,
        missing=missing,
        first_missing=first_missing,
        # Of the others nobody asks, and those of presentations may not fit in memory.
        repeated=_repeated(pd.Series(plain(variable)), kind) if dims == ("neuroid",) else None,
    )


def _missing(variable: xr.Variable, kind: Kind) -> tuple[int, int | None]:
    """Count the gaps slab by slab, and find the first."""
    import pandas as pd

    values = held(variable)
    count, first = 0, None
    width = variable.dtype.itemsize if kind in {"numbers", "booleans", "dates"} else BYTES_PER_TEXT
    for index in slabs(variable.shape, width):
        gaps = _gaps(pd.Series(plain(values[index])), kind).to_numpy()
        if first is None and gaps.any():
            first = index.start + int(gaps.argmax())
        count += int(gaps.sum())
    return count, first


def _gaps(values: pd.Series, kind: Kind) -> pd.Series:
    return values.isna() | (values == "") if kind == "texts" else values.isna()


def disordered_bins(starts: xr.Variable, ends: xr.Variable) -> DisorderedBins | None:
    """Find the time bins that do not end after they start, those with a NaN among them."""
    import numpy as np

    start, end = plain(starts), plain(ends)
    dates = [values.dtype.kind == "M" for values in (start, end)]
    numbers = [values.dtype.kind in "iuf" for values in (start, end)]
    comparable = all(dates) or all(numbers)
    wrong = ~(start < end) if comparable else np.ones(start.shape, dtype=bool)
    if not wrong.any():
        return None
    first = int(wrong.argmax())
    return DisorderedBins(int(wrong.sum()), first, str(start[first]), str(end[first]))


def _repeated(everything: pd.Series, kind: Kind) -> Repeated | None:
    import numpy as np

    values = everything[~_gaps(everything, kind)]
    again = np.flatnonzero(values.duplicated())
    if not again.size:
        return None
    value = values.iloc[again[0]]
    # Of the rows as they are in the file, from which gaps were left out.
    first, second = values.index[np.flatnonzero(values == value)[:2]].tolist()
    shown = value.item() if hasattr(value, "item") else value
    return Repeated(repr(shown), first, second)
