"""What Brain-Score's repositories could copy: played on their live registrations, without any key."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from example_workflows import OURS, workflow_at
from github_events import pull_request, schedule
from live_registrations import write_plugins
from played_action import ROOT

from brainscore_data.cli import main

if TYPE_CHECKING:
    from action_in_process import ActionProgram, Ran

NAMES = ("vision", "language")
WORKFLOW, BASELINE = (
    ".github/workflows/brainscore-data.yml",
    ".github/brainscore-data-baseline.json",
)
FAULTY = """\
from brainscore_vision import data_registry
from brainscore_core.supported_data_standards.brainio.s3 import load_assembly_from_s3
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly
data_registry['Doe2026'] = lambda: load_assembly_from_s3(
    identifier='Doe2026', version_id='3HL4kqtJlcpXroDTDmJ', sha1='0123',
    bucket='brainscore-storage/brainio-brainscore', cls=NeuroidAssembly)
"""


def example(name: str) -> Path:
    return ROOT / "examples" / f"brain-score-{name}"


def inputs_of(name: str, job: str) -> dict[str, str]:
    steps = workflow_at(example(name) / WORKFLOW)["jobs"][job]["steps"]
    (given,) = (step["with"] for step in steps if step["uses"] == OURS)
    return {key: str(value).lower() if value is True else value for key, value in given.items()}


def as_readme_says(name: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the baseline with the command that the README has."""
    readme = (example(name) / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^ +(brainscore-data check .*)$", readme, re.MULTILINE)
    (root / ".github").mkdir()
    with monkeypatch.context() as here:
        here.chdir(root)
        assert main(shlex.split(command)[1:]) == 0


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_is_quiet_on_todays_registrations_and_tells_what_is_new(
    name: str,
    action_program: ActionProgram,
    live_rows: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_plugins([row for row in live_rows if row["repo"] == name], tmp_path / "live")
    as_readme_says(name, tmp_path / "live", monkeypatch)
    program, home = action_program, f"brainscore_{name}/data"
    files = [path for path in (tmp_path / "live").rglob("*") if path.is_file()]
    program.repository.commit(
        {path.relative_to(tmp_path / "live").as_posix(): path.read_bytes() for path in files}
    )

    def checked(path: str, content: str) -> Ran:
        fork = f"contributor/{path.rpartition('/')[2][:4]}"
        program.repository.commit({path: content}, branch="data", repository=fork)
        pull = program.repository.open_pull("data", fork=fork)
        program.check_out(program.repository.head_of(pull))
        event = pull_request(program.github, program.repository, pull)
        return program.run("pull_request", event, inputs_of(name, "check"))

    quiet = checked(f"{home}/blank2014/README.md", "Nothing of data.\n")
    counts = (quiet.exit_code, quiet.outputs["errors"], quiet.outputs["warnings"])
    assert counts == (0, "0", "0"), quiet.log
    assert not program.github.asked("POST")
    told = checked(f"{home}/doe2026/__init__.py", FAULTY.replace("_vision", f"_{name}", 1))
    assert (told.exit_code, told.outputs["errors"]) == (1, "1"), told.log
    assert "BSD504" in told.summary


def test_the_weekly_report_asks_the_one_bucket_without_credentials(
    name: str,
    action_program: ActionProgram,
    live_rows: Any,
    s3_server: Any,
    bucket_named: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program, client = action_program, s3_server.client()
    bucket = bucket_named("brainscore-storage")
    row = next(each for each in live_rows if (each["repo"], each["kind"]) == (name, "assembly"))
    place = f"{row['bucket'].partition('/')[2]}/assy_{row['identifier'].replace('.', '_')}.nc"
    stored = client.put_object(Bucket=bucket, Key=place, Body=b"spikes", ACL="public-read")
    # No two buckets give the same version ids; all else is as it is pinned in the live one.
    write_plugins([row | {"version_id": stored["VersionId"]}], program.workspace)
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.endpoint_url)
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(key)
    event = schedule(program.github, program.repository)
    ran = program.run("schedule", event, inputs_of(name, "audit"))
    assert ran.exit_code == 0, ran.log
    assert f"s3://{row['bucket']}" in ran.summary
    assert "failed" not in ran.summary


def test_no_job_has_a_key_or_may_write(name: str) -> None:
    text = (example(name) / WORKFLOW).read_text(encoding="utf-8")
    described = workflow_at(example(name) / WORKFLOW)
    assert described["permissions"] == {}
    assert {str(job["permissions"]) for job in described["jobs"].values()} == {
        "{'contents': 'read'}"
    }
    assert not re.search(r"secrets\.|id-token|pull_request_target|environment:", text)
    assert set(described["on"]) == {"pull_request", "schedule", "workflow_dispatch"}


def test_all_that_runs_is_the_file_that_the_readme_deletes(name: str) -> None:
    """The baseline is data, and hooks run where somebody installed them."""
    found = {
        p.relative_to(example(name)).as_posix() for p in example(name).rglob("*") if p.is_file()
    }
    assert found == {WORKFLOW, BASELINE, ".pre-commit-config.yaml", "README.md"}
    readme = (example(name) / "README.md").read_text(encoding="utf-8")
    assert f"Delete `{WORKFLOW}`" in readme
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    offered = {hook["id"] for hook in hooks}
    config = yaml.safe_load((example(name) / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert {hook["id"] for hook in config["repos"][0]["hooks"]} <= offered
