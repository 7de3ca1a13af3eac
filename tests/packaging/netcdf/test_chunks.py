"""Chunks and filters: the smallest of a few layouts, whatever the machine is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from brainscore_data.packaging.netcdf.chunks import best_layout, chunk_at, cut, plain_layout
from brainscore_data.packaging.netcdf.netcdf_file import write_netcdf

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {"identifier": "Doe2024", "stimulus_set": "Doe2024"}


def z_scored_counts(rows: int, neuroids: int) -> np.ndarray:
    random = np.random.default_rng(0)
    counts = random.poisson(random.gamma(2, 2, neuroids), (rows, neuroids))
    return ((counts - counts.mean(0)) / counts.std(0)).astype("float32")


def noise(rows: int, neuroids: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((rows, neuroids), dtype="float32")


def test_what_is_alike_within_columns_is_cut_into_columns_and_not_shuffled() -> None:
    values = z_scored_counts(40_000, 64)
    layout = best_layout(values.shape, values)
    assert layout.chunks[0] > 8 * layout.chunks[1]
    assert not layout.shuffle


def test_noise_stays_in_rows_and_is_shuffled() -> None:
    values = noise(40_000, 64)
    layout = best_layout(values.shape, values)
    assert layout.chunks == plain_layout(values.shape, 4).chunks
    assert layout.shuffle


@pytest.mark.parametrize(
    ("integers", "shuffled"),
    [
        (np.random.default_rng(0).integers(0, 300, 1 << 18), False),
        (np.random.default_rng(0).integers(0, 4000, 1 << 18), True),
        (np.arange(1 << 18), True),
        (np.repeat(np.arange(1 << 10), 1 << 8), False),
    ],
    ids=["few", "many", "counting", "sorted"],
)
def test_integers_are_shuffled_where_that_saves_a_good_part_of_them(
    integers: np.ndarray, shuffled: bool
) -> None:
    assert best_layout(integers.shape, integers).shuffle is shuffled


@pytest.mark.parametrize(
    ("values", "stored"),
    [
        (noise(40_000, 64), 3),  # all but sign and exponent
        (noise(40_000, 64).astype("float64"), 0),  # the low bytes are zeros
        (np.cumsum(noise(1, 1 << 20).astype("float64") ** 2), 4),  # times of events
        (np.arange(1 << 20, dtype="float64"), 0),
        (noise(100, 64), 0),  # less than a chunk: not worth a look
    ],
    ids=["float32", "float64", "times", "numbers", "few"],
)
def test_bytes_that_are_noise_are_not_compressed(values: np.ndarray, stored: int) -> None:
    assert best_layout(values.shape, values).stored == stored


def test_noise_comes_back_as_it_was(tmp_path: Path) -> None:
    values = noise(40_001, 64)
    data = xr.DataArray(values, dims=("presentation", "neuroid"))
    write_netcdf(tmp_path / "a.nc", data, {}, **NAMES)
    with xr.open_dataarray(tmp_path / "a.nc") as read:
        assert np.array_equal(read.values, values)


def test_z_scored_counts_take_much_less_room_than_noise(tmp_path: Path) -> None:
    sizes = {}
    for name, values in (("counts", z_scored_counts(40_000, 64)), ("noise", noise(40_000, 64))):
        data = xr.DataArray(values, dims=("presentation", "neuroid"))
        write_netcdf(tmp_path / f"{name}.nc", data, {}, **NAMES)
        sizes[name] = (tmp_path / f"{name}.nc").stat().st_size
    assert sizes["counts"] < 0.5 * sizes["noise"]


@given(
    hnp.array_shapes(min_dims=1, max_dims=3, max_side=9),
    st.lists(st.integers(1, 5), min_size=3, max_size=3),
)
def test_chunks_cover_every_value_once(shape: tuple[int, ...], steps: list[int]) -> None:
    chunks = tuple(steps[: len(shape)])
    seen = np.zeros(shape, dtype=int)
    for at in cut(shape, chunks):
        part = chunk_at(seen, at, chunks)
        part += 1
    assert (seen == 1).all()


@pytest.mark.parametrize("shape", [(70_000, 3), (1, 300_000), (3, 5, 70_000), (262_145,), (7,)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "int64", "bool"])
def test_every_layout_gives_the_values_back(
    tmp_path: Path, shape: tuple[int, ...], dtype: str
) -> None:
    values = (np.arange(np.prod(shape)).reshape(shape) % 251).astype(dtype)
    data = xr.DataArray(values, dims=[f"d{axis}" for axis in range(len(shape))])
    write_netcdf(tmp_path / "a.nc", data, {}, **NAMES)
    with xr.open_dataarray(tmp_path / "a.nc") as read:
        assert read.dtype == values.dtype
        assert np.array_equal(read.values, values)


def test_the_bytes_do_not_depend_on_the_number_of_threads(tmp_path: Path) -> None:
    ids = [f"n{number:07d}" for number in range(40_000)]
    data = xr.DataArray(
        z_scored_counts(40_000, 64),
        dims=("presentation", "neuroid"),
        coords={"stimulus_id": ("presentation", ids)},
    )
    written = set()
    for jobs in (1, 2, 8):
        write_netcdf(tmp_path / f"{jobs}.nc", data, {"more": data[:100]}, jobs=jobs, **NAMES)
        written.add((tmp_path / f"{jobs}.nc").read_bytes())
    assert len(written) == 1


def test_a_coordinate_named_like_another_dimension_is_found_again(tmp_path: Path) -> None:
    data = xr.DataArray(
        np.zeros((2, 3)),
        dims=("presentation", "neuroid"),
        coords={"region": ("neuroid", ["V4", "IT", "V1"])},
    )
    extra = xr.DataArray([[1.0, 2.0]], dims=("trial", "channel"))
    write_netcdf(tmp_path / "a.nc", data, {"region_info": extra}, **NAMES)
    with h5py.File(tmp_path / "a.nc") as file:
        assert file["region_info/data"][()].tolist() == [[1.0, 2.0]]
