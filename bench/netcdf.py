"""Cases a, ag, b, c, d and e: writing assemblies, and loading them, against brainscore-core."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.assemblies import CASES, save
from bench.environments import reference_interpreter
from bench.limits import limits
from bench.pairs import Run, in_pairs, told

if TYPE_CHECKING:
    from bench.pairs import Comparison

_PROGRAMS = Path(__file__).parent / "programs"
_BYTES_PER_SECOND = 100e6  # of a download


def measure(letter: str, folder: Path, pairs: int, *, quick: bool) -> tuple[Comparison, ...]:
    """Compare writing, loading, and downloading with loading."""
    case, python = CASES[letter], reference_interpreter()
    source = folder / "source"
    save(case, source, 100 if quick else 1)
    written = {who: folder / who for who in ("reference", "ours")}

    def write(who: str) -> Run:
        interpreter = python if who == "reference" else Path(sys.executable)
        shutil.rmtree(written[who], ignore_errors=True)
        program = [interpreter, _PROGRAMS / "written_assembly.py", who, source, written[who]]
        run = told(program, env=_environment())
        return replace(run, data_size=_data_size(written[who] / "0.nc"))

    def load(who: str) -> Run:
        program = [python, _PROGRAMS / "loaded_assembly.py", written[who], case.assembly_class]
        return told(program, env=_environment())

    writing = in_pairs("write", lambda: write("reference"), lambda: write("ours"), pairs)
    loading = in_pairs(
        "load with brainscore-core", lambda: load("reference"), lambda: load("ours"), pairs
    )
    print(f"  {limits(source, median(run.seconds for run in writing.ours))}", file=sys.stderr)
    return writing, loading, _fetched(writing, loading)


def _data_size(path: Path) -> int:
    import h5py

    with h5py.File(path) as file:
        size: int = file["data"].id.get_storage_size()
    return size


def _fetched(writing: Comparison, loading: Comparison) -> Comparison:
    """Add what a download of the file takes to what loading it takes."""
    from bench.pairs import Comparison

    def with_download(written: tuple[Run, ...], loaded: tuple[Run, ...]) -> tuple[Run, ...]:
        return tuple(
            Run(run.seconds + (file.size or 0) / _BYTES_PER_SECOND)
            for file, run in zip(written, loaded, strict=True)
        )

    return Comparison(
        "download at 100 MB/s and load",
        with_download(writing.reference, loading.reference),
        with_download(writing.ours, loading.ours),
    )


def _environment() -> dict[str, str]:
    root = Path(__file__).parents[1]
    return {**os.environ, "PYTHONPATH": str(root / "src")}
