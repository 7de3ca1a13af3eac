"""Case p: small assemblies in files, packaged by the command, in the cage and with all checks."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.assemblies import CASES
from bench.environments import our_environment, reference_interpreter
from bench.pairs import Run, in_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.pairs import Comparison

TITLE = "200 assemblies of 100 KB from files, whole programs"
_PROGRAM = Path(__file__).parent / "programs" / "packaged_arrays.py"
_ASSEMBLY = """\
[[assembly]]
identifier = "Bench2024.n{number}"
visibility = "public"
class = "NeuroidAssembly"
values = "{number}.npy"
dims = ["presentation", "neuroid", "time_bin"]
coords = {{ presentation = "presentation.csv", neuroid = "neuroid.csv", time_bin = "time_bin.csv" }}
"""


def measure(folder: Path, pairs: int, *, quick: bool) -> tuple[Comparison, ...]:
    """Compare with brainscore-core writing the same from the same files, its imports included.

    Processor time is that of all processes together.
    """
    dataset, out = folder / "dataset", folder / "out"
    make_dataset(dataset, 4 if quick else 200)
    ours = [sys.executable, "-m", "brainscore_data", "package", str(dataset), "-o", str(out)]
    reference = [str(reference_interpreter()), str(_PROGRAM), str(dataset), str(out)]
    environment = our_environment(folder / "python", BRAINSCORE_DATA_CACHE=str(folder / "cache"))
    timed(ours, out, environment)  # compiles the modules
    return (
        in_pairs(
            "brainscore-core against package",
            lambda: timed(reference, out, os.environ),
            lambda: timed(ours, out, environment),
            pairs,
        ),
    )


def make_dataset(folder: Path, copies: int) -> None:
    """Write arrays of one make, a table for each of their dimensions, and a manifest."""
    import numpy as np
    import pandas as pd

    values, dims, coordinates = CASES["e"].make(np.random.default_rng(20151), 1)
    folder.mkdir(parents=True)
    for dim in dims:
        of_dim = {name: array for name, (own, array) in coordinates.items() if own == dim}
        pd.DataFrame(of_dim).to_csv(folder / f"{dim}.csv", index=False)
    tables = [_ASSEMBLY.format(number=number) for number in range(copies)]
    for number in range(copies):
        np.save(folder / f"{number}.npy", values + np.float32(number))
    (folder / "dataset.toml").write_text(
        "\n".join(['schema = 1\n[dataset]\nlicense = "CC0-1.0"', *tables])
    )


def timed(command: list[str], out: Path, environment: Mapping[str, str]) -> Run:
    """Run a program that writes into a folder."""
    shutil.rmtree(out, ignore_errors=True)
    begin, before = time.perf_counter(), _of_children()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    seconds, cpu = time.perf_counter() - begin, _of_children() - before
    if done.returncode:
        text = f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}"
        raise SystemExit(text)
    size = sum(path.stat().st_size for path in out.glob("*.nc"))
    return Run(seconds, cpu_seconds=cpu, size=size)


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
