from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brainscore_data.base.errors import DataError
from brainscore_data.tables.columns import inferred, inferred_together
from brainscore_data.tables.table import read_table

if TYPE_CHECKING:
    from pathlib import Path


def column_of(
    folder: Path, cells: list[str], missing: str | None = None
) -> tuple[np.ndarray, tuple[str, ...]]:
    (folder / "t.csv").write_text("c,other\n" + "".join(f'"{cell}",x\n' for cell in cells))
    return read_table(folder / "t.csv").typed("c", missing)


@pytest.mark.parametrize(
    ("cells", "dtype"),
    [
        (["1", "-2"], "int64"),
        (["18446744073709551615", "1"], "uint64"),
        (["1.5", "-1e3"], "float64"),
        (["inf", "1"], "float64"),
        (["True", "false"], "bool"),
        (["1", "n2"], "object"),
        (["99999999999999999999", "1"], "object"),
        (["1e400", "1"], "object"),
        (["0e719"], "object"),
        (["+8e 1"], "object"),
        (["1e5", ".5", "-2.", " 3 "], "float64"),
        (["1_000", "2"], "object"),
        (["0x10", "2"], "object"),
        (["2020-01-01", "2020-01-02"], "object"),
    ],
)
def test_a_column_has_the_type_that_pandas_gives_it(tmp_path, cells, dtype):
    values, notices = column_of(tmp_path, cells)
    assert values.dtype == np.dtype(dtype)
    assert not notices
    if dtype == "object":
        assert values.tolist() == cells
        assert {type(value) for value in values} == {str}
    else:
        plain = pd.read_csv(tmp_path / "t.csv")["c"].to_numpy()
        np.testing.assert_array_equal(values, plain)


def test_floats_are_those_that_were_written(tmp_path):
    written = np.random.default_rng(0).uniform(-1, 1, 1000) * 10.0 ** np.arange(-300, 300, 0.6)
    values, _ = column_of(tmp_path, [repr(value) for value in written.tolist()])
    np.testing.assert_array_equal(values, written)


@pytest.mark.parametrize("gap", ["", "NA", "NaN", "null", "None", "n/a"])
def test_a_missing_number_is_nan(tmp_path, gap):
    values, notices = column_of(tmp_path, ["1.5", gap, "2"])
    np.testing.assert_array_equal(values, [1.5, np.nan, 2.0])
    assert not notices


def test_whole_numbers_with_gaps_become_floats_with_a_notice(tmp_path):
    values, (notice,) = column_of(tmp_path, ["1", "", "3"])
    np.testing.assert_array_equal(values, [1.0, np.nan, 3.0])
    assert "'c' has gaps" in notice


@pytest.mark.parametrize(("cells", "became"), [(["10", "01"], 1), (["", "007"], 7.0)])
def test_numbers_that_lose_zeros_in_front_are_named(tmp_path, cells, became):
    values, notices = column_of(tmp_path, cells)
    assert values[1] == became
    assert f"'c' is read as numbers: '{cells[1]}' becomes {became}" in notices[0]


@pytest.mark.parametrize("cells", [["0", "10"], ["0.5", "100.05"], ["01", "a1"], ["-0.01", ""]])
def test_other_zeros_are_not(tmp_path, cells):
    assert column_of(tmp_path, cells, missing="")[1] == ()


def test_whole_numbers_that_floats_cannot_hold_have_no_gaps(tmp_path):
    with pytest.raises(DataError, match="too large to be floats"):
        column_of(tmp_path, ["9007199254740993", "", "3"])


def test_words_for_missing_are_words_in_a_column_of_text(tmp_path):
    cells = ["NA", "None", "null", "nan", "left"]
    assert column_of(tmp_path, cells)[0].tolist() == cells


def test_an_empty_cell_of_text_is_an_error_that_says_how_to_fill_it(tmp_path):
    with pytest.raises(DataError, match="'c' is text and this cell is empty") as caught:
        column_of(tmp_path, ["left", "", "right"])
    assert caught.value.where.endswith("t.csv:3")
    assert 'missing = ""' in caught.value.hint


def test_an_empty_cell_of_text_becomes_what_missing_says(tmp_path):
    values, _ = column_of(tmp_path, ["left", "", "NA"], missing="no answer")
    assert values.tolist() == ["left", "no answer", "NA"]


def test_booleans_with_gaps_are_text(tmp_path):
    values, _ = column_of(tmp_path, ["True", "", "False"], missing="")
    assert values.tolist() == ["True", "", "False"]


def test_a_column_without_values_is_nan_with_a_notice(tmp_path):
    values, (notice,) = column_of(tmp_path, ["", ""])
    assert np.isnan(values).all()
    assert "no values" in notice


def test_a_column_without_values_is_text_if_missing_says_so(tmp_path):
    values, (notice,) = column_of(tmp_path, ["", ""], missing="none")
    assert values.tolist() == ["none", "none"]
    assert "no values" in notice


def test_a_large_column_has_one_type_where_pandas_mixes_two(tmp_path):
    cells = [str(number) for number in range(400_000)] + ["n1"]
    values, _ = column_of(tmp_path, cells)
    assert values.tolist() == cells


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(st.floats().map(repr) | st.integers().map(str) | texts, min_size=1, max_size=5)
)
def test_numbers_are_typed_as_pandas_types_them(tmp_path, cells):
    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        writer.writerows([("c", "x"), *((cell, "x") for cell in cells)])
    plain = pd.read_csv(path)["c"].to_numpy()
    try:
        values, _ = read_table(path).typed("c", "")
    except DataError as error:
        assert "too large to be floats" in error.message  # noqa: PT017
        return
    if values.dtype == object:
        assert values.tolist() == cells
        return
    assert values.dtype == plain.dtype
    if values.dtype.kind != "f":
        np.testing.assert_array_equal(values, plain)
        return
    for value, plainly, cell in zip(values, plain, cells, strict=True):
        assert (np.isnan(value) and np.isnan(plainly)) or value == float(cell)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 4).flatmap(
        lambda rows: st.lists(
            st.lists(
                st.sampled_from(
                    ["", "NA", "1", "01", "1.5", "1e400", "inf", "True", 'a "b"', "x,y", "\n", "'"]
                ),
                min_size=rows,
                max_size=rows,
            ),
            min_size=1,
            max_size=4,
        )
    )
)
def test_columns_that_are_typed_together_are_as_each_is_alone(columns):
    for cells, together in zip(columns, inferred_together(columns), strict=True):
        alone = inferred(cells)
        assert together.dtype == alone.dtype
        np.testing.assert_array_equal(together, alone)
