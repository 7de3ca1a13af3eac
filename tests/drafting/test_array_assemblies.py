from __future__ import annotations

from typing import TYPE_CHECKING

import netCDF4
import numpy as np
import pytest
from drafted import (
    NEUROIDS,
    PRESENTATIONS,
    TIME_BINS,
    assembly,
    beyond_license,
    manifest_of,
    said,
    write_array,
    write_netcdf,
    write_stimuli,
)

from brainscore_data.base.errors import DataError
from brainscore_data.dataset.assembly_tables import ArrayAssembly, NetcdfAssembly
from brainscore_data.drafting.drafts import draft_dataset

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("sizes", "assembly_class"),
    [
        ({"presentation": 3, "neuroid": 2}, "NeuroidAssembly"),
        ({"neuroid": 2, "presentation": 3, "time_bin": 1}, "NeuroidAssembly"),
        ({"event": 5}, "SpikeTimesAssembly"),
        ({"presentation": 3}, "BehavioralAssembly"),
        ({"presentation": 3, "choice": 2}, "BehavioralAssembly"),
        ({"layer": 3, "metric": 2}, "DataAssembly"),
    ],
)
def test_the_class_of_a_netcdf_file_follows_its_dims(
    folder: Path, sizes: dict[str, int], assembly_class: str
):
    write_netcdf(folder / "assembly.nc", **sizes)
    found = assembly(folder)
    assert isinstance(found, NetcdfAssembly)
    assert (found.data, found.assembly_class) == ("assembly.nc", assembly_class)


def test_an_assembly_belongs_to_the_stimulus_set_that_has_its_ids(stimuli: Path):
    write_stimuli(stimuli / "others", "o0.png")
    write_netcdf(stimuli / "assembly.nc", presentation=3, neuroid=2)
    assert assembly(stimuli).stimulus_set == "Author2026.stimuli"


def test_the_older_image_id_is_an_id_as_it_is_to_readers(folder: Path):
    write_stimuli(folder / "images", "n0.png", "n1.png")
    write_netcdf(folder / "rates.nc", presentation=2, neuroid=3)
    with netCDF4.Dataset(folder / "rates.nc", "a") as file:
        file.renameVariable("stimulus_id", "image_id")
        file["data"].coordinates = "image_id"
    draft = draft_dataset(folder)
    assert manifest_of(draft).assemblies[0].stimulus_set == "Author2026"
    assert beyond_license(draft) == []


def test_a_file_with_several_variables_is_no_assembly_yet(folder: Path):
    write_stimuli(folder / "images", "n0.png", "n1.png")
    write_netcdf(folder / "rates.nc", presentation=2, neuroid=3)
    with netCDF4.Dataset(folder / "rates.nc", "a") as file:
        file.createVariable("noise", "f4", ("neuroid",))
    (todo,) = beyond_license(draft_dataset(folder))
    assert 'rates.nc has the variables "data", "noise"' in todo


def test_an_assembly_without_stimuli_says_how_to_name_them(folder: Path):
    write_netcdf(folder / "assembly.nc", presentation=3, neuroid=2)
    assert assembly(folder).stimulus_set is None
    assert "# stimulus_set = " in draft_dataset(folder).files["dataset.toml"]


def test_dims_of_an_array_follow_from_the_tables_that_have_as_many_rows(stimuli: Path):
    write_array(stimuli, (4, 2, 6), trials=PRESENTATIONS, units=NEUROIDS, times=TIME_BINS)
    draft = draft_dataset(stimuli)
    (found,) = manifest_of(draft).assemblies
    assert isinstance(found, ArrayAssembly)
    assert found.dims == ["neuroid", "time_bin", "presentation"]
    assert found.coords == {
        "neuroid": "units.csv",
        "time_bin": "times.csv",
        "presentation": "trials.csv",
    }
    assert (found.assembly_class, found.stimulus_set) == ("NeuroidAssembly", "Author2026")
    assert beyond_license(draft) == []


def test_an_axis_without_a_table_says_which_table_it_needs(stimuli: Path):
    write_array(stimuli, (6, 4), presentations=PRESENTATIONS)
    draft = draft_dataset(stimuli)
    (found,) = manifest_of(draft).assemblies
    assert isinstance(found, ArrayAssembly)
    assert found.coords == {"presentation": "presentations.csv"}
    (todo,) = beyond_license(draft)
    assert "neuroids.csv" in todo
    assert "4 rows" in todo
    assert "neuroid_id" in todo
    assert "# TODO: add neuroids.csv" in draft.files["dataset.toml"]


def test_a_table_with_as_many_rows_but_no_id_is_used_and_told_so(stimuli: Path):
    channels = [{"channel": i} for i in range(4)]
    write_array(stimuli, (6, 4), presentations=PRESENTATIONS, channels=channels)
    draft = draft_dataset(stimuli)
    (found,) = manifest_of(draft).assemblies
    assert isinstance(found, ArrayAssembly)
    assert found.coords["neuroid"] == "channels.csv"
    assert beyond_license(draft) == ["channels.csv needs a column neuroid_id"]


def test_axes_of_equal_length_are_a_guess_and_that_is_said(folder: Path):
    write_array(folder, (4, 4), presentations=PRESENTATIONS[:4], neuroids=NEUROIDS)
    draft = draft_dataset(folder)
    (found,) = manifest_of(draft).assemblies
    assert isinstance(found, ArrayAssembly)
    assert found.dims == ["presentation", "neuroid"]
    assert "could be swapped" in said(draft)


@pytest.mark.parametrize("shape", [(6,), (6, 4), (6, 4, 2), (6, 4, 2, 5), (1, 1, 1, 1, 1)])
def test_an_array_alone_gives_a_manifest_that_is_valid_and_says_what_it_needs(
    folder: Path, shape: tuple[int, ...]
):
    write_array(folder, shape)
    draft = draft_dataset(folder)
    assert len(manifest_of(draft).assemblies) == 1
    assert len(beyond_license(draft)) >= len(shape)


def test_an_array_of_objects_is_an_error_that_names_the_file(folder: Path):
    np.save(folder / "responses.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match=r"responses\.npy.*no array of numbers"):
        draft_dataset(folder)
