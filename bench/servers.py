"""The S3 servers that uploads and downloads are measured with, each in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).parents[1]
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True)
class Server:
    """An S3 server, and the process that it is, or that has started it."""

    endpoint: str
    process: int
    #: Whether it is moto: that can be emptied, and counts what it is asked.
    is_moto: bool = True

    def client(self) -> Any:
        """Give a client for it, which no environment decides about."""
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=CREDENTIALS["AWS_DEFAULT_REGION"],
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )

    def new_bucket(self, *, emptied: bool = True) -> str:
        """Make a versioned bucket; moto, which keeps all in memory, is emptied before."""
        if emptied and self.is_moto:
            asked(f"{self.endpoint}/moto-api/reset", method="POST")
        name = f"bench-{uuid.uuid4().hex[:16]}"
        with contextlib.closing(self.client()) as client:
            client.create_bucket(Bucket=name)
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name

    def counted(self) -> dict[str, int]:
        """Give what moto was asked since the last time."""
        found: dict[str, int] = json.loads(asked(f"{self.endpoint}/counted"))
        return found

    def cpu_seconds(self) -> float | None:
        """Give the processor time that it has taken so far; None where the system does not tell."""
        return _cpu_seconds(self.process) if sys.platform == "linux" else None  # proc(5)


def environment(endpoint: str, *, ours: bool = False) -> dict[str, str]:
    """Give the variables with which a program finds a server and its keys; ours, its modules too."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    modules = {"PYTHONPATH": str(_ROOT / "src")} if ours else {}
    return {**kept, **CREDENTIALS, **modules, "AWS_ENDPOINT_URL": endpoint}


@contextlib.contextmanager
def moto_server() -> Iterator[Server]:
    """Start moto with S3's checksums; it ends with the block."""
    command = [sys.executable, str(_ROOT / "bench/programs/s3_server.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None or not (address := process.stdout.readline().strip()):
            message = "the local S3 server did not start: is moto[server] installed?"
            raise SystemExit(message)
        try:
            yield Server(address, process.pid)
        finally:
            process.terminate()


@contextlib.contextmanager
def ceph_server() -> Iterator[Server]:
    """Start Ceph's gateway as the tests do; it ends when nobody holds its lock any more."""
    import fcntl  # not on Windows

    with tempfile.TemporaryDirectory(prefix="ceph-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (folder / "users").open("a") as users, (folder / "log").open("wb") as log:
            fcntl.flock(users, fcntl.LOCK_SH)
            program = [sys.executable, str(_ROOT / "tests/fixtures/ceph_rgw.py"), name]
            process = subprocess.Popen(program, stdout=log, stderr=log)
            state = folder / "started.json"
            while not state.exists():
                if process.poll() is not None:
                    raise SystemExit("Ceph did not start:\n" + (folder / "log").read_text()[-3000:])
                time.sleep(0.1)
            yield Server(json.loads(state.read_text())["endpoint"], process.pid, is_moto=False)
        process.wait()


def asked(url: str, method: str = "GET") -> bytes:
    """Ask a server that was started here."""
    request = urllib.request.Request(url, method=method)  # noqa: S310 - the server started here
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        body: bytes = answer.read()
    return body


def _cpu_seconds(process: int) -> float:
    """Add up what a process and those that it has started have taken."""
    ticks, parents = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            fields = stat.read_text().rpartition(")")[2].split()
            number = int(stat.parent.name)
            parents[number], ticks[number] = int(fields[1]), int(fields[11]) + int(fields[12])
    family = {process}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(ticks[each] for each in family) / os.sysconf("SC_CLK_TCK")
