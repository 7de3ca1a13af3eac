"""A session of NWB, from the file to counts in bins, without a table written by hand."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from drafted import beyond_license, manifest_of, write_stimuli
from nwb_sessions import IMAGES, RESPONSES, SPIKES
from PIL import Image

from brainscore_data.assemblies.opening import open_assembly
from brainscore_data.base.errors import DataError
from brainscore_data.check.engine.checking import check
from brainscore_data.drafting.drafts import draft_dataset
from brainscore_data.drafting.questions import Answers
from brainscore_data.drafting.writing_down import write_draft

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


def test_pictures_in_a_session_become_the_stimuli(folder: Path, nwb_session: Path):
    shutil.copy(nwb_session, folder / "session.nwb")
    draft = draft_dataset(folder, Answers(bins="0:0.4:0.1"))
    assert dict(draft.seen)["session.nwb:stimulus/templates"] == "stimuli: 4 files"
    assert not (folder / "stimuli").exists()
    assert write_draft(draft)[0] == folder / "stimuli"
    for number, pixels in enumerate(IMAGES):
        with Image.open(folder / "stimuli" / f"im{number}.png") as drawn:
            np.testing.assert_array_equal(np.asarray(drawn), pixels)
    assert not [*folder.glob(".stimuli-*")]
    assert all(each.stimulus_set == "Author2026" for each in manifest_of(draft).assemblies)
    (folder / "dataset.toml").unlink()
    write_stimuli(folder / "films", "film.mp4")
    seen = dict(draft_dataset(folder).seen)
    assert "stimuli elsewhere" in seen["session.nwb:stimulus/templates"]


def test_pictures_that_no_png_can_be_are_named_and_nothing_is_left_behind(
    folder: Path, nwb_session: Path
):
    shutil.copy(nwb_session, folder / "session.nwb")
    with h5py.File(folder / "session.nwb", "a") as file:
        one = file["stimulus/templates/images/im2"]
        kept, pixels = dict(one.attrs), one[()] / 255
        del file["stimulus/templates/images/im2"], file["stimulus/presentation/shown"]
        file["stimulus/templates/images/im2"] = pixels
        file["stimulus/templates/images/im2"].attrs.update(kept)
    draft = draft_dataset(folder)
    with pytest.raises(DataError, match=r"im2: its pixels are float64.*"):
        write_draft(draft)
    assert [each.name for each in folder.iterdir()] == ["session.nwb"]


def test_the_authors_of_nwbs_own_schema_are_no_participants(folder: Path, nwb_session: Path):
    shutil.copy(nwb_session, folder / "session.nwb")
    assert check([folder], select=["BSD7"]).findings == ()
