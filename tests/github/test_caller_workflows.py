"""The short files that a repository copies: what they may, what they call, and what sets it up."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from example_workflows import ADOPTED, CALLER, HASH, NAMES, caller_of, workflow

from brainscore_data.base.errors import UsageError
from brainscore_data.cli import main
from brainscore_data.github.caller_workflows import Adoption, called_workflow

ROOT = Path(__file__).parents[2]
ELSEWHERE = replace(ADOPTED, action=None, workflows=f"lab/workflows@{HASH}")
LARGE = replace(ADOPTED, large=True, weekly=False, site=False)
LINE = [
    *("github", "template", "lab/data", "--store", "s3://lab/data", "--bucket-owner"),
    *("123456789012", "--role", "arn:aws:iam::123456789012:role/data"),
]
ACTION = ["--action", f"lab/brainscore-data@{HASH}"]


@pytest.mark.parametrize(
    "adoption",
    [ADOPTED, ELSEWHERE, LARGE],
    ids=["copied", "called elsewhere", "in shards"],
)
def test_the_linters_of_workflows_find_nothing(adoption: Adoption, tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for name, text in adoption.files().items():
        (folder / name).write_text(text)
    tools = Path(sys.executable).parent
    files = [str(each) for each in folder.iterdir()]
    schema = ["--builtin-schema", "vendor.github-workflows", *files]
    lint = ["--offline", "--strict-collection", "--no-progress", *files]
    for command in ([tools / "check-jsonschema", *schema], [tools / "zizmor", *lint]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_repository_copies_one_short_file_and_one_more_for_approval() -> None:
    for when, count in (("merge", 1), ("approval", 2), ("both", 2)):
        files = replace(ELSEWHERE, when=when, weekly=False, site=False).files()
        assert len(files) == count
        assert all(text.count("\n") <= 25 for text in files.values())
    assert replace(ELSEWHERE, when="merge").files()["data.yml"].count("\n") <= 17


def test_what_is_copied_is_all_that_is_called_and_uses_the_action_that_was_named() -> None:
    files = replace(ADOPTED, action=f"lab/brainscore-data@{HASH}").files()
    assert {f"{name}.yml" for name in NAMES} <= files.keys()
    for text in files.values():
        for called in re.findall(r"uses: \./\.github/workflows/(\S+)", text):
            assert called in files
        assert set(re.findall(r"uses: (\S*brainscore-data@.*)", text)) <= {
            f"lab/brainscore-data@{HASH}"
        }
    only = replace(ADOPTED, when="approval", weekly=False, site=False).files()
    assert set(only) == {"data.yml", "publish-data.yml", "check.yml", "publish-on-approval.yml"}


def test_large_data_is_published_in_shards_by_the_same_short_file() -> None:
    files = LARGE.files()
    assert "publish-large.yml" in files
    assert "publish-on-merge.yml" not in files
    small = replace(LARGE, large=False).files()["data.yml"]
    assert files["data.yml"] == small.replace("publish-on-merge", "publish-large")
    [job] = [
        job
        for job in caller_of("publish-large")["jobs"].values()
        if "with" not in job and "secrets" in job
    ]
    jobs = workflow("publish-large")["jobs"].values()
    writes = {kind for each in jobs for kind, its in each["permissions"].items() if its == "write"}
    assert {kind for kind, its in job["permissions"].items() if its == "write"} == writes


def test_others_are_called_at_a_full_hash_and_nothing_is_copied() -> None:
    files = ELSEWHERE.files()
    assert {f"{each}.yml" for each in CALLER.values()} == set(files)
    for text in files.values():
        for called in re.findall(r"uses: (.+)", text):
            assert re.fullmatch(rf"lab/workflows/\.github/workflows/[a-z-]+\.yml@{HASH}", called)


@pytest.mark.parametrize("caller", sorted(set(CALLER.values())))
def test_no_job_may_more_than_what_it_calls(caller: str) -> None:
    described = workflow(caller)
    assert described["permissions"] == {}
    for job in described["jobs"].values():
        if "uses" not in job:
            assert job["steps"] == [{"run": "true"}]
            continue
        jobs = list(workflow(Path(job["uses"]).stem)["jobs"].values())
        needed = {(kind, its) for each in jobs for kind, its in each["permissions"].items()}
        writes = {kind for kind, its in needed if its == "write"}
        assert job["permissions"] == {
            kind: "write" if kind in writes else "read" for kind, _ in needed
        }
    text = ADOPTED.files()[f"{caller}.yml"]
    assert "pull_request_target" not in text
    # What others wrote is looked at, and never part of a script.
    assert "github.event.comment" not in text


def test_the_wheel_has_every_workflow_that_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for name in (*NAMES, "publish-large"):
        file = f"{name}.yml"
        assert included[f".github/workflows/{file}"] == f"brainscore_data/github/workflows/{file}"
        assert called_workflow(file)


def test_files_are_written_and_commands_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = [*LINE, *ACTION, "--into", str(tmp_path), "--reviewer", "majaj"]
    assert main(line) == 0
    told = capsys.readouterr()
    written = {each.name for each in (tmp_path / ".github" / "workflows").iterdir()}
    assert written == {"data.yml", "check.yml", "publish-on-merge.yml", "register.yml"}
    commands = [shlex.split(each) for each in told.out.splitlines()]
    assert {each[0] for each in commands} == {"gh"}
    place = "repos/lab/data/environments/data"
    assert commands[0][1:5] == ["api", "--method", "PUT", place]
    assert "reviewers[][type]=User" in commands[0]
    assert commands[1][3:5] == ["POST", f"{place}/deployment-branch-policies"]
    variables = {each[3]: each[-1] for each in commands[2:]}
    assert variables == {
        "BRAINSCORE_DATA_STORE": "s3://lab/data",
        "BRAINSCORE_DATA_ROLE": "arn:aws:iam::123456789012:role/data",
        "BRAINSCORE_DATA_BUCKET_OWNER": "123456789012",
    }
    assert main(line) == 0  # the same again


def test_a_file_that_is_there_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = tmp_path / ".github" / "workflows" / "register.yml"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("on: push\n")
    assert main([*LINE, *ACTION, "--into", str(tmp_path)]) == 2
    assert "says something else; nothing was written" in capsys.readouterr().err
    assert [each.name for each in theirs.parent.iterdir()] == ["register.yml"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"action": None}, "either the workflows are copied"),
        ({"workflows": f"lab/workflows@{HASH}"}, "either the workflows are copied"),
        ({"action": "lab/brainscore-data@v1"}, "a full hash"),
        ({"action": None, "workflows": "lab/workflows@main"}, "a full hash"),
        ({"repository": "lab/data; rm -rf /"}, "its form is OWNER/REPO"),
        ({"branch": "main]\n  pull_request_target: ["}, "name the default branch"),
        ({"reviewers": ("$(id)",)}, "name somebody on GitHub"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as error:
        replace(ADOPTED, **given)
    assert said in str(error.value)
