"""What packages and loads works in Brain-Score's own environment as well as in the newest one."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from how_often import NIGHT

if TYPE_CHECKING:
    from pathlib import Path

    from brainscore_environment import BrainScoreEnvironment

#: What other libraries can make another thing of: arrays, tables, and what readers make of files.
PARTS = [
    "tests/assemblies",
    "tests/brainio/test_reading.py",
    "tests/brainio/test_upload_validator.py",
    "tests/packaging/netcdf/test_content.py",
    "tests/packaging/netcdf/test_encoding.py",
    "tests/packaging/test_readers_contract.py",
    "tests/packaging/test_round_trip.py",
    "tests/reading/test_loading_assemblies.py",
    "tests/reading/test_loading_stimulus_sets.py",
    "tests/tables/test_columns.py",
    "tests/tables/test_csv_text.py",
    "tests/tables/test_excel.py",
    "tests/tables/test_parquet.py",
    "tests/test_python_api.py::test_with_a_class_they_are_what_brain_scores_own_loaders_give",
    "tests/test_readers.py",
    "tests/test_real_inputs.py",
]
#: And everything else of the same rooms, for the night: bounds, kills, stores, hashes, whole runs.
ROOMS = [
    *PARTS,
    "tests/brainio/test_differences.py",
    "tests/brainio/test_packaging.py",
    "tests/packaging",
    "tests/reading",
    "tests/stimuli",
    "tests/tables",
    "tests/test_main_job.py",
    "tests/test_python_api.py",
    "src/brainscore_data/assemblies",
    "src/brainscore_data/packaging",
    "src/brainscore_data/reading",
    "src/brainscore_data/stimuli",
    "src/brainscore_data/tables",
]
#: Tests that nothing but Brain-Score's environment runs.
ONLY_THERE = {
    "test_an_assembly_of_brainscore_core_stays_without_indexes",
    "test_with_a_class_they_are_what_brain_scores_own_loaders_give",
    "test_the_classes_are_brainscore_cores_own",
    "test_our_own_loader_shows_the_extras_of_a_spike_times_assembly",
}


def test_the_suites_of_packaging_and_loading_pass_there(
    brainscore_environment: BrainScoreEnvironment, repository_root: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.xml"
    # By day the other processor has the other tests.
    options = ["-q", "-p", "no:cacheprovider", "-n", "2" if NIGHT else "0", f"--junitxml={report}"]
    done = subprocess.run(
        [brainscore_environment.python, "-m", "pytest", *options, *(ROOMS if NIGHT else PARTS)],
        cwd=repository_root,
        env=brainscore_environment.variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314 - it is our own
    ran = [case for case in cases if case.find("skipped") is None]
    assert len(ran) > 500, done.stdout[-2000:]
    assert {case.get("name") for case in ran} >= ONLY_THERE


def test_that_environment_has_the_versions_that_readers_pin(
    brainscore_environment: BrainScoreEnvironment,
) -> None:
    source = (
        "import numpy, pandas, xarray; print(*(m.__version__ for m in (numpy, pandas, xarray)))"
    )
    command = [brainscore_environment.python, "-c", source]
    numpy, pandas, xarray = subprocess.check_output(command, text=True).split()
    assert numpy.startswith("1.")
    assert pandas.startswith("2.")
    assert xarray.startswith("2022.")
