from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from brainscore_data.assemblies.contract.conforming import conform, conform_extra
from brainscore_data.base.errors import DataError
from brainscore_data.dataset.assembly_classes import ASSEMBLY_CLASSES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def fit(
    data: xr.DataArray, assembly_class: str = "DataAssembly", **names: Any
) -> tuple[xr.DataArray, tuple[str, ...]]:
    names = {"identifier": "Doe2024", "stimulus_set": None, **names}
    return conform(data, assembly_class=assembly_class, where="a.nc", **names)


def refusal(data: xr.DataArray, assembly_class: str = "DataAssembly") -> str:
    with pytest.raises(DataError) as caught:
        fit(data, assembly_class)
    assert caught.value.where == "a.nc"
    return caught.value.message


def test_an_assembly_that_fits_stays_as_it_is(rates: xr.DataArray) -> None:
    found, notices = fit(rates, "NeuroidAssembly")
    xr.testing.assert_identical(found, rates.rename("data"))
    assert notices == ()


@pytest.mark.parametrize(
    ("assembly_class", "dims"),
    [
        ("NeuroidAssembly", ["presentation"]),
        ("NeuronRecordingAssembly", ["presentation", "neuroid", "channel"]),
        ("ModelFeaturesAssembly", ["event"]),
        ("BehavioralAssembly", ["choice"]),
        ("SpikeTimesAssembly", ["presentation"]),
        ("MetadataAssembly", ["event", "presentation"]),
    ],
)
def test_dims_that_do_not_fit_the_class_are_an_error_that_lists_what_is_allowed(
    assembly_class: str, dims: list[str]
) -> None:
    message = refusal(xr.DataArray(np.zeros([1] * len(dims)), dims=dims), assembly_class)
    assert message.endswith(f"here they are {' x '.join(dims)}")
    for choice in ASSEMBLY_CLASSES[assembly_class] or [["presentation"]]:
        assert all(dim in message for dim in choice)


def test_the_levels_of_a_multiindex_become_coordinates_and_the_input_is_not_mutated(
    rates: xr.DataArray,
) -> None:
    indexed = rates.set_index(presentation=["stimulus_id", "repetition"])
    before = indexed.copy(deep=True)
    found, notices = fit(indexed)
    assert set(found.coords) == set(rates.coords)
    assert not any(isinstance(index, pd.MultiIndex) for index in found.indexes.values())
    assert found.coords["stimulus_id"].values.tolist() == ["n0", "n1", "n0"]
    assert found.coords["repetition"].dtype == rates.coords["repetition"].dtype
    assert notices == ()
    xr.testing.assert_identical(indexed, before)
    assert "presentation" in indexed.indexes


def test_the_input_is_not_mutated_by_what_is_added(rates: xr.DataArray) -> None:
    data = rates.drop_vars("region").assign_attrs(awake=True)
    before = data.copy(deep=True)
    found, _ = fit(data)
    found.attrs["more"] = 1
    found.coords["neuroid_id"].attrs["more"] = 1
    xr.testing.assert_identical(data, before)


def test_a_lone_coordinate_gets_a_companion_and_that_is_said(rates: xr.DataArray) -> None:
    found, notices = fit(rates.drop_vars("repetition"))
    companion = found.coords["presentation_index"]
    assert (companion.dims, companion.dtype) == (("presentation",), np.dtype("int8"))
    assert companion.values.tolist() == [0, 0, 0]
    assert len(notices) == 1
    assert "'presentation' has one coordinate" in notices[0]


def test_a_companion_does_not_take_a_name_that_is_taken(rates: xr.DataArray) -> None:
    data = rates.drop_vars(["stimulus_id", "repetition"])
    data = data.assign_coords(presentation_index=("presentation", [5, 6, 7]))
    found, _ = fit(data)
    assert found.coords["presentation_index"].values.tolist() == [5, 6, 7]
    assert found.coords["presentation_index_"].values.tolist() == [0, 0, 0]


def test_a_companion_does_not_take_the_name_of_a_dimension() -> None:
    dims = ["presentation", "presentation_index"]
    data = xr.DataArray([[1.0, 2.0]], dims=dims, coords={"stimulus_id": ("presentation", ["n0"])})
    found, _ = fit(data, assembly_class="BehavioralAssembly")
    assert {name: its.dims for name, its in found.coords.items()} == {
        "stimulus_id": ("presentation",),
        "presentation_index_": ("presentation",),
    }


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["V4", "IT"]),
        pd.array(["V4", "IT"], dtype="string"),
        pd.Categorical(["V4", "IT"]),
        pd.array([1, 2], dtype="Int64"),
        pd.array([True, False], dtype="boolean"),
    ],
)
def test_columns_of_pandas_are_stored_as_their_values(
    column: Any, rates: xr.DataArray, stored: Callable[..., Path]
) -> None:
    path = stored(rates.assign_coords(region=("neuroid", column)))
    with xr.open_dataarray(path) as read:
        assert read.coords["region"].values.tolist() == list(column)


@pytest.mark.parametrize("dtype", ["Int64", "boolean"])
def test_columns_of_pandas_with_missing_values_are_errors(dtype: Any, rates: xr.DataArray) -> None:
    data = rates.assign_coords(region=("neuroid", pd.array([1, None], dtype=dtype)))
    kept = data.coords["region"].dtype
    if kept == np.dtype("float64") or (kept == np.dtype(object) and dtype == "Int64"):
        pytest.skip("this xarray has made numbers and gaps of them already")
    assert "coordinate 'region'" in refusal(data)


def test_a_dimension_without_or_with_its_own_coordinate_alone_needs_no_companion() -> None:
    data = xr.DataArray(
        np.zeros((2, 2)),
        dims=("neuroid", "neuronal_property"),
        coords={"neuronal_property": ["surround", "contrast"]},
    )
    found, notices = fit(data, "PropertyAssembly")
    assert set(found.coords) == {"neuronal_property"}
    assert notices == ()


def test_what_is_on_disk_is_not_read(rates: xr.DataArray, tmp_path: Path) -> None:
    rates.to_netcdf(tmp_path / "source.nc")
    with xr.open_dataarray(tmp_path / "source.nc") as lazy:
        found, _ = fit(lazy)
        assert not found.variable._in_memory
        assert not lazy.variable._in_memory


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("object name", "a blank"),
        ("object\u3000name", "a blank"),
        ("object.name", "a dot"),
        ("spikes/s", "'/'"),
        ("", "empty"),
        ("tab\there", "control characters"),
        (" lead", "begins or ends with a blank"),
        ("e\u0301", "NFC"),
        ("@home", "must begin"),
        ("x" * 257, "longer"),
        ("data", "holds the data"),
        ("presentation", "'presentation_level_0'"),
        (3, "not text"),
        ("half\ud800", "broken"),
    ],
)
def test_names_that_readers_change_or_fail_on_are_errors(
    name: Any, reason: str, rates: xr.DataArray
) -> None:
    message = refusal(rates.assign_coords({name: ("presentation", [1, 2, 3])}))
    assert message.startswith(f"coordinate {name!r}")
    assert reason in message


def test_a_dot_is_fine_where_readers_make_no_index_of_it(rates: xr.DataArray) -> None:
    found, _ = fit(rates.assign_coords({"v1.0": 3}))
    assert found.coords["v1.0"].item() == 3


def test_an_image_id_beside_a_stimulus_id_of_another_dimension_is_an_error(
    rates: xr.DataArray,
) -> None:
    data = rates.rename(stimulus_id="image_id")
    data = data.assign_coords(stimulus_id=("neuroid", ["x", "y"]))
    assert "'image_id' in its place" in refusal(data)


@pytest.mark.parametrize("dim", ["data", "a/b", ""])
def test_dimensions_whose_name_cannot_be_stored_are_errors(dim: str) -> None:
    assert refusal(xr.DataArray([1.0], dims=dim)).startswith(f"dimension {dim!r}")


def test_attributes_that_dataset_toml_decides_are_replaced_and_that_is_said(
    rates: xr.DataArray,
) -> None:
    data = rates.assign_attrs(identifier="Other", stimulus_set_identifier="Doe2024")
    found, notices = fit(data, stimulus_set="Doe2024")
    assert set(found.attrs) == {"lab"}
    assert notices == ("attribute 'identifier' is 'Other' in the file: stored as 'Doe2024'",)
    _, notices = fit(data.assign_attrs(identifier=np.array([1, 2])), stimulus_set="Doe2024")
    assert "'identifier'" in notices[0]
    _, notices = fit(data, identifier="Other")
    assert notices == ("attribute 'stimulus_set_identifier' is 'Doe2024' in the file: left out",)


def test_attributes_of_coordinates_that_readers_drop_are_said(rates: xr.DataArray) -> None:
    rates.coords["region"].attrs["atlas"] = "Paxinos"
    rates = rates.assign_coords(session=((), 1, {"unit": "day"}))
    found, notices = fit(rates)
    assert found.coords["region"].attrs == {"atlas": "Paxinos"}
    assert notices == ("attributes of coordinates are stored, but readers drop those of 'region'",)


def test_dates_with_a_unit_attribute_are_an_error(rates: xr.DataArray) -> None:
    dates = np.array(["2020-01-01"] * 3, dtype="datetime64[ns]")
    data = rates.assign_coords(when=("presentation", dates, {"units": "UTC"}))
    assert "'when' holds dates" in refusal(data)


def extra(name: str, beside: xr.DataArray, assembly_class: str = "SpikeTimesAssembly") -> Any:
    data = xr.DataArray([1.0, 2.0], dims="trial", coords={"start": ("trial", [0.5, 1.5])})
    return conform_extra(
        data, name=name, beside=beside, assembly_class=assembly_class, where="e.nc"
    )


def test_extras_get_companions_too(rates: xr.DataArray) -> None:
    found, notices = extra("trial_info", rates)
    assert found.coords["trial_index"].values.tolist() == [0, 0]
    assert [notice.split(":")[0] for notice in notices] == ["extras 'trial_info'"]


def test_what_is_wrong_with_an_extra_is_said_of_that_extra(rates: xr.DataArray) -> None:
    data = xr.DataArray([1.0], dims="trial", coords={"start time": ("trial", [0.5])})
    with pytest.raises(DataError) as caught:
        conform_extra(
            data,
            name="trial_info",
            beside=rates,
            assembly_class="SpikeTimesAssembly",
            where="dataset.toml",
        )
    assert caught.value.where == "dataset.toml: extras 'trial_info'"


def test_extras_that_readers_do_not_show_are_said(rates: xr.DataArray) -> None:
    _, notices = extra("trial_info", rates, "NeuroidAssembly")
    assert "SpikeTimesAssembly only, not of a NeuroidAssembly" in notices[-1]


@pytest.mark.parametrize(
    "name",
    ["data", "presentation", "region", "lab", "stimulus_set", "identifier", "a/b", "", "trials "],
)
def test_extras_whose_name_is_taken_or_cannot_be_stored_are_errors(
    name: str, rates: xr.DataArray
) -> None:
    with pytest.raises(DataError, match="the name"):
        extra(name, rates)


def test_an_assembly_of_brainscore_core_stays_without_indexes(rates: xr.DataArray) -> None:
    name = "brainscore_core.supported_data_standards.brainio.assemblies"
    brainio = pytest.importorskip(name, reason="runs in a Brain-Score environment")
    found, notices = fit(brainio.NeuroidAssembly(rates), "NeuroidAssembly")
    xr.testing.assert_identical(found, rates.rename("data"))
    assert type(found) is xr.DataArray
    assert notices == ()
