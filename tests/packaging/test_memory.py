"""Packaging needs as much memory for a large assembly as for a small one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import xarray as xr
from how_often import each_by_night
from peak_memory import peak_memory

from brainscore_data.assemblies.contract.variables import SLAB

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = """
import sys
import brainscore_data
# Zeros without coordinates: the checks look at all of them and have nothing to say.
ignored = ["BSD422", "BSD445"]
brainscore_data.package(sys.argv[1], sys.argv[1] + "/bundle", ignore=ignored)
"""
HEAD = """\
schema = 1
[dataset]
license = "CC0-1.0"
[[assembly]]
identifier = "Doe2026"
visibility = "public"
class = "NeuroidAssembly"
"""
MEGABYTES = 320  # more than 8 slabs


def peak_of_packaging(folder: Path) -> int:
    """Package in a process of its own; gives the most memory it had, in bytes."""
    return peak_memory(PACKAGE, str(folder))


def array(folder: Path, rows: int) -> Path:
    """Leave an array of 4 kB a row; unwritten zeros take no room on the disk."""
    folder.mkdir()
    shape = (rows, 1024)
    np.lib.format.open_memmap(folder / "values.npy", mode="w+", dtype="float32", shape=shape)
    form = 'values = "values.npy"\ndims = ["presentation", "neuroid"]\ncoords = {}\n'
    (folder / "dataset.toml").write_text(HEAD + form)
    return folder


def netcdf(folder: Path, rows: int) -> Path:
    """Leave the same as netCDF."""
    folder.mkdir()
    values = np.zeros((rows, 1024), "float32")
    data = xr.DataArray(values, dims=["presentation", "neuroid"], name="data")
    chunks = {"zlib": True, "chunksizes": (min(rows, 256), values.shape[1])}
    data.to_netcdf(folder / "data.nc", engine="netcdf4", encoding={"data": chunks})
    (folder / "dataset.toml").write_text(HEAD + 'data = "data.nc"\n')
    return folder


@pytest.mark.parametrize("leave", each_by_night([array, netcdf], by_day=[netcdf]))
def test_an_array_need_not_fit_in_memory(leave, tmp_path):
    small = peak_of_packaging(leave(tmp_path / "small", 1))
    large = peak_of_packaging(leave(tmp_path / "large", MEGABYTES * 256))
    # A few copies of the part that is under way, whatever the size of the array.
    assert large - small < 8 * SLAB


DROP_IN = """
import sys
import dask.array
import xarray as xr
from brainscore_data.brainio.packaging import package_data_assembly_locally
rows = int(sys.argv[2])
values = dask.array.zeros((rows, 1024), chunks=(256, 1024), dtype="float32")
coordinates = {"stimulus_id": ("presentation", range(rows)), "neuroid_id": ("neuroid", range(1024))}
data = xr.DataArray(values, dims=("presentation", "neuroid"), coords=coordinates)
package_data_assembly_locally(data, "Doe2026", None, "NeuroidAssembly", sys.argv[1])
assert data.chunks is not None
"""


def test_what_dask_computes_for_a_script_need_not_fit_in_memory(tmp_path):
    pytest.importorskip("dask.array", reason="there is no dask beside xarray 2022")
    small = peak_memory(DROP_IN, str(tmp_path), "256")
    large = peak_memory(DROP_IN, str(tmp_path), str(MEGABYTES * 256))
    assert large - small < 8 * SLAB
