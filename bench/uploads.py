"""Case u: uploads to S3, against brainscore-core's ``upload_to_s3``, both to one local server.

boto3 takes the server from ``AWS_ENDPOINT_URL``, so that brainscore-core runs as it is; with a boto3
that is too old for that its program hands the server over.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import urllib.request
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.environments import reference_interpreter
from bench.pairs import in_pairs, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.pairs import Comparison, Run
    from brainscore_data.dataset.manifest import Visibility

    _Shape = tuple[int, int, Visibility]

TITLE = "uploads to a local S3 server"
_PROGRAMS = Path(__file__).parent / "programs"
_MB = 1_000_000
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def measure(folder: Path, pairs: int, *, quick: bool) -> tuple[Comparison, ...]:
    """Compare 200 files of 1 MB, and one of 1 GB.

    Ours is a whole publication: it hashes the files, looks at what is there, writes, and keeps
    receipts; of public files it also tries each without credentials. The reference's is the upload
    alone. The server, in a process of its own, counts. Both have imported boto3 before.
    """
    python = reference_interpreter()
    shapes: dict[str, _Shape] = {
        "5 files of 1 MB": (5, 1, "private"),
        "1 public file of 20 MB": (1, 20, "public"),
    }
    if not quick:
        shapes = {
            "200 files of 1 MB": (200, 1, "private"),
            "200 public files of 1 MB": (200, 1, "public"),
            "1 public file of 1 GB": (1, 1000, "public"),
        }
    found = []
    for name, shape in shapes.items():
        bundle = folder / name.replace(" ", "-")
        _make(bundle, *shape)
        with _server() as server:
            found.append(_compared(name, bundle, python, server, pairs))
    return tuple(found)


def _compared(name: str, bundle: Path, python: Path, server: str, pairs: int) -> Comparison:
    def ours() -> Run:
        store = f"s3://{_new_bucket(server)}"
        return _counted([sys.executable, _PROGRAMS / "our_upload.py", bundle, store, server])

    def reference() -> Run:
        bucket = _new_bucket(server)
        return _counted([python, _PROGRAMS / "reference_upload.py", bundle, bucket, server])

    return in_pairs(f"{name}: brainscore-core against this", reference, ours, pairs)


def _counted(command: Sequence[str | Path]) -> Run:
    """Run a program whose last argument is the server, and ask that what it was asked."""
    server = str(command[-1])
    environment = {n: v for n, v in os.environ.items() if not n.startswith("AWS_")}
    environment |= _CREDENTIALS | {"AWS_ENDPOINT_URL": server}
    if command[0] == sys.executable:
        environment["PYTHONPATH"] = str(Path(__file__).parents[1] / "src")
    _asked(f"{server}/counted")
    run = told(command, env=environment)
    return replace(run, **json.loads(_asked(f"{server}/counted")))


@contextlib.contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, str(_PROGRAMS / "s3_server.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None or not (address := process.stdout.readline().strip()):
            message = "the local S3 server did not start: is moto[server] installed?"
            raise SystemExit(message)
        try:
            yield address
        finally:
            process.terminate()


def _new_bucket(server: str) -> str:
    """Empty the server, which keeps all in memory, and make a versioned bucket."""
    import boto3

    _asked(f"{server}/moto-api/reset", method="POST")
    name = f"bench-{uuid.uuid4().hex[:16]}"
    client = boto3.client(
        "s3",
        endpoint_url=server,
        region_name=_CREDENTIALS["AWS_DEFAULT_REGION"],
        aws_access_key_id=_CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )
    client.create_bucket(Bucket=name)
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    client.close()
    return name


def _asked(url: str, method: str = "GET") -> bytes:
    request = urllib.request.Request(url, method=method)  # noqa: S310 - the server started here
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        body: bytes = answer.read()
    return body


def _make(folder: Path, count: int, megabytes: int, visibility: Visibility) -> None:
    """Write a bundle of assemblies: publishing does not look into them."""
    from brainscore_data.base.files import fingerprint
    from brainscore_data.records.bundle import (
        Bundle,
        BundledAssembly,
        BundledFile,
        BundledStimulusSet,
        CheckRecord,
        save_bundle,
    )

    folder.mkdir(parents=True)
    items: list[BundledAssembly | BundledStimulusSet] = []
    for number in range(count):
        name = f"assy_Bench2024_{number:03}.nc"
        block = os.urandom(_MB)
        with (folder / name).open("wb") as file:
            for _ in range(megabytes):
                file.write(block)
        with (folder / name).open("rb") as file:
            found = fingerprint(file)
        stored = BundledFile(
            name=name,
            sha1=found.sha1,
            sha256=found.sha256,
            size=found.size,
            digest=f"cd1:{hashlib.sha256(block).hexdigest()}",
        )
        items.append(
            BundledAssembly(
                identifier=f"Bench2024_{number:03}",
                visibility=visibility,
                assembly_class="NeuroidAssembly",
                stimulus_set=None,
                merges_stimulus_set=True,
                nc=stored,
            )
        )
    checks = CheckRecord(ran=[], ignored=[], baseline=False, warnings=[])
    bundle = Bundle(
        dataset="bench2024",
        license="CC0-1.0",
        items=items,
        checks=checks,
        writers={"bench": "1"},
    )
    save_bundle(bundle, folder)
