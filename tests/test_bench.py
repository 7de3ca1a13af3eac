from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from bench.pairs import Comparison, Run, in_pairs

if TYPE_CHECKING:
    from pathlib import Path


def test_pairs_are_run_in_turn_and_begin_with_the_other_one() -> None:
    order = []

    def program(name: str) -> Run:
        order.append(name)
        return Run(1.0)

    in_pairs("x", lambda: program("reference"), lambda: program("ours"), 2)
    assert order == ["reference", "ours", "ours", "reference"]


def test_the_ratio_is_that_of_each_pair() -> None:
    comparison = Comparison("x", (Run(4.0), Run(9.0)), (Run(2.0), Run(3.0)))
    assert comparison.ratios == (2.0, 3.0)
    assert comparison.as_dict()["median_ratio"] == 2.5


def test_the_case_of_stimuli_runs(repository_root: Path, reader_interpreter: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--case", "k", "--quick", "--pairs", "1", "--json"],
        cwd=repository_root,
        env={**os.environ, "BRAINSCORE_DATA_READER_PYTHON": str(reader_interpreter)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["k"]) == 5


def test_the_case_of_starting_runs(repository_root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--case", "h", "--quick", "--pairs", "1", "--json"],
        cwd=repository_root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names = [each["name"] for each in json.loads(done.stdout)["h"]]
    assert names[1] == "an empty program against the hook of names on 300 registrations"


def test_the_case_of_tables_runs(repository_root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--case", "t", "--quick", "--pairs", "1"],
        cwd=repository_root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "1000 rows" in done.stdout
