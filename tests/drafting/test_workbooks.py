"""Excel's workbooks in a folder: each sheet is a table, or said to be none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drafted import assembly, said
from openpyxl import Workbook

from brainscore_data.assemblies.opening import open_assembly
from brainscore_data.drafting.drafts import draft_dataset

if TYPE_CHECKING:
    from pathlib import Path


def test_a_sheet_of_trials_becomes_an_assembly_and_the_others_are_named(stimuli: Path):
    book = Workbook()
    book.active.title = "Ratings"
    for row in (["stimulus_id", "participant", "rating"], ["n0", "007", 4], ["n1", "007", 2]):
        book.active.append(row)
    book.create_sheet("Notes").append(["to do"])
    book.save(stimuli / "ratings.xlsx")
    (stimuli / "~$ratings.xlsx").write_bytes(b"\x05user")
    item = assembly(stimuli)
    assert (item.table, item.value) == ("ratings.xlsx:Ratings", "rating")
    opened = open_assembly(item, lambda name: stimuli / name)
    assert opened.data.values.tolist() == [4, 2]
    assert opened.data["participant"].values.tolist() == ["007", "007"]
    notices = said(draft_dataset(stimuli))
    assert "ratings.xlsx:Notes is not used: the table has a header but" in notices
    assert "~$ratings.xlsx is not used: Excel has ratings.xlsx open; close it there" in notices
