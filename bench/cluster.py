"""Case x: a check and a large array on a cluster of dask, whole programs."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.environments import our_environment
from bench.packaging import timed
from bench.pairs import in_pairs
from bench.stimuli import make_dataset

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator, Mapping

    from bench.pairs import Comparison, Run

TITLE = "check and package on a cluster of dask; its start is not timed"
_MANIFEST = """\
schema = 1
[dataset]
license = "CC0-1.0"
[[assembly]]
identifier = "Bench2024"
visibility = "public"
class = "NeuroidAssembly"
values = "values.npy"
dims = ["presentation", "neuroid"]
coords = { presentation = "presentation.csv", neuroid = "neuroid.csv" }
"""
_NEUROIDS = 512
ROW_BYTES = 4 * _NEUROIDS
# The same noise again costs as much: deflate looks back 32 KiB.
_DISTINCT_ROWS = 300_000


def add_options(parser: ArgumentParser) -> None:
    """Let the sizes be chosen: what a cluster takes to begin with counts for less in longer work."""
    group = parser.add_argument_group("case x")
    group.add_argument("--images", type=int, default=10_000, help="png images that are checked")
    group.add_argument(
        "--rows", type=int, default=300_000, help="of the array that is packaged, of 2 KiB each"
    )


def measure(folder: Path, pairs: int, *, quick: bool, options: Namespace) -> tuple[Comparison, ...]:
    """Compare one worker of one thread with two, and two with a run without a cluster.

    The processor time of the cluster is given beside the program's, as "the server's".
    """
    images, array, out = folder / "images", folder / "array", folder / "out"
    make_dataset(images, {"png": 20 if quick else options.images})
    make_array(array, 40_000 if quick else options.rows)
    environment = our_environment(folder / "python")
    program = [sys.executable, "-m", "brainscore_data"]
    found = []
    for name, command in (
        ("check", [*program, "check", str(images)]),
        ("package", [*program, "package", str(array), "-o", str(out)]),
    ):
        run = partial(run_with_workers, command, out, folder, environment)
        run(0)  # compiles the modules
        for fewer, called in ((1, "1 worker"), (0, "no cluster")):
            title = f"{name}: {called} against 2 workers"
            found.append(in_pairs(title, partial(run, fewer), partial(run, 2), pairs))
    return tuple(found)


def make_array(folder: Path, rows: int) -> None:
    """Write noise in single precision, which takes longest to deflate, and its tables."""
    import numpy as np
    import pandas as pd

    folder.mkdir()
    (folder / "dataset.toml").write_text(_MANIFEST)
    path, random = folder / "values.npy", np.random.default_rng(2024)
    values = np.lib.format.open_memmap(path, "w+", np.float32, (rows, _NEUROIDS))
    block = random.standard_normal((min(rows, _DISTINCT_ROWS), _NEUROIDS), dtype=np.float32)
    for begin in range(0, rows, len(block)):
        values[begin : begin + len(block)] = block[: rows - begin]
    values.flush()
    ids = [f"stimulus-{number:07d}" for number in range(rows)]
    presentation = pd.DataFrame({"stimulus_id": ids, "repetition": 0})
    presentation.to_csv(folder / "presentation.csv", index=False)
    neuroid = pd.DataFrame({"neuroid_id": [f"n-{n}" for n in range(_NEUROIDS)], "region": "IT"})
    neuroid.to_csv(folder / "neuroid.csv", index=False)


def run_with_workers(
    command: list[str], out: Path, folder: Path, environment: Mapping[str, str], workers: int
) -> Run:
    """Run a program that has nothing in its cache, on so many workers."""
    cache = folder / f"cache-{time.monotonic_ns()}"
    environment = {**environment, "BRAINSCORE_DATA_CACHE": str(cache)}
    with _running_cluster(workers, folder, environment) as options:
        before = _used_so_far()
        run = timed([*command, *options], out, environment)
        return replace(run, server_cpu_seconds=_used_so_far() - before)


@contextlib.contextmanager
def _running_cluster(
    workers: int, folder: Path, environment: Mapping[str, str]
) -> Iterator[list[str]]:
    """Start a scheduler and so many workers of one thread, and give the options that name them."""
    if not workers:
        yield []
        return
    file = folder / f"scheduler-{time.monotonic_ns()}.json"
    dask, options = [sys.executable, "-m", "distributed.cli"], ["--scheduler-file", str(file)]
    dask_worker = [f"{dask[2]}.dask_worker", *options, "--nthreads", "1", "--no-nanny"]
    commands = [[f"{dask[2]}.dask_scheduler", *options, "--port", "0"], *[dask_worker] * workers]
    with contextlib.ExitStack() as ending:
        for command in commands:
            process = subprocess.Popen(
                [*dask[:2], *command, "--no-dashboard"],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            ending.callback(process.wait)
            ending.callback(process.terminate)
        _wait_for(workers, file)
        yield ["--cluster", str(file)]


def _used_so_far() -> float:
    """Add up the processor time of what runs below this process, and of what that waited for."""
    import psutil

    times = [each.cpu_times() for each in psutil.Process().children(recursive=True)]
    return sum(
        each.user + each.system + each.children_user + each.children_system for each in times
    )


def _wait_for(workers: int, file: Path) -> None:
    from distributed import Client

    while not file.exists():
        time.sleep(0.1)
    with Client(scheduler_file=str(file)) as client:
        client.wait_for_workers(workers)
