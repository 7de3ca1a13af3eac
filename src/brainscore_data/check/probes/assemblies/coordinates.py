"""The coordinates of an assembly: what they are, what is missing, what occurs twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainscore_data.check.probes.assemblies.facts import (
    CoordinateFacts,
    DisorderedBins,
    Repeated,
)
from brainscore_data.packaging.netcdf.variables import plain

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from brainscore_data.check.finding import Place
    from brainscore_data.check.probes.assemblies.facts import Kind

# More values than any dimension of an assembly has; of a file that claims more, less is known.
_MOST_COUNTED = 20_000_000
_KINDS: dict[str, Kind] = {
    **dict.fromkeys("iuf", "numbers"),
    **dict.fromkeys("UTO", "texts"),
    "b": "booleans",
    "M": "dates",
}


def coordinate_facts(name: str, variable: xr.Variable, place: Place) -> CoordinateFacts:
    """Look at a coordinate.

    Parameters
    ----------
    name : str
    variable : xarray.Variable
        Its values; those of a coordinate on several dimensions are not read.
    place : Place
        Where it is.
    """
    import pandas as pd

    dims = tuple(str(dim) for dim in variable.dims)
    kind = _KINDS.get(variable.dtype.kind, "others")
    if variable.ndim != 1 or variable.size > _MOST_COUNTED:
        return CoordinateFacts(name, dims, place, kind)
    values = pd.Series(plain(variable))
    gaps = values.isna() | (values == "") if kind == "texts" else values.isna()
    present = values[~gaps]
    return CoordinateFacts(
        name=name,
        dims=dims,
        place=place,
        kind=kind,
        missing=int(gaps.sum()),
        first_missing=int(gaps.to_numpy().argmax()) if gaps.any() else None,
        unique=int(present.nunique()),
        repeated=_repeated(present),
    )


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


def _repeated(values: pd.Series) -> Repeated | None:
    import numpy as np

    again = np.flatnonzero(values.duplicated())
    if not again.size:
        return None
    value = values.iloc[again[0]]
    # Of the rows as they are in the file, from which gaps were left out.
    first, second = values.index[np.flatnonzero(values == value)[:2]].tolist()
    shown = value.item() if hasattr(value, "item") else value
    return Repeated(repr(shown), first, second)
