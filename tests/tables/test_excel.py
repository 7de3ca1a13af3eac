"""Tables in workbooks, as openpyxl writes them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from openpyxl import Workbook

from brainscore_data.base.errors import DataError
from brainscore_data.tables.excel import sheets_in, texts_in
from brainscore_data.tables.formats import open_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet


@pytest.fixture
def saved(tmp_path) -> Callable[..., Path]:
    def save(*rows: list[Any], change: Callable[[Worksheet], None] | None = None) -> Path:
        book = Workbook()
        book.active.title = "Ratings"
        for row in rows:
            book.active.append(row)
        if change is not None:
            change(book.active)
        book.save(tmp_path / "ratings.xlsx")
        return tmp_path / "ratings.xlsx"

    return save


def error_of(path: Path, part: str | None = None) -> DataError:
    with pytest.raises(DataError) as caught:
        open_table(path, part)
    return caught.value


def test_cells_are_what_is_seen_of_them(saved):
    def formats(sheet: Worksheet) -> None:
        for row in (2, 3):
            sheet.cell(row, 2).number_format = "000"
            sheet.cell(row, 5).number_format = "dd/mm/yyyy"

    day = dt.datetime(2021, 5, 3)  # noqa: DTZ001 - as Excel has it
    path = saved(
        ["stimulus_id", "participant", "code", "rating", "session", "at", "practice"],
        ["s1", 7, "01", 4.5, day, day.replace(hour=9), False],
        ["s2", 12, "02", 0.123456789, day, day.replace(hour=17, minute=30), True],
        change=formats,
    )
    table = open_table(path)
    typed = {column: table.typed(column, None)[0].tolist() for column in table.columns}
    assert typed == {
        "stimulus_id": ["s1", "s2"],
        "participant": ["007", "012"],
        "code": ["01", "02"],
        "rating": [4.5, 0.123456789],
        "session": ["2021-05-03", "2021-05-03"],
        "at": ["2021-05-03 09:00:00", "2021-05-03 17:30:00"],
        "practice": [False, True],
    }


def test_rows_are_named_as_excel_counts_them_and_empty_ones_are_skipped(saved):
    path = saved([], ["stimulus_id", "rating", None], ["s1", 1], [], ["s2", None], [None, None])
    table = open_table(path)
    assert table.texts("stimulus_id") == ["s1", "s2"]
    assert table.place(1).in_text().endswith("ratings.xlsx, row 5, Ratings")
    np.testing.assert_array_equal(table.typed("rating", None)[0], [1.0, np.nan])
    assert any("an empty line was skipped, the first is line 4" in each for each in table.notices)


def test_hidden_rows_are_read_and_said(saved):
    def hide(sheet: Worksheet) -> None:
        sheet.row_dimensions[2].hidden = True

    table = open_table(saved(["stimulus_id"], ["s1"], ["s2"], change=hide))
    assert len(table) == 2
    assert any("1 rows are hidden in Excel" in each for each in table.notices)


def test_a_sheet_is_named_where_several_have_something_in_them(saved):
    def more(sheet: Worksheet) -> None:
        sheet.parent.create_sheet("Empty")
        sheet.parent.create_sheet("Notes").append(["to do"])
        hidden = sheet.parent.create_sheet("Lists")
        hidden.append(["a"])
        hidden.sheet_state = "hidden"

    path = saved(["stimulus_id"], ["s1"], change=more)
    assert sheets_in(path) == ["Ratings", "Notes"]
    error = error_of(path)
    assert "several sheets: 'Ratings', 'Notes'" in error.message
    assert '"ratings.xlsx:Ratings"' in (error.hint or "")
    assert open_table(path, "Ratings").texts("stimulus_id") == ["s1"]
    assert "did you mean 'Ratings'?" in (error_of(path, "Rating").hint or "")


def test_what_a_number_is_missing_can_be_empty_or_na(saved):
    path = saved(["rt"], [1.5], ["#N/A"], [None])
    np.testing.assert_array_equal(
        open_table(saved(["a", "rt"], ["x", 1.5], ["y", "#N/A"])).typed("rt", None)[0],
        [1.5, np.nan],
    )
    assert len(open_table(path)) == 2


@pytest.mark.parametrize(
    ("rows", "where", "message", "hint"),
    [
        (
            [["rt"], [dt.date(2021, 2, 1)], [2.5]],
            "Ratings!A2",
            "here a date: 2021-02-01",
            "as text",
        ),
        ([["rt"], ["=1/0"]], "Ratings!A2", "'=1/0' has no value that was kept", "save it there"),
        ([["rt"], ["#DIV/0!"]], "Ratings!A2", "the error #DIV/0!", "empty cell"),
        ([["rt", None], [1, 2]], "Ratings!B2", "B1 is empty", "into B1"),
        ([["rt", "rt"], [1, 2]], "Ratings", "two columns are called 'rt'", "rename"),
        ([["rt"]], "Ratings", "a header but no rows", "a row for each"),
        ([], "ratings.xlsx", "all its sheets are empty", "ratings.xlsx:Ratings"),
    ],
)
def test_what_is_no_table_is_said_with_its_cell(saved, rows, where, message, hint):
    error = error_of(saved(*rows))
    assert error.where.endswith(where)
    assert message in error.message
    assert hint in (error.hint or "")


def test_merged_cells_are_refused_with_their_range(saved):
    path = saved(["a", "b"], ["x", 1], [None, 2], change=lambda sheet: sheet.merge_cells("A2:A3"))
    assert "the cells A2:A3 are merged" in error_of(path).message


def test_a_formula_is_what_was_computed(saved):
    # As Excel stores it: the formula, and its last value beside it.
    import zipfile

    path = saved(["rt"], ["=1+1"])
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = members["xl/worksheets/sheet1.xml"]
    members["xl/worksheets/sheet1.xml"] = sheet.replace(b"<v />", b"<v>2</v>").replace(
        b"<v></v>", b"<v>2</v>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    assert open_table(path).typed("rt", None)[0].tolist() == [2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Excel's old format"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            + bytes(600)
            + "EncryptedPackage".encode("utf-16-le"),
            "protected with a password",
        ),
        (b"stimulus_id,choice\na,b\n", "not an Excel workbook"),
        (b"", "not an Excel workbook"),
        (b"PK\x05\x06" + bytes(18), "not an Excel workbook"),
    ],
)
def test_what_is_no_workbook_is_said(tmp_path, content, message):
    (tmp_path / "a.xlsx").write_bytes(content)
    assert message in error_of(tmp_path / "a.xlsx").message


def test_what_excel_leaves_while_a_workbook_is_open_is_called_so(tmp_path):
    (tmp_path / "~$a.xlsx").write_bytes(b"\x03Ada" + bytes(160))
    error = error_of(tmp_path / "~$a.xlsx")
    assert "Excel has a.xlsx open" in error.message
    assert "close it in Excel" in error.hint


def test_dates_among_texts_are_said(saved):
    table = open_table(saved(["gene"], ["SEPT2"], [dt.date(2021, 9, 2)]))
    assert any("in A3 a date" in each for each in table.notices)


def test_all_texts_are_given_to_who_looks_for_people(saved):
    def remark(sheet: Worksheet) -> None:
        from openpyxl.comments import Comment

        sheet["A2"].comment = Comment("ask ada@example.org", "Ada")
        sheet.parent.properties.creator = "Ada"

    path = saved(["worker"], ["A1B2"], change=remark)
    found = {(name, text) for name, _, texts in texts_in(path) for text in texts}
    assert found >= {("worker", "A1B2"), ("", "ask ada@example.org"), ("creator", "Ada")}
