"""Rules, timed. Arguments: a path, how many findings it has, the families (``BSD3``), none for all."""

import json
import os
import resource
import sys
import time
from pathlib import Path

from brainscore_data.check.checking import check

begin = time.perf_counter()
outcome = check([Path(sys.argv[1])], select=sys.argv[3:])
seconds = time.perf_counter() - begin
# With the processes that it started, as if each had been as large as the largest at the same time.
own, largest = (
    resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
)
peak = (own + largest * len(os.sched_getaffinity(0))) / 1024
if len(outcome.findings) != int(sys.argv[2]):
    sys.exit(f"found {outcome.findings[:3]}")
print(json.dumps({"seconds": seconds, "peak_mib": peak}))
