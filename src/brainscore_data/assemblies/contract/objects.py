"""Arrays of dtype object that hold numbers or truth values only: they are stored as what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brainscore_data.assemblies.contract.variables import held

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr


def typed(source: xr.Variable) -> xr.Variable:
    """Give a variable the dtype of its values, where it has dtype object and they have only one.

    pandas gives columns this dtype where they once held something else. Numbers with gaps become
    floats, as they do in pandas; texts, and whatever has no dtype in common, stay as they are.

    Examples
    --------
    >>> import xarray as xr, numpy as np
    >>> typed(xr.Variable("presentation", np.array([1, 2], dtype=object))).dtype
    dtype('int64')
    >>> typed(xr.Variable("presentation", np.array([1, None], dtype=object))).values
    array([ 1., nan])
    """
    import numpy as np

    values = held(source)
    if not isinstance(values, np.ndarray) or values.dtype.kind != "O" or not values.size:
        return source
    if isinstance(values.flat[0], str):  # nearly always, and there can be millions
        return source
    found = _numbers(values)
    return source if found is None else source.copy(data=found)


def _numbers(values: np.ndarray) -> np.ndarray | None:
    import numpy as np
    from pandas.api.types import infer_dtype

    listed = values.reshape(-1).tolist()
    gaps = [_is_gap(value) for value in listed]
    kind = infer_dtype(values.reshape(-1), skipna=True)
    if kind == "empty" and all(isinstance(value, float) for value in listed):
        kind = "floating"
    if any(gaps) and kind == "integer":
        kind = "mixed-integer-float"
    if kind == "boolean" and not any(gaps):
        found = np.array(listed, dtype=bool)
    elif kind == "integer":
        found = np.array(listed)
        if found.dtype.kind not in "iu":  # one of them needs the 64th bit, or more
            if min(listed) < 0 or max(listed) >= 1 << 64:  # numpy 1 would wrap them
                return None
            found = np.array(listed, dtype="uint64")
    elif kind in {"floating", "mixed-integer-float"}:
        filled = [float("nan") if gap else value for value, gap in zip(listed, gaps, strict=True)]
        found = np.array(filled)
        if any(
            isinstance(value, (int, np.integer)) and int(value) != stored
            for value, stored in zip(filled, found.tolist(), strict=True)
        ):
            return None  # a whole number that no float is equal to
    else:
        return None
    return found.reshape(values.shape)


def _is_gap(value: Any) -> bool:
    import pandas as pd

    return value is None or value is pd.NA or (isinstance(value, float) and value != value)  # noqa: PLR0124
