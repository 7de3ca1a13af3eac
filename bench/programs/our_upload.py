"""A whole publication. Arguments: a bundle's folder, a store, its server."""

import json
import sys
import tempfile
import time

from peak import peak_mib

from brainscore_data.publishing.folders import publish

folder, store, server = sys.argv[1:]
with tempfile.TemporaryDirectory() as receipts:
    begin = time.perf_counter()
    published = publish(folder, store, receipts=receipts, endpoint_url=server, who="bench")
    seconds = time.perf_counter() - begin
peak = peak_mib()
files = [file for item in published.receipts.items for file in item.files]
if any(file.run.status != "new" for file in files):
    sys.exit("there was something already")
print(json.dumps({"seconds": seconds, "peak_mib": peak}))
