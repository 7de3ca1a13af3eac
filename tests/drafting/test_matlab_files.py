"""A folder with a MATLAB file becomes a dataset by what is in it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from drafted import dataset, write_stimuli
from matlab_recordings import recording

from brainscore_data.assemblies.opening import open_assembly
from brainscore_data.drafting.drafts import draft_dataset
from brainscore_data.drafting.matlab_files import matlab_parts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("version", ["v7", "v73"])
def test_arrays_and_tables_are_told_apart(version):
    found = matlab_parts(recording(version))
    assert found.arrays == {
        "spikes": (4, 3, 2),
        "counts": (4, 3),
        "one": (4, 3),
        "data.spikes": (4, 3, 2),
    }
    assert set(found.tables) >= {"presentations", "neuroids", "regions", "rates", "time_bins"}
    others = " ".join(found.others)
    assert all(name in others for name in ("animal", "sparse_one", "nested", "ragged"))


def test_the_tables_that_fit_an_array_become_its_coordinates(folder: Path):
    write_stimuli(folder / "stimuli", "n1.png", "n2.png")
    shutil.copyfile(recording("v7"), folder / "recording.mat")
    found = {each.values: each for each in dataset(folder).assemblies if hasattr(each, "values")}
    item = found["recording.mat:spikes"]
    assert item.identifier == "Author2026.spikes"
    assert item.dims == ["presentation", "neuroid", "time_bin"]
    assert item.coords == {
        "presentation": "recording.mat:presentations",
        "neuroid": "recording.mat:neuroids",
        "time_bin": "recording.mat:time_bins",
    }
    opened = open_assembly(item, lambda name: folder / name)
    assert opened.data["stimulus_id"].values.tolist() == ["n1", "n2", "n1", "n2"]
    # Nothing is passed over in silence.
    seen = dict(draft_dataset(folder).seen)
    assert seen["recording.mat:animal"] == "not used: it is one value (char)"
