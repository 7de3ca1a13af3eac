from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.tables.parquet import read_parquet, typed_parquet_column

if TYPE_CHECKING:
    from pathlib import Path


def typed(
    folder: Path, frame: pd.DataFrame, missing: str | None = None
) -> tuple[np.ndarray, tuple[str, ...]]:
    frame.to_parquet(folder / "t.parquet")
    table = read_parquet(folder / "t.parquet")
    column, notices = typed_parquet_column(table, "c", missing=missing)
    return column.read(0, len(column)), notices


@pytest.mark.parametrize(
    "values",
    [
        np.array([1, 2], dtype="int16"),
        np.array([1, 2], dtype="uint64"),
        np.array([1.5, np.nan], dtype="float32"),
        np.array([True, False]),
        np.array(["2020-01-01", "NaT"], dtype="datetime64[ns]"),
    ],
    ids=lambda values: str(values.dtype),
)
def test_arrays_keep_their_type(tmp_path, values):
    found, notices = typed(tmp_path, pd.DataFrame({"c": values}))
    assert found.dtype == values.dtype
    np.testing.assert_array_equal(found, values)
    assert not notices


def test_text_and_categories_are_text(tmp_path):
    for values in (["NA", ""], pd.Categorical(["NA", ""])):
        found, _ = typed(tmp_path, pd.DataFrame({"c": values}))
        assert found.dtype == object
        assert found.tolist() == ["NA", ""]


def test_whole_numbers_with_nulls_become_floats_with_a_notice(tmp_path):
    frame = pd.DataFrame({"c": pd.array([1, None], dtype="Int64")})
    found, (notice,) = typed(tmp_path, frame)
    np.testing.assert_array_equal(found, [1.0, np.nan])
    assert "has gaps" in notice


def test_dates_of_every_resolution_become_nanoseconds(tmp_path):
    frame = pd.DataFrame({"c": np.array(["2020-01-01T10:00"], dtype="datetime64[ms]")})
    found, _ = typed(tmp_path, frame)
    assert found.dtype == np.dtype("datetime64[ns]")
    assert found[0] == np.datetime64("2020-01-01T10:00")


def test_dates_with_a_time_zone_become_utc_with_a_notice(tmp_path):
    times = pd.DatetimeIndex(["2020-01-01 10:00"]).tz_localize("America/New_York")
    found, (notice,) = typed(tmp_path, pd.DataFrame({"c": times}))
    assert found[0] == np.datetime64("2020-01-01T15:00")
    assert "America/New_York" in notice


def test_dates_beyond_nanoseconds_are_an_error(tmp_path):
    frame = pd.DataFrame({"c": np.array(["0800-01-01"], dtype="datetime64[s]")})
    with pytest.raises(DataError, match="'c' has a date"):
        typed(tmp_path, frame)


def test_nulls_among_texts_or_booleans_are_an_error_that_names_row_and_column(tmp_path):
    for values in (["a", None], [True, None]):
        with pytest.raises(DataError, match="column 'c'") as caught:
            typed(tmp_path, pd.DataFrame({"c": pd.Series(values, dtype=object)}))
        assert caught.value.where.endswith("t.parquet, row 2")


def test_nulls_among_texts_become_what_missing_says(tmp_path):
    found, _ = typed(tmp_path, pd.DataFrame({"c": ["a", None, ""]}), missing="none")
    assert found.tolist() == ["a", "none", ""]


@pytest.mark.parametrize(
    "values",
    [
        [[1, 2], [3]],
        [{"x": 1}, {"x": 2}],
        [b"a", b"b"],
        [Decimal("1.5"), Decimal("2.0")],
    ],
    ids=["list", "struct", "bytes", "decimal"],
)
def test_a_type_that_no_coordinate_has_is_an_error_that_names_the_column(tmp_path, values):
    with pytest.raises(DataError, match="column 'c' has the type"):
        typed(tmp_path, pd.DataFrame({"c": values}))


def test_a_file_that_is_cut_off_is_an_error(tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"c": range(1000)}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match="cannot be read as parquet"):
        read_parquet(path)


def test_only_the_wanted_columns_are_read(tmp_path):
    pd.DataFrame({"a": [1], "b": [2], "c": [3]}).to_parquet(tmp_path / "t.parquet")
    assert read_parquet(tmp_path / "t.parquet", ["c", "a"]).columns == ("c", "a")


def test_a_nul_character_is_an_error_that_names_row_and_column(tmp_path):
    with pytest.raises(DataError, match="NUL character in column 'c'") as caught:
        typed(tmp_path, pd.DataFrame({"c": ["a", "b\0"]}))
    assert caught.value.where.endswith("t.parquet, row 2")


def test_where_pyarrow_does_not_work_the_error_says_what_to_install(tmp_path, monkeypatch):
    pd.DataFrame({"c": [1]}).to_parquet(tmp_path / "t.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError) as caught:
        read_parquet(tmp_path / "t.parquet")
    assert "pip install" in caught.value.hint


def test_the_different_texts_come_with_the_row_that_has_them_first(tmp_path):
    values = pd.array([7, None, 7, 3] * 1000, dtype="Int64")
    pd.DataFrame({"c": values, "d": range(4000)}).to_parquet(tmp_path / "t.parquet")
    table = read_parquet(tmp_path / "t.parquet")
    assert list(table.first_rows("c").items()) == [("7", 0), ("", 1), ("3", 3)]
    assert table.first_rows("d") == {str(row): row for row in range(4000)}
    kept = table.kept(pa.array([False] * 2 + [True] * 3998))
    assert list(kept.first_rows("c").items()) == [("7", 0), ("3", 1), ("", 3)]
    assert kept.place(1).in_text().endswith("t.parquet, row 4")


@pytest.mark.parametrize("different", [1, 3000])
def test_a_nul_character_in_a_column_to_choose_by_is_an_error_that_names_its_row(
    tmp_path, different
):
    cells = [str(row % different) for row in range(3000)]
    cells[2000] = cells[2500] = "\0"
    pd.DataFrame({"c": cells}).to_parquet(tmp_path / "t.parquet")
    table = read_parquet(tmp_path / "t.parquet")
    for read in (table.first_rows, lambda column: table.matching(column, lambda *_: True)):
        with pytest.raises(DataError, match="NUL character in column 'c'") as caught:
            read("c")
        assert caught.value.where.endswith("t.parquet, row 2001")
