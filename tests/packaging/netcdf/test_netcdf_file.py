from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import h5py
import netCDF4
import numpy as np
import pytest
import xarray as xr

from brainscore_data.assemblies.contract import variables
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.packaging.netcdf import netcdf_file
from brainscore_data.packaging.netcdf.content import content_digest, contents_of
from brainscore_data.packaging.netcdf.netcdf_file import values_in, write_netcdf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = {"identifier": "Doe2024", "stimulus_set": "Doe2024"}


def test_there_is_one_data_variable_and_it_lists_the_coordinates_sorted(
    rates: xr.DataArray, stored: Callable[..., Path]
) -> None:
    with netCDF4.Dataset(stored(rates)) as file:
        names = ["neuroid_id", "region", "repetition", "stimulus_id"]
        assert list(file.variables) == ["data", *names]
        assert file["data"].coordinates == " ".join(names)
        assert file["data"].dimensions == ("presentation", "neuroid")


def test_identifiers_and_attributes_are_on_the_root_and_on_data(
    rates: xr.DataArray, stored: Callable[..., Path]
) -> None:
    with netCDF4.Dataset(stored(rates, "NeuroidAssembly", stimulus_set="hvm")) as file:
        for place in (file, file["data"]):
            assert place.identifier == "Doe2024"
            assert place.stimulus_set_identifier == "hvm"
            assert place.lab == "dicarlo"


def test_without_a_stimulus_set_there_is_no_stimulus_set_identifier(
    rates: xr.DataArray, stored: Callable[..., Path]
) -> None:
    with netCDF4.Dataset(stored(rates)) as file:
        assert "stimulus_set_identifier" not in file.ncattrs()


def test_extras_are_groups_of_the_same_layout(
    rates: xr.DataArray, stored: Callable[..., Path]
) -> None:
    trials = xr.DataArray([1.5, 2.5], dims="event", coords={"trial": ("event", ["x", "y"])})
    path = stored(rates, extras={"trial_info": trials})
    with xr.open_dataarray(path, group="trial_info") as read:
        assert read.name == "data"
        assert read.values.tolist() == [1.5, 2.5]
        assert read.coords["trial"].values.tolist() == ["x", "y"]
        assert read.coords["event_index"].values.tolist() == [0, 0]
        assert "identifier" not in read.attrs


def test_only_shuffle_and_deflate_are_used_and_there_are_no_fill_values(
    rates: xr.DataArray, stored: Callable[..., Path]
) -> None:
    seen = []

    def check(name: str, dataset: object) -> None:
        if isinstance(dataset, h5py.Dataset) and dataset.id.get_storage_size():
            seen.append(name)
            properties = dataset.id.get_create_plist()
            used = {properties.get_filter(i)[0] for i in range(properties.get_nfilters())}
            assert used <= {h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_DEFLATE}
            assert properties.fill_value_defined() != h5py.h5d.FILL_VALUE_USER_DEFINED
            assert "_FillValue" not in dataset.attrs

    with h5py.File(stored(rates)) as file:
        file.visititems(check)
    assert {"data", "region"} <= set(seen)


def test_a_coordinate_named_like_a_width_is_not_taken_for_one(
    stored: Callable[..., Path],
) -> None:
    data = xr.DataArray(
        [1.0, 2.0],
        dims="string1",
        coords={"string2": ("string1", ["a", "b"]), "other": ("string1", ["cc", "dd"])},
    )
    with xr.open_dataarray(stored(data)) as read:
        assert read.coords["string2"].values.tolist() == ["a", "b"]
        assert read.coords["other"].values.tolist() == ["cc", "dd"]


def test_one_very_long_text_does_not_make_room_for_all_others(
    stored: Callable[..., Path],
) -> None:
    texts = ["x" * 100_000, *["short"] * 200]
    notes = np.array(texts, dtype=object)
    data = xr.DataArray(np.zeros(201), dims="event", coords={"note": ("event", notes)})
    path = stored(data)
    assert path.stat().st_size < 500_000
    with netCDF4.Dataset(path) as file:
        assert file["note"].dtype is str
        assert file["note"][:].tolist() == texts


def test_slabs_are_written_where_they_belong(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(variables, "SLAB", 1 << 10)
    texts = [f"n{number}" for number in range(5000)]
    data = xr.DataArray(
        np.arange(25_000.0).reshape(5000, 5),
        dims=("presentation", "neuroid"),
        coords={"stimulus_id": ("presentation", texts), "rep": ("presentation", np.arange(5000))},
    )
    digest = write_netcdf(tmp_path / "a.nc", data, {}, **NAMES)
    with xr.open_dataarray(tmp_path / "a.nc") as read:
        assert np.array_equal(read, data)
        assert read.coords["stimulus_id"].values.tolist() == texts
        assert np.array_equal(read.coords["rep"], data.coords["rep"])
    monkeypatch.undo()
    assert write_netcdf(tmp_path / "b.nc", data, {}, **NAMES) == digest
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


def test_what_is_on_disk_is_read_in_slabs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "source.nc"
    xr.DataArray(np.arange(4000.0).reshape(1000, 4), dims=("event", "channel")).to_netcdf(source)
    monkeypatch.setattr(variables, "SLAB", 1 << 12)
    largest = 0
    read = netcdf_file._read

    def watched(variable: variables.Variable, index: slice) -> np.ndarray:
        nonlocal largest
        values = read(variable, index)
        largest = max(largest, values.nbytes)
        return values

    monkeypatch.setattr(netcdf_file, "_read", watched)
    for name in ("CHUNK", "SLAB"):
        monkeypatch.setattr(f"brainscore_data.packaging.netcdf.chunks.{name}", 1 << 10)
    with xr.open_dataarray(source) as lazy:
        write_netcdf(tmp_path / "a.nc", lazy, {}, **NAMES)
        assert not lazy.variable._in_memory
    assert 0 < largest <= 1 << 12


def test_what_dask_computes_is_computed_a_slab_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dask = pytest.importorskip("dask", reason="there is no dask beside xarray 2022")
    da = pytest.importorskip("dask.array")
    rows = 100
    under_way, most = 0, 0

    def computed(block: np.ndarray, block_info: dict[int, dict[str, object]]) -> np.ndarray:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        begin = block_info[None]["array-location"][0][0]  # type: ignore[index]
        return block + begin

    zeros = da.zeros((40 * rows, 4), chunks=(rows, 4))
    lazy = xr.DataArray(da.map_blocks(computed, zeros, dtype="f8"), dims=("event", "channel"))
    patched = ("packaging.netcdf.chunks.CHUNK", "packaging.netcdf.chunks.SLAB")
    for name in (*patched, "assemblies.contract.variables.SLAB"):
        monkeypatch.setattr(f"brainscore_data.{name}", 2 * rows * 4 * 8)

    class Slab:
        def advance(self, amount: int) -> None:
            nonlocal under_way
            under_way = 0

    with dask.config.set(scheduler="synchronous"):
        expected = lazy.values
        under_way = most = 0
        write_netcdf(tmp_path / "a.nc", lazy, {}, progress=Slab(), **NAMES)
    # The sample that decides about chunks, of four of them, and the first slab.
    assert 2 <= most <= 4 * 2 + 2
    assert lazy.chunks is not None
    with xr.open_dataarray(tmp_path / "a.nc", chunks=None) as read:
        assert np.array_equal(read, expected)


def test_progress_ends_at_the_number_of_values(rates: xr.DataArray, tmp_path: Path) -> None:
    class Counted:
        done = 0

        def advance(self, amount: int) -> None:
            self.done += amount

    counted = Counted()
    write_netcdf(tmp_path / "a.nc", rates, {"more": rates}, progress=counted, **NAMES)
    assert counted.done == values_in(rates, {"more": rates}) == 2 * (6 + 3 + 3 + 2 + 2)


PROGRAM = """
import sys
from pathlib import Path
import numpy as np, xarray as xr
from brainscore_data.packaging.netcdf.netcdf_file import write_netcdf
count = 3000
numbers = np.random.default_rng(0)
data = xr.DataArray(
    numbers.normal(size=(count, 7)), dims=("presentation", "neuroid"),
    coords={
        "stimulus_id": ("presentation", [f"n{i}" for i in range(count)]),
        "note": ("presentation", np.array(["x" * 100_000, *"ab" * 1499, "c"], dtype=object)),
        "when": ("presentation", np.arange(count).astype("datetime64[s]")),
        "good": ("neuroid", [True, False] * 3 + [True]),
    },
    attrs={"lab": "dicarlo", "rates": [1.0, 2.0], "areas": ["V4", "IT"], "größe": "ä"},
)
print(write_netcdf(Path(sys.argv[1]), data, {"one": data, "two": data[:5]},
                   identifier="Doe2024", stimulus_set="Doe2024"))
"""


def test_bytes_are_the_same_across_runs_hash_seeds_threads_and_folders(tmp_path: Path) -> None:
    fingerprints = set()
    for number in range(3):
        folder = tmp_path / f"folder {number}#ü"
        folder.mkdir()
        env = {**os.environ, "PYTHONHASHSEED": str(number), "OMP_NUM_THREADS": str(number + 1)}
        target = (folder / "a.nc") if number else "a.nc"
        command = [sys.executable, "-c", textwrap.dedent(PROGRAM), str(target)]
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, check=True)
        content = hashlib.sha256((folder / "a.nc").read_bytes()).hexdigest()
        fingerprints.add((done.stdout, content))
    assert len(fingerprints) == 1


def test_the_digest_of_what_is_written_is_the_digest_of_the_content(
    rates: xr.DataArray, tmp_path: Path
) -> None:
    digest = write_netcdf(tmp_path / "a.nc", rates, {"more": rates}, **NAMES).digest
    names = {"identifier": "Doe2024", "stimulus_set_identifier": "Doe2024"}
    assert digest == content_digest(contents_of(rates, names), {"more": contents_of(rates)})


def test_a_source_that_cannot_be_read_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    source = tmp_path / "source.nc"
    numbers = np.random.default_rng(0).normal(size=(1000, 100))
    data = xr.DataArray(numbers, dims=("event", "channel"), name="data")
    data.to_netcdf(source, encoding={"data": {"zlib": True, "chunksizes": (10, 100)}})
    with source.open("r+b") as stream:
        stream.seek(source.stat().st_size // 2)
        stream.write(bytes(20_000))
    with (
        xr.open_dataarray(source) as lazy,
        pytest.raises(DataError, match="the values of 'data' cannot be read"),
    ):
        write_netcdf(tmp_path / "out" / "a.nc", lazy, {}, **NAMES)
    assert list((tmp_path / "out").iterdir()) == []


def big_enough_for_every_compressor() -> xr.DataArray:
    """Noise, texts, dates, truths and integers, in chunks of more than 32 kB."""
    count = 40_000
    noise = np.random.default_rng(0).standard_normal((count, 8))
    coords = {
        "stimulus_id": [f"image {number % 900} ü" for number in range(count)],
        "when": np.arange(count).astype("datetime64[s]").astype("datetime64[ns]"),
        "good": np.arange(count) % 3 == 0,
        "repetition": np.arange(count) % 50,
    }
    return xr.DataArray(
        noise.astype("float32"),
        dims=("presentation", "neuroid"),
        coords={name: ("presentation", values) for name, values in coords.items()},
        attrs={"lab": "dicarlo"},
    )


@pytest.mark.skipif(shutil.which("ncdump") is None, reason="needs netcdf-bin")
def test_ncdump_shows_the_structure_and_the_two_filters(stored: Callable[..., Path]) -> None:
    path = stored(big_enough_for_every_compressor())
    shown = subprocess.run(["ncdump", "-hs", path], capture_output=True, text=True, check=True)
    lines = {line.strip().rstrip(" ;") for line in shown.stdout.splitlines()}
    assert {
        "presentation = 40000",
        "float data(presentation, neuroid)",
        'data:_Shuffle = "true"',
        "data:_DeflateLevel = 2",
        "int64 repetition(presentation)",
        'stimulus_id:_Encoding = "utf-8"',
        ':lab = "dicarlo"',
    } <= lines
    assert "_Filter" not in shown.stdout  # how it shows all others


@pytest.mark.skipif(shutil.which("h5dump") is None, reason="needs hdf5-tools")
def test_h5dump_shows_no_filters_but_shuffle_and_deflate(stored: Callable[..., Path]) -> None:
    path = stored(big_enough_for_every_compressor(), extras={"more": xr.DataArray([1.0], dims="d")})
    shown = subprocess.run(["h5dump", "-pH", path], capture_output=True, text=True, check=True)
    filters = re.findall(r"FILTERS \{(.*?)\n\s*\}", shown.stdout, re.DOTALL)
    used = {line.strip() for each in filters for line in each.splitlines() if line.strip()}
    assert used == {"NONE", "PREPROCESSING SHUFFLE", "COMPRESSION DEFLATE { LEVEL 2 }"}
    # And it reads the values that were put beside HDF5's own filters.
    assert subprocess.run(["h5dump", "-d", "/data", "-o", os.devnull, path], check=True)


def test_what_the_library_cannot_do_is_an_error_of_the_environment(
    rates: xr.DataArray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("NetCDF: HDF error")

    monkeypatch.setattr(netcdf_file, "_define", broken)
    with pytest.raises(UsageError, match="could not write it: NetCDF: HDF error"):
        write_netcdf(tmp_path / "a.nc", rates, {}, **NAMES)
    assert list(tmp_path.iterdir()) == []
