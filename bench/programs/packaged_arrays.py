"""Read arrays and the tables of their dimensions, and write them with brainscore-core."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from brainscore_core.supported_data_standards.brainio import packaging
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly

dataset, target = Path(sys.argv[1]), Path(sys.argv[2])
dims = ("presentation", "neuroid", "time_bin")
target.mkdir()
for path in sorted(dataset.glob("*.npy")):
    tables = {dim: pd.read_csv(dataset / f"{dim}.csv") for dim in dims}
    coords = {
        name: (dim, table[name].to_numpy()) for dim, table in tables.items() for name in table
    }
    assembly = NeuroidAssembly(xr.DataArray(np.load(path), dims=dims, coords=coords))
    packaging.write_netcdf(assembly, target / f"{path.stem}.nc")
