from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from brainscore_data.assemblies.contract import variables
from brainscore_data.assemblies.contract.stored_values import check_values, typed
from brainscore_data.base.errors import DataError


def check(values: Any, dims: Any = "neuroid") -> None:
    check_values(xr.Variable(dims, values), what="coordinate 'region'", where="a.nc")


def objects(*values: Any) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


STORABLE = [
    np.array([True]),
    np.array([1], dtype="uint64"),
    np.array([np.nan], dtype=">f4"),
    np.array(["2020-01-01", "NaT"], dtype="datetime64[s]"),
    np.array(["1677-09-21T00:12:43.145224193", "2262-04-11T23:47:16.854775807"], "datetime64[ns]"),
    np.array(["", " ", "V4"]),
    objects("V4", np.str_("IT"), "🧠"),
    np.array([], dtype=object),
    np.array([], dtype="float64"),
]


@pytest.mark.parametrize("values", STORABLE)
def test_what_can_be_stored_passes(values: np.ndarray) -> None:
    check(values)


def test_a_categorical_of_texts_passes() -> None:
    check(pd.Categorical(["V4", "IT", "V4"]))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (objects("V4", None), "coordinate 'region', row 1: a missing value among texts"),
        (objects("V4", "IT", float("nan")), "coordinate 'region', row 2: a missing value"),
        (objects("V4", pd.NA), "coordinate 'region', row 1: a missing value"),
        (pd.Categorical(["V4", None]), "coordinate 'region', row 1: a missing value"),
        (objects("V4", 1), "row 1: a value of type int among texts"),
        (objects(1, 2.5), "a value of type int in an array of dtype object"),
        (objects([1], [2]), "a value of type list in an array of dtype object"),
        (objects(b"a", b"b"), "a value of type bytes in an array"),
        (objects(None, None), "None in an array of dtype object"),
        (objects("a\0b"), "row 0: 'a\\x00b' has a NUL"),
        (np.array(["a", "b\ud800"]), "row 1: 'b\\ud800' has half of a surrogate"),
        (np.array([b"V4"]), "is bytes"),
        (np.array([1j]), "is complex128"),
        (np.array([1], dtype="float16"), "is float16"),
        (np.array([1], dtype="longdouble"), "is float128"),
        (np.array([1], dtype="timedelta64[ms]"), "is timedelta64"),
        (np.array([(1,)], dtype=[("a", int)]), "cannot be stored"),
        (np.array([], dtype="datetime64[ns]"), "fails on empty dates"),
        (np.array(["2020", "2263"], dtype="datetime64[Y]"), "row 1: 2263-01-01"),
        (np.array(["2262-04-12"], dtype="datetime64[D]"), "row 0: 2262-04-12"),
    ],
)
def test_what_cannot_is_an_error_that_names_the_coordinate_and_the_row(
    values: Any, message: str
) -> None:
    if message == "is float128" and np.dtype("longdouble").itemsize == 8:
        pytest.skip("long doubles are doubles here")
    with pytest.raises(DataError) as caught:
        check(values)
    assert message in caught.value.message
    assert "coordinate 'region'" in caught.value.message
    assert caught.value.where == "a.nc"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("values", "hint"),
    [
        (objects(True, False), '.astype("bool")'),
        (objects(1, 2), '.astype("int64")'),
        (objects(1.5, 2.5), '.astype("float64")'),
        (objects(2**70, 1), '.astype("int64")'),
    ],
)
def test_objects_that_are_all_of_one_type_are_not_converted_in_silence(
    values: np.ndarray, hint: str
) -> None:
    with pytest.raises(DataError, match="has dtype object") as caught:
        check(values)
    assert hint in (caught.value.hint or "")


def test_python_dates_before_nanoseconds_are_an_error() -> None:
    with pytest.raises(DataError):
        check(objects(dt.datetime(1500, 1, 1), dt.datetime(1501, 1, 1)))  # noqa: DTZ001


def test_a_value_of_several_dimensions_is_named_by_its_place() -> None:
    values = np.array([["a", "b"], ["c", None]], dtype=object)
    with pytest.raises(DataError, match=r"'region', at \(1, 1\): a missing value"):
        check(values, ("presentation", "neuroid"))


def test_rows_are_counted_across_slabs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variables, "SLAB", 640)
    with pytest.raises(DataError, match="row 77:"):
        check(objects(*["x"] * 77, 3, "x"))


nan = float("nan")


def variable(*values: Any) -> xr.Variable:
    held = np.empty(len(values), dtype=object)
    held[:] = values
    return xr.Variable("presentation", held)


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([1, 2], "int64", [1, 2]),
        ([np.int32(1), np.int32(2)], "int32", [1, 2]),
        ([2**63, 1], "uint64", [2**63, 1]),
        ([1.5, 2.0], "float64", [1.5, 2.0]),
        ([True, np.bool_(False)], "bool", [True, False]),
        ([1, nan], "float64", [1.0, nan]),
        ([1.5, None], "float64", [1.5, nan]),
        ([pd.NA, 3], "float64", [nan, 3.0]),
        ([1, 2.5], "float64", [1.0, 2.5]),
        ([nan, nan], "float64", [nan, nan]),
    ],
)
def test_numbers_and_truth_values_get_their_dtype(
    values: list[Any], dtype: str, expected: list[Any]
) -> None:
    found = typed(variable(*values))
    assert found.dtype == dtype
    np.testing.assert_array_equal(found.values, np.array(expected, dtype=dtype))
    assert found.dims == ("presentation",)


@pytest.mark.parametrize(
    "values",
    [
        ["a", nan],
        [nan, "a"],
        ["a", None],
        [1, "a"],
        [True, None],
        [True, 1],
        [None, None],
        [2**64, 1],
        [2**63, -1],
        [2**53 + 1, nan],
        [b"a", b"b"],
        [{}, {}],
    ],
)
def test_what_has_no_dtype_in_common_stays_and_is_an_error(values: list[Any]) -> None:
    found = typed(variable(*values))
    assert found.dtype == object
    with pytest.raises(DataError):
        check_values(found, what="coordinate 'x'", where="a.nc")


def test_durations_are_an_error_however_xarray_holds_them() -> None:
    durations = typed(variable(pd.Timedelta("1s"), pd.Timedelta("2s")))
    with pytest.raises(DataError, match=r"timedelta64|Timedelta"):
        check_values(durations, what="coordinate 'x'", where="a.nc")


def test_the_input_stays_as_it_is_and_texts_are_not_copied() -> None:
    numbers, texts = variable(1, 2), variable("a", "b")
    typed(numbers)
    assert numbers.dtype == object
    assert typed(texts) is texts
