"""Data that is too large for one runner: planned, packaged in a matrix, approved once, merged."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from action_in_process import dataset
from example_workflows import workflow
from github_events import push

if TYPE_CHECKING:
    from pathlib import Path

    from played_workflows import Workflows

# What packaging one assembly of the dataset takes, and not two.
ONE_AT_A_TIME = "400"


@pytest.fixture
def merged(workflows: Workflows) -> dict[str, object]:
    """Merge a pull request with a dataset of two assemblies."""
    repository = workflows.repository
    files = dataset("data/a", "Author2026.a")
    manifest = str(files["data/a/dataset.toml"])
    table = manifest[manifest.index("[[assembly]]") :]
    files["data/a/dataset.toml"] = manifest + "\n" + table.replace("Author2026.a", "Author2026.b")
    repository.commit(files, branch="a")
    pull = repository.open_pull("a")
    before = repository.head()
    return push(workflows.github, repository, before, repository.merge(pull))


@pytest.mark.night  # by day without the workflow: tests/github/tasks/test_sharding.py
def test_every_shard_is_a_job_and_the_receipt_is_one(
    workflows: Workflows, merged: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    workflows.inputs = {"max-bytes": ONE_AT_A_TIME}
    run = workflows.run("publish-large", "push", merged)
    names = ["plan", "package", "gather", "publish", "merge", "comment"]
    assert [run.conclusions[each] for each in names] == ["success"] * 6, run.log
    assert {"package (0)", "package (1)", "publish (0)", "publish (1)"} <= run.jobs.keys()
    assert "package (2)" not in run.jobs
    [comment] = workflows.repository.comments.values()
    assert "Author2026.a" in comment.body
    assert "Author2026.b" in comment.body
    assert "Receipt for" in run.jobs["merge"].summary
    assert "data/a 2/2" in run.jobs["gather"].summary


@pytest.mark.night
def test_a_shard_that_failed_is_named_and_run_again_alone(
    workflows: Workflows, merged: dict[str, object]
) -> None:
    workflows.inputs = {"max-bytes": ONE_AT_A_TIME}
    run = workflows.run("publish-large", "push", merged, only=("plan", "package", "gather"))
    kept = _taken_away(workflows, run.id, "described-1")
    jobs = ("gather", "publish", "merge", "comment")
    halves = workflows.run("publish-large", "push", merged, only=jobs, of=run)
    assert halves.conclusions["merge"] == "failure", halves.log
    assert halves.conclusions["comment"] == "skipped"
    assert "there are no receipts of shard 2/2" in halves.jobs["merge"].log
    assert not workflows.repository.comments
    kept[0].rename(kept[1])
    again = workflows.run("publish-large", "push", merged, only=jobs, of=run)
    assert again.conclusions["comment"] == "success", again.log
    counts = [
        step["outputs"]["unchanged"]
        for number in (0, 1)
        for step in again.jobs[f"publish ({number})"].steps
        if step["name"] == "publish"
    ]
    assert counts == ["1", "0"]


def test_a_bundle_that_was_exchanged_after_the_gathering_is_not_published(
    workflows: Workflows,
) -> None:
    """One review of the environment is for all: what is published is what was gathered before."""
    steps = workflow("publish-large")["jobs"]["publish"]["steps"]
    names = [step.get("name") or step.get("id") or step["uses"].partition("@")[0] for step in steps]
    assert names.index("Make sure that it is what was packaged") < names.index("publish")
    described = workflow("publish-large")["jobs"]["publish"]
    assert described["environment"] == "data"
    assert "max-parallel" not in described["strategy"]


def _taken_away(workflows: Workflows, run: int, name: str) -> tuple[Path, Path]:
    [home] = [
        each.parent
        for each in (workflows.folder / "artifacts" / str(run)).glob("*/name")
        if each.read_text().strip() == name
    ]
    away = workflows.folder / name
    shutil.move(home, away)
    return away, home.with_name("900")
