"""Four studies as labs have them: from init, by what the program says alone, to a receipt."""

from __future__ import annotations

import importlib.util
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr
from played_action import ROOT

import brainscore_data
from brainscore_data.assemblies.opening import open_assembly
from brainscore_data.cli import main
from brainscore_data.dataset.reading import load_dataset
from brainscore_data.records.receipts import load_receipts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SPEC = importlib.util.spec_from_file_location("examples_make", ROOT / "examples" / "make.py")
assert _SPEC is not None
assert _SPEC.loader is not None
make = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(make)

_OURS = {"dataset.toml", "stimuli.csv", "presentations.csv"}


@pytest.fixture
def journey(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Take a study from a folder to a store; give the folder and what loads from there."""
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))
    store = (tmp_path / "store").as_uri()

    def go(name: str, *named: list[str], **how: Any) -> tuple[Path, Callable[[str], xr.DataArray]]:
        folder = tmp_path / name
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pynwb's own, of what it will rename
            make.STUDIES[name](folder, **how)
        there = [path for path in folder.rglob("*") if path.is_file()]
        assert main(["init", str(folder), "--yes", *make.OPTIONS[name]]) == 0
        said = capsys.readouterr().out
        for path in there:
            near = path.relative_to(folder)
            assert str(near) in said or f"{near.parts[0]}/ " in said, f"{near} is not accounted for"
        assert "TODO" not in said + (folder / "dataset.toml").read_text()
        for edit in named:
            assert main([each.format(folder) for each in edit]) in (0, 1)
        assert main(["publish", str(folder), "--store", store]) == 0
        capsys.readouterr()
        receipts = load_receipts(folder / "receipts.json").items
        items = load_dataset(folder).manifest
        assert len(receipts) == len(items.stimulus_sets) + len(items.assemblies)
        return folder, lambda identifier: brainscore_data.load_assembly(identifier, store=store)

    return go


def opened(item: Any, folder: Path) -> xr.DataArray:
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*")]
    return open_assembly(item, lambda file: folder / file, names=names).data.load()


def is_as_committed(name: str, folder: Path) -> None:
    """Hold what init wrote, and what is in the files, to what is committed."""
    committed = ROOT / "examples" / name
    for path in _OURS & {each.name for each in folder.iterdir()}:
        assert (folder / path).read_text() == (committed / path).read_text()
    for item in load_dataset(committed).manifest.assemblies:
        one, other = (opened(item, at) for at in (folder, committed))
        xr.testing.assert_identical(one, other)


def test_an_image_study_with_matlab_files(journey: Callable[..., Any]):
    folder, loaded = journey("matlab-images")
    is_as_committed("matlab-images", folder)
    rates = loaded("Doe2026")
    stream = make.random("matlab-images")
    for _ in range(8):
        stream.randint(0, 256, (8, 8), dtype=np.uint8)
    np.testing.assert_array_equal(rates.values, stream.poisson(8, (24, 6, 3)) / 0.05)
    assert rates["stimulus_id"].values.tolist() == [f"texture_{n}" for n in range(1, 9)] * 3
    assert rates["repetition"].values.tolist() == [n for n in range(3) for _ in range(8)]
    assert rates["time_bin_end"].values.tolist() == [100, 150, 200]


def test_a_jspsych_study_with_two_participants(journey: Callable[..., Any]):
    folder, loaded = journey("jspsych-choices")
    is_as_committed("jspsych-choices", folder)
    choices = loaded("Lee2026")
    assert choices.sizes == {"presentation": 12}
    assert np.unique(choices["participant"], return_counts=True)[1].tolist() == [6, 6]
    assert {*choices["phase"].values} == {"main"}


def test_prolific_ids_become_pseudonyms_by_the_one_edit_that_is_named(journey: Callable[..., Any]):
    mend = ["check", "{}", "--fix"]
    folder, loaded = journey("jspsych-choices", mend, prolific=True)
    choices = loaded("Lee2026")
    people = np.unique(choices["prolific_pid"].values, return_counts=True)
    assert people[1].tolist() == [6, 6]
    assert not any("5c5dd44" in each for each in people[0])
    assert {*choices["phase"].values} == {"main"}
    assert (folder / "data" / ".gitignore").exists()


def test_a_spike_study_with_nwb_and_films(journey: Callable[..., Any]):
    folder, loaded = journey("nwb-videos")
    is_as_committed("nwb-videos", folder)
    counts = loaded("Kim2026")
    assert counts.dims == ("presentation", "neuroid", "time_bin")
    stream = make.random("nwb-videos")
    for _ in range(4):
        stream.randint(0, 256, (6, 4, 4, 3), dtype=np.uint8)
    for unit in range(3):
        times = np.sort(stream.uniform(0, 8, 60))
        for trial in range(16):
            since = times - trial / 2
            expected = [((since >= low) & (since < low + 0.1)).sum() for low in (0, 0.1, 0.2, 0.3)]
            assert abs(counts.values[trial, unit] - expected).max() == 0
    assert {*counts["region"].values} == {"IT"}


def test_sentences_with_responses_of_voxels_and_ratings_in_excel(journey: Callable[..., Any]):
    folder, loaded = journey("sentences")
    is_as_committed("sentences", folder)
    responses, ratings = loaded("Roe2026.bold"), loaded("Roe2026.Ratings")
    np.testing.assert_array_equal(responses.values, np.load(folder / "bold.npy"))
    assert responses["sentence"].values[0] == "The cat saw the dog."
    assert ratings.sizes == {"presentation": 12}
    assert np.unique(ratings["participant"]).tolist() == ["01", "02"]
