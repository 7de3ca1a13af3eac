"""brainscore-core's own download of each file. Arguments: its receipts or pins, a bucket, its server.

The pins are a JSON list of keys, version ids and hashes.
"""

import functools
import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ["BRAINIO_HOME"] = tempfile.mkdtemp()
import boto3
from brainscore_core.supported_data_standards.brainio.fetch import fetch_file
from peak import peak_mib

pins, bucket, server = sys.argv[1:]
if boto3.client("s3").meta.endpoint_url != server:
    boto3.resource = functools.partial(boto3.resource, endpoint_url=server)
wanted = json.loads(Path(pins).read_text())
begin, processor = time.perf_counter(), time.process_time()
for key, version_id, sha1 in wanted:
    fetch_file("S3", f"https://{bucket}.s3.amazonaws.com/{key}", sha1, version_id)
seconds, cpu_seconds = time.perf_counter() - begin, time.process_time() - processor
peak = peak_mib()
print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mib": peak}))
