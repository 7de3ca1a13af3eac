from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

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


def test_what_was_asked_of_a_server_is_compared_too() -> None:
    comparison = Comparison(
        "x", (Run(4.0, requests=3, writes=1),), (Run(2.0, requests=1, writes=1),)
    )
    assert str(comparison).endswith("; requests 3.0 against 1.0; writes 1.0 against 1.0")


@pytest.mark.night
def test_the_case_of_stimuli_runs(repository_root: Path, reader_interpreter: Path) -> None:
    assert len(_quick("k", repository_root, reader_interpreter)) == 5


@pytest.mark.night
def test_the_case_of_uploads_runs(repository_root: Path, reader_interpreter: Path) -> None:
    files, one = _quick("u", repository_root, reader_interpreter)

    # Who am I, the upload, and which version is it.
    assert files["reference"][0]["requests"] == 15
    assert files["ours"][0]["writes"] == 5
    assert one["ours"][0]["requests"] > 0


def _quick(case: str, repository_root: Path, reader_interpreter: Path) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--case", case, "--quick", "--pairs", "1", "--json"],
        cwd=repository_root,
        env={**os.environ, "BRAINSCORE_DATA_READER_PYTHON": str(reader_interpreter)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)[case]
    return found


def test_the_case_of_starting_runs(repository_root: Path, reader_interpreter: Path) -> None:
    names = [each["name"] for each in _quick("h", repository_root, reader_interpreter)]
    assert names[1] == "an empty program against the hook of names on 300 registrations"


@pytest.mark.night
def test_the_case_of_tables_runs(repository_root: Path, reader_interpreter: Path) -> None:
    tables = _quick("t", repository_root, reader_interpreter)
    assert tables[0]["name"].startswith("1000 rows")
