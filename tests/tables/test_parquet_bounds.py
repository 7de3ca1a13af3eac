"""Parquet files that declare more than a table has: refused by what they say of themselves."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from brainscore_data.base.bounds import SETTING, Bound
from brainscore_data.base.errors import DataError
from brainscore_data.tables.parquet import read_parquet

attacks = pytest.importorskip("attacking_files")


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


def read(path, *columns):
    table = read_parquet(path)
    return sum(len(cells) for column in columns for cells in table.cells(column))


@pytest.mark.parametrize(
    "again",
    [
        attacks.one_word_many_times,
        attacks.one_word_many_times_in_lists,
        attacks.one_text_by_the_one_before,
    ],
)
def test_a_long_word_that_rows_refer_to_again_and_again_is_refused(again, tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    again(path, times=600)
    most = 512 * attacks.MIB + 64 * path.stat().st_size
    with pytest.raises(DataError) as caught:
        read(path, "stimulus_id")
    assert str(most) in caught.value.message
    assert "words are referred to again and again" in caught.value.message
    assert read(path, "rt")
    monkeypatch.setenv(SETTING, "10")
    assert read(path, "stimulus_id")


def test_words_of_one_length_are_weighed_too(tmp_path):
    words = pa.array([b"x" * attacks.MIB], pa.binary(attacks.MIB))
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 600, pa.int8()), words)
    pq.write_table(pa.table({"a": column}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match="referred to again and again"):
        read(tmp_path / "a.parquet", "a")


def test_one_long_word_among_short_ones_passes(tmp_path):
    """That the longest could make too much of all rows is looked into, reference by reference."""
    path = tmp_path / "a.parquet"
    column = ["x" * attacks.MIB, *map(str, range(1000))]
    pq.write_table(pa.table({"a": column, "b": [{"c": each} for each in column]}), path)
    assert attacks.MIB * len(column) > Bound.WORDS.of(path.stat().st_size)
    assert read(path, "a", "b") == 2 * len(column)


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        (attacks.columns_that_share_storage, "its columns share storage"),
        (attacks.a_terabyte_in_its_footer, "bytes once unpacked"),
        (attacks.long_footer, "bytes in its footer"),
    ],
)
def test_a_footer_that_declares_too_much_is_refused(attack, said, tmp_path):
    attack(tmp_path / "a.parquet")
    with pytest.raises(DataError, match=said):
        read_parquet(tmp_path / "a.parquet")


@pytest.mark.parametrize("encoding", ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
def test_texts_that_are_stored_without_a_dictionary_are_read(tmp_path, encoding):
    path, texts = tmp_path / "a.parquet", [f"stimulus {number}" for number in range(4000)]
    pq.write_table(
        pa.table({"id": texts, "two": [[each, each] for each in texts]}),
        path,
        use_dictionary=False,
        column_encoding=dict.fromkeys(("id", "two.list.element"), encoding),
    )
    assert pa.concat_arrays(read_parquet(path).cells("id")).to_pylist() == texts
    assert read(path, "two") == 4000
