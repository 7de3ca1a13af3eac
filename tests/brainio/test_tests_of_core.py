"""brainscore-core's own tests of packaging and upload_validator, with the import changed.

They are those of the installed package, and run in Brain-Score's environment, those that publish
too: to a local server instead of its bucket.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from pictures import png

if TYPE_CHECKING:
    from brainscore_environment import BrainScoreEnvironment
    from local_s3 import S3Server

_CORE = "brainscore_core.supported_data_standards.brainio"
_CHANGED = ("packaging", "upload_validator")
_BUCKET = "brainscore-storage"  # their conftest's


@pytest.fixture
def theirs(
    brainscore_environment: BrainScoreEnvironment, tmp_path: Path
) -> tuple[Path, dict[str, int]]:
    """Their tests with our import; and how many test functions each file has."""
    source = f"import {_CORE}.tests as tests; print(tests.__path__[0])"
    command = [brainscore_environment.python, "-c", source]
    installed = Path(subprocess.check_output(command, text=True).strip())
    count = {}
    for name in ("conftest.py", "test_packaging.py", "test_upload_validator.py"):
        text = (installed / name).read_text()
        for module in _CHANGED:
            text = text.replace(f"{_CORE}.{module}", f"brainscore_data.brainio.{module}")
        (tmp_path / name).write_text(text)
        count[name] = text.count("\ndef test_") if name != "conftest.py" else 0
    images = tmp_path / "images"
    images.mkdir()
    for number in range(10):
        (images / f"n{number}.png").write_bytes(png(number))
    return tmp_path, count


@pytest.mark.night  # by day scripts like theirs publish with either import: test_scripts.py
def test_all_of_them_pass(
    theirs: tuple[Path, dict[str, int]],
    brainscore_environment: BrainScoreEnvironment,
    s3_server: S3Server,
) -> None:
    folder, count = theirs
    client = s3_server.client()
    client.create_bucket(Bucket=_BUCKET)
    client.put_bucket_versioning(Bucket=_BUCKET, VersioningConfiguration={"Status": "Enabled"})
    report = folder / "report.xml"
    done = subprocess.run(
        [brainscore_environment.python, "-m", "pytest", "-q", f"--junitxml={report}"],
        cwd=folder,
        env={
            **brainscore_environment.variables,
            **s3_server.environment,
            "AWS_ENDPOINT_URL": s3_server.endpoint_url,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    cases = list(ET.parse(report).getroot().iter("testcase"))  # noqa: S314 - it is our own
    assert all(case.find("skipped") is None for case in cases), done.stdout
    ran = [str(case.get("classname")).rpartition(".")[2] for case in cases]
    assert {f"{name}.py": ran.count(name) for name in ran} == {
        name: number for name, number in count.items() if number
    }
    assert count["test_packaging.py"] >= 10


def test_those_of_the_validator_pass_by_their_own_count(
    theirs: tuple[Path, dict[str, int]], brainscore_environment: BrainScoreEnvironment
) -> None:
    """As tests of pytest they cannot fail: each gives back whether it passed."""
    folder, count = theirs
    done = subprocess.run(
        [brainscore_environment.python, "test_upload_validator.py"],
        cwd=folder,
        env=dict(brainscore_environment.variables),
        capture_output=True,
        text=True,
        check=False,
    )
    number = count["test_upload_validator.py"]
    assert f"Test Results: {number}/{number} tests passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
