"""Case u: uploads to S3, against brainscore-core's ``upload_to_s3``, both to one local server.

boto3 takes the server from ``AWS_ENDPOINT_URL``, so that brainscore-core runs as it is; with a boto3
that is too old for that its program hands the server over.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.bundles import make_bundle
from bench.environments import reference_interpreter
from bench.pairs import in_pairs, told
from bench.servers import Server, environment, moto_server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.pairs import Comparison, Run
    from brainscore_data.dataset.manifest_values import Visibility

    _Shape = tuple[int, int, Visibility]

TITLE = "uploads to a local S3 server"
PROGRAMS = Path(__file__).parent / "programs"


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
        make_bundle(bundle, *shape)
        with moto_server() as server:
            found.append(_compared(name, bundle, python, server, pairs))
    return tuple(found)


def _compared(name: str, bundle: Path, python: Path, server: Server, pairs: int) -> Comparison:
    def ours() -> Run:
        store = f"s3://{server.new_bucket()}"
        receipts = bundle / "receipts"
        program = [sys.executable, PROGRAMS / "our_upload.py", bundle, store, receipts, "new"]
        return _counted(program, server)

    def reference() -> Run:
        bucket = server.new_bucket()
        return _counted([python, PROGRAMS / "reference_upload.py", bundle, bucket], server)

    return in_pairs(f"{name}: brainscore-core against this", reference, ours, pairs)


def _counted(command: Sequence[str | Path], server: Server) -> Run:
    """Run a program, and ask the server what it was asked."""
    server.counted()
    run = told(
        [*command, server.endpoint],
        env=environment(server.endpoint, ours=command[0] == sys.executable),
    )
    return replace(run, **server.counted())
