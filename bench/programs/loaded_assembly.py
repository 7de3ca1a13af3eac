"""Load an assembly with brainscore-core's loader, and tell what that took."""

import json
import sys
import time
from pathlib import Path

from brainscore_core.supported_data_standards.brainio import assemblies
from peak import peak_mib

folder, cls = Path(sys.argv[1]), getattr(assemblies, sys.argv[2])
paths = sorted(path for path in folder.glob("*.nc") if path.name != "warm.nc")
assemblies.AssemblyLoader(cls=cls, file_path=folder / "warm.nc").load()
begin, cpu = time.perf_counter(), time.process_time()
for path in paths:
    loaded = assemblies.AssemblyLoader(cls=cls, file_path=path).load()
    loaded.values.sum()
seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
peak = peak_mib()
print(json.dumps({"seconds": seconds, "cpu_seconds": cpu, "peak_mib": peak}))
