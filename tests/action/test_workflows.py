"""Jobs of the workflows to copy, played as GitHub does it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from action_in_process import dataset
from example_workflows import OURS, steps_of, workflow
from github_api import WRITING
from github_events import environment, pull_request, workflow_dispatch
from played_action import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from github_api import FakeGitHub
    from github_repository import Pull, Repository
    from played_action import Played, Player


def _stand_in(inputs: str, *steps: dict[str, Any], **outputs: str) -> dict[str, Any]:
    return {
        "inputs": {name: {"default": ""} for name in inputs.split()},
        "outputs": {name: {"value": value} for name, value in outputs.items()},
        "runs": {"using": "composite", "steps": list(steps)},
    }


_CHECKOUT = _stand_in("ref fetch-depth persist-credentials")
_UPLOAD = _stand_in(
    "name path include-hidden-files retention-days if-no-files-found",
    {
        "id": "up",
        "shell": "bash",
        "env": {"AT": "${{ inputs.path }}"},
        "run": 'test -d "$AT"; echo "id=17" >> "$GITHUB_OUTPUT"; echo "at=$AT" >> "$GITHUB_OUTPUT"',
    },
    **{"artifact-id": "${{ steps.up.outputs.id }}"},
)
_DOWNLOAD = _stand_in(
    "name run-id github-token path artifact-ids merge-multiple",
    {
        "shell": "bash",
        "env": {"FROM": "${{ env.ARTIFACT }}", "AT": "${{ inputs.path }}"},
        "run": 'test -d "$FROM"; cp -r "$FROM" "$AT"',
    },
)
_OTHERS = {
    "actions/checkout": _CHECKOUT,
    "actions/upload-artifact": _UPLOAD,
    "actions/download-artifact": _DOWNLOAD,
}


def _checked_out(player: Player, repository: Repository, commit: str) -> None:
    shutil.rmtree(player.workspace)
    clone = ["git", "clone", "-q", "--no-checkout", str(repository.git.path)]
    subprocess.run([*clone, str(player.workspace)], check=True)
    for arguments in (["fetch", "-q", "origin", "+refs/*:refs/all/*"], ["checkout", "-q", commit]):
        subprocess.run(["git", "-C", str(player.workspace), *arguments], check=True)


@pytest.fixture
def repository(github: FakeGitHub) -> Repository:
    found = github.repository("lab/data")
    found.commit({"README.md": "Data of a lab.\n"})
    return found


@pytest.fixture
def pull(repository: Repository) -> Pull:
    files = dataset("data/a", "Author2026.public") | {"data/a/neuroids.csv": "neuroid_id\nn1\n"}
    repository.commit(files, branch="data")
    return repository.open_pull("data")


def test_the_job_that_checks_comments_with_what_the_action_itself_finds(
    player: Player, github: FakeGitHub, repository: Repository, pull: Pull, tmp_path: Path
) -> None:
    _checked_out(player, repository, repository.head_of(pull))
    (player.workspace / ".action").symlink_to(ROOT)
    job = workflow("check")["jobs"]["check"]
    for step in steps_of(job):
        if step["uses"] == OURS:
            step["uses"] = "./.action"
            step["with"]["changed-only"] = "true"  # as YAML's true gets there
    event = pull_request(github, repository, pull)
    env = environment(github, repository, "pull_request", event, tmp_path)
    played = player.job(job, env=env | {"TOKEN_OF_THE_JOB": WRITING}, stand_ins=_OTHERS)
    assert played.conclusion == "failure"
    assert [each["outcome"] for each in played.steps] == ["success", "failure"], played.log
    [comment] = repository.comments.values()
    assert (comment.number, comment.author) == (pull.number, "github-actions[bot]")
    assert "1 error" in comment.body
    assert any(each["level"] == "error" for each in played.annotations)


@dataclass(frozen=True)
class Approval:
    """The job that packages again, with made-up bundles in place of the real ones."""

    player: Player
    github: FakeGitHub
    repository: Repository
    pull: Pull
    folder: Path

    def bundle(self, name: str, text: str) -> Path:
        folder = self.folder / name
        (folder / "data" / "a").mkdir(parents=True)
        (folder / "data" / "a" / "bundle.json").write_text(text)
        return folder

    def play(self, packaged: Path | None, checked: Path | None, **inputs: str) -> Played:
        head = self.repository.head_of(self.pull)
        _checked_out(self.player, self.repository, head)
        given = {"pull-request": str(self.pull.number), "head-sha": head, "bundle-sha256": ""}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        event = workflow_dispatch(self.github, self.repository, given)
        tools = self.folder / "tools"
        tools.mkdir()
        found = "4712" if checked else ""
        # It is asked for runs of the reviewed commit, and only of those.
        (tools / "gh").write_text(
            f'#!/bin/sh\ncase "$*" in *"--commit {given["head-sha"]} "*) echo "{found}";; esac\n'
        )
        (tools / "gh").chmod(0o755)
        env = environment(self.github, self.repository, "workflow_dispatch", event, self.folder) | {
            "PATH": f"{tools}:{os.environ['PATH']}",
            "ARTIFACT": str(checked or ""),
            "TOKEN_OF_THE_JOB": "ghs_reading",
        }
        ours = _stand_in(
            "command changed-only pull-request", **{"bundle-path": str(packaged or "")}
        )
        return self.player.job(
            workflow("publish-on-approval")["jobs"]["package"],
            env=env,
            stand_ins=_OTHERS | {OURS.split("@")[0]: ours},
            contexts={"inputs": given},
        )


@pytest.fixture
def approval(
    player: Player, github: FakeGitHub, repository: Repository, pull: Pull, tmp_path: Path
) -> Approval:
    return Approval(player, github, repository, pull, tmp_path)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_bundle_that_is_made_again_goes_on(approval: Approval) -> None:
    played = approval.play(approval.bundle("packaged", "{}"), approval.bundle("before", "{}"))
    assert played.conclusion == "success", played.log
    assert played.outputs == {"artifact": "17", "sha256": _sha256("{}")}
    assert _sha256("{}") in played.summary


def test_a_check_run_that_made_something_else_stops_it(approval: Approval) -> None:
    played = approval.play(approval.bundle("packaged", "{}"), approval.bundle("before", "poison"))
    assert played.conclusion == "failure"
    assert played.outputs["artifact"] == ""
    assert "made another bundle" in played.annotations[-1]["message"]


def test_a_check_run_without_a_bundle_is_told(approval: Approval) -> None:
    played = approval.play(approval.bundle("packaged", "{}"), None)
    assert played.conclusion == "success", played.log
    assert "no bundle to compare with" in played.annotations[-1]["message"]


def test_the_bundle_of_a_script_goes_on_by_its_digest(approval: Approval) -> None:
    before = approval.bundle("before", "of a script")
    played = approval.play(None, before, bundle_sha256=_sha256("of a script"))
    assert played.conclusion == "success", played.log
    assert played.outputs["sha256"] == _sha256("of a script")
    assert [each["outcome"] for each in played.steps if each["name"] == OURS] == []
    skipped = [each["name"] for each in played.steps if each["outcome"] == "skipped"]
    assert skipped == ["package"]  # nothing is made again


def test_a_digest_of_something_else_stops_it(approval: Approval) -> None:
    before = approval.bundle("before", "poison")
    played = approval.play(None, before, bundle_sha256=_sha256("of a script"))
    assert played.conclusion == "failure"
    assert "not the approved one" in played.annotations[-1]["message"]


def test_a_head_that_moved_after_the_review_stops_it(approval: Approval) -> None:
    played = approval.play(approval.bundle("packaged", "{}"), None, head_sha="a" * 40)
    assert played.conclusion == "failure"
    assert "not at the commit that was reviewed" in played.annotations[-1]["message"]
    assert played.outputs == {"artifact": "", "sha256": ""}


@pytest.mark.parametrize("name", ["publish-on-merge", "publish-on-approval"])
@pytest.mark.parametrize("swapped", [False, True])
def test_the_job_that_publishes_takes_what_was_packaged_and_nothing_else(
    player: Player, tmp_path: Path, name: str, *, swapped: bool
) -> None:
    for each in ("first", "second"):
        (tmp_path / "bundle" / each).mkdir(parents=True)
        (tmp_path / "bundle" / each / "bundle.json").write_text(each)
    hashes = " ".join(sorted([_sha256("first"), _sha256("poison" if swapped else "second")]))
    inputs = "command bundle store role-to-assume expected-bucket-owner comment pull-request"
    published = {"receipts-path": str(tmp_path / "bundle")}
    played = player.job(
        workflow(name)["jobs"]["publish"],
        env={"ARTIFACT": str(tmp_path / "bundle")},
        stand_ins=_OTHERS | {OURS.split("@")[0]: _stand_in(inputs, **published)},
        contexts={"needs": {"package": {"outputs": {"artifact": "17", "sha256": hashes}}}},
    )
    assert played.conclusion == ("failure" if swapped else "success"), played.log
    outcomes = {each["name"]: each["outcome"] for each in played.steps}
    assert outcomes["publish"] == ("skipped" if swapped else "success")
