"""From a pull request to its receipt, by the workflows to copy and the action itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from action_in_process import dataset
from github_events import merge_group, pull_request, push, schedule

from brainscore_data.hosting.aws.policies import TrustedJob, trust

if TYPE_CHECKING:
    from github_repository import Pull
    from played_workflows import PlayedRun, Workflows


def _opened(workflows: Workflows, name: str, *, fork: str = "") -> Pull:
    files = dataset(f"data/{name}", f"Author2026.{name}")
    workflows.repository.commit(files, branch=name, repository=fork)
    return workflows.repository.open_pull(name, fork=fork, title=f"Add ::error::{name}")


def _checked(workflows: Workflows, pull: Pull) -> PlayedRun:
    event = pull_request(workflows.github, workflows.repository, pull)
    return workflows.run("check", "pull_request", event, only=("check",))


def _merged(workflows: Workflows, pull: Pull) -> dict[str, object]:
    before = workflows.repository.head()
    after = workflows.repository.merge(pull)
    return push(workflows.github, workflows.repository, before, after)


def _published(run: PlayedRun) -> tuple[str, str]:
    [step] = [each for each in run.jobs["publish"].steps if each["name"] == "publish"]
    return step["outputs"]["published"], step["outputs"]["unchanged"]


def _trusted(claims: dict[str, str], workflows: Workflows) -> bool:
    """Whether the role that `aws template` writes lets a job with these claims in."""
    [statement] = trust(TrustedJob("lab/data", workflows.repository.id, 9), "the provider")
    asked = statement["Condition"]["StringEquals"]
    wanted = {name.rpartition(":")[2]: value for name, value in asked.items()}
    return all(
        claims[name] in ([value] if isinstance(value, str) else value)
        for name, value in wanted.items()
    )


@pytest.mark.night
@pytest.mark.parametrize("fork", ["", "somebody/data"])
def test_the_comment_links_the_page_that_another_job_left(workflows: Workflows, fork: str) -> None:
    pull = _opened(workflows, "b", fork=fork)
    event = pull_request(workflows.github, workflows.repository, pull)
    run = workflows.run("check", "pull_request", event)
    if fork:
        assert run.conclusions["comment"] == "skipped", run.log
        assert "Author2026.b" in run.jobs["package"].summary
        return
    assert set(run.conclusions.values()) == {"success"}, run.log
    [comment] = workflows.repository.comments.values()
    assert "**`Author2026.b`**" in comment.body
    page = f"{workflows.github.server_url}/lab/data/actions/runs/{run.id}/artifacts/"
    assert f"**[See the data]({page}" in comment.body


def test_findings_are_mended_merged_published_and_registered(workflows: Workflows) -> None:
    repository = workflows.repository
    workflows.variables |= {"BRAINSCORE_DATA_REGISTER": "true", "BRAINSCORE_DATA_ATTEST": "true"}
    pull = _opened(workflows, "a")
    repository.commit({"data/a/neuroids.csv": "neuroid_id\nn1\n"}, branch="a")
    found = _checked(workflows, pull)
    assert found.conclusions == {"check": "failure"}, found.log
    [comment] = repository.comments.values()
    assert (comment.number, comment.author) == (pull.number, "github-actions[bot]")
    assert "1 error" in comment.body
    annotations = found.jobs["check"].annotations
    assert [each["file"] for each in annotations if each["level"] == "error"] == [
        "data/a/neuroids.csv"
    ], annotations

    repository.commit({"data/a/neuroids.csv": "neuroid_id,region\nn1,V1\nn2,V1\n"}, branch="a")
    mended = _checked(workflows, pull)
    assert set(mended.conclusions.values()) == {"success"}, mended.log
    [same] = repository.comments.values()
    assert same.id == comment.id
    assert "1 error" not in same.body

    merge = _merged(workflows, pull)
    published = workflows.run("publish-on-merge", "push", merge)
    ended = published.conclusions
    assert set(ended.values()) == {"success"}, published.log
    assert "register/register" in ended
    assert _published(published) == ("1", "0")
    [_, receipt] = repository.comments.values()
    assert receipt.number == pull.number
    assert "Author2026.a" in receipt.body
    [proposed] = [each for each in repository.pulls.values() if each is not pull]
    changed = repository.git.differences(repository.head(), repository.head_of(proposed))
    assert [each["filename"] for each in changed] == ["data/a/receipts.json"]

    assert [
        _trusted(workflows.issuer.verified(each), workflows) for each in workflows.issuer.minted
    ]
    secrets = [*workflows.issuer.minted, *workflows.issuer.environment.values()]
    secrets += [each for each in workflows.github.tokens if each.startswith("ghs_")]
    assert [each for each in secrets if each in published.told] == []
    assert set(workflows.issuer.minted) <= published.jobs["publish"].masked

    jobs = ("publish", "comment")
    again = workflows.run("publish-on-merge", "push", merge, only=jobs, of=published)
    assert set(again.conclusions.values()) == {"success"}, again.log
    assert _published(again) == ("0", "1")
    assert len(repository.comments) == 2
    assert len(repository.pulls) == 2


@pytest.mark.night  # by day without the workflow: tests/github/tasks/test_misfortunes.py
def test_of_three_merges_the_middle_one_is_cancelled_and_nothing_is_lost(
    workflows: Workflows,
) -> None:
    pulls = [_opened(workflows, name) for name in ("a", "b", "c")]
    first = workflows.run("publish-on-merge", "push", _merged(workflows, pulls[0]))
    assert _published(first) == ("1", "0"), first.log
    _merged(workflows, pulls[1])  # its run is cancelled while it waits for the first
    third = workflows.run("publish-on-merge", "push", _merged(workflows, pulls[2]))
    assert _published(third) == ("2", "1"), third.log
    assert third.conclusions["register"] == "skipped"  # nobody asked for it
    said = {each.number: each.body for each in workflows.repository.comments.values()}
    for pull, name in zip(pulls, "abc", strict=True):
        assert f"Author2026.{name}" in said[pull.number]


@pytest.mark.night  # by day a fork's data is published on approval, checked and merged after it
def test_a_forks_data_is_checked_without_a_comment_and_gets_its_receipt_after_the_merge(
    workflows: Workflows,
) -> None:
    pull = _opened(workflows, "a", fork="student/data")
    checked = _checked(workflows, pull)
    assert set(checked.conclusions.values()) == {"success"}, checked.log
    assert not workflows.repository.comments
    line = checked.jobs["check"].summary.rstrip().splitlines()[-2]
    assert line == f"/publish {workflows.repository.head_of(pull)}"
    base = workflows.repository.head()
    head = workflows.repository.head_of(pull)
    queue = merge_group(workflows.github, workflows.repository, base, head)
    queued = workflows.run("check", "merge_group", queue, only=("check",))
    assert queued.conclusions == {"check": "success"}, queued.log
    assert not workflows.repository.comments
    run = workflows.run("publish-on-merge", "push", _merged(workflows, pull))
    assert _published(run) == ("1", "0"), run.log
    assert [each.number for each in workflows.repository.comments.values()] == [pull.number]


@pytest.mark.night  # by day without the workflow: tests/github/tasks/test_scenarios.py
def test_github_is_down_for_the_comment_and_the_job_is_run_again(workflows: Workflows) -> None:
    workflows.github.enterprise = True  # and has an address of its own
    pull = _opened(workflows, "a")
    merge = _merged(workflows, pull)
    workflows.github.fail("POST", "/comments", status=502, times=50)
    run = workflows.run("publish-on-merge", "push", merge)
    assert run.conclusions["publish"] == "success", run.log
    assert run.conclusions["comment"] == "failure"
    assert [each["exit_code"] for each in run.jobs["comment"].steps[-1]["steps"]] == [0, 3]
    assert "Receipt for" in run.jobs["publish"].summary
    assert run.jobs["publish"].outputs["artifact"]
    workflows.github.failures.clear()
    again = workflows.run("publish-on-merge", "push", merge, only=("comment",), of=run)
    assert again.conclusions == {"comment": "success"}, again.log
    assert [each.number for each in workflows.repository.comments.values()] == [pull.number]


def test_an_audit_on_schedule_reads_what_was_published(workflows: Workflows) -> None:
    repository = workflows.repository
    before = repository.head()
    after = repository.commit(dataset("data/a", "Author2026.a"))  # without a pull request
    event = push(workflows.github, repository, before, after)
    run = workflows.run("publish-on-merge", "push", event)
    assert run.conclusions["comment"] == "success", run.log
    assert not repository.comments
    assert "without a pull request" in run.jobs["comment"].summary
    [step] = [each for each in run.jobs["publish"].steps if each["name"] == "publish"]
    [receipts] = json.loads(step["outputs"]["receipts"]).values()
    repository.commit({"data/a/receipts.json": json.dumps(receipts)})
    audited = workflows.run("audit", "schedule", schedule(workflows.github, repository))
    assert audited.conclusions == {"audit": "success"}, audited.log
    assert "1 of 1 files are right" in audited.jobs["audit"].summary
