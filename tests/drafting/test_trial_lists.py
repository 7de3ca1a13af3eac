"""A jsPsych export and its images become a dataset without practice trials."""

from __future__ import annotations

import shutil
from pathlib import Path

from drafted import assembly, said, write_stimuli

from brainscore_data.assemblies.opening import open_assembly
from brainscore_data.drafting.drafts import draft_dataset

EXPORT = Path(__file__).parents[1] / "tables" / "jspsych" / "trials.json"


def test_an_export_becomes_an_assembly_and_other_json_is_named(folder: Path):
    write_stimuli(folder / "images", "n1.png", "n2.png")
    shutil.copyfile(EXPORT, folder / "data.json")
    (folder / "settings.json").write_text('{"monitor": "left"}')
    item = assembly(folder)
    assert (item.table, item.value) == ("data.json", "response")
    # Neither practice nor the questions at the end.
    assert item.where == {"phase": "main", "trial_type": "html-button-response"}
    opened = open_assembly(item, lambda name: folder / name)
    assert opened.data["stimulus_id"].values.tolist() == ["n1", "n2"]
    assert opened.data.values.tolist() == [1, 1]
    assert "settings.json is not used: it is not a list of trials" in said(draft_dataset(folder))
