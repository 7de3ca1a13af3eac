"""Whoever opens a stranger's netCDF or HDF5 file refuses one that has no end first."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import netCDF4
import numpy as np
import pytest
import xarray as xr

from brainscore_data.arrays.hdf5 import (
    is_classic,
    open_array_lazily,
    open_hdf5,
    open_lazily,
    open_netcdf4,
    refuse_external,
)
from brainscore_data.base.errors import BrainScoreDataError

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNATURE = b"GCOL\x01\0\0\0"


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """An assembly of a hundred texts, as readers load it."""
    path = tmp_path / "assy_Doe2024.nc"
    ids = np.array([f"stimulus {number}" for number in range(500)], dtype=object)
    array = xr.DataArray(
        np.zeros(500), dims="presentation", coords={"stimulus_id": ("presentation", ids)}
    )
    array.rename("data").to_netcdf(path)
    return path


@pytest.fixture
def endless(assembly: Path) -> Path:
    """The same, with a heap of zeros, which the library would follow for ever."""
    content = assembly.read_bytes()
    at = content.rindex(SIGNATURE) + 16
    assembly.write_bytes(content[:at] + bytes(2000) + content[at + 2000 :])
    return assembly


def loaded(path: Path) -> object:
    from brainscore_data.brainio.plain_assemblies import BehavioralAssembly

    return BehavioralAssembly.from_files(path)


def groups_loaded(path: Path) -> object:
    from brainscore_data.brainio.plain_assemblies import (
        BehavioralAssembly,
        GroupAppendAssemblyLoader,
    )

    return GroupAppendAssemblyLoader(BehavioralAssembly, path).load()


def recorded(path: Path) -> object:
    from brainscore_data.brainio.uploads import _assembly_in, describe_file

    return _assembly_in(path, describe_file(path, path.name), None)


def drafted(path: Path) -> object:
    from brainscore_data.drafting.file_contents import netcdf_at

    return netcdf_at(path.parent, path.name)


def searched(path: Path) -> object:
    from brainscore_data.check.people.texts_in_arrays import texts_of

    return [list(getattr(each, "values", ())) for each in texts_of(path)]


def entered(path: Path) -> None:
    with open_hdf5(path):
        pass


OPENERS = (entered, open_netcdf4, open_lazily, open_array_lazily, refuse_external)
READERS = (loaded, groups_loaded, recorded, drafted, searched)


@pytest.mark.parametrize("opener", [*OPENERS, *READERS])
def test_a_file_without_an_end_is_refused(endless: Path, opener: Callable[[Path], object]) -> None:
    with pytest.raises(BrainScoreDataError):
        opener(endless)


@pytest.mark.parametrize("opener", [*OPENERS, *READERS])
def test_a_good_file_is_opened(assembly: Path, opener: Callable[[Path], object]) -> None:
    opened = opener(assembly)
    if hasattr(opened, "close"):
        opened.close()


def test_numbers_of_an_older_file_that_look_like_a_heap_are_numbers(tmp_path: Path) -> None:
    path = tmp_path / "classic.nc"
    with netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as file:
        file.createDimension("byte", 2024)
        begins = SIGNATURE + (2000).to_bytes(8, "little")
        file.createVariable("bytes", "i1", "byte")[:] = np.frombuffer(
            begins.ljust(2024, b"\0"), dtype=np.int8
        )
    assert is_classic(path)
    with open_netcdf4(path) as file:
        assert file.variables["bytes"].shape == (2024,)
    with h5py.File(tmp_path / "hdf5.nc", "w"):
        pass
    assert not is_classic(tmp_path / "hdf5.nc")


def test_nothing_else_opens_such_files() -> None:
    root = Path(__file__).parents[2] / "src" / "brainscore_data"
    opening = re.compile(r"\b(h5py\.File|netCDF4\.Dataset|xr\.(open|load)_\w+)\(")
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if opening.search(path.read_text(encoding="utf-8"))
    }
    assert found == {
        "arrays/hdf5.py",
        "check/assemblies/examples.py",  # the examples of rules, which it makes
        "packaging/netcdf/netcdf_file.py",  # what it writes itself
        "reading/loading.py",  # what has the hash that a registration pins
    }
