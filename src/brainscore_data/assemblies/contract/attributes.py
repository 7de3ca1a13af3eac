"""The attributes of an assembly and of its coordinates: which can be stored, and which may be.

netCDF has attributes that are text, lists of text, numbers and lists of numbers. Some names mean
something to whoever reads the file: what is stored under them would change the values that
readers get. Both were measured with xarray 2022.3 and 2026.9, netCDF4-python and brainscore-core.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from brainscore_data.assemblies.contract.coordinates import netcdf_name_problem, text_problem
from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place

if TYPE_CHECKING:
    import numpy as np


#: Attributes by which readers unpack, mask, decode or hide what they read.
INTERPRETED = frozenset(
    {
        "_Encoding",
        "_FillValue",
        "_Unsigned",
        "add_offset",
        "calendar",
        "coordinates",
        "dtype",
        "least_significant_digit",
        "missing_value",
        "scale_factor",
        "valid_max",
        "valid_min",
        "valid_range",
    }
)

#: Names that the netCDF library keeps for itself (NC_FINDRESERVED in nc4internal.c).
RESERVED = frozenset(
    {
        "CLASS",
        "DIMENSION_LABELS",
        "DIMENSION_LIST",
        "NAME",
        "REFERENCE_LIST",
        "_ARRAY_DIMENSIONS",
        "_Codecs",
        "_Format",
        "_IsNetcdf4",
        "_NCProperties",
        "_Netcdf4Coordinates",
        "_Netcdf4Dimid",
        "_SuperblockVersion",
        "_nc3_strict",
    }
)

#: Whole words that xarray 2022.3 takes for durations (TIME_UNITS in its coding/times.py).
_DURATIONS = frozenset(
    {"days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"}
)
_ABBREVIATIONS = {
    "days": "d",
    "hours": "h",
    "minutes": "min",
    "seconds": "s",
    "milliseconds": "ms",
    "microseconds": "us",
    "nanoseconds": "ns",
}
_INTEGERS = {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
_NUMERIC = _INTEGERS | {"float32", "float64"}


class UnstorableError(ValueError):
    """netCDF has no type for an attribute's value; the message goes on after its name."""


def checked_attributes(
    attributes: Mapping[Any, Any], *, owner: str, where: Place | str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Make sure that readers get these attributes back."""
    checked: dict[str, Any] = {}
    notices = []
    for name, value in attributes.items():
        what = f"attribute {name!r} of {owner}"
        _check_name(name, value, what, where)
        stored = _without_booleans(value)
        try:
            length = len(elements(stored))
        except UnstorableError as problem:
            raise DataError(f"{what} {problem}", where=where, hint=_hint(value)) from None
        if stored is not value:
            text = f"{what} is a boolean, for which netCDF has no type: stored as {stored}"
            notices.append(text)
        elif length == 1 and not isinstance(value, str) and _is_list(value):
            notices.append(f"{what} is a list of one: readers get its element back, without a list")
        checked[name] = stored
    return checked, tuple(notices)


def elements(value: Any) -> list[str] | np.ndarray:
    """Give the elements of an attribute: its texts, or its numbers as a 1-D array.

    A single value and a list of one are the same in netCDF, and here.
    """
    import numpy as np

    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf":
        return _numbers(value)
    listed = _listed(value)
    if any(isinstance(item, str) for item in listed):
        return _texts(listed)
    if not listed:
        raise UnstorableError("is an empty list, whose type nobody can tell")
    for item in listed:
        if isinstance(item, (bool, np.bool_)) or not isinstance(item, (int, float, np.number)):
            raise UnstorableError(f"{_holds(value)} {_type(item)}, for which netCDF has no type")
    try:
        array = np.array(listed)
    except OverflowError:
        array = np.array(listed, dtype=object)
    if array.dtype.kind == "O":
        raise UnstorableError("is an integer of more than 64 bits, for which netCDF has no type")
    for item, stored in zip(listed, array.tolist(), strict=True):
        if isinstance(item, (int, np.integer)) and int(item) != stored:
            raise UnstorableError("mixes numbers that have no type in common")
    return _numbers(array)


def _check_name(name: Any, value: Any, what: str, where: Place | str) -> None:
    problem = netcdf_name_problem(name)
    if problem:
        raise DataError(f"{what}: its name {problem}", where=where, hint="rename the attribute")
    if name in RESERVED:
        raise DataError(
            f"{what}: the netCDF library keeps this name for itself",
            where=where,
            hint="rename the attribute",
        )
    if name in INTERPRETED:
        raise DataError(
            f"{what}: readers would interpret it and change or hide values",
            where=where,
            hint=f"apply it to the values and remove it, or rename it, e.g. to 'original_{name}'",
        )
    if name != "units":
        return
    if not isinstance(value, str):
        raise DataError(
            f"{what} is not text: Brain-Score's reader fails on it",
            where=where,
            hint="write the unit as text",
        )
    if value in _DURATIONS or "since" in value:
        instead = _ABBREVIATIONS.get(value)
        raise DataError(
            f"{what} is {value!r}: readers would turn the numbers into times",
            where=where,
            hint=f"write {instead!r}"
            if instead
            else "write it into an attribute with another name",
        )


def _without_booleans(value: Any) -> Any:
    import numpy as np

    if isinstance(value, (bool, np.bool_)):
        return int(value)
    if isinstance(value, np.ndarray) and value.dtype.kind == "b":
        return value.astype("int64")
    listed = value if isinstance(value, (list, tuple)) else ()
    if listed and all(isinstance(item, (bool, np.bool_)) for item in listed):
        return [int(item) for item in listed]
    return value


def _is_list(value: Any) -> bool:
    import numpy as np

    return isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.ndim > 0)


def _listed(value: Any) -> list[Any]:
    import numpy as np

    if isinstance(value, np.ndarray):
        if value.ndim > 1:
            raise UnstorableError(f"has {value.ndim} dimensions; netCDF's attributes have one")
        return list(value.reshape(-1))
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _texts(listed: Sequence[Any]) -> list[str]:
    texts = []
    for item in listed:
        if not isinstance(item, str):
            raise UnstorableError(f"holds {_type(item)} among texts")
        problem = text_problem(item)
        if problem:
            raise UnstorableError(problem)
        texts.append(str(item))
    return texts


def _numbers(array: np.ndarray) -> np.ndarray:
    if array.ndim > 1:
        raise UnstorableError(f"has {array.ndim} dimensions; netCDF's attributes have one")
    if array.dtype.name not in _NUMERIC:
        raise UnstorableError(f"is {array.dtype.name}, for which netCDF has no type")
    return array.reshape(-1).astype(array.dtype.newbyteorder("<"))


def _holds(value: Any) -> str:
    return "holds" if _is_list(value) else "is"


def _type(item: Any) -> str:
    return "None" if item is None else f"a {type(item).__name__}"


def _hint(value: Any) -> str:
    if value is None:
        return "remove it"
    if isinstance(value, dict):
        return "give each of its entries an attribute of its own, or store json.dumps(…) of it"
    return "store text, numbers, or a list of either"
