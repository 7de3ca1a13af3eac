"""A session of NWB, from the file to counts in bins, without a table written by hand."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from drafted import beyond_license, manifest_of, write_stimuli
from nwb_sessions import IMAGES, RAW, RESPONSES, SPIKES
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
    draft = draft_dataset(folder, Answers(bins="0:400:100"))
    (todo,) = beyond_license(draft)
    assert todo.startswith("time_bins.csv: fill in")
    write_draft(draft)
    (folder / "time_bins.csv").write_text("time_bin_start,time_bin_end\n0,200\n200,400\n")
    responses, lfp, spikes = (
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
    volts = RAW * 1e-6 + 0.5
    means = [[volts[n * 50 + b * 10 :][:10].mean(axis=0) for b in range(4)] for n in range(8)]
    np.testing.assert_array_equal(lfp.values, np.swapaxes(means, 1, 2))
    assert lfp["region"].values.tolist() == ["V4", "V4", "IT", "IT"]


def test_a_recording_is_asked_about_and_not_cut_until_somebody_says_how(
    folder: Path, nwb_session: Path
):
    shutil.copy(nwb_session, folder / "session.nwb")
    draft = draft_dataset(folder)
    assert "init --bins start:stop:width" in dict(draft.seen)["session.nwb:acquisition/lfp"]
    said = [each.text for each in draft.questions if each.key == "bins"]
    assert any("counted in time bins? start:stop:width from the onset, in ms" in s for s in said)
    assert any("acquisition/lfp be cut into time bins" in s for s in said)


def test_stimuli_are_known_by_file_names_in_a_column_whatever_it_is_called(
    folder: Path, nwb_session: Path
):
    shutil.copy(nwb_session, folder / "session.nwb")
    write_stimuli(folder / "stimuli", *(f"im{number}.png" for number in range(4)))
    with h5py.File(folder / "session.nwb", "a") as file:
        trials = file["intervals/trials"]
        trials.move("stimulus_id", "image file")
        trials["image file"][...] = [f"D:\\set\\im{number % 4}.png" for number in range(8)]
        names = [each.replace("stimulus_id", "image file") for each in trials.attrs["colnames"]]
        trials.attrs["colnames"] = names
        del file["stimulus/presentation/shown"]
    draft = draft_dataset(folder, Answers(bins="0:400:100"))
    write_draft(draft)
    (folder / "time_bins.csv").write_text("time_bin_start,time_bin_end\n0,200\n200,400\n")
    for item in manifest_of(draft).assemblies:
        data = open_assembly(item, lambda name: folder / name).data
        assert data["stimulus_id"].values.tolist() == [f"im{number % 4}" for number in range(8)]
    assert any("'image file' is called 'image_file'" in notice for notice in draft.notices)


def test_each_session_is_counted_by_its_own_trials(folder: Path, nwb_session: Path):
    for name in ("monday.nwb", "tuesday.nwb"):
        shutil.copy(nwb_session, folder / name)
    items = manifest_of(draft_dataset(folder, Answers(bins="0:400:100"))).assemblies
    for item in items:
        its = {part.partition(":")[0] for part in item.coords.values() if ".nwb" in part}
        assert its == {getattr(item, item.form).partition(":")[0]}


def test_pictures_in_a_session_become_the_stimuli(folder: Path, nwb_session: Path):
    shutil.copy(nwb_session, folder / "session.nwb")
    draft = draft_dataset(folder, Answers(bins="0:400:100"))
    assert dict(draft.seen)["session.nwb:stimulus"] == "stimuli: 4 files"
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
    assert "stimuli elsewhere" in seen["session.nwb:stimulus"]


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


@pytest.mark.parametrize(
    ("species", "found"),
    [
        ("Homo sapiens", ["BSD707"]),
        ("http://purl.obolibrary.org/obo/NCBITaxon_9606", ["BSD707"]),
        (None, ["BSD707"]),
        ("", ["BSD707"]),
        ("Mus musculus", []),
    ],
)
def test_birthdays_are_those_of_people_unless_the_subject_is_an_animal(
    folder: Path, nwb_session: Path, species: str | None, found: list[str]
):
    shutil.copy(nwb_session, folder / "session.nwb")
    with h5py.File(folder / "session.nwb", "a") as file:
        file["general/subject/date_of_birth"] = "1987-03-02T00:00:00-05:00"
        if species is not None:
            file["general/subject/species"] = species
    assert [each.code for each in check([folder], select=["BSD7"]).findings] == found


def test_the_authors_of_nwbs_own_schema_are_no_participants(folder: Path, nwb_session: Path):
    shutil.copy(nwb_session, folder / "session.nwb")
    assert check([folder], select=["BSD7"]).findings == ()


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("films/rain.mp4", "its frames are in films/rain.mp4: a stimulus like any other"),
        ("films/snow.mp4", "which is not here: copy it to films/snow.mp4"),
        ("../rain.mp4", "../rain.mp4, which is no file in this folder"),
        ("/data/rain.mp4", "/data/rain.mp4, which is no file in this folder"),
        ("https://lab.org/rain.mp4", "which is no file in this folder"),
        ("C:\\films\\rain.mp4", "which is no file in this folder"),
    ],
)
def test_films_that_a_session_only_names_are_told_where_they_are(
    folder: Path, nwb_session: Path, file: str, said: str
):
    shutil.copy(nwb_session, folder / "session.nwb")
    write_stimuli(folder / "films", "rain.mp4")
    with h5py.File(folder / "session.nwb", "a") as session:
        session.move("acquisition/movie", "stimulus/presentation/movie")
        del session["stimulus/presentation/movie/external_file"]
        session["stimulus/presentation/movie/external_file"] = [file]
    assert said in dict(draft_dataset(folder).seen)["session.nwb:stimulus/presentation/movie"]
