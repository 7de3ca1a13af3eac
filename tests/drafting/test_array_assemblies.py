from __future__ import annotations

import csv
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

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.dataset.assembly_tables import ArrayAssembly, NetcdfAssembly
from brainscore_data.drafting.array_assemblies import draft_array
from brainscore_data.drafting.drafts import draft_dataset
from brainscore_data.drafting.found import Array
from brainscore_data.drafting.questions import Answers

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


def test_an_axis_without_a_table_gets_a_template_of_one(stimuli: Path):
    write_array(stimuli, (6, 4), presentations=PRESENTATIONS)
    draft = draft_dataset(stimuli, Answers(region="V4"))
    (found,) = manifest_of(draft).assemblies
    assert isinstance(found, ArrayAssembly)
    assert found.coords == {"presentation": "presentations.csv", "neuroid": "neuroids.csv"}
    assert draft.files["neuroids.csv"].splitlines()[::4] == ["neuroid_id,region", "neuroid_4,V4"]
    assert "presentations.csv" not in draft.files
    assert beyond_license(draft) == []


@pytest.mark.parametrize(
    ("order", "ids"), [("rounds", "n0 n1 n2 n0 n1 n2"), ("blocks", "n0 n0 n1 n1 n2 n2"), (None, "")]
)
def test_presentations_are_filled_in_by_the_order_that_was_told(stimuli: Path, order, ids):
    write_array(stimuli, (4, 6))  # which axis the presentations are on, the stimuli tell
    draft = draft_dataset(stimuli, Answers(order=order))
    assert manifest_of(draft).assemblies[0].dims == ["neuroid", "presentation"]
    rows = list(csv.DictReader(draft.files["presentations.csv"].splitlines()))
    assert len(rows) == 6
    assert " ".join(row["stimulus_id"] for row in rows).strip() == ids
    assert any("fill in stimulus_id" in todo for todo in draft.todos) == (order is None)


def test_time_bins_have_to_be_as_many_as_the_array_has(stimuli: Path):
    write_array(stimuli, (6, 4, 2), presentations=PRESENTATIONS, neuroids=NEUROIDS)
    draft = draft_dataset(stimuli, Answers(bins="70:170:50"))
    assert draft.files["time_bins.csv"].split()[1:] == ["70,120", "120,170"]
    with pytest.raises(UsageError, match=r"makes 4 bins, and responses\.npy has 2"):
        draft_dataset(stimuli, Answers(bins="70:270:50"))
    with pytest.raises(UsageError, match="not a whole number of time bins"):
        draft_dataset(stimuli, Answers(bins="70:150:50"))


def test_two_arrays_share_a_template_only_where_it_says_the_same(stimuli: Path):
    for region in ("V4", "IT"):
        np.save(stimuli / f"rates_{region}.npy", np.zeros((6, 4)))
    draft = draft_dataset(stimuli, Answers(order="rounds"))
    v4, it = sorted(manifest_of(draft).assemblies, key=lambda each: each.values, reverse=True)
    assert v4.coords["presentation"] == it.coords["presentation"]
    proposed = {q.key: q.proposal for q in draft.questions}
    assert proposed["region"] in ("V4", "IT")
    assert "neuroid_1,V4" in draft.files[v4.coords["neuroid"]]
    assert "neuroid_1,IT" in draft.files[it.coords["neuroid"]]


def test_a_table_with_as_many_rows_but_no_id_is_used_and_told_so(stimuli: Path):
    channels = [{"channel": i} for i in range(4)]
    write_array(stimuli, (6, 4), presentations=PRESENTATIONS, channels=channels)
    draft = draft_dataset(stimuli)
    (found,) = manifest_of(draft).assemblies
    assert isinstance(found, ArrayAssembly)
    assert found.coords["neuroid"] == "channels.csv"
    assert beyond_license(draft) == ["channels.csv needs a column neuroid_id"]


@pytest.mark.parametrize(
    ("column", "dims"),
    [
        ("neuron_id", ["presentation", "time_bin", "neuroid"]),
        ("bin_center", ["presentation", "neuroid", "time_bin"]),
    ],
)
def test_an_axis_is_what_a_table_of_its_length_without_an_id_is_called_after(
    stimuli: Path, column: str, dims: list[str]
):
    write_array(stimuli, (6, 4, 2), labels=[{column: 0}, {column: 1}])
    (found,) = manifest_of(draft_dataset(stimuli)).assemblies
    assert isinstance(found, ArrayAssembly)
    assert found.dims == dims
    assert found.coords[dims[-1]] == "labels.csv"


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
    left = [each for each in draft.notices if "neuroids are numbered" in each]
    assert len(beyond_license(draft)) + len(left) >= len(shape)


def test_an_array_of_objects_is_an_error_that_names_the_file(folder: Path):
    np.save(folder / "responses.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match=r"responses\.npy.*not an array of numbers"):
        draft_dataset(folder)


def test_no_table_is_drafted_of_more_rows_than_anybody_fills_in():
    huge = Array("rates.mat:data", (10_000_000, 100_000_000))
    item = draft_array("Doe2026", huge, [], [])
    assert item.files == {}
    assert [todo for todo in item.todos if "10000000 rows" in todo]


def test_presentations_without_a_repetition_have_it_counted(stimuli: Path):
    shown = [{"stimulus_id": row["stimulus_id"]} for row in PRESENTATIONS]
    write_array(stimuli, (6, 4), presentations=shown, neuroids=NEUROIDS)
    draft = draft_dataset(stimuli)
    (item,) = manifest_of(draft).assemblies
    assert item.repetition == ["stimulus_id"]
    assert any(each.startswith('"repetition" is counted') for each in draft.notices)
