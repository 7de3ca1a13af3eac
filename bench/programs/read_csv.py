"""What reading a table takes. Arguments: the table."""

import json
import sys
import time

begin = time.perf_counter()
import pandas as pd
from peak import peak_mib

pd.read_csv(sys.argv[1])
seconds = time.perf_counter() - begin
peak = peak_mib()
print(json.dumps({"seconds": seconds, "peak_mib": peak}))
