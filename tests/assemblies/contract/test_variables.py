"""The texts of a coordinate, told apart once."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from brainscore_data.assemblies.contract import variables
from brainscore_data.assemblies.contract.variables import distinct, survey, variable_of
from brainscore_data.packaging.netcdf.netcdf_file import write_netcdf

_texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9)


@given(st.lists(_texts, min_size=1))
def test_texts_come_back_as_they_were_and_as_their_bytes(values):
    found = distinct(np.array(values, dtype=object))
    width = max(1, *(len(value.encode()) for value in values), 1)
    rows = found.characters(width)
    assert found.values() == values
    assert rows.shape == (len(values), width)
    assert [b"".join(row.tolist()).decode() for row in rows] == values


@given(st.lists(_texts, min_size=1))
def test_a_survey_tells_the_widest_and_the_sum(values):
    found = survey(variable_of("region", xr.Variable("neuroid", np.array(values, dtype=object))))
    lengths = [len(value.encode()) for value in values]
    assert (found.width, found.total) == (max(1, *lengths, 1), sum(lengths))
    assert found.texts is not None
    assert found.texts.values() == values
    assert found.texts[1:].values() == values[1:]


@pytest.mark.parametrize("slab", [64, 200, 1 << 20])
@pytest.mark.parametrize("kept", [0, 3, 1 << 16])
def test_bytes_and_digest_do_not_depend_on_what_is_kept(tmp_path, monkeypatch, slab, kept):
    regions = [("V4", "IT", "Zürich", "", "🐁 a\tb")[row * row % 5] for row in range(40)]
    data = xr.DataArray(
        np.arange(40.0), dims="neuroid", coords={"region": ("neuroid", np.array(regions, object))}
    )

    def written(name):
        target = tmp_path / name
        digest = write_netcdf(target, data, {}, identifier="x", stimulus_set=None)
        return digest, target.read_bytes()

    plain = written("plain.nc")
    monkeypatch.setattr(variables, "_KEPT", kept)
    monkeypatch.setattr(variables, "SLAB", slab)
    assert written("other.nc") == plain


@pytest.mark.parametrize("slab", [variables.SLAB, 40_000 * variables.BYTES_PER_TEXT])
@pytest.mark.parametrize("count", [1 << 16, (1 << 16) + 1])
def test_as_many_texts_as_two_bytes_count_and_one_more_come_back(
    tmp_path, monkeypatch, count, slab
):
    monkeypatch.setattr(variables, "SLAB", slab)
    names = np.array([f"n{number}" for number in range(count)], dtype=object)
    data = xr.DataArray(np.zeros(count), dims="event", coords={"neuroid_id": ("event", names)})
    target = tmp_path / "spikes.nc"
    write_netcdf(target, data, {}, identifier="x", stimulus_set=None)
    with xr.open_dataarray(target) as read:
        assert read["neuroid_id"].values.tolist() == names.tolist()


def test_so_many_texts_that_their_positions_take_much_memory_are_not_kept(monkeypatch):
    region = variable_of("region", xr.Variable("neuroid", ["V4", "IT", "Zürich"]))
    monkeypatch.setattr(variables, "_MOST_KEPT", 3)
    assert survey(region).texts is not None
    monkeypatch.setattr(variables, "_MOST_KEPT", 2)
    found = survey(region)
    assert (found.width, found.total, found.texts) == (7, 11, None)
