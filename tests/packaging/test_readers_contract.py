"""The readers' contract, held against brainscore-core itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr
from reader_environment import ReaderError

from brainscore_data.assemblies.contract.conforming import conform
from brainscore_data.assemblies.contract.merging import can_merge, check_merge
from brainscore_data.dataset.assembly_classes import ASSEMBLY_CLASSES
from brainscore_data.packaging.netcdf.netcdf_file import write_netcdf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reader_environment import Reader

DIMS = {
    "DataAssembly": ["presentation", "x"],
    "NeuroidAssembly": ["presentation", "neuroid"],
    "NeuronRecordingAssembly": ["presentation", "neuroid", "time_bin"],
    "ModelFeaturesAssembly": ["neuroid", "presentation"],
    "BehavioralAssembly": ["presentation", "choice"],
    "PropertyAssembly": ["neuroid", "neuronal_property"],
    "SpikeTimesAssembly": ["event"],
    "MetadataAssembly": ["event"],
}

#: As load_assembly_from_s3 does, without the download.
LOAD = """
import pandas as pd
stimulus_set = stimuli.StimulusSet(pd.DataFrame(columns))
stimulus_set.identifier = "hvm"
loader = assemblies.StimulusMergeAssemblyLoader
result = describe(loader(cls=getattr(assemblies, cls), file_path=path,
                         stimulus_set_identifier="hvm", stimulus_set=stimulus_set).load())
"""


def example(assembly_class: str) -> xr.DataArray:
    dims = DIMS[assembly_class]
    shape = tuple(range(3, 3 + len(dims)))
    coords: dict[str, Any] = {}
    for dim, size in zip(dims, shape, strict=True):
        if dim == "neuronal_property":
            coords[dim] = [f"property {number}" for number in range(size)]
            continue
        name = "stimulus_id" if dim == "presentation" else f"{dim}_name"
        coords[name] = (dim, [f"{dim[0]}{number}" for number in range(size)])
        if dim != "choice":
            coords[f"{dim}_number"] = (dim, np.arange(size, dtype="int16"))
    values = np.random.default_rng(0).normal(size=shape)
    attrs = {"lab": "dicarlo", "rates": [1.0, 2.0], "areas": ["V4", "IT"], "count": 3}
    return xr.DataArray(values, dims=dims, coords=coords, attrs=attrs)


@pytest.mark.parametrize("assembly_class", sorted(ASSEMBLY_CLASSES))
def test_every_class_comes_back_with_dims_coordinates_and_attributes(
    assembly_class: str, stored: Callable[..., Path], reader: Reader
) -> None:
    data = example(assembly_class)
    read = reader.assembly_from_file(stored(data, assembly_class), assembly_class)
    assert read["class"] == assembly_class
    assert read["dims"] == list(data.dims)
    assert read["values"] == data.values.tolist()
    companions = {"choice_index"} if "choice" in data.dims else set()
    assert set(read["coords"]) == set(data.coords) | companions
    for name, coordinate in data.coords.items():
        assert read["coords"][name]["dims"] == list(coordinate.dims)
        assert read["coords"][name]["values"] == coordinate.values.tolist()
    assert read["attrs"]["lab"] == "dicarlo"
    assert read["attrs"]["rates"]["values"] == [1.0, 2.0]
    assert read["attrs"]["areas"] == ["V4", "IT"]
    assert read["attrs"]["count"] == 3
    assert read["attrs"]["identifier"] == "Doe2024"


def test_extras_are_attributes_of_a_spike_times_assembly(
    stored: Callable[..., Path], reader: Reader
) -> None:
    trials = xr.DataArray(
        [1.5, 2.5], dims="trial", coords={"stimulus_id": ("trial", ["n0", "n1"])}
    ).assign_attrs(rig="left")
    path = stored(example("SpikeTimesAssembly"), "SpikeTimesAssembly", extras={"trials": trials})
    extra = reader.assembly_from_file(path, "SpikeTimesAssembly")["attrs"]["trials"]
    assert extra["class"] == "MetadataAssembly"
    assert extra["values"] == [1.5, 2.5]
    assert extra["coords"]["stimulus_id"]["values"] == ["n0", "n1"]
    assert extra["coords"]["trial_index"]["values"] == [0, 0]
    assert extra["attrs"]["rig"] == "left"


def test_booleans_dates_and_texts_come_back_as_what_they_are(
    stored: Callable[..., Path], reader: Reader
) -> None:
    data = xr.DataArray(
        [True, False],
        dims="presentation",
        coords={
            "correct": ("presentation", [False, True]),
            "when": ("presentation", np.array(["2020-01-01", "NaT"], dtype="datetime64[s]")),
            "choice": ("presentation", ["", "🧠 cat"]),
        },
    )
    read = reader.assembly_from_file(stored(data, "BehavioralAssembly"), "BehavioralAssembly")
    assert (read["dtype"], read["values"]) == ("bool", [True, False])
    assert read["coords"]["correct"]["dtype"] == "bool"
    assert read["coords"]["when"]["values"] == [1577836800 * 10**9, -(2**63)]
    assert read["coords"]["choice"]["values"] == ["", "🧠 cat"]


def test_text_can_be_the_data(stored: Callable[..., Path], reader: Reader) -> None:
    data = xr.DataArray(
        ["cat", "dog"], dims="presentation", coords={"stimulus_id": ("presentation", ["a", "b"])}
    )
    read = reader.assembly_from_file(stored(data, "BehavioralAssembly"), "BehavioralAssembly")
    assert read["values"] == ["cat", "dog"]


def test_the_real_assemblies_come_back(
    shared_data: Path, stored: Callable[..., Path], reader: Reader
) -> None:
    for source in sorted((shared_data / "assemblies").glob("*.nc")):
        with xr.open_dataarray(source) as data:
            read = reader.assembly_from_file(stored(data), "DataAssembly")
            assert read["dims"] == list(data.dims)
            assert np.array_equal(read["values"], data.values, equal_nan=True)
            assert set(data.coords) <= set(read["coords"])
            for name, coordinate in data.coords.items():
                values = coordinate.values
                if values.dtype.kind == "M":
                    values = values.astype("datetime64[ns]").astype("int64")
                assert read["coords"][name]["values"] == values.tolist()


# -- each rule, seen to be needed --------------------------------------------------------------


def written_as_it_is(data: xr.DataArray, tmp_path: Path) -> Path:
    write_netcdf(tmp_path / "raw.nc", data, {}, identifier="I", stimulus_set=None)
    return tmp_path / "raw.nc"


@pytest.mark.parametrize("name", ["object name", "object.name"])
def test_readers_fail_on_names_with_blanks_or_dots(
    name: str, rates: xr.DataArray, tmp_path: Path, reader: Reader
) -> None:
    path = written_as_it_is(rates.assign_coords({name: ("presentation", [1, 2, 3])}), tmp_path)
    with pytest.raises(ReaderError):
        reader.assembly_from_file(path, "DataAssembly")


def test_readers_rename_a_coordinate_that_is_named_like_its_dimension(
    rates: xr.DataArray, tmp_path: Path, reader: Reader
) -> None:
    path = written_as_it_is(rates.assign_coords(neuroid=[7, 8]), tmp_path)
    assert "neuroid_level_0" in reader.assembly_from_file(path, "DataAssembly")["coords"]


def test_readers_lose_the_name_of_a_lone_coordinate(
    rates: xr.DataArray, tmp_path: Path, reader: Reader
) -> None:
    path = written_as_it_is(rates.drop_vars("region"), tmp_path)
    read = reader.assembly_from_file(path, "DataAssembly")
    assert "neuroid_id" not in read["coords"]
    assert "neuroid" in read["coords"]


def test_readers_take_durations_for_timedeltas(
    rates: xr.DataArray, tmp_path: Path, reader: Reader
) -> None:
    path = written_as_it_is(rates.assign_attrs(units="milliseconds"), tmp_path)
    assert reader.assembly_from_file(path, "DataAssembly")["dtype"] == "timedelta64[ns]"


def test_readers_fail_on_units_with_since(
    rates: xr.DataArray, tmp_path: Path, reader: Reader
) -> None:
    path = written_as_it_is(rates.assign_attrs(units="ms since onset"), tmp_path)
    with pytest.raises(ReaderError, match="time units"):
        reader.assembly_from_file(path, "DataAssembly")


def test_readers_drop_attributes_of_coordinates_that_become_levels(
    rates: xr.DataArray, stored: Callable[..., Path], reader: Reader
) -> None:
    rates.coords["region"].attrs["atlas"] = "Paxinos"
    rates = rates.assign_coords(session=((), 1, {"unit": "day"}))
    source = """
assembly = assemblies.DataAssembly.from_files(path)
result = [assembly[name].attrs for name in ("region", "session")]
"""
    assert reader.run(source, path=str(stored(rates))) == [{}, {"unit": "day"}]


# -- the merge ---------------------------------------------------------------------------------


def merged(
    data: xr.DataArray, columns: dict[str, list[Any]], tmp_path: Path, reader: Reader
) -> dict[str, Any]:
    names: dict[str, Any] = {"identifier": "I", "stimulus_set": "hvm"}
    fit, _ = conform(data, assembly_class="DataAssembly", where="a.nc", **names)
    write_netcdf(tmp_path / "a.nc", fit, {}, **names)
    path = str(tmp_path / "a.nc")
    result: dict[str, Any] = reader.run(LOAD, path=path, cls="DataAssembly", columns=columns)
    return result


COLUMNS = {"stimulus_id": ["n0", "n1"], "object": ["cat", "dog"]}


@pytest.mark.parametrize("name", ["stimulus_id", "image_id"])
def test_what_can_be_merged_is_merged_also_with_a_lone_id(
    name: str, rates: xr.DataArray, tmp_path: Path, reader: Reader
) -> None:
    data = rates.drop_vars("repetition").rename(stimulus_id=name)
    assert can_merge(data)
    ids = np.array(COLUMNS["stimulus_id"])
    check_merge(data, stimulus_columns=list(COLUMNS), stimulus_ids=ids, where="a.nc")
    read = merged(data, COLUMNS, tmp_path, reader)
    assert read["coords"]["object"]["values"] == ["cat", "dog", "cat"]
    assert read["coords"]["stimulus_id"]["values"] == ["n0", "n1", "n0"]


@pytest.mark.parametrize("assembly_class", ["SpikeTimesAssembly", "PropertyAssembly"])
def test_what_cannot_be_merged_makes_readers_fail(
    assembly_class: str, tmp_path: Path, reader: Reader
) -> None:
    data = example(assembly_class)
    assert not can_merge(data)
    with pytest.raises(ReaderError, match="stimulus_id"):
        merged(data, COLUMNS, tmp_path, reader)


@pytest.mark.parametrize("column", ["neuroid", "object.name"])
def test_readers_fail_on_columns_that_are_refused(
    column: str, rates: xr.DataArray, tmp_path: Path, reader: Reader
) -> None:
    with pytest.raises(ReaderError):
        merged(rates, {**COLUMNS, column: [1, 2]}, tmp_path, reader)


def test_readers_replace_a_coordinate_by_a_column_of_its_name(
    rates: xr.DataArray, tmp_path: Path, reader: Reader
) -> None:
    read = merged(rates, {**COLUMNS, "region": ["x", "y"]}, tmp_path, reader)
    assert read["coords"]["region"]["dims"] == ["presentation"]


def test_readers_keep_the_assemblys_own_values_on_presentation(
    rates: xr.DataArray, tmp_path: Path, reader: Reader
) -> None:
    read = merged(rates, {**COLUMNS, "repetition": [8, 9]}, tmp_path, reader)
    assert read["coords"]["repetition"]["values"] == [0, 0, 1]
