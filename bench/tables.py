"""Case t: a stimulus table of a million rows, all rules, beside what pandas needs to read it."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.environments import our_environment
from bench.pairs import in_pairs, told

if TYPE_CHECKING:
    from bench.pairs import Comparison

TITLE = "a stimulus table, all rules"
_PROGRAMS = Path(__file__).parent / "programs"
_OBJECTS = ("face", "house", "car", "animal", "chair", "table", "plane", "fruit")


def measure(folder: Path, pairs: int, *, quick: bool) -> tuple[Comparison, ...]:
    """Compare the check of 1,000,000 rows, and of a tenth, with plain ``pd.read_csv``."""
    environment = our_environment(folder, BRAINSCORE_DATA_CACHE=str(folder / "cache"))
    rows = 1_000 if quick else 1_000_000
    found = []
    for count in (rows, rows // 10):
        table = _table(folder / str(count), count)
        ours = [sys.executable, _PROGRAMS / "our_check.py", table, "0"]
        told(ours, env=environment)
        comparison = in_pairs(
            f"{count} rows: pd.read_csv against all rules",
            lambda table=table: told([sys.executable, _PROGRAMS / "read_csv.py", table]),
            lambda ours=ours: told(ours, env=environment),
            pairs,
        )
        found.append(comparison)
    return tuple(found)


def _table(folder: Path, rows: int) -> Path:
    """Write ids, filenames, two columns of words, and two of numbers."""
    numbers = random.Random(0)  # noqa: S311 - for no secret
    folder.mkdir()
    table = folder / "stimuli.csv"
    with table.open("w") as stream:
        stream.write("stimulus_id,filename,object_name,condition,size,rotation\n")
        stream.writelines(
            f"s{row:07d},image_{row:07d}.png,{_OBJECTS[row % 8]},"
            f"{'test' if row % 3 else 'train'},{numbers.random():.6f},{row % 360}\n"
            for row in range(rows)
        )
    return table
