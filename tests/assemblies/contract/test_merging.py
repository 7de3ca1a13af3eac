from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from brainscore_data.assemblies.contract import variables
from brainscore_data.assemblies.contract.merging import can_merge, check_merge, missing_ids
from brainscore_data.assemblies.contract.variables import BYTES_PER_TEXT
from brainscore_data.base.errors import DataError

IDS = np.array(["n0", "n1", "n2"], dtype=object)
COLUMNS = ["stimulus_id", "filename"]


def merge(
    data: xr.DataArray, columns: list[str] = COLUMNS, ids: np.ndarray = IDS
) -> tuple[str, ...]:
    return check_merge(data, stimulus_columns=columns, stimulus_ids=ids, where="a.nc")


def test_ids_that_are_all_in_the_stimulus_set_pass(rates: xr.DataArray) -> None:
    assert can_merge(rates)
    assert merge(rates) == ()


def test_the_older_image_id_does_as_well(rates: xr.DataArray) -> None:
    older = rates.rename(stimulus_id="image_id")
    assert can_merge(older)
    assert merge(older) == ()
    with pytest.raises(DataError, match="does not have 1 of the stimulus ids in 'image_id': 'n0'"):
        merge(older, ids=IDS[1:])


def test_presentations_without_ids_are_an_error(rates: xr.DataArray) -> None:
    data = rates.drop_vars("stimulus_id")
    assert not can_merge(data)
    with pytest.raises(DataError, match="no coordinate 'stimulus_id' on 'presentation'"):
        merge(data)


def test_ids_on_another_dimension_are_an_error(rates: xr.DataArray) -> None:
    data = rates.drop_vars("stimulus_id").assign_coords(stimulus_id=("neuroid", ["n0", "n1"]))
    assert not can_merge(data)
    with pytest.raises(DataError, match="no coordinate 'stimulus_id'"):
        merge(data)


def test_an_assembly_without_presentations_is_not_merged_and_that_is_said() -> None:
    spikes = xr.DataArray([0.1], dims="event", coords={"stimulus_id": ("event", ["n0"])})
    assert not can_merge(spikes)
    assert "do not merge" in merge(spikes)[0]


def test_missing_ids_are_counted_and_five_of_them_shown(rates: xr.DataArray) -> None:
    data = rates.isel(presentation=[0] * 8)
    data = data.assign_coords(stimulus_id=("presentation", [f"m{n}" for n in range(7)] + ["n0"]))
    with pytest.raises(DataError) as caught:
        merge(data)
    expected = "the stimulus set does not have 7 of the stimulus ids in 'stimulus_id': 'm0', 'm1'"
    assert caught.value.message == f"{expected}, 'm2', 'm3', 'm4' and 2 more"


@pytest.mark.parametrize(
    "ids", [np.array([0, 1, 2]), np.array([0.0, 1.0]), np.array([True, False])]
)
def test_ids_of_another_type_are_an_error(ids: np.ndarray, rates: xr.DataArray) -> None:
    with pytest.raises(DataError, match="readers cannot match them"):
        merge(rates, ids=ids)


def test_numbers_match_numbers(rates: xr.DataArray) -> None:
    data = rates.assign_coords(stimulus_id=("presentation", np.array([1, 2, 1], dtype="int8")))
    assert merge(data, ids=np.array([1, 2, 3])) == ()


def test_an_id_that_the_stimulus_set_has_twice_is_an_error(rates: xr.DataArray) -> None:
    with pytest.raises(DataError, match="twice"):
        merge(rates, ids=np.array(["n0", "n1", "n1"], dtype=object))


def test_ids_are_compared_slab_by_slab(rates: xr.DataArray, monkeypatch) -> None:
    monkeypatch.setattr(variables, "SLAB", 2 * BYTES_PER_TEXT)
    ids = ["n0", "n9", "n1", "n9", "n8", "n9", "n2"]
    assert missing_ids(xr.Variable("presentation", ids), IDS) == ["n9", "n8"]
    assert missing_ids(rates["stimulus_id"].variable, IDS) == []
    assert missing_ids(rates["stimulus_id"].variable[:0], IDS) == []


def test_a_column_named_like_a_coordinate_on_presentation_passes(rates: xr.DataArray) -> None:
    assert merge(rates, [*COLUMNS, "repetition"]) == ()


@pytest.mark.parametrize("column", ["region", "session"])
def test_a_column_named_like_another_coordinate_is_an_error(
    column: str, rates: xr.DataArray
) -> None:
    with pytest.raises(DataError, match=f"'{column}' would replace the coordinate"):
        merge(rates.assign_coords(session=3), [*COLUMNS, column])


@pytest.mark.parametrize("column", ["presentation", "neuroid"])
def test_a_column_named_like_a_dimension_is_an_error(column: str, rates: xr.DataArray) -> None:
    with pytest.raises(DataError, match="named like a dimension"):
        merge(rates, [*COLUMNS, column])


@pytest.mark.parametrize("column", ["", "object.name"])
def test_a_column_at_which_readers_fail_is_an_error(column: str, rates: xr.DataArray) -> None:
    with pytest.raises(DataError, match="at which readers fail"):
        merge(rates, [*COLUMNS, column])
