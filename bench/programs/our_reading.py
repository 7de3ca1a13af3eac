"""Reading from a store. Arguments: what to do, with what, a store, its server.

``verify`` a folder of receipts, ``audit`` a repository, ``fetch`` an identifier:version:sha1. boto3
and this program are imported before, and a session has made a client, as the reference's has.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import boto3
from peak import peak_from_here, peak_mib

from brainscore_data.auditing.audit import audit
from brainscore_data.reading.verification import verify
from brainscore_data.reading.versions import fetch
from brainscore_data.store import urls  # noqa: F401 - imported when a store is opened
from brainscore_data.store.s3 import bucket  # noqa: F401 - imported when a store is opened


def read(action, what, store, into, options):
    """Do it; gives what is wrong, if anything is."""
    if action == "verify":
        return verify(what, **options)
    if action == "audit":
        found = audit(Path(what), [store], read=True, resume=Path(into) / "resume", **options)
        same = [each for each in found.compared if each.content == "same"]
        return found.exit_code or found.not_audited or not same
    identifier, version_id, sha1 = what.split(":")
    return not fetch(
        identifier, store=store, into=into, version_id=version_id, sha1=sha1, **options
    )


action, what, store, server = sys.argv[1:]
session = boto3.Session()
session.client("s3", endpoint_url=server)
options = {"endpoint_url": server, "session": session}
with tempfile.TemporaryDirectory() as into:
    idle_mib = peak_from_here()
    begin, processor = time.perf_counter(), time.process_time()
    wrong = read(action, what, store, into, options)
    seconds, cpu_seconds = time.perf_counter() - begin, time.process_time() - processor
    peak = peak_mib()
if wrong:
    sys.exit(f"{action}: {wrong}")
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
