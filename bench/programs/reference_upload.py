"""brainscore-core's own upload of each file. Arguments: their folder, a bucket, its server."""

import functools
import json
import sys
import time
from pathlib import Path

import boto3
from brainscore_core.supported_data_standards.brainio.packaging import upload_to_s3
from peak import peak_mib

folder, bucket, server = sys.argv[1:]
# boto3 takes the server from AWS_ENDPOINT_URL since 1.28; an older one has to be told:
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
if boto3.client("s3").meta.endpoint_url != server:
    boto3.client = functools.partial(boto3.client, endpoint_url=server)
files = sorted(Path(folder).glob("*.nc"))
begin, processor = time.perf_counter(), time.process_time()
for path in files:
    if upload_to_s3(path, bucket, path.name)["VersionId"] in (None, "null"):
        sys.exit("no version id")
seconds, cpu_seconds = time.perf_counter() - begin, time.process_time() - processor
peak = peak_mib()
print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mib": peak}))
