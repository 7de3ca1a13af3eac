"""Excel's workbooks in a folder: each sheet is a table, or said to be none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from drafted import assembly, dataset, manifest_of, said, trial_rows, write_stimuli, write_table
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


def test_a_list_of_stimuli_in_a_workbook_becomes_a_csv(stimuli: Path):
    book = Workbook()
    book.active.append(["stimulus_id", "filename", "size"])
    for number in range(3):
        book.active.append([f"n{number}", f"n{number}.png", 0.1 * number])
    book.save(stimuli / "list.xlsx")
    assert dataset(stimuli).stimulus_sets[0].metadata == "stimuli.csv"  # which is there
    (stimuli / "stimuli.csv").unlink()
    write_table(stimuli / "trials.csv", trial_rows())
    draft = draft_dataset(stimuli)
    manifest = manifest_of(draft)
    assert manifest.stimulus_sets[0].metadata == "stimuli.csv"
    assert draft.files["stimuli.csv"].splitlines()[:2] == [
        "stimulus_id,filename,size",
        "n0,n0.png,0",
    ]
    assert manifest.assemblies[0].table == "trials.csv"
    seen = dict(draft.seen)
    assert seen["list.xlsx"] == "the list of stimuli: 3 rows, of which stimuli.csv is made"


@pytest.mark.parametrize(
    ("header", "cells", "written"),
    [
        (("picture", "size"), ("n0.png", 4), "stimulus_id,filename,size\nn0,n0.png,4"),
        (("stimulus_id", "picture"), ("a", "n0.png"), "stimulus_id,filename\na,n0.png"),
        (("filename", "size"), ("n0.png", 4), "stimulus_id,filename,size\nn0,n0.png,4"),
        # It is not known which files are meant, or what readers call the ids.
        (("picture", "size"), ("N0.PNG", 4), "picture,size\nN0.PNG,4"),
        (("image_id", "filename"), ("a", "n0.png"), "image_id,filename\na,n0.png"),
    ],
)
def test_a_csv_that_is_made_has_the_columns_that_it_needs_where_its_files_are_known(
    folder: Path, header: tuple[str, ...], cells: tuple[object, ...], written: str
):
    write_stimuli(folder / "images", "n0.png", "n1.png")
    book = Workbook()
    book.active.append(header)
    for number in range(2):
        book.active.append([str(cell).replace("0", str(number)) for cell in cells])
    book.save(folder / "list.xlsx")
    draft = draft_dataset(folder)
    first, second, _ = draft.files["stimuli.csv"].splitlines()
    assert f"{first}\n{second}" == written
    added = "stimulus_id" in first and "stimulus_id" not in header
    assert ("stimuli.csv: stimulus_id was made from the file names" in said(draft)) == added
    renamed = "filename" in first and "filename" not in header
    assert ("'picture' is called filename there" in said(draft).replace('"', "'")) == renamed
