"""A whole publication. Arguments: a bundle, a store, a folder for receipts, a status, a server.

boto3 and this program are imported before, and a session has made a client, as the reference's has.
"""

import json
import sys
import time

import boto3
from peak import peak_from_here, peak_mib

from brainscore_data.publishing.folders import publish
from brainscore_data.store import urls  # noqa: F401 - imported when a store is opened
from brainscore_data.store.s3 import bucket  # noqa: F401 - imported when a store is opened

folder, store, receipts, status, server = sys.argv[1:]
session = boto3.Session()
session.client("s3", endpoint_url=server)
idle_mib = peak_from_here()
begin, processor = time.perf_counter(), time.process_time()
published = publish(
    folder, store, receipts=receipts, endpoint_url=server, who="bench", session=session
)
seconds, cpu_seconds = time.perf_counter() - begin, time.process_time() - processor
peak = peak_mib()
files = [file for item in published.receipts.items for file in item.files]
if any(file.run.status != status for file in files):
    sys.exit(f"not every file is {status}")
print(
    json.dumps(
        {
            "seconds": seconds,
            "cpu_seconds": cpu_seconds,
            "peak_mib": peak,
            "idle_mib": idle_mib,
        }
    )
)
