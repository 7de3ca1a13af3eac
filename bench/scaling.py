"""Case y: what grows with the work: arrays and images of several sizes, and workers of a cluster."""

from __future__ import annotations

import contextlib
import sys
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.cluster import ROW_BYTES, make_array, run_with_workers
from bench.environments import our_environment
from bench.pairs import Comparison, in_turn
from bench.stimuli import make_dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bench.pairs import Run

TITLE = "arrays of 1, 4 and 16 GB, 10,000 and 300,000 images, and 1, 2 and 4 workers"
_PROGRAM = [sys.executable, "-m", "brainscore_data"]


def measure(folder: Path, pairs: int, *, quick: bool) -> tuple[Comparison, ...]:
    """Compare the smallest with each larger, and no cluster with workers of one thread."""
    environment = our_environment(folder / "python")
    out = folder / "out"
    sizes = (1, 4, 16) if quick else (1_000, 4_000, 16_000)
    arrays = {f"{size:,} MB": size * 1_000_000 // ROW_BYTES for size in sizes}
    counts = (20, 40) if quick else (10_000, 300_000)
    images = {f"{count:,} png": count for count in counts}
    found: list[Comparison] = []
    for called, inputs, make, command in (
        ("package", arrays, make_array, [*_PROGRAM, "package", "{}", "-o", str(out)]),
        ("check", images, _make_images, [*_PROGRAM, "check", "{}"]),
    ):
        programs: dict[str, Callable[[], Run]] = {}
        for number, (name, amount) in enumerate(inputs.items()):
            made = folder / f"{called}-{amount}"
            make(made, amount)
            run = partial(_run, [part.format(made) for part in command], out, folder, environment)
            if number == 0:
                run(0)  # compiles the modules
            programs[f"{called} of {name}"] = partial(run, 0)
            if number == (1 if called == "package" else 0):
                for workers in (1, 2, 4):
                    programs[f"{called} of {name}, {workers} workers"] = partial(run, workers)
        runs = in_turn(programs, pairs)
        first, *others = runs
        found += [
            Comparison(f"{first} against {other}", runs[first], runs[other]) for other in others
        ]
    return tuple(found)


def _make_images(folder: Path, count: int) -> None:
    make_dataset(folder, {"png": count})


def _run(
    command: list[str], out: Path, folder: Path, environment: Mapping[str, str], workers: int
) -> Run:
    """Run a program that has nothing in its cache; its memory is that of the largest process."""
    with largest_processes() as peak:
        run = run_with_workers(command, out, folder, environment, workers)
    return replace(run, peak_mib=max(peak.values()))


@contextlib.contextmanager
def largest_processes() -> Iterator[dict[int, float]]:
    """Watch the processes that come from this one: how large each was at most, in MiB."""
    import psutil

    peak: dict[int, float] = {}
    over = threading.Event()

    def watch() -> None:
        this = psutil.Process()
        while not over.wait(0.2):
            for each in this.children(recursive=True):
                with contextlib.suppress(OSError, StopIteration):
                    lines = Path(f"/proc/{each.pid}/status").read_text().splitlines()
                    line = next(line for line in lines if line.startswith("VmHWM"))
                    peak[each.pid] = int(line.split()[1]) / 1024

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()
