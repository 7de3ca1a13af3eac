"""Tables in MATLAB's files, as Octave and libmatio write them."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from matlab_recordings import recording

from brainscore_data.base.errors import DataError
from brainscore_data.tables.formats import open_table

ALL = ("v6", "v7", "v73")


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize("part", ["presentations", "data.presentations"])
def test_a_struct_array_is_a_table_with_a_row_for_each(version, part):
    table = open_table(recording(version), part)
    assert len(table) == 4
    typed = {column: table.typed(column, None)[0] for column in table.columns}
    assert typed["stimulus_id"].tolist() == ["n1", "n2", "n1", "n2"]
    assert (typed["repetition"].tolist(), typed["repetition"].dtype) == ([0, 0, 1, 1], "int64")
    assert typed["session"].tolist() == ["01", "01", "02", "02"]  # text, and stays so
    assert typed["novel"].tolist() == [True, False, False, True]
    expected = [0.1, np.nan, 1e-7, float(np.float32(0.1))]
    np.testing.assert_array_equal(typed["weight"], expected)


@pytest.mark.parametrize("version", ALL)
def test_a_struct_of_columns_is_a_table(version):
    table = open_table(recording(version), "neuroids")
    assert {column: table.texts(column) for column in table.columns} == {
        "neuroid_id": ["IT-1", "IT-2", "IT-3"],
        "depth": ["1", "2", "3"],
        "hemisphere": ["L", "R", "LR"],  # a matrix of characters, blanks behind the short ones
    }


@pytest.mark.parametrize("version", ALL)
def test_a_vector_or_a_cell_array_of_texts_is_a_column_of_its_name(version):
    regions = open_table(recording(version), "regions")
    assert regions.typed("regions", None)[0].tolist() == ["V4", "IT", "µV"]
    assert open_table(recording(version), "rates").texts("rates") == ["1.5", "2.5", "3.5", "4.5"]


@pytest.mark.parametrize("version", ALL)
def test_rows_are_chosen_by_what_their_cells_are(version):
    table = open_table(recording(version), "presentations")
    kept = table.where({"session": lambda value, _: value == "02"})
    assert kept.texts("stimulus_id") == ["n1", "n2"]
    assert kept.place(0).in_text().endswith("row 3, presentations")
    assert table.where({"session": lambda value, _: value == 2}) is None


def test_a_column_of_text_of_which_the_rows_taken_have_nothing_has_no_values(tmp_path):
    (tmp_path / "t.json").write_text('[{"kind": "a", "age": "x"}, {"kind": "b"}]')
    kept = open_table(tmp_path / "t.json").where({"kind": lambda value, _: value == "b"})
    values, [notice] = kept.typed("age", None)
    assert np.isnan(values).all()
    assert "holds no values" in notice


@pytest.mark.parametrize("version", ["v7", "v73"])
@pytest.mark.parametrize(
    ("part", "message", "hint"),
    [
        ("ragged", "the cell of 'times' is not a single value: float64, 1 x 2", "as an array"),
        ("spikes", "it is float64, 4 x 3 x 2, not a table", "struct array"),
        ("data", "not columns of one length: spikes (float64, 4 x 3 x 2)", "as many rows"),
        ("nested", "the cell of 'nested' is not a single value: cell, 1 x 2", "one number or text"),
        ("sparse_one", "not a table", "struct array"),
    ],
)
def test_what_is_no_table_is_said_with_its_row_and_field(version, part, message, hint):
    with pytest.raises(DataError) as caught:
        open_table(recording(version), part)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")
    assert part in caught.value.where


def test_a_table_of_matlabs_own_is_said_to_be_one(tmp_path):
    with h5py.File(tmp_path / "t.mat", "w", userblock_size=512) as file:
        file["trials"] = np.zeros((1, 6), "u4")
        file["trials"].attrs["MATLAB_class"] = np.bytes_("table")
        file["trials"].attrs["MATLAB_object_decode"] = np.int32(3)
    with pytest.raises(DataError, match="only MATLAB can read") as caught:
        open_table(tmp_path / "t.mat", "trials")
    assert "table2struct" in (caught.value.hint or "")
