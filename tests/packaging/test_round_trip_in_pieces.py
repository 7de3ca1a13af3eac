"""Of any size, in pieces of any kind, with groups beside: readers get back what went in, bit by bit."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import netCDF4
import numpy as np
import pytest
import xarray as xr
from how_often import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brainscore_data.assemblies.contract.conforming import conform, conform_extra
from brainscore_data.base.files import fingerprint
from brainscore_data.packaging.netcdf.netcdf_file import write_group, write_netcdf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reader_environment import Reader

NETCDF = "packaging.netcdf"
CONTRACT = "assemblies.contract"
TEXTS = ["", " ", "V4", " lead", "trail ", "a\tb\n", "ü", "🧠🧠", "x" * 300, "NaN"]
NUMBERS = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
KINDS = ["bool", *NUMBERS, "float32", "float64", "object", "datetime64[ns]"]
LARGE = 40_000
SOON = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@contextlib.contextmanager
def pieces(chunk: int) -> Iterator[None]:
    """Have chunks of so many bytes, four in a slab, none too small for a thread."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            f"{NETCDF}.chunks.CHUNK": chunk,
            f"{NETCDF}.chunks.SLAB": 4 * chunk,
            f"{CONTRACT}.variables.SLAB": 4 * chunk,
            f"{NETCDF}.chunks._SMALL": 0,
            f"{NETCDF}.chunk_writer._AT_ONCE": 0,
            f"{NETCDF}.chunk_writer._WAITING": 3,
            f"{CONTRACT}.variables._KEPT": 8,
        }.items():
            patch.setattr(f"brainscore_data.{name}", value)
        yield


@pytest.fixture
def _tiny_pieces() -> Iterator[None]:
    """Have a few values make many pieces."""
    with pieces(64):
        yield


def made(random: np.random.Generator, kind: str, shape: tuple[int, ...]) -> np.ndarray:
    """Make an array of any values of a kind; of floats all bits that there are."""
    size = int(np.prod(shape))
    if kind == "object":
        texts = [TEXTS[place] for place in random.integers(0, len(TEXTS), size)]
        return np.array(texts, dtype=object).reshape(shape)
    if kind == "bool":
        return random.integers(0, 2, shape).astype(bool)
    values = np.frombuffer(random.bytes(size * np.dtype(kind).itemsize), dtype=kind).copy()
    values[size // 2 :] = values[:1]  # so that something can be compressed
    return values.reshape(shape)


@st.composite
def assemblies(draw: st.DrawFn) -> xr.DataArray:
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    sizes = {"presentation": draw(st.integers(0, 70)), "neuroid": draw(st.integers(1, 9))}
    dims = draw(st.sampled_from([("presentation", "neuroid"), ("presentation",)]))
    kinds = st.sampled_from(KINDS if sizes["presentation"] else KINDS[:-1])
    coords: dict[str, Any] = {}
    for name in ("stimulus_id", "repetition"):
        coords[name] = ("presentation", made(random, draw(kinds), (sizes["presentation"],)))
    if len(dims) > 1:
        coords["both"] = (dims, made(random, draw(kinds), tuple(sizes[dim] for dim in dims)))
    data = made(random, draw(kinds), tuple(sizes[dim] for dim in dims))
    return xr.DataArray(data, dims=dims, coords=coords)


def same(read: Any, expected: Any) -> bool:
    """Compare dtype, shape and values bit by bit: a NaN has 2**52 forms, and -0.0 is not 0.0."""
    read, expected = np.asarray(read), np.asarray(expected)
    if expected.dtype.kind in "OUT":
        return read.astype(object).tolist() == expected.astype(object).tolist()
    return (read.dtype, read.shape, read.tobytes()) == (
        expected.dtype,
        expected.shape,
        expected.tobytes(),
    )


def fit(data: xr.DataArray) -> xr.DataArray:
    return conform(
        data, assembly_class="DataAssembly", identifier="I", stimulus_set=None, where="a.nc"
    )[0]


def extra(data: xr.DataArray, name: str, beside: xr.DataArray) -> xr.DataArray:
    return conform_extra(
        data, name=name, beside=beside, assembly_class="SpikeTimesAssembly", where="e.nc"
    )[0]


def read_by_xarray(path: Path, group: str | None, expected: xr.DataArray) -> None:
    with xr.open_dataarray(path, group=group) as read:
        assert read.dims == expected.dims
        assert same(read, expected)
        assert set(read.coords) == set(expected.coords)
        for name, coordinate in expected.coords.items():
            assert same(read.coords[name], coordinate), name


def read_by_netcdf4(path: Path, group: str | None, expected: xr.DataArray) -> None:
    with netCDF4.Dataset(path) as file:
        file.set_auto_mask(False)
        place = file[group] if group else file
        for name, values in {"data": expected, **expected.coords}.items():
            found = np.asarray(place[name][...])
            kind = np.asarray(values).dtype
            assert same(found.astype(kind) if kind.kind in "bM" else found, values), name


def read_by_brainscore(reader: Reader, path: Path, expected: xr.DataArray) -> None:
    read = reader.assembly_from_file(path, "DataAssembly")
    assert read["dims"] == list(expected.dims)
    for name, values in {"": expected, **expected.coords}.items():
        found, wanted = (read["coords"][name] if name else read), np.asarray(values.values)
        if wanted.dtype.kind == "M":
            wanted = wanted.astype("int64")
            assert found["dtype"] == "datetime64[ns]"
        elif wanted.dtype.kind not in "OUT":
            assert found["dtype"] == wanted.dtype.name
        back = np.array(found["values"], dtype=wanted.dtype).reshape(found["shape"])
        # Levels of an index: 0.0 and -0.0 are one value there, and so are all NaN.
        assert np.array_equal(back, wanted, equal_nan=wanted.dtype.kind == "f"), name


@pytest.mark.usefixtures("_tiny_pieces")
@settings(max_examples=examples(10), **SOON)
@given(assemblies())
def test_pieces_are_put_together_again_whoever_reads(reader: Reader, data: xr.DataArray) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, expected = Path(folder) / "a.nc", fit(data)
        write_netcdf(path, expected, {}, identifier="I", stimulus_set=None)
        for read in (read_by_xarray, read_by_netcdf4):
            read(path, None, expected)
        read_by_brainscore(reader, path, expected)


@st.composite
def borders(draw: st.DrawFn) -> xr.DataArray:
    """Draw an assembly of one or two dimensions that ends near the border of a chunk."""
    random, kind = np.random.default_rng(draw(st.integers(0, 2**32))), draw(st.sampled_from(KINDS))
    chunk = LARGE // np.dtype(kind).itemsize
    rows = draw(st.sampled_from([0, 1, 4, 5])) * chunk + draw(st.sampled_from([-1, 0, 1]))
    rows = max(rows, 1)
    if draw(st.booleans()):
        values = made(random, kind, (rows,))
    elif kind.startswith("float"):
        values = random.standard_normal((rows, 1)).astype(kind)
    else:
        values = made(random, kind, (-(-rows // 40), 40))
    return xr.DataArray(values, dims=("presentation", "neuroid")[: values.ndim])


@settings(max_examples=examples(10), **SOON)
@given(borders())
def test_bytes_and_hashes_do_not_depend_on_the_number_of_threads(data: xr.DataArray) -> None:
    """With chunks large enough for all three compressors."""
    with pieces(LARGE), tempfile.TemporaryDirectory() as folder:
        found = set()
        for jobs in (1, 2, 8):
            path = Path(folder) / f"{jobs}.nc"
            names: dict[str, Any] = {"identifier": "I", "stimulus_set": None, "jobs": jobs}
            written = write_netcdf(path, fit(data), {}, **names)
            assert written.fingerprint == fingerprint(path)
            found.add((written, path.read_bytes()))
        read_by_xarray(path, None, fit(data))
        read_by_netcdf4(path, None, fit(data))
    assert len(found) == 1


@pytest.mark.usefixtures("_tiny_pieces")
@settings(max_examples=examples(8), **SOON)
@given(assemblies(), assemblies(), assemblies())
def test_groups_are_read_back_written_along_or_appended(
    data: xr.DataArray, along: xr.DataArray, later: xr.DataArray
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, expected = Path(folder) / "a.nc", fit(data)
        groups = {
            "trial_info": extra(along, "trial_info", expected),
            "laps": extra(later, "laps", expected),
        }
        one = {"trial_info": groups["trial_info"]}
        write_netcdf(path, expected, one, identifier="I", stimulus_set=None)
        found = write_group(path, groups["laps"], group="laps", append=True)
        assert found == fingerprint(path)
        for group, wanted in {None: expected, **groups}.items():
            read_by_xarray(path, group, wanted)
            read_by_netcdf4(path, group, wanted)
