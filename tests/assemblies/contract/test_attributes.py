from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from brainscore_data.assemblies.contract.attributes import checked_attributes
from brainscore_data.base.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def checked(name: str, value: Any) -> tuple[Any, tuple[str, ...]]:
    attributes, notices = checked_attributes({name: value}, owner="the assembly", where="a.nc")
    return attributes[name], notices


@pytest.mark.parametrize(
    "value",
    [
        "dicarlo",
        "",
        " blanks ",
        "größe 🧠",
        "x" * 70_000,
        3,
        -(2**63),
        2**64 - 1,
        np.int8(-3),
        np.uint64(2**64 - 1),
        1.5,
        float("nan"),
        np.float32(0.1),
        [1, 2],
        [0.5, 1],
        (1.5, float("inf")),
        np.array([1, 2], dtype="int16"),
        np.array([], dtype="float64"),
        ["V4", "IT"],
        ["", "ä"],
        np.array(["V4", "IT"]),
    ],
)
def test_text_numbers_and_lists_of_either_come_back(
    value: Any, rates: xr.DataArray, stored: Callable[..., Path]
) -> None:
    assert checked("meta", value)[1] == ()
    with xr.open_dataarray(stored(rates.assign_attrs(meta=value))) as read:
        found = read.attrs["meta"]
    assert np.array_equal(found, value, equal_nan=np.asarray(value).dtype.kind == "f")
    if isinstance(value, (np.generic, np.ndarray)) and not isinstance(value, np.str_):
        assert np.asarray(found).dtype.kind == np.asarray(value).dtype.kind
        assert value.dtype.kind == "U" or np.asarray(found).dtype == value.dtype


@pytest.mark.parametrize(
    ("value", "stored_value"),
    [(True, 1), (np.False_, 0), ([True, False], [1, 0]), (np.array([True]), [1])],
)
def test_a_boolean_becomes_0_or_1_and_that_is_said(value: Any, stored_value: Any) -> None:
    result, notices = checked("awake", value)
    assert np.array_equal(result, stored_value)
    assert not isinstance(result, (bool, np.bool_))
    assert len(notices) == 1
    assert "'awake' of the assembly is a boolean" in notices[0]


@pytest.mark.parametrize("value", [["V4"], [1], np.array([1.5])])
def test_a_list_of_one_comes_back_as_its_element_and_that_is_said(value: Any) -> None:
    result, notices = checked("areas", value)
    assert result is value
    assert "list of one" in notices[0]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, "is None"),
        ({"a": 1}, "is a dict"),
        (pd.DataFrame({"a": [1]}), "is a DataFrame"),
        (xr.DataArray([1]), "is a DataArray"),
        (b"bytes", "is a bytes"),
        (1j, "is a complex"),
        (2**64, "more than 64 bits"),
        ([2**64 - 1, -1], ""),
        ([2**60 + 1, 0.5], "no type in common"),
        (np.float16(1), "is float16"),
        (np.longdouble(1), "is float"),
        (np.array([[1]]), "has 2 dimensions"),
        (np.datetime64("2020-01-01"), "is a datetime64"),
        ([], "empty list"),
        ([1, "a"], "holds a int among texts"),
        (["a", None], "holds None among texts"),
        ([1, None], "holds None"),
        ([[1], [2]], "holds a list"),
        ([True, 1], "holds a bool"),
        ("a\0", "NUL"),
        (["a", "b\ud800"], "surrogate"),
    ],
)
def test_what_netcdf_has_no_type_for_is_an_error_that_names_the_attribute(
    value: Any, problem: str
) -> None:
    with pytest.raises(DataError) as caught:
        checked("meta", value)
    assert caught.value.message.startswith("attribute 'meta' of the assembly ")
    assert problem in caught.value.message
    assert caught.value.hint


# What netCDF4-python, xarray and the netCDF library give a meaning to, written out here: a name that
# is missing in the sets is missed by this test.
_WITH_A_MEANING = [
    "_FillValue",
    "_Encoding",
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
]


@pytest.mark.parametrize("name", _WITH_A_MEANING)
def test_names_that_readers_interpret_or_the_library_keeps_are_errors(name: str) -> None:
    with pytest.raises(DataError, match=f"'{name}' of the assembly"):
        checked(name, "x")


@pytest.mark.parametrize("name", ["a/b", "", "tab\t", " lead", "e\u0301"])
def test_names_that_netcdf_cannot_hold_are_errors(name: str) -> None:
    with pytest.raises(DataError, match="its name"):
        checked(name, "x")


@pytest.mark.parametrize("unit", ["days", "seconds", "milliseconds", "ms since onset", 3])
def test_units_that_readers_take_for_times_are_errors(unit: Any) -> None:
    with pytest.raises(DataError, match="'units'"):
        checked("units", unit)


def test_the_hint_for_a_unit_is_its_abbreviation() -> None:
    with pytest.raises(DataError) as caught:
        checked("units", "milliseconds")
    assert caught.value.hint == "write 'ms'"


@pytest.mark.parametrize("unit", ["ms", "s", "Hz", "spikes/s", "", "Seconds", "degrees"])
def test_other_units_pass(unit: str) -> None:
    assert checked("units", unit) == (unit, ())
