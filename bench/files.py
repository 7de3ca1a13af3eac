"""Case f: very many files in a folder, all rules, beside what Python needs to read each of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.environments import our_environment
from bench.pairs import in_pairs, told

if TYPE_CHECKING:
    from bench.pairs import Comparison

TITLE = "300,000 small tables in a folder, all rules"
_PROGRAMS = Path(__file__).parent / "programs"


def measure(folder: Path, pairs: int, *, quick: bool) -> tuple[Comparison, ...]:
    """Compare the check of empty tables, and of a tenth of them, with a program that opens each."""
    environment = our_environment(folder / "python", BRAINSCORE_DATA_CACHE=str(folder / "cache"))
    found = []
    for count in (100, 10) if quick else (300_000, 30_000):
        tables = folder / str(count)
        tables.mkdir()
        for number in range(count):
            (tables / f"{number}.csv").touch()
        reference = [sys.executable, _PROGRAMS / "read_files.py", tables]
        ours = [sys.executable, _PROGRAMS / "our_check.py", tables, "0"]
        comparison = in_pairs(
            f"{count} files: opening each against all rules",
            lambda reference=reference: told(reference),
            lambda ours=ours: told(ours, env=environment),
            pairs,
        )
        found.append(comparison)
    return tuple(found)
