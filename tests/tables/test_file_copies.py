"""Copies of tables: other texts in some columns, and all else as it was."""

from __future__ import annotations

import openpyxl
import pytest
from how_often import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from brainscore_data.base.errors import DataError
from brainscore_data.tables.file_copies import write_copy
from brainscore_data.tables.formats import open_table

WORDS = st.one_of(
    st.sampled_from(["007", "=1+1", "True", "1e5", "2021-05-03", " a ", "#N/A", "é", ""]),
    st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=["Cc"])),
)
NUMBERS = st.one_of(st.none(), st.integers(-(2**60), 2**60), st.floats(-1e300, 1e300))
COLUMNS = st.lists(st.tuples(WORDS, NUMBERS, st.booleans()), min_size=1, max_size=6)


@given(rows=COLUMNS)
@settings(max_examples=examples(30), deadline=None)
def test_a_workbook_is_read_as_before_but_for_what_was_replaced(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("books")
    book = openpyxl.Workbook()
    book.properties.creator = "ada@example.org"
    sheet = book.active
    sheet.append(["who", "word", "number", "truth"])
    for row in rows:
        sheet.append(["A1", *row])
        last = sheet.cell(sheet.max_row, 2)
        last.data_type = "s" if isinstance(row[0], str) and row[0] else last.data_type
    book.save(folder / "raw.xlsx")
    raw = open_table(folder / "raw.xlsx")
    write_copy(folder / "raw.xlsx", [None], folder / "new.xlsx", {"who": {"A1": "p1"}})
    copy = open_table(folder / "new.xlsx")
    assert copy.first_rows("who") == {"p1": 0}
    for column in ("word", "number", "truth"):
        assert copy.texts(column) == raw.texts(column)
        assert typed(copy, column) == typed(raw, column)
    assert openpyxl.load_workbook(folder / "new.xlsx").properties.creator == "openpyxl"


def typed(table, column):
    """Give a column's values, or why it has none: whole numbers too large to be floats beside gaps."""
    try:
        return repr(table.typed(column, "")[0].tolist())
    except DataError as error:
        return error.message


def test_no_digit_is_lost_in_a_workbook(tmp_path):
    import zipfile

    book = openpyxl.Workbook()
    book.active.append(["who", "rt"])
    book.active.append(["A1", 0.25])
    book.save(tmp_path / "from.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "from.xlsx") as old,
        zipfile.ZipFile(tmp_path / "raw.xlsx", "w") as new,
    ):
        for name in old.namelist():  # as Excel writes what it computed
            new.writestr(name, old.read(name).replace(b"0.25", b"0.30000000000000004"))
    write_copy(tmp_path / "raw.xlsx", [None], tmp_path / "new.xlsx", {"who": {"A1": "p1"}})
    assert open_table(tmp_path / "new.xlsx").typed("rt", None)[0].tolist() == [0.1 + 0.2]


def test_sheets_that_nobody_names_stay_at_home(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["who"])
    book.active.append(["A1"])
    book.create_sheet("Contacts").append(["ada@example.org"])
    book.save(tmp_path / "raw.xlsx")
    write_copy(tmp_path / "raw.xlsx", ["Sheet"], tmp_path / "new.xlsx", {"who": {"A1": "p1"}})
    assert openpyxl.load_workbook(tmp_path / "new.xlsx").sheetnames == ["Sheet"]


def test_structs_of_a_matlab_file_keep_their_names_numbers_and_texts(tmp_path):
    columns = {"who": ["A1", "A2"], "code": ["01", "02"], "rt": [0.1, float("nan")], "n": [1, 2]}
    import numpy as np

    made = {
        name: np.array(cells, object if isinstance(cells[0], str) else None).reshape(-1, 1)
        for name, cells in columns.items()
    }
    savemat(tmp_path / "raw.mat", {"d": {"trials": made}, "rates": np.ones((3, 3))})
    write_copy(
        tmp_path / "raw.mat", ["d.trials"], tmp_path / "new.mat", {"who": {"A1": "p1", "A2": "p2"}}
    )
    raw, copy = (open_table(tmp_path / f"{name}.mat", "d.trials") for name in ("raw", "new"))
    assert copy.texts("who") == ["p1", "p2"]
    for column in ("code", "rt", "n"):
        assert copy.texts(column) == raw.texts(column)
    assert copy.text_columns == raw.text_columns == {"who", "code"}
    with pytest.raises(DataError, match=r"no variable|there is no"):
        open_table(tmp_path / "new.mat", "rates")


def test_types_of_a_parquet_file_stay_and_remarks_go(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "who": pa.array(["A1", None, "A1"]).dictionary_encode(),
            "n": pa.array([1, None, 3], pa.int16()),
            "day": pa.array([1, 2, 3], pa.date32()),
            "many": [[1], [2], []],
        }
    ).replace_schema_metadata({"contact": "ada@example.org"})
    pq.write_table(table, tmp_path / "raw.parquet")
    write_copy(tmp_path / "raw.parquet", [None], tmp_path / "new.parquet", {"who": {"A1": "p1"}})
    copy = pq.read_table(tmp_path / "new.parquet")
    assert copy["who"].to_pylist() == ["p1", None, "p1"]
    assert copy.drop(["who"]).equals(table.drop(["who"]).replace_schema_metadata(None))
    assert b"contact" not in (pq.read_metadata(tmp_path / "new.parquet").metadata or {})


def test_what_would_be_read_otherwise_is_not_copied(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["who", "size"])
    book.active.append(["A1", "1.50"])  # a text between numbers
    book.active.append(["A1", 2])
    book.save(tmp_path / "raw.xlsx")
    write_copy(tmp_path / "raw.xlsx", [None], tmp_path / "new.xlsx", {"who": {"A1": "p1"}})
    assert open_table(tmp_path / "new.xlsx").texts("size") == ["1.50", "2"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("brainscore_data.tables.file_copies._value", float)
        with pytest.raises(DataError, match="without changing 'size'"):
            write_copy(tmp_path / "raw.xlsx", [None], tmp_path / "new.xlsx", {})
