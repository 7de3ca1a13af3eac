"""Parquet files that declare more than a table has: refused by what they say of themselves."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from brainscore_data.base.bounds import SETTING
from brainscore_data.base.errors import DataError
from brainscore_data.tables.parquet import read_parquet


def repeated(path, rows):
    column = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int8)), pa.array(["a"]))
    pq.write_table(pa.table({"a": column}), path, row_group_size=1 << 20)


def refusal(path):
    with pytest.raises(DataError) as caught:
        read_parquet(path)
    assert caught.value.where == str(path)
    assert SETTING in caught.value.hint
    return caught.value.message


def test_more_rows_than_a_table_has_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    repeated(path, 40_000_000)
    most = 32_000_000 + 4 * path.stat().st_size
    assert refusal(path) == f"it has more than {most} rows"
    monkeypatch.setenv(SETTING, "2")
    read_parquet(path)


def test_twenty_million_rows_that_repeat_themselves_pass(tmp_path):
    repeated(tmp_path / "a.parquet", 20_000_000)
    assert len(read_parquet(tmp_path / "a.parquet")) == 20_000_000


def test_thousands_of_columns_are_refused(tmp_path):
    pq.write_table(pa.table({f"c{n}": [1] for n in range(10_001)}), tmp_path / "a.parquet")
    assert refusal(tmp_path / "a.parquet") == "it has more than 10000 columns"


def test_lists_in_lists_without_end_are_refused(tmp_path):
    kind = pa.int8()
    for _ in range(40):
        kind = pa.list_(kind)
    pq.write_table(pa.table({"a": pa.array([None], kind)}), tmp_path / "a.parquet")
    assert refusal(tmp_path / "a.parquet") == "it has more than 32 lists or records in one another"
