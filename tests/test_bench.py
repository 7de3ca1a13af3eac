from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from bench.pairs import Comparison, Run, in_pairs
from bench.slow_line import SlowLine

if TYPE_CHECKING:
    from pathlib import Path

    from local_s3 import S3Server


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


def test_a_slow_line_passes_all_on_and_counts_it(s3_server: S3Server) -> None:
    address = urlsplit(s3_server.endpoint_url)
    bucket, body = s3_server.new_bucket(), bytes(range(256)) * 1000
    with SlowLine(address.hostname or "", address.port or 0, delay=0.002) as line:
        client = s3_server._replace(endpoint_url=line.endpoint).client()

        client.put_object(Bucket=bucket, Key="spikes", Body=body)
        assert client.get_object(Bucket=bucket, Key="spikes")["Body"].read() == body
    assert line.counted["PUT"] == line.counted["GET"] == 1


@pytest.mark.night
def test_the_case_of_stimuli_runs(repository_root: Path, reader_interpreter: Path) -> None:
    assert len(_quick("k", repository_root, reader_interpreter)) == 5


@pytest.mark.night
def test_the_case_of_packaging_runs(repository_root: Path, reader_interpreter: Path) -> None:
    (packaged,) = _quick("p", repository_root, reader_interpreter)
    assert packaged["reference"][0]["size"] > packaged["ours"][0]["size"] > 0


@pytest.mark.night
def test_the_case_of_uploads_runs(repository_root: Path, reader_interpreter: Path) -> None:
    files, one = _quick("u", repository_root, reader_interpreter)

    # Who am I, the upload, and which version is it.
    assert files["reference"][0]["requests"] == 15
    assert files["ours"][0]["writes"] == 5
    assert one["ours"][0]["requests"] > 0


@pytest.mark.night
def test_the_case_of_a_line_that_takes_time_runs(
    repository_root: Path, reader_interpreter: Path
) -> None:
    chosen = "--server", "moto", "--delay", "5"
    found = _quick("w", repository_root, reader_interpreter, *chosen)

    row = {each["name"].partition(" (")[0]: each["ours"][0] for each in found}
    assert row["moto, 5 ms, private"]["writes"] > row["moto, 5 ms, verify"]["writes"] == 0
    assert len(row) == 10


@pytest.mark.night
def test_the_case_of_a_cluster_runs(repository_root: Path, reader_interpreter: Path) -> None:
    checked = _quick("x", repository_root, reader_interpreter)
    assert len(checked) == 4
    assert checked[2]["reference"][0]["size"] == checked[3]["ours"][0]["size"] > 0


@pytest.mark.night
def test_the_case_of_more_and_more_runs(repository_root: Path, reader_interpreter: Path) -> None:
    measured = _quick("y", repository_root, reader_interpreter)
    assert len(measured) == 9
    assert all(each["ours"][0]["peak_mib"] > 50 for each in measured)


def _quick(
    case: str, repository_root: Path, reader_interpreter: Path, *more: str
) -> list[dict[str, Any]]:
    quick = ["--quick", "--pairs", "1", "--json", *more]
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--case", case, *quick],
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
def test_the_case_of_files_runs(repository_root: Path, reader_interpreter: Path) -> None:
    assert len(_quick("f", repository_root, reader_interpreter)) == 2


@pytest.mark.night
def test_the_case_of_tables_runs(repository_root: Path, reader_interpreter: Path) -> None:
    tables = _quick("t", repository_root, reader_interpreter)
    assert tables[0]["name"].startswith("1000 rows")
