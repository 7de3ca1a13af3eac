"""Case i: how long the action takes from its start to its first useful work, and to its end.

Caches of packages are warm (the first pair fills them): a runner that is new downloads them first.
What `publish` adds is its whole step, against the same upload by a program that is there already.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from bench.pairs import Run, in_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.pairs import Comparison

TITLE = "start of the action"
_ROOT = Path(__file__).resolve().parents[1]
_EXAMPLE = _ROOT / "examples" / "gratings"
_PROGRAM = (sys.executable, "-m", "brainscore_data")
_OURS = {"PYTHONPATH": str(_ROOT / "src")}
# What is imported when a command begins with its work.
_BEGINS = {
    "check": "brainscore_data.github.tasks.checking, brainscore_data.check.engine.checking",
    "publish": "brainscore_data.github.tasks.publishing, brainscore_data.publishing.folders, boto3",
}


def measure(folder: Path, pairs: int, *, quick: bool) -> tuple[Comparison, ...]:
    """Compare the start of commands, and a whole check of the example, with an empty step."""
    programs = {
        f"start of {command}": lambda command=command: _begun(folder, command)
        for command in _BEGINS
    } | {"check of the example": lambda: _checked(folder)}
    for program in [] if quick else programs.values():
        program()  # fills the caches
    starts = [
        in_pairs(f"an empty step against {name}", _empty_step, program, pairs)
        for name, program in programs.items()
    ]
    bundle = folder / "bundle"
    _told([*_PROGRAM, "package", str(_EXAMPLE), "-o", str(bundle)], str(folder), _OURS)
    with _s3_server() as server:
        publishing = in_pairs(
            "publishing the example: the program alone against the action's step",
            lambda: _published(folder, bundle, server, with_action=False),
            lambda: _published(folder, bundle, server, with_action=True),
            pairs,
        )
    return (*starts, publishing)


def _empty_step() -> Run:
    begin = _Begin()
    subprocess.run([*_BASH, "-c", "true"], check=True)
    return begin.ended()


def _begun(folder: Path, command: str) -> Run:
    begin = _Begin()
    python, work = _installed(folder, command)
    _told([python, "-I", "-X", "utf8", "-c", f"import {_BEGINS[command]}"], work, {})
    return begin.ended()


def _checked(folder: Path) -> Run:
    return _acted(folder, "check", {"PATH": str(_EXAMPLE.relative_to(_ROOT))}, {})


def _published(folder: Path, bundle: Path, server: str, *, with_action: bool) -> Run:
    """Publish to a bucket that is new."""
    import boto3

    keys = {
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    options = {"aws_access_key_id": "bench", "aws_secret_access_key": "bench"}
    client = boto3.client("s3", endpoint_url=server, region_name="us-east-1", **options)
    bucket = f"bench-{uuid.uuid4().hex[:16]}"
    client.create_bucket(Bucket=bucket)
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    store = f"s3://{bucket}/data"
    if with_action:
        inputs = {"STORE": store, "BUNDLE": str(bundle), "ENDPOINT_URL": server}
        inputs |= {"COMMENT": "never", "PULL_REQUEST": "1"}  # so that GitHub is not asked
        return _acted(folder, "publish", inputs, keys)
    begin = _Begin()
    receipts = tempfile.mkdtemp(dir=folder)
    command = ["publish", str(bundle), "--store", store, "--endpoint-url", server]
    _told([*_PROGRAM, *command, "--receipts", receipts], str(folder), _OURS | keys)
    return begin.ended()


def _acted(folder: Path, command: str, inputs: dict[str, str], more: dict[str, str]) -> Run:
    """Do what the two steps of the action do."""
    event = folder / "event.json"
    event.write_text("{}", encoding="utf-8")
    job = {
        "GITHUB_ACTOR": "bench",
        "GITHUB_API_URL": "https://api.github.com",
        "GITHUB_EVENT_NAME": "workflow_dispatch",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_REPOSITORY": "lab/data",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": "1",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_SHA": "1" * 40,
        "GITHUB_WORKFLOW": "bench",
        "GITHUB_WORKSPACE": str(_ROOT),
        "BRAINSCORE_DATA_INPUT_COMMAND": command,
    } | {f"BRAINSCORE_DATA_INPUT_{name}": value for name, value in inputs.items()}
    begin = _Begin()
    python, work = _installed(folder, command)
    _told([python, "-I", "-X", "utf8", "-m", "brainscore_data.github"], work, job | more)
    return begin.ended()


class _Begin:
    """When a program began, by the clock and by the processor time of all programs before it."""

    def __init__(self) -> None:
        self.clock, self.processor = time.perf_counter(), _processor_time()

    def ended(self) -> Run:
        seconds = time.perf_counter() - self.clock
        return Run(seconds, cpu_seconds=_processor_time() - self.processor)


def _processor_time() -> float:
    times = os.times()
    return times.children_user + times.children_system


@contextlib.contextmanager
def _s3_server() -> Iterator[str]:
    command = [sys.executable, str(_ROOT / "bench" / "programs" / "s3_server.py")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as process:
        if process.stdout is None or not (address := process.stdout.readline().strip()):
            message = "the local S3 server did not start: is moto[server] installed?"
            raise SystemExit(message)
        try:
            yield address
        finally:
            process.terminate()


_BASH = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail")


def _installed(folder: Path, command: str) -> tuple[str, str]:
    """Run the action's first step; gives its outputs, Python and folder."""
    temporary = tempfile.mkdtemp(dir=folder)
    output = Path(temporary, "output")
    env = {
        "BRAINSCORE_DATA_INPUT_COMMAND": command,
        "GITHUB_ACTION_PATH": str(_ROOT),
        "GITHUB_OUTPUT": str(output),
        "RUNNER_TEMP": temporary,
    }
    _told([*_BASH, str(_ROOT / "action" / "install.sh")], temporary, env)
    said = dict(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())
    return said["python"], said["folder"]


def _told(command: list[str], folder: str, env: dict[str, str]) -> None:
    environment = {**os.environ, **env}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        text = f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        raise SystemExit(text)
