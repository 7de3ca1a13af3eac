"""A session of NWB, from the file to counts in bins, without a table written by hand."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
from drafted import beyond_license, manifest_of, write_stimuli
from nwb_sessions import RESPONSES, SPIKES

from brainscore_data.assemblies.opening import open_assembly
from brainscore_data.check.engine.checking import check
from brainscore_data.drafting.drafts import draft_dataset, write_draft
from brainscore_data.drafting.questions import Answers

if TYPE_CHECKING:
    from pathlib import Path


def test_a_session_becomes_assemblies_whose_values_are_those_of_the_session(
    folder: Path, nwb_session: Path
):
    shutil.copy(nwb_session, folder / "session.nwb")
    write_stimuli(folder / "stimuli", *(f"im{number}.png" for number in range(4)))
    draft = draft_dataset(folder, Answers(bins="0:0.4:0.1"))
    (todo,) = beyond_license(draft)
    assert todo.startswith("time_bins.csv: fill in")
    write_draft(draft)
    (folder / "time_bins.csv").write_text("time_bin_start,time_bin_end\n0,200\n200,400\n")
    responses, spikes = (
        open_assembly(each, lambda name: folder / name).data
        for each in manifest_of(draft).assemblies
    )
    np.testing.assert_array_equal(responses.values, RESPONSES)
    assert responses["region"].values.tolist() == ["V4", "V4", "IT", "IT"]
    edges = np.array([0, 0.1, 0.2, 0.3, 0.4])
    expected = [
        [np.histogram(times - onset, np.append(edges, 9))[0][:4] for times in SPIKES]
        for onset in np.arange(8) / 2
    ]
    np.testing.assert_array_equal(spikes.values, expected)
    assert spikes["region"].values.tolist() == ["V4", "IT", "IT"]
    assert spikes["stimulus_id"].values.tolist() == [f"im{number % 4}" for number in range(8)]
    seen = dict(draft.seen)
    assert "cut it at their onsets first" in seen["session.nwb:acquisition/lfp"]


def test_the_authors_of_nwbs_own_schema_are_no_participants(folder: Path, nwb_session: Path):
    shutil.copy(nwb_session, folder / "session.nwb")
    assert check([folder], select=["BSD7"]).findings == ()
