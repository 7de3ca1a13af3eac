"""Rules, timed. Arguments: a path, how many findings it has, the families (``BSD3``), none for all."""

import json
import os
import resource
import sys
import time
from pathlib import Path

from peak import peak_mib

from brainscore_data.check.engine.checking import check

begin, used = time.perf_counter(), os.times()
outcome = check([Path(sys.argv[1])], select=sys.argv[3:])
seconds = time.perf_counter() - begin
# Of all processes: user and system, own and children's.
cpu_seconds = sum(os.times()[:4]) - sum(used[:4])
# With the processes that it started, as if each had been as large as the largest at the same time.
largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
peak = peak_mib() + largest * len(os.sched_getaffinity(0))
if len(outcome.findings) != int(sys.argv[2]):
    sys.exit(f"found {outcome.findings[:3]}")
print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mib": peak}))
