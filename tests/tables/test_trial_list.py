"""Trials in JSON, as jsPsych writes them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from brainscore_data.base.errors import DataError
from brainscore_data.tables.formats import open_table


def saved(folder: Path, found: object) -> Path:
    (folder / "trials.json").write_text(found if isinstance(found, str) else json.dumps(found))
    return folder / "trials.json"


TRIALS = [
    {"stimulus": "images/n1.png", "rt": 512, "response": 0, "subject": "01", "done": True},
    {"stimulus": None, "rt": None, "response": {"Q0": 3, "Q1": {"a": "x"}}, "subject": "01"},
    {"stimulus": "images/n2.png", "rt": 430.25, "view_history": [{"page": 0}], "subject": "02"},
]


def test_a_list_of_objects_is_a_table_with_a_row_for_each(tmp_path):
    table = open_table(saved(tmp_path, TRIALS))
    assert table.columns == (
        *("stimulus", "rt", "response", "subject", "done"),
        *("response_Q0", "response_Q1_a", "view_history"),
    )
    np.testing.assert_array_equal(table.typed("rt", None)[0], [512, np.nan, 430.25])
    assert table.typed("subject", None)[0].tolist() == ["01", "01", "02"]
    assert table.texts("stimulus") == ["images/n1.png", "", "images/n2.png"]
    assert table.texts("response_Q1_a") == ["", "x", ""]
    assert table.texts("view_history")[2] == '[{"page": 0}]'
    assert table.place(1).in_text().endswith("trials.json, row 2, trials")


@pytest.mark.parametrize("wrapped", [[TRIALS[:2], TRIALS[2:]], {"trials": TRIALS}])
def test_lists_of_several_participants_and_jspsychs_own_are_read(tmp_path, wrapped):
    assert open_table(saved(tmp_path, wrapped)).texts("subject") == ["01", "01", "02"]


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ('{"rt": 1', "it is not JSON, or it is damaged"),
        ("[" * 100_000, "it is not JSON, or it is damaged"),
        ({"schema": 1}, "it is not a list of trials"),
        ([], "it is not a list of trials"),
        ([{"rt": 1}, 7], "a trial is an object, and here is a number"),
        ([{"a": {"b": 1}, "": 2}], "column 2 has no name"),
        ([{"rt": "a\0b"}], "a NUL character in 'rt'"),
    ],
)
def test_what_is_no_list_of_trials_is_said(tmp_path, found, message):
    with pytest.raises(DataError) as caught:
        open_table(saved(tmp_path, found))
    assert message in caught.value.message


def test_what_jspsych_writes_as_json_is_what_it_writes_as_csv():
    folder = Path(__file__).with_name("jspsych")
    in_json, in_csv = (open_table(folder / f"trials.{ending}") for ending in ("json", "csv"))
    for column in in_csv.columns:
        if column == "response":
            continue
        values = [each.typed(column, "")[0].tolist() for each in (in_json, in_csv)]
        if column == "subject":
            values[0] = [int(each) for each in values[0]]  # of text, whose zeros a csv loses
        assert values[0] == values[1], column
    answered = json.loads(in_csv.texts("response")[3])
    assert in_json.texts("response") == ["1", "1", "1", ""]
    assert [in_json.texts(f"response_{name}")[3] for name in answered] == [*answered.values()]
