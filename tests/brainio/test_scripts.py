"""Packaging scripts of the families that exist, with brainscore-core's import and with ours."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from how_often import each_by_night

if TYPE_CHECKING:
    from brainscore_environment import BrainScoreEnvironment
    from local_s3 import S3Server
    from reader_environment import Reader

SCRIPTS = Path(__file__).parent / "scripts"
THEIRS = "from brainscore_core.supported_data_standards.brainio.packaging import"
OURS = "from brainscore_data.brainio.packaging import"


@pytest.fixture
def run_script(
    brainscore_environment: BrainScoreEnvironment,
    s3_server: S3Server,
    shared_data: Path,
    tmp_path: Path,
) -> Any:
    """Run a script with either import: what it printed, read as literals, and its bucket."""

    def run(name: str, imported: str) -> tuple[list[dict[str, Any]], str]:
        source = (SCRIPTS / f"{name}.py").read_text()
        assert THEIRS in source
        folder = tmp_path / ("ours" if imported == OURS else "theirs")
        folder.mkdir()
        script = folder / "data_packaging.py"
        script.write_text(source.replace(THEIRS, imported))
        bucket = s3_server.new_bucket()
        done = subprocess.run(
            [brainscore_environment.python, script],
            cwd=folder,
            env={
                **brainscore_environment.variables,
                **s3_server.environment,
                "AWS_ENDPOINT_URL": s3_server.endpoint_url,
                "BRAINIO_HOME": str(folder / "brainio"),
                "BUCKET": bucket,
                "STIMULI": str(shared_data / "natural-images"),
                "SENTENCES": str(shared_data / "sentences" / "langloc_fmri_run1_stim_set1.csv"),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        printed = [ast.literal_eval(line) for line in done.stdout.splitlines()]
        return printed, bucket

    return run


@pytest.fixture
def load(reader: Reader, s3_server: S3Server, tmp_path: Path) -> Any:
    """Load with brainscore-core what a script said that it published."""
    environment = {**s3_server.environment, "AWS_ENDPOINT_URL": s3_server.endpoint_url}

    def loaded(printed: list[dict[str, Any]], bucket: str) -> list[Any]:
        env = {**environment, "BRAINIO_HOME": str(tmp_path / bucket)}
        sets = [
            {
                "identifier": each["identifier"],
                "bucket": bucket,
                "csv_sha1": each["csv_sha1"],
                "zip_sha1": each["zip_sha1"],
                "csv_version_id": each["csv_version_id"],
                "zip_version_id": each["zip_version_id"],
            }
            for each in printed
            if "csv_sha1" in each
        ]
        found: list[Any] = [reader.stimulus_set_from_s3(env=env, **each) for each in sets]
        for each in printed:
            if "sha1" in each:
                cls = each.get("cls", "NeuroidAssembly")
                spikes = cls == "SpikeTimesAssembly"
                found.append(
                    reader.assembly_from_s3(
                        cls=cls,
                        stimulus_set=sets[0] if sets and not spikes else None,
                        env=env,
                        identifier=each["identifier"],
                        version_id=each["version_id"],
                        sha1=each["sha1"],
                        bucket=bucket,
                        **({"merge_stimulus_set_meta": False} if spikes or not sets else {}),
                    )
                )
        return found

    return loaded


# The others become bundles by day: tests/scripting/test_package_script.py.
@pytest.mark.parametrize(
    "name",
    each_by_night(
        ["behavioural", "neural", "spikes", "sentences"], by_day=["behavioural", "sentences"]
    ),
)
def test_a_script_publishes_the_same_values_with_either_import(
    name: str, run_script: Any, load: Any
) -> None:
    theirs, their_bucket = run_script(name, THEIRS)
    ours, our_bucket = run_script(name, OURS)
    assert [list(each) for each in ours] == [list(each) for each in theirs]
    for one, other in zip(load(ours, our_bucket), load(theirs, their_bucket), strict=True):
        assert without_order(one) == without_order(other)


def without_order(loaded: dict[str, Any]) -> dict[str, Any]:
    """Leave out what brainscore-core shuffles, and the name that it does not store."""
    if "columns" in loaded:
        return {**loaded, "columns": dict(sorted(loaded["columns"].items()))}
    attributes = {name: value for name, value in loaded["attrs"].items() if name != "stimulus_set"}
    levels = {dim: sorted(names, key=str) for dim, names in loaded["levels"].items()}
    return {**loaded, "attrs": attributes, "levels": levels}
