"""Data that is published before its merge: what the workflow takes, and what stops it."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from action_in_process import dataset
from example_workflows import OURS
from github_events import issue_comment, pull_request, push, workflow_dispatch, workflow_run
from github_repository import Review
from stand_in_actions import stand_in

if TYPE_CHECKING:
    from pathlib import Path

    from github_repository import Pull
    from played_workflows import PlayedRun, Workflows

HOME = "brainscore_vision/data/author2026"


@pytest.fixture
def pull(workflows: Workflows) -> Pull:
    """Open a fork's pull request with data, a benchmark, and a workflow that it would like better."""
    workflows.repository.commit(dataset("data/old", "Author2020.public"))
    files: dict[str, Any] = dataset(HOME, "Author2026.public") | {
        f"{HOME}/__init__.py": "from brainscore_vision import data_registry\n",
        "brainscore_vision/benchmarks/author2026/__init__.py": "raise SystemExit('it was run')\n",
        ".github/workflows/check.yml": "on: pull_request\njobs: {}\n",
    }
    workflows.repository.commit(files, branch="data", repository="student/data")
    return workflows.repository.open_pull("data", fork="student/data")


def _approve(workflows: Workflows, pull: Pull, *jobs: str, **inputs: str) -> PlayedRun:
    head = workflows.repository.head_of(pull)
    given = {"pull-request": str(pull.number), "head-sha": head, "bundle-sha256": ""}
    jobs = ("ask", *jobs) if jobs else ()
    given |= {name.replace("_", "-"): value for name, value in inputs.items()}
    event = workflow_dispatch(workflows.github, workflows.repository, given)
    return workflows.run("publish-on-approval", "workflow_dispatch", event, only=jobs)


def _poison(bundles: Path) -> None:
    for bundle in bundles.rglob("bundle.json"):
        bundle.write_text(bundle.read_text() + " ")


def _said(run: PlayedRun) -> str:
    return run.jobs["package"].annotations[-1]["message"]


def _objects(workflows: Workflows) -> list[str]:
    bucket = workflows.store.split("/")[2]
    listed = workflows.s3.client().list_objects_v2(Bucket=bucket).get("Contents", [])
    return [each["Key"] for each in listed if each["Key"].endswith(".nc")]


def test_a_reviewed_commit_is_published_and_its_merge_changes_nothing(
    workflows: Workflows, pull: Pull
) -> None:
    repository = workflows.repository
    workflows.variables["BRAINSCORE_DATA_ATTEST"] = "true"
    event = pull_request(workflows.github, repository, pull)
    checked = workflows.run("check", "pull_request", event, only=("package",))
    left = workflows.artifact(checked.id)

    # Its own workflow could have left anything in place of what was checked.
    honest = left.with_name("honest")
    shutil.copytree(left, honest)
    _poison(left)
    stopped = _approve(workflows, pull)
    assert stopped.conclusions == dict.fromkeys(["publish", "attest", "comment"], "skipped") | {
        "ask": "success",
        "package": "failure",
    }, stopped.log
    assert "made another bundle of this commit" in _said(stopped)
    assert _objects(workflows) == []
    shutil.rmtree(left)
    honest.rename(left)

    line = repository.add_comment(pull.number, "maintainer", f"/publish {repository.head_of(pull)}")
    asked = issue_comment(workflows.github, repository, pull, line)
    run = workflows.run("publish-on-approval", "issue_comment", asked)
    assert set(run.conclusions.values()) == {"success"}, run.log
    [key] = _objects(workflows)  # and not the other dataset
    assert key == "prefix/assy_Author2026_public.nc"
    _, comment = repository.comments.values()
    assert comment.number == pull.number
    assert "Author2026.public" in comment.body

    # A review says the same again: nothing is uploaded twice.
    pull.reviews.append(Review("maintainer", "APPROVED", repository.head_of(pull)))
    reviewed = workflow_run(workflows.github, repository, pull)
    jobs = ("ask", "package", "publish")
    again = workflows.run("publish-on-approval", "workflow_run", reviewed, only=jobs)
    assert _counts(again) == ["0", "1", "0"], again.log

    before = repository.head()
    repository.commit({"data/old/dataset.toml": None})
    merge = push(workflows.github, repository, before, repository.merge(pull))
    merged = workflows.run("publish-on-merge", "push", merge, only=("package", "publish"))
    assert _counts(merged) == ["0", "1", "0"], merged.log


def _counts(run: PlayedRun) -> list[str]:
    [step] = [each for each in run.jobs["publish"].steps if each["name"] == "publish"]
    return [step["outputs"][each] for each in ("published", "unchanged", "replaced")]


@dataclass(frozen=True)
class Packaging:
    """The job that packages again, with made-up bundles in place of the real ones."""

    workflows: Workflows
    pull: Pull

    def checked(self, text: str, *, commit: str = "", event: str = "pull_request") -> None:
        """Leave a bundle as a check run does."""
        kept = self.workflows.folder / "artifacts" / "12" / "100"
        (kept / "files" / HOME).mkdir(parents=True)
        (kept / "name").write_text("bundle\n")
        (kept / "files" / HOME / "bundle.json").write_text(text)
        commit = commit or self.workflows.repository.head_of(self.pull)
        with (kept.parents[1] / "runs").open("a") as listed:
            listed.write(f"12 data.yml {event} {commit}\n")

    def again(self, text: str, **inputs: str) -> PlayedRun:
        """Let the action make a bundle, and compare."""
        made = self.workflows.folder / "made" / HOME
        made.mkdir(parents=True)
        (made / "bundle.json").write_text(text)
        self.workflows.stand_ins[OURS.split("@")[0]] = stand_in(
            "command changed-only pull-request head-sha",
            bundle_path=str(made.parents[2]),
            pull_request=str(self.pull.number),
            head_sha=inputs.get("head_sha", self.workflows.repository.head_of(self.pull)),
        )
        return _approve(self.workflows, self.pull, "package", **inputs)


@pytest.fixture
def packaging(workflows: Workflows, pull: Pull) -> Packaging:
    return Packaging(workflows, pull)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _outcomes(run: PlayedRun) -> dict[str, str]:
    return {each["name"]: each["outcome"] for each in run.jobs["package"].steps}


def test_a_bundle_that_is_made_again_goes_on(packaging: Packaging) -> None:
    packaging.checked("{}")
    run = packaging.again("{}")
    assert run.conclusions == {"ask": "success", "package": "success"}, run.log
    assert run.jobs["package"].outputs["sha256"] == _sha256("{}")
    assert _sha256("{}") in run.jobs["package"].summary


def test_a_check_run_that_made_something_else_stops_it(packaging: Packaging) -> None:
    packaging.checked("poison")
    run = packaging.again("{}")
    assert run.conclusions == {"ask": "success", "package": "failure"}
    assert run.jobs["package"].outputs["artifact"] == ""
    assert "made another bundle" in _said(run)


def test_a_check_runs_bundle_that_arrives_damaged_is_not_one_that_is_missing(
    packaging: Packaging,
) -> None:
    packaging.checked("half of it")
    (packaging.workflows.folder / "artifacts" / "12" / "100" / "damaged").touch()
    run = packaging.again("{}")
    assert run.conclusions == {"ask": "success", "package": "failure"}
    assert "made another bundle" in _said(run)


@pytest.mark.parametrize(
    "foreign", [{"commit": "a" * 40}, {"event": "push"}], ids=["of another commit", "of a push"]
)
def test_a_foreign_run_is_no_check_run_of_this_commit(
    packaging: Packaging, foreign: dict[str, str]
) -> None:
    packaging.checked("poison", **foreign)
    run = packaging.again("{}")
    assert run.conclusions == {"ask": "success", "package": "success"}, run.log
    assert run.jobs["package"].outputs["sha256"] == _sha256("{}")
    assert "no bundle to compare with" in _said(run)


def test_the_bundle_of_a_script_goes_on_by_its_digest(packaging: Packaging) -> None:
    packaging.checked("of a script")
    run = packaging.again("", bundle_sha256=_sha256("of a script"))
    assert run.conclusions == {"ask": "success", "package": "success"}, run.log
    assert run.jobs["package"].outputs["sha256"] == _sha256("of a script")
    skipped = [name for name, outcome in _outcomes(run).items() if outcome == "skipped"]
    assert skipped == ["package"]  # nothing is made again


def test_a_digest_of_something_else_stops_it(packaging: Packaging) -> None:
    packaging.checked("poison")
    run = packaging.again("", bundle_sha256=_sha256("of a script"))
    assert run.conclusions == {"ask": "success", "package": "failure"}
    assert "not the approved one" in _said(run)


def test_a_head_that_moved_after_the_review_stops_it(packaging: Packaging) -> None:
    reviewed = packaging.workflows.repository.head_of(packaging.pull)
    more = {f"{HOME}/neuroids.csv": "neuroid_id,region\nn1,V1\nn2,IT\n"}
    packaging.workflows.repository.commit(more, branch="data", repository="student/data")
    run = packaging.again("{}", head_sha=reviewed)
    assert run.conclusions == {"ask": "success", "package": "failure"}
    assert "not at the commit that was reviewed" in _said(run)
    assert _outcomes(run)["package"] == "skipped"
    assert run.jobs["package"].outputs == {"artifact": "", "sha256": ""}


def test_what_was_submitted_is_published_as_it_is(packaging: Packaging) -> None:
    workflows = packaging.workflows
    workflows.stand_ins[OURS.split("@")[0]] = stand_in(
        "command bundle path store endpoint-url sts-endpoint-url role-to-assume "
        "expected-bucket-owner pull-request head-sha bundle-sha256 comment",
        receipts_path="${{ format('{0} of {1}', inputs.bundle, inputs.path) }}",
        head_sha="${{ inputs.head-sha }}",
    )
    place = "s3://lab/data/staging/jane/12"
    run = _approve(workflows, packaging.pull, "package", "publish", submitted=place, dataset=HOME)
    expected = {"ask": "success", "package": "skipped", "publish": "success"}
    assert run.conclusions == expected, run.log
    [step] = [each for each in run.jobs["publish"].steps if each["name"] == "publish"]
    assert step["outputs"]["receipts-path"] == f"{place} of {HOME}"


@pytest.mark.parametrize("started", ["a comment", "a push", "a review that failed"])
def test_what_asks_for_nothing_starts_no_job(
    workflows: Workflows, pull: Pull, started: str
) -> None:
    said = workflows.repository.add_comment(pull.number, "maintainer", "Thanks!")
    name, event = "workflow_run", workflow_run(workflows.github, workflows.repository, pull)
    if started == "a comment":
        name = "issue_comment"
        event = issue_comment(workflows.github, workflows.repository, pull, said)
    elif started == "a push":
        event["workflow_run"]["event"] = "push"
    else:
        event["workflow_run"]["conclusion"] = "skipped"
    run = workflows.run("publish-on-approval", name, event)
    assert set(run.conclusions.values()) == {"skipped"}


def test_a_workflow_of_another_branch_does_nothing(packaging: Packaging) -> None:
    packaging.workflows.repository.default_branch = "trunk"  # and it is started on main
    packaging.workflows.repository.git.move("refs/heads/trunk", "refs/heads/main")
    event = workflow_dispatch(packaging.workflows.github, packaging.workflows.repository, {})
    event["ref"] = "refs/heads/main"
    run = packaging.workflows.run("publish-on-approval", "workflow_dispatch", event)
    assert set(run.conclusions.values()) == {"skipped"}


@pytest.mark.parametrize("name", ["publish-on-merge", "publish-on-approval"])
def test_what_changed_after_it_was_packaged_is_not_published(
    packaging: Packaging, name: str
) -> None:
    workflows = packaging.workflows
    packaged = packaging.again("{}")
    _poison(workflows.artifact(packaged.id))
    head = workflows.repository.head()
    if name == "publish-on-merge":
        event, payload = "push", push(workflows.github, workflows.repository, head, head)
    else:
        event = "workflow_dispatch"
        payload = workflow_dispatch(workflows.github, workflows.repository, {})
    run = workflows.run(name, event, payload, only=("publish", "comment"), of=packaged)
    assert run.conclusions == {"publish": "failure", "comment": "skipped"}, run.log
    outcomes = {each["name"]: each["outcome"] for each in run.jobs["publish"].steps}
    assert outcomes["Make sure that it is what was packaged"] == "failure"
    assert outcomes["publish"] == "skipped"
