"""Open a case, write it with brainscore-core or with this program, and tell what that took."""

import json
import sys
import time
from pathlib import Path

import numpy as np
import xarray as xr
from peak import peak_from_here, peak_mib


def opened(folder):
    described = json.loads((folder / "case.json").read_text())
    coordinates = {}
    for name, dim in described["coords"].items():
        values = np.load(folder / f"{name}.npy")
        coordinates[name] = (dim, values.astype(object) if values.dtype.kind == "U" else values)
    data = np.load(folder / "data.npy")
    return xr.DataArray(data, dims=described["dims"], coords=coordinates), described


def reference(assembly, described):
    from brainscore_core.supported_data_standards.brainio import assemblies, packaging

    cls = getattr(assemblies, described["class"])

    def write(path):
        packaging.write_netcdf(cls(assembly), path)

    return write


def ours(assembly, described):
    from brainscore_data.assemblies.contract.conforming import conform
    from brainscore_data.packaging.netcdf.netcdf_file import write_netcdf

    def write(path):
        fit, _ = conform(
            assembly,
            assembly_class=described["class"],
            identifier="Bench2024",
            stimulus_set="Bench2024",
            where="bench",
        )
        write_netcdf(path, fit, {}, identifier="Bench2024", stimulus_set="Bench2024")

    return write


def main():
    who, folder, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    target.mkdir(exist_ok=True)
    assembly, described = opened(folder)
    write = {"reference": reference, "ours": ours}[who](assembly, described)
    small = assembly[tuple(slice(0, 2) for _ in assembly.dims)]
    {"reference": reference, "ours": ours}[who](small, described)(target / "warm.nc")
    paths = [target / f"{number}.nc" for number in range(described["copies"])]
    idle = peak_from_here()
    begin, cpu = time.perf_counter(), time.process_time()
    for path in paths:
        write(path)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    peak = peak_mib()
    size = sum(path.stat().st_size for path in paths)
    told = {"seconds": seconds, "cpu_seconds": cpu, "peak_mib": peak, "idle_mib": idle}
    print(json.dumps({**told, "size": size}))


main()
