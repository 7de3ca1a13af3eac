"""Files of a few kilobytes that netCDF-C would need gigabytes or for ever for: refused before it begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import pytest
import xarray as xr

from brainscore_data.arrays import hdf5_objects
from brainscore_data.arrays.hdf5 import open_array_lazily, refuse_endless, refuse_external
from brainscore_data.assemblies.opening import _groups, open_netcdf
from brainscore_data.base.bounds import SETTING, Bound
from brainscore_data.base.errors import DataError

attacks = pytest.importorskip("attacking_files")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.nc"


def refusal(path: Path, refuse: Callable[[Path], object] = refuse_external) -> str:
    with pytest.raises(DataError) as caught:
        refuse(path)
    assert caught.value.where == str(path)
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize("refuse", [refuse_endless, refuse_external, open_netcdf])
@pytest.mark.parametrize("attack", [attacks.group_in_itself, attacks.group_in_the_root])
def test_a_group_that_is_in_itself_is_refused(attack, refuse, path):
    attack(path)
    assert refusal(path, refuse).endswith("is a group that it is in itself")


@pytest.mark.parametrize("target", ["/", "/inner", "/other"])
def test_a_soft_link_to_a_group_is_refused(target, path):
    with attacks.netcdf(path) as file:
        file.createGroup("inner")
        file.createGroup("other")
    with h5py.File(path, "r+") as file:
        file["inner"]["again"] = h5py.SoftLink(target)
    assert refusal(path) == "/inner/again is a group that has another name as well"


def test_groups_that_can_be_reached_in_ever_more_ways_are_refused(path):
    with attacks.netcdf(path):
        pass
    with h5py.File(path, "r+") as file:
        group = file
        for _ in range(30):  # 2 ** 30 ways
            inner = group.create_group("one")
            group["other"] = inner
            group = inner
    assert refusal(path).endswith("is a group that has another name as well")


def test_a_soft_link_through_another_file_is_not_followed(path, tmp_path):
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["data"] = [1]
    with h5py.File(path, "w") as file:
        file["a"] = h5py.SoftLink("/z/data")
        file["z"] = h5py.ExternalLink(str(tmp_path / "b.h5"), "/")
    assert refusal(path) == "/z is a link to another file"


def test_groups_without_end_are_refused(path, monkeypatch):
    attacks.nested_groups(path, 100)
    assert refusal(path) == "it has more than 64 groups in one another"
    monkeypatch.setenv(SETTING, "2")
    refuse_external(path)


def test_thousands_of_groups_are_refused(path):
    attacks.many_groups(path, 20_000)
    assert refusal(path) == "it has more than 10000 groups and variables"
    attacks.many_groups(path, 100)
    refuse_external(path)


@pytest.mark.parametrize("attack", [attacks.many_groups, attacks.nested_groups])
def test_the_steps_grow_as_the_file_does(attack, path, monkeypatch):
    monkeypatch.setenv(SETTING, "100")
    steps = []
    counted = hdf5_objects._address

    def address(found):
        steps[-1] += 1
        return counted(found)

    monkeypatch.setattr(hdf5_objects, "_address", address)
    for number in (60, 600):
        attack(path, number)
        steps.append(0)
        refuse_external(path)
    assert steps[1] < 11 * steps[0]


@pytest.mark.parametrize("chunks", [None, (250,)])
def test_a_long_text_that_is_referred_to_again_and_again_is_refused(chunks, path):
    if chunks is None:
        attacks.one_text_many_times(path)
    else:
        one_text_in_chunks(path)
    limit = 256 * attacks.MIB + 16 * path.stat().st_size
    assert refusal(path) == (
        f"it has more than {limit} bytes of text, as one text is referred to again and again"
    )


def one_text_in_chunks(path: Path) -> None:
    with attacks.netcdf(path) as file:
        file.createDimension("many", 2500)
        file.createVariable("texts", str, ("many",), chunksizes=(250,))
    with h5py.File(path, "r+") as file:
        texts = file["texts"]
        texts[0] = "x" * attacks.MIB
        start = texts.id.get_chunk_info(0).byte_offset
        file.flush()
        one = path.read_bytes()[start : start + 16]
        for chunk in range(10):
            texts.id.write_direct_chunk((chunk * 250,), one * 250)


def test_a_long_text_in_attributes_again_and_again_is_refused(path):
    with h5py.File(path, "w") as file:
        file.attrs.create("texts", ["x" * attacks.MIB] * 300, dtype=h5py.string_dtype())
    assert "bytes in one attribute" in refusal(path)
    with h5py.File(path, "w") as file:
        file["data"] = [1]
        for number in range(100):
            file["data"].attrs.create(str(number), "x" * attacks.MIB, dtype=h5py.string_dtype())
    refuse_external(path)


def test_one_long_text_among_short_ones_passes(path, monkeypatch):
    """That the longest could make too much of them is looked into, in parts."""
    monkeypatch.setattr(hdf5_objects, "_AT_ONCE", 1 << 20)
    texts = np.array(["x" * 100_000, *map(str, range(59_999))], dtype=object).reshape(3, -1)
    with h5py.File(path, "w") as file:
        file.create_dataset("texts", data=texts, dtype=h5py.string_dtype())
        file["texts"].attrs["about"] = ["a", "b"]
    assert Bound.TEXTS.of(path.stat().st_size) < texts.size * 100_000
    refuse_external(path)


def test_arrays_of_varying_length_in_one_another_are_refused(path):
    with h5py.File(path, "w") as file:
        low = h5py.h5t.vlen_create(h5py.h5t.vlen_create(h5py.h5t.NATIVE_DOUBLE))
        h5py.h5a.create(file.id, b"a", low, h5py.h5s.create(h5py.h5s.SCALAR))
    assert refusal(path) == "/ holds arrays of varying length in one another"


def test_a_chunk_that_unpacks_to_more_than_a_chunk_is_refused(path):
    attacks.a_chunk_larger_than_it_says(path)
    assert refusal(path) == "a chunk of /data holds more than a chunk can"


def test_deflate_that_was_not_declared_is_refused(path):
    attacks.a_deflated_gigabyte_twice(path)
    assert "declares 134217728 bytes of values but stores" in refusal(path)


def test_noise_that_does_not_compress_passes(path):
    noise = np.random.default_rng(0).integers(0, 256, 1 << 20).astype("u1")
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=noise, chunks=(1 << 16,), compression=9, fletcher32=True)
    refuse_external(path)


def test_addresses_of_an_unusual_size_are_refused(path):
    created = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    created.set_sizes(8, 4)
    h5py.File(h5py.h5f.create(bytes(path), h5py.h5f.ACC_TRUNC, created)).close()
    assert refusal(path) == "it has addresses or lengths of an unusual size"


def test_more_groups_than_an_assembly_has_are_refused_before_each_is_opened(path):
    with attacks.netcdf(path) as file:
        for number in range(65):
            file.createGroup(f"g{number}")
    assert refusal(path, _groups) == "it has more than 64 groups"


def test_variables_of_a_classic_file_are_counted(path):
    with netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as file:
        file.createDimension("x", 1)
        for number in range(3):
            file.createVariable(f"v{number}", "i1", ("x",))
    refuse_endless(path)


def test_a_file_is_read_by_its_own_name_as_long_as_it_is_open(path, tmp_path):
    with attacks.netcdf(path):
        pass
    with xr.set_options(file_cache_maxsize=1), open_netcdf(path)[0] as opened:
        other = tmp_path / "b.nc"
        xr.DataArray([1.0], dims="x", name="b").to_netcdf(other)
        with open_array_lazily(other) as second:
            second.load()  # closes the first
        assert opened.values.tolist() == np.arange(12.0).reshape(4, 3).tolist()
        assert opened.encoding["source"] == str(path)
        assert opened["stimulus_id"].encoding["source"] == str(path)


@pytest.mark.parametrize("content", [b"", b"CDF\x01", b"\x89HDF\r\n\x1a\n", b"a,b\n"])
def test_errors_name_the_file(content, path):
    path.write_bytes(content)
    with pytest.raises((DataError, OSError)) as caught:
        open_array_lazily(path)
    assert str(path) in str(caught.value)
    assert "/proc/" not in str(caught.value)
