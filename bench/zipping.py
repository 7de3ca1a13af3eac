"""Case s: the zip and the csv of a stimulus set, against brainscore-core's own."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.environments import our_environment, reference_interpreter
from bench.pairs import Run, in_pairs, told
from bench.stimuli import make_dataset

if TYPE_CHECKING:
    from bench.pairs import Comparison

TITLE = "stimulus files, zip and csv"
_PROGRAM = Path(__file__).parent / "programs" / "written_stimuli.py"


def measure(folder: Path, pairs: int, *, quick: bool) -> tuple[Comparison, ...]:
    """Compare 10,000 png images of 256 x 256 pixels together with 2,000 jpeg images."""
    counts = {"png": 100, "jpeg": 20} if quick else {"png": 10_000, "jpeg": 2_000}
    dataset = folder / "dataset"
    make_dataset(dataset, counts)

    def write(who: str) -> Run:
        target = folder / "written"
        shutil.rmtree(target, ignore_errors=True)
        python = reference_interpreter() if who == "reference" else Path(sys.executable)
        program = [python, _PROGRAM, who, dataset, target]
        return told(program, env=our_environment(folder / "python"))

    write("ours")  # compiles the modules, and reads the files once for both
    return (in_pairs("zip and csv", lambda: write("reference"), lambda: write("ours"), pairs),)
