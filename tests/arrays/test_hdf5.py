from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import netCDF4
import numpy as np
import pytest
import xarray as xr

from brainscore_data.arrays.hdf5 import refuse_external
from brainscore_data.base.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "assembly.nc"


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        refuse_external(path)
    assert caught.value.where == str(path)
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize("name", ["TestMe", "package_assembly", "package_assembly_extras"])
def test_assemblies_of_older_versions_pass(name: str, shared_data: Path) -> None:
    refuse_external(shared_data / "assemblies" / f"assy_test_{name}.nc")


def test_what_we_write_passes(rates: xr.DataArray, stored: Callable[..., Path]) -> None:
    refuse_external(stored(rates, extras={"more": rates}))


@pytest.mark.parametrize("kind", ["NETCDF4", "NETCDF3_CLASSIC", "NETCDF3_64BIT"])
def test_what_xarray_writes_passes(kind: Any, rates: xr.DataArray, path: Path) -> None:
    rates.to_netcdf(path, format=kind)
    refuse_external(path)


def test_a_long_dimension_without_a_coordinate_passes(path: Path) -> None:
    data = xr.DataArray(np.zeros(2_000_000, dtype="int8"), dims="event", name="data")
    data.to_netcdf(path, encoding={"data": {"zlib": True}})
    refuse_external(path)


def test_zeros_that_compress_as_well_as_can_be_pass(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=np.zeros(30_000_000), compression=9, chunks=(30_000_000,))
    refuse_external(path)


def test_soft_links_within_the_file_pass(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["data"] = np.arange(3)
        file["again"] = h5py.SoftLink("/data")
        file["nowhere"] = h5py.SoftLink("/missing")
        file.create_group("group")["again"] = h5py.SoftLink("/data")
    refuse_external(path)


def test_external_links_are_refused(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_group("extras")["data"] = h5py.ExternalLink("/etc/passwd", "/")
    assert refusal(path) == "/extras/data is a link to another file"


def test_external_storage_is_refused(path: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(80))
    with h5py.File(path, "w") as file:
        file.create_dataset("data", (10,), "f8", external=[(str(tmp_path / "secret"), 0, 80)])
    assert refusal(path) == "the values of /data are in another file"


def test_virtual_datasets_are_refused(path: Path, tmp_path: Path) -> None:
    layout = h5py.VirtualLayout((10,), "f8")
    layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", (10,))
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("data", layout)
    assert refusal(path) == "/data is put together from other datasets"


@pytest.mark.parametrize("filters", [{"compression": "lzf"}, {"scaleoffset": 2}])
def test_filters_that_not_every_reader_knows_are_refused(filters: Any, path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=np.arange(100), chunks=(10,), **filters)
    assert refusal(path) == "/data is compressed in a way that not every reader knows"


def test_filters_of_plugins_are_refused_without_loading_them(path: Path) -> None:
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk((10,))
    properties.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (3,))
    with h5py.File(path, "w") as file:
        space = h5py.h5s.create_simple((100,))
        h5py.h5d.create(file.id, b"data", h5py.h5t.NATIVE_DOUBLE, space, properties)
    assert refusal(path) == "/data is compressed in a way that not every reader knows"


def test_deflate_within_deflate_is_refused(path: Path) -> None:
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk((1_000_000,))
    properties.set_deflate(9)
    properties.set_filter(h5py.h5z.FILTER_DEFLATE, 0, (9,))
    with h5py.File(path, "w") as file:
        space = h5py.h5s.create_simple((1_000_000,))
        dataset = h5py.h5d.create(file.id, b"data", h5py.h5t.NATIVE_DOUBLE, space, properties)
        h5py.Dataset(dataset)[:] = 0
    assert refusal(path) == "/data is compressed twice"


@pytest.mark.parametrize(
    ("dtype", "words"),
    [
        (np.dtype([("a", "f8"), ("b", "i4")]), "compound values"),
        (h5py.enum_dtype({"V4": 0, "IT": 1}), "an enumeration"),
        (np.dtype("V8"), "opaque bytes"),
        (h5py.ref_dtype, "references"),
        (h5py.vlen_dtype(np.dtype("f8")), "arrays of varying length"),
    ],
)
def test_types_other_than_numbers_and_text_are_explained(
    dtype: Any, words: str, path: Path
) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("data", (3,), dtype)
    assert refusal(path) == f"/data holds {words}, where readers expect numbers or text"


@pytest.mark.parametrize("chunks", [None, (1000, 1000)])
def test_arrays_that_are_not_there_are_refused(chunks: Any, path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("data", (1_000_000, 1_000_000), "f8", chunks=chunks, fillvalue=1.0)
    message = refusal(path)
    assert message == "/data declares 8000000000000 bytes of values but stores 0"


def test_a_chunk_larger_than_its_array_is_refused(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("data", (1,), "f8", maxshape=(None,), chunks=(100_000_000,))
    assert "declares 800000000 bytes" in refusal(path)


def test_a_dimension_mark_hides_no_values(path: Path) -> None:
    mark = b"This is a netCDF dimension but not a netCDF variable.         5"
    with h5py.File(path, "w") as file:
        hidden = file.create_dataset("data", (1_000_000_000,), "f8", chunks=(1000,))
        hidden[:10] = 1
        hidden.attrs["NAME"] = np.bytes_(mark)
    assert "declares 8000000000 bytes" in refusal(path)


def test_a_classic_file_that_declares_more_than_it_has_is_refused(path: Path) -> None:
    with netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as file:
        file.createDimension("x", 1_000_000)
        file.createVariable("data", "f8", ("x",))[:] = 1
    with path.open("r+b") as stream:
        stream.truncate(10_000)
    assert "cut off" in refusal(path) or "declares" in refusal(path)


@pytest.mark.parametrize("content", [b"", b"\x89HD", b"version https://git-lfs", b"a,b\n1,2\n"])
def test_what_is_not_netcdf_is_refused(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    assert "not a netCDF file" in refusal(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_file_that_is_cut_off_is_refused(
    share: float, rates: xr.DataArray, stored: Callable[..., Path]
) -> None:
    path = stored(rates)
    with path.open("r+b") as stream:
        stream.truncate(int(path.stat().st_size * share))
    assert "damaged or cut off" in refusal(path)
