"""A place is a record: what goes on with an error reads its parts, and no text."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place


@pytest.mark.parametrize(
    ("place", "in_errors", "in_findings"),
    [
        (Place("a.csv", 3), "a.csv:3", "a.csv:3"),
        (Place("a.csv", 3, "word"), "a.csv:3, word", "a.csv:3 (word)"),
        (Place("t.parquet", row=60), "t.parquet, row 60", "t.parquet (row 60)"),
        (
            Place("dataset.toml", entry="[[assembly]] 1 (x)").inside("data"),
            "dataset.toml: [[assembly]] 1 (x): data",
            "dataset.toml ([[assembly]] 1 (x): data)",
        ),
        (Place("d: 7:8, row 9"), "d: 7:8, row 9", "d: 7:8, row 9"),
    ],
)
def test_errors_and_findings_write_it_in_their_own_way(place, in_errors, in_findings):
    assert str(DataError("x", where=place)) == f"{in_errors}: x"
    assert str(place) == in_findings


def test_an_error_keeps_it_as_a_record():
    assert DataError("x", where=Place("a.csv", 3)).line == 3
    assert DataError("x", where="a.csv:3").place == Place("a.csv:3")
    assert DataError("x").place is None


def test_only_what_is_in_a_folder_moves_with_it():
    new, out = PurePath("/w/x/new"), PurePath("bundle")
    assert Place("/w/x/new", entry="e").moved(new, out) == Place("bundle", entry="e")
    assert Place("/w/x/new/a.nc", 3).moved(new, out) == Place("bundle/a.nc", 3)
    assert Place("/w/x/newer/a.nc").moved(new, out) == Place("/w/x/newer/a.nc")
