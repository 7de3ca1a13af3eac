from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brainscore_data.base.errors import DataError
from brainscore_data.tables.table import Table, read_table

if TYPE_CHECKING:
    from pathlib import Path

# Files are overwritten by each example, so a folder shared by the examples does no harm.
ON_DISK = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def table_of(folder: Path, content: str | bytes, name: str = "t.csv") -> Table:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path)


def error_of(folder: Path, content: str | bytes) -> DataError:
    with pytest.raises(DataError) as caught:
        table_of(folder, content)
    return caught.value


def test_the_different_cells_come_with_the_row_that_has_them_first(tmp_path):
    table = table_of(tmp_path, "id,x\nb,1\na,1\nb,2\n,2\n")
    assert list(table.first_rows("id").items()) == [("b", 0), ("a", 1), ("", 3)]


class TestWhatPeopleExport:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    @pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
    def test_delimiters_and_line_ends_are_recognised(self, tmp_path, delimiter, line_end):
        rows = [["stimulus_id", "word"], ["n0", "a b"], ["n1", ""]]
        table = table_of(tmp_path, line_end.join(delimiter.join(row) for row in rows) + line_end)
        assert table.columns == ("stimulus_id", "word")
        assert table.texts("stimulus_id") == ["n0", "n1"]
        assert table.texts("word") == ["a b", ""]
        assert not table.notices

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
    def test_unicode_is_read_with_and_without_a_byte_order_mark(self, tmp_path, encoding):
        table = table_of(tmp_path, "stimulus_id,wört\nn0,日本\n".encode(encoding))
        assert table.columns == ("stimulus_id", "wört")
        assert table.texts("wört") == ["日本"]
        assert not table.notices

    def test_a_big_endian_utf_16_file_is_read(self, tmp_path):
        assert table_of(tmp_path, b"\xfe\xff" + "a,b\n1,é\n".encode("utf-16-be")).texts("b") == [
            "é"
        ]

    def test_latin_1_is_read_and_a_notice_says_so(self, tmp_path):
        table = table_of(tmp_path, "id,word\nn0,plain\nn1,café\n".encode("latin-1"))
        assert table.texts("word") == ["plain", "café"]
        (notice,) = table.notices
        assert "line 3" in notice
        assert "Windows-1252" in notice
        assert str(tmp_path) not in notice

    def test_text_that_is_in_no_known_encoding_is_an_error_with_its_line(self, tmp_path):
        assert error_of(tmp_path, b"id,word\nn0,\xe9\nn1,\x81\n").where.endswith("t.csv:3")

    def test_lines_are_counted_through_a_large_file(self, tmp_path):
        rows = b"n,plain\r\n" * 200_000
        assert error_of(tmp_path, b"id,word\r\n" + rows + b"n,\x81\r\n").where.endswith(":200002")

    def test_text_that_contradicts_its_byte_order_mark_is_an_error_with_its_line(self, tmp_path):
        error = error_of(tmp_path, b"\xef\xbb\xbfid,word\r\nn0,\xff\r\n")
        assert error.where.endswith("t.csv:2")
        assert error.message == "this line is not UTF-8 text"

    @pytest.mark.parametrize(
        ("start", "is_one", "hint"),
        [
            (b"PK\x03\x04", "spreadsheet (.xlsx)", "save each sheet as csv"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "spreadsheet (.xls)", "save each sheet as csv"),
            (b"<!DOCTYPE html>\n<html>", "this is a web page", "in a browser"),
            (b"<html><body>Not found", "this is a web page", "download it again"),
            (b"\n  <html lang='en'>\n", "this is a web page", "in a browser"),
            (b"\x80\x04\x95", "this is a pickle, which is never opened", "save it as csv"),
            (b"PAR1", "parquet", "ends in .parquet"),
        ],
    )
    def test_another_kind_of_file_is_called_what_it_is(self, tmp_path, start, is_one, hint):
        error = error_of(tmp_path, start + bytes(range(256)))
        assert is_one in error.message
        assert hint in error.hint

    def test_a_header_with_two_kinds_of_delimiters_is_settled_by_the_first_row(self, tmp_path):
        table = table_of(tmp_path, "id;size (x, y, z);word\nn0;3;a\n")
        assert table.columns == ("id", "size (x, y, z)", "word")

    def test_decimal_commas_stay_text_and_a_notice_names_the_column(self, tmp_path):
        table = table_of(tmp_path, "id;rt;word\nn0;1,5;a,b\nn1;;c\nn2;2;d\n")
        assert table.texts("rt") == ["1,5", "", "2"]
        (notice,) = table.notices
        assert "'rt'" in notice

    def test_quoted_line_breaks_and_delimiters_stay_in_their_cell(self, tmp_path):
        table = table_of(tmp_path, 'id,text\nn0,"a\r\nb, ""c"""\nn1,d\n')
        assert table.texts("text") == ['a\r\nb, "c"', "d"]

    def test_lines_are_counted_as_an_editor_shows_them(self, tmp_path):
        table = table_of(tmp_path, '"i\nd",text\nn0,"a\nb"\n\nn1,c\n')
        assert [table.place(row).line for row in (0, 1)] == [3, 6]

    def test_empty_lines_in_the_middle_are_skipped_with_a_notice(self, tmp_path):
        table = table_of(tmp_path, "\nid,text\nn0,a\n\n  \nn1,b\n\n\n")
        assert table.texts("id") == ["n0", "n1"]
        (notice,) = table.notices
        assert "2 empty lines" in notice
        assert "line 4" in notice

    def test_cells_are_kept_verbatim(self, tmp_path):
        cells = ["0.1000", "1e5", " n1 ", "NA", "007", "-0", "None", "0.30000000000000004"]
        table = table_of(tmp_path, "c,d\n" + "".join(f"{cell},\n" for cell in cells))
        assert table.texts("c") == cells

    def test_the_language_localizer_tables_are_read_as_pandas_reads_them(self, shared_data):
        for path in sorted((shared_data / "sentences").glob("*.csv")):
            table, frame = read_table(path), pd.read_csv(path, dtype=str, keep_default_na=False)
            assert table.columns == tuple(frame.columns)
            for column in table.columns:
                assert table.texts(column) == frame[column].tolist()

    def test_a_csv_needs_no_pyarrow(self, tmp_path, monkeypatch):
        monkeypatch.setitem(sys.modules, "pyarrow", None)  # its newest refuses numpy 1
        assert table_of(tmp_path, "id;rt\nn0;1,5\n").texts("id") == ["n0"]


class TestWhatIsExplained:
    @pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
    def test_an_empty_file(self, tmp_path, content):
        assert "empty" in error_of(tmp_path, content).message

    def test_a_header_without_rows(self, tmp_path):
        assert "no rows" in error_of(tmp_path, "id,filename\n\n").message

    def test_a_row_that_is_too_long_is_an_error_that_names_its_line(self, tmp_path):
        error = error_of(tmp_path, 'id,text\nn0,"a\nb"\nn1,c,d\n')
        assert error.where.endswith("t.csv:4")
        assert "3 cells and the header has 2" in error.message
        assert "quotes" in error.hint

    def test_a_row_that_is_too_short_is_an_error_that_names_its_line(self, tmp_path):
        error = error_of(tmp_path, "id,text\nn0,a\nn1\n")
        assert error.where.endswith("t.csv:3")
        assert "1 cells" in error.message

    def test_two_columns_of_one_name(self, tmp_path):
        error = error_of(tmp_path, "id,x,id\n1,2,3\n")
        assert "two columns are called 'id'" in error.message

    def test_the_index_that_pandas_writes(self, tmp_path):
        pd.DataFrame({"id": ["n0"]}).to_csv(tmp_path / "with_index.csv")
        with pytest.raises(DataError, match="column 1 has no name") as caught:
            read_table(tmp_path / "with_index.csv")
        assert "index=False" in caught.value.hint

    def test_a_delimiter_at_the_end_of_the_lines(self, tmp_path):
        error = error_of(tmp_path, "id,x,\n1,2,\n")
        assert "column 3 has no name" in error.message
        assert "end in a delimiter" in error.hint

    def test_a_nul_character_names_its_line(self, tmp_path):
        assert error_of(tmp_path, "id,x\nn0,a\nn1,\0\n").where.endswith("t.csv:3")

    def test_a_quote_that_never_closes_names_the_line_it_opens_on(self, tmp_path):
        error = error_of(tmp_path, 'id,x\nn0,a\nn1,"b\nn2,c\n')
        assert error.where.endswith("t.csv:3")
        assert "never closes" in error.message

    def test_text_after_a_closing_quote(self, tmp_path):
        error = error_of(tmp_path, 'id,x\nn0,"a \\"b\\" c"\n')
        assert error.where.endswith("t.csv:2")
        assert "doubled" in error.hint

    def test_a_cell_without_end(self, tmp_path, monkeypatch):
        monkeypatch.setattr("brainscore_data.tables.csv_text.LONGEST", 1000)
        in_one_line = error_of(tmp_path, "id,x\nn0,{}\n".format("a" * 2000))
        assert in_one_line.where.endswith("t.csv:2")
        in_many_lines = error_of(tmp_path, 'id,x\nn0,"{}"\n'.format("a\n" * 2000))
        assert in_many_lines.where.endswith("t.csv:2")

    def test_a_folder_in_the_place_of_a_table(self, tmp_path):
        with pytest.raises(DataError, match="cannot be read"):
            read_table(tmp_path)


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


@ON_DISK
@given(rows=st.lists(st.tuples(texts, texts), min_size=1, max_size=6))
def test_any_text_survives_being_written_and_read(tmp_path, rows):
    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([("first", "second"), *rows])
    table = read_table(path)
    assert list(zip(table.texts("first"), table.texts("second"), strict=True)) == rows


@ON_DISK
@given(
    content=st.binary(max_size=60) | texts.map(str.encode) | texts.map(lambda t: t.encode("utf-16"))
)
def test_arbitrary_bytes_are_a_table_or_explained(tmp_path, content):
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    try:
        table = read_table(path)
    except DataError:
        return
    for column in table.columns:
        table.typed(column, "")
