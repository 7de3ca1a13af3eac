"""Arrays of dtype object: numbers and truth values are stored as what they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from brainscore_data.assemblies.contract.objects import typed
from brainscore_data.assemblies.contract.values import check_values
from brainscore_data.base.errors import DataError

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
