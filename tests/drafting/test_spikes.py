"""Spikes in a table: as events, or counted in the bins that somebody said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drafted import PRESENTATIONS, beyond_license, manifest_of, write_table

from brainscore_data.assemblies.opening import open_assembly
from brainscore_data.drafting.drafts import draft_dataset
from brainscore_data.drafting.questions import Answers
from brainscore_data.drafting.writing_down import write_draft

if TYPE_CHECKING:
    from pathlib import Path

BINS = Answers(bins="0:1:0.5", region="IT")


def test_a_table_with_a_row_per_spike_is_drafted_as_events(stimuli: Path):
    rows = [{"neuroid_id": f"u{i % 2}", "spike_time": i / 8, "trial": i // 4} for i in range(9)]
    write_table(stimuli / "spikes.csv", rows)
    draft = draft_dataset(stimuli)
    [found] = manifest_of(draft).assemblies
    assert (found.assembly_class, found.table, found.value) == (
        "SpikeTimesAssembly",
        "spikes.csv",
        "spike_time",
    )
    assert found.columns == ["neuroid_id", "spike_time", "trial"]
    (question,) = (each for each in draft.questions if each.key == "bins")
    assert "the times run from 0 to 1" in question.text


def test_bins_count_them_and_what_is_missing_is_drafted(stimuli: Path):
    rows = [{"neuroid_id": f"u{i % 2}", "spike_time": i / 8, "trial": i // 4} for i in range(9)]
    write_table(stimuli / "spikes.csv", rows)
    draft = draft_dataset(stimuli, BINS)
    assert beyond_license(draft) == ["presentations.csv: fill in what was shown in each trial"]
    assert draft.files["presentations.csv"].split() == [
        "trial,stimulus_id,repetition",
        "0,,",
        "1,,",
        "2,,",
    ]
    assert draft.files["neuroids.csv"].split() == ["neuroid_id,region", "u0,IT", "u1,IT"]
    [found] = manifest_of(draft).assemblies
    assert (found.assembly_class, found.presentation) == ("NeuroidAssembly", "trial")


def test_where_presentations_say_their_onsets_nothing_is_left_to_do(stimuli: Path):
    shown = [{**row, "onset": i} for i, row in enumerate(PRESENTATIONS)]
    write_table(stimuli / "presentations.csv", shown)
    write_table(
        stimuli / "spikes.csv", [{"neuroid_id": "u", "spike_times": i / 3} for i in range(18)]
    )
    draft = draft_dataset(stimuli, BINS)
    assert beyond_license(draft) == []
    write_draft(draft)
    [found] = manifest_of(draft).assemblies
    counted = open_assembly(found, lambda name: stimuli / name).data
    assert counted.values.tolist() == [[[2, 1]]] * 6
