"""What reading a table takes. Arguments: the table."""

import json
import resource
import sys
import time

begin = time.perf_counter()
import pandas as pd

pd.read_csv(sys.argv[1])
seconds = time.perf_counter() - begin
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "peak_mib": peak}))
