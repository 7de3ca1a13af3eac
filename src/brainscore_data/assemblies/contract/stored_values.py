"""Which values can be stored so that every reader gets back the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from brainscore_data.assemblies.contract.coordinates import text_problem
from brainscore_data.assemblies.contract.variables import held, plain, slabs
from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr


_HINTS = {
    "f": 'convert it, e.g. with .astype("float32")',
    "c": "store the real and the imaginary part, or magnitude and phase, as two arrays",
    "S": "decode it to text, e.g. with numpy.char.decode(…)",
    "m": 'convert it to numbers, e.g. (values / numpy.timedelta64(1, "ms")), and name the unit',
}
_BYTES_PER_OBJECT = 64  # what a short Python string takes, roughly


def check_values(source: xr.Variable, *, what: str, where: Place | str) -> None:
    """Make sure that a variable's values can be stored faithfully."""
    values = held(source)
    dtype = values.dtype
    if dtype.kind != source.dtype.kind and source.dtype.kind in "biu":
        raise DataError(
            f"{what} is {source.dtype} with missing values, for which netCDF has no type",
            where=where,
            hint='decide what they mean, e.g. .fillna(-1), or convert it with .astype("float64")',
        )
    if dtype.kind in "biu" or dtype.name in ("float32", "float64"):
        return
    if dtype.kind == "M" and source.size == 0:
        message = "no values, but a date dtype: Brain-Score's reader fails on empty dates"
        raise DataError(f"{what} has {message}", where=where, hint="leave it out")
    if dtype.kind in "UTOM":
        check = _check_instants if dtype.kind == "M" else _check_texts
        for index in slabs(source.shape, _BYTES_PER_OBJECT):
            check(plain(values[index] if source.ndim else values), index.start, what, where)
        return
    raise DataError(
        f"{what} is {dtype.name}, which cannot be stored faithfully",
        where=where,
        hint=_HINTS.get(dtype.kind, "convert it to numbers or text"),
    )


def _check_texts(block: np.ndarray, start: int, what: str, where: Place | str) -> None:
    values = block.reshape(-1).tolist()
    try:
        joined = "".join(values)
        if "\0" not in joined and (joined.isascii() or joined.encode()):
            return
    except (TypeError, UnicodeEncodeError):
        pass  # the walk below finds which one it is
    kinds = {type(value) for value in values}
    for position, value in enumerate(values):
        place = f"{what}{_row(position, block.shape, start)}"
        if not isinstance(value, str):
            _refuse_object(value, kinds, place, what, where)
        problem = text_problem(value)
        if problem:
            raise DataError(f"{place}: {value!r} {problem}", where=where, hint="remove it")


def _refuse_object(
    value: Any, kinds: set[type], place: str, what: str, where: Place | str
) -> NoReturn:
    import pandas as pd

    has_text = any(issubclass(kind, str) for kind in kinds)
    missing = value is None or value is pd.NA or (isinstance(value, float) and value != value)  # noqa: PLR0124
    if has_text and missing:
        hint = 'write what it means as text, e.g. "" or "unknown"'
        raise DataError(f"{place}: a missing value among texts", where=where, hint=hint)
    if len(kinds) == 1 and isinstance(value, (bool, int, float)):
        name = {bool: "bool", int: "int64", float: "float64"}[type(value)]
        raise DataError(
            f"{what} has dtype object, although all its values are of type {type(value).__name__}",
            where=where,
            hint=f'convert it with .astype("{name}")',
        )
    found = "None" if value is None else f"a value of type {type(value).__name__}"
    others = " among texts" if has_text else " in an array of dtype object"
    raise DataError(
        f"{place}: {found}{others} cannot be stored faithfully",
        where=where,
        hint="make all its values numbers of one dtype, or all of them texts",
    )


def _check_instants(block: np.ndarray, start: int, what: str, where: Place | str) -> None:
    import numpy as np

    if block.dtype == np.dtype("datetime64[ns]"):
        return
    try:
        stored = block.astype("datetime64[ns]")
        same = (stored.astype(block.dtype) == block) | np.isnat(block)
    except (OverflowError, ValueError):
        same = np.zeros(block.shape, dtype=bool)
    # A unit finer than ns comes back equal only if nothing was cut off; a coarser one also after
    # an overflow by a whole turn of 64 bits, which the year tells.
    years = block.astype("datetime64[Y]").astype("int64") + 1970
    same &= ((years >= 1677) & (years <= 2262)) | np.isnat(block)
    if same.all():
        return
    position = int(np.argmin(same.reshape(-1)))
    raise DataError(
        f"{what}{_row(position, block.shape, start)}: {block.reshape(-1)[position]} is not a "
        "whole number of nanoseconds between 1677-09-21 and 2262-04-11, which is what readers know",
        where=where,
        hint="store it as text",
    )


def _row(position: int, shape: tuple[int, ...], start: int) -> str:
    if not shape:
        return ""
    indices = []
    for length in reversed(shape):
        position, index = divmod(position, length)
        indices.append(index)
    indices.reverse()
    indices[0] += start
    return f", row {indices[0]}" if len(indices) == 1 else f", at {tuple(indices)}"


def typed(source: xr.Variable) -> xr.Variable:
    """Give a variable the dtype of its values, where it has dtype object and they have only one.

    pandas gives columns this dtype where they once held something else. Numbers with gaps become
    floats, as they do in pandas; texts, and whatever has no dtype in common, stay as they are.

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
