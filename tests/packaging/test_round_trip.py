"""What readers get back equals what went in, whatever it was."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import netCDF4
import numpy as np
import xarray as xr
from how_often import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from brainscore_data.assemblies.contract.conforming import conform
from brainscore_data.packaging.netcdf.netcdf_file import write_netcdf

if TYPE_CHECKING:
    from reader_environment import Reader

DIMS = ("presentation", "neuroid", "time_bin")
NAMES = (
    "stimulus_id",
    "region",
    "neuroid_id",
    "repetition",
    "time-start",
    "größe",
    "x:y",
    "values",
)
INTEGERS = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
TEXTS = st.one_of(
    st.sampled_from(["", " ", "V4", " lead", "trail ", "a\tb\n", "ü", "🧠🧠", "x" * 300, "NaN"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5),
)
INSTANTS = st.one_of(
    st.integers(-(2**63) + 1, 2**63 - 1), st.sampled_from([-(2**63), 0, 2**63 - 1])
)


@st.composite
def arrays(draw: st.DrawFn, shape: tuple[int, ...]) -> np.ndarray:
    size = int(np.prod(shape))
    kinds = ["bool", *INTEGERS, "float32", "float64", "object", "str"]
    kind = draw(st.sampled_from([*kinds, "datetime64[ns]", "datetime64[D]"] if size else kinds))
    if kind in ("object", "str"):
        texts = draw(st.lists(TEXTS, min_size=size, max_size=size))
        return np.array(texts, dtype=kind).reshape(shape)
    if kind == "datetime64[ns]":
        instants = draw(st.lists(INSTANTS, min_size=size, max_size=size))
        return np.array(instants, dtype="int64").view(kind).reshape(shape)
    if kind == "datetime64[D]":
        days = draw(st.lists(st.integers(-106_000, 106_000), min_size=size, max_size=size))
        return np.array(days, dtype="int64").view(kind).reshape(shape)
    array: np.ndarray = draw(npst.arrays(kind, shape))
    return array.astype(array.dtype.newbyteorder(draw(st.sampled_from("<>"))))


@st.composite
def assemblies(draw: st.DrawFn) -> xr.DataArray:
    sizes = draw(st.dictionaries(st.sampled_from(DIMS), st.integers(0, 4), min_size=1))
    coords: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=5)):
        dims = draw(st.lists(st.sampled_from(sorted(sizes)), unique=True, max_size=2))
        coords[name] = (dims, draw(arrays(tuple(sizes[dim] for dim in dims))))
    data = draw(arrays(tuple(sizes.values())))
    return xr.DataArray(data, dims=list(sizes), coords=coords)


def logical(values: Any) -> tuple[str, tuple[int, ...], Any]:
    """Give dtype, shape and values such that equal ones compare equal, bit by bit."""
    values = np.asarray(values)
    if values.dtype.kind in "OUT":
        return "text", values.shape, values.astype(object).reshape(-1).tolist()
    if values.dtype.kind == "M":
        return "instant", values.shape, values.astype("datetime64[ns]").tobytes()
    little = values.astype(values.dtype.newbyteorder("<"))
    return values.dtype.name, values.shape, little.tobytes()


def write(data: xr.DataArray, folder: str) -> tuple[xr.DataArray, Path]:
    fit, _ = conform(
        data, assembly_class="DataAssembly", identifier="I", stimulus_set=None, where="a.nc"
    )
    target = Path(folder) / "assembly.nc"
    write_netcdf(target, fit, {}, identifier="I", stimulus_set=None)
    return fit, target


@settings(deadline=None, max_examples=examples(30), suppress_health_check=[HealthCheck.too_slow])
@given(assemblies())
def test_xarray_reads_what_went_in(data: xr.DataArray) -> None:
    with tempfile.TemporaryDirectory() as folder:
        fit, path = write(data, folder)
        with xr.open_dataarray(path) as read:
            read.load()
    assert read.name == "data"
    assert read.dims == data.dims
    assert logical(read) == logical(data)
    assert set(read.coords) == set(fit.coords) >= set(data.coords)
    for name in fit.coords:
        assert read.coords[name].dims == fit.coords[name].dims
        assert logical(read.coords[name]) == logical(fit.coords[name])


@settings(deadline=None, max_examples=examples(20), suppress_health_check=[HealthCheck.too_slow])
@given(assemblies())
def test_netcdf4_python_reads_what_went_in(data: xr.DataArray) -> None:
    with tempfile.TemporaryDirectory() as folder:
        fit, path = write(data, folder)
        with netCDF4.Dataset(path) as file:
            # Otherwise it masks netCDF's default fill values although the variables have none.
            file.set_auto_mask(False)
            for name, expected in {"data": fit, **fit.coords}.items():
                variable = file[name]
                values = np.asarray(variable[...])
                if "dtype" in variable.ncattrs():
                    values = values.astype(variable.getncattr("dtype"))
                if "units" in variable.ncattrs():
                    assert variable.units == "nanoseconds since 1970-01-01"
                    values = values.astype("datetime64[ns]")
                assert logical(values) == logical(expected), name


@settings(deadline=None, max_examples=examples(15), suppress_health_check=list(HealthCheck))
@given(assemblies())
def test_brainscore_core_reads_what_went_in(reader: Reader, data: xr.DataArray) -> None:
    with tempfile.TemporaryDirectory() as folder:
        fit, path = write(data, folder)
        read = reader.assembly_from_file(path, "DataAssembly")
    assert read["dims"] == list(data.dims)
    assert same(read, data)
    assert set(read["coords"]) == set(fit.coords)
    for name, coordinate in fit.coords.items():
        assert read["coords"][name]["dims"] == list(coordinate.dims)
        assert same(read["coords"][name], coordinate), name


def same(read: dict[str, Any], expected: xr.DataArray) -> bool:
    """Compare as its indexes do: 0.0 and -0.0 are one value to pandas."""
    kind = logical(expected)[0]
    values = np.asarray(expected.values)
    if kind == "text":
        return read["dtype"] == "object" and read["values"] == values.tolist()
    if kind == "instant":
        instants = values.astype("datetime64[ns]").astype("int64").tolist()
        return read["dtype"] == "datetime64[ns]" and read["values"] == instants
    found = np.array(read["values"], dtype=read["dtype"]).reshape(read["shape"])
    nan_too = values.dtype.kind == "f"
    return read["dtype"] == kind and np.array_equal(found, values, equal_nan=nan_too)
