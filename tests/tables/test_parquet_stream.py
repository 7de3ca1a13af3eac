from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from brainscore_data.base.errors import DataError
from brainscore_data.tables.parquet import read_parquet, typed_parquet_column
from brainscore_data.tables.parquet_stream import ParquetStream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LENGTH = 100


@pytest.fixture(scope="module")
def stream(tmp_path_factory) -> Iterator[ParquetStream]:
    """A file with row groups of several sizes, empty ones among them, read a few rows at a time."""
    path = tmp_path_factory.mktemp("parquet") / "t.parquet"
    table = pa.table({"a": range(LENGTH), "b": [str(row) for row in range(LENGTH)]})
    start = 0
    with parquet.ParquetWriter(path, table.schema) as writer:
        for rows in (0, 1, 40, 3, 0, 56, 0):
            writer.write_table(table.slice(start, rows))
            start += rows
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("brainscore_data.tables.parquet_stream._ROWS_AT_ONCE", 7)
        yield ParquetStream(path)


def test_the_length_is_that_of_all_row_groups(stream):
    assert stream.length == LENGTH


@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"), st.integers(0, LENGTH), st.integers(0, LENGTH), st.booleans()
        )
    )
)
def test_any_rows_can_be_read_in_any_order_and_not_to_their_end(stream, asked):
    for column, start, stop, all_of_them in asked:
        wanted = list(range(start, stop))
        found: list[int] = []
        for cells in stream.cells(column, start, stop):
            assert 0 < len(cells) <= 7
            found += map(int, cells.to_pylist())
            if not all_of_them:
                break
        assert found == (wanted if all_of_them else wanted[: len(found)])


def test_a_stream_that_was_closed_reads_on(stream):
    assert next(stream.cells("a", 50, 60))[0].as_py() == 50
    stream.close()
    assert next(stream.cells("a", 50, 60))[0].as_py() == 50


def test_a_row_group_as_large_as_the_file_is_not_held_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("brainscore_data.tables.parquet_stream._ROWS_AT_ONCE", 1 << 14)
    values = np.random.default_rng(0).random(1 << 20)  # 8 MB
    parquet.write_table(pa.table({"a": values}), tmp_path / "t.parquet", row_group_size=len(values))
    usual = pa.default_memory_pool()
    watched = pa.proxy_memory_pool(usual)
    pa.set_memory_pool(watched)
    try:
        column, _ = typed_parquet_column(read_parquet(tmp_path / "t.parquet"), "a", missing=None)
        for start in range(0, len(values), 1 << 14):
            part = column.read(start, start + (1 << 14))
            np.testing.assert_array_equal(part, values[start : start + (1 << 14)])
    finally:
        column.table.stream.close()  # while its pool is there
        pa.set_memory_pool(usual)
    assert 0 < watched.max_memory() < values.nbytes / 2


def saved(path: Path, first: int = 0) -> Path:
    pd.DataFrame({"a": range(first, first + 1000), "b": "x"}).to_parquet(path, row_group_size=100)
    return path


@pytest.mark.parametrize("rows", [(0, 10), (990, 1000)])
def test_a_file_that_was_replaced_since_is_an_error_that_names_it(tmp_path, rows):
    stream = ParquetStream(saved(tmp_path / "t.parquet"))
    assert list(stream.cells("a", 0, 10))
    saved(tmp_path / "new.parquet", first=5).replace(tmp_path / "t.parquet")
    with pytest.raises(DataError, match="changed while it was read") as caught:
        list(stream.cells("a", *rows))
    assert caught.value.where == str(tmp_path / "t.parquet")


def test_a_file_that_changes_while_a_part_is_read_is_an_error(tmp_path):
    stream = ParquetStream(saved(tmp_path / "t.parquet"))
    cells = stream.cells("a", 0, 1000)
    next(cells)
    with (tmp_path / "t.parquet").open("ab") as file:
        file.write(b"more")
    with pytest.raises(DataError, match="changed while it was read"):
        list(cells)


def test_a_file_that_is_gone_is_an_error_that_names_it(tmp_path):
    stream = ParquetStream(saved(tmp_path / "t.parquet"))
    (tmp_path / "t.parquet").unlink()
    with pytest.raises(DataError, match="changed while it was read") as caught:
        list(stream.cells("a", 0, 10))
    assert caught.value.where == str(tmp_path / "t.parquet")


@pytest.mark.parametrize("checksums", [True, False])
def test_damage_in_a_later_row_group_is_an_error_that_names_the_file(
    tmp_path, monkeypatch, checksums
):
    monkeypatch.setattr(
        "brainscore_data.tables.parquet_stream._ROWS_AT_ONCE", 7
    )  # a batch ends with its row group
    path = tmp_path / "t.parquet"
    table = pa.table({"a": np.random.default_rng(0).integers(0, 9, 1000)})
    parquet.write_table(table, path, row_group_size=100, write_page_checksum=checksums)
    where = parquet.read_metadata(path).row_group(7).column(0).data_page_offset
    content = bytearray(path.read_bytes())
    content[where : where + 60] = bytes(60)
    path.write_bytes(content)
    stream = ParquetStream(path)
    assert sum(map(len, stream.cells("a", 0, 700))) == 700
    for _ in range(2):  # nor does trying again read on behind it
        with pytest.raises(DataError, match="cannot be read as parquet") as caught:
            list(stream.cells("a", 700, 1000))
        assert caught.value.where == str(path)
