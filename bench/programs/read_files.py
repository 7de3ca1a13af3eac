"""Every file below a folder, opened and read. Arguments: the folder."""

import json
import os
import sys
import time
from pathlib import Path

from peak import peak_mib

begin, used = time.perf_counter(), time.process_time()
for folder, _, names in os.walk(sys.argv[1]):
    for name in sorted(names):
        Path(folder, name).read_bytes()
seconds, cpu_seconds = time.perf_counter() - begin, time.process_time() - used
print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mib": peak_mib()}))
