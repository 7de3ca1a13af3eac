from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import github_events
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainscore_data.base.errors import UsageError
from brainscore_data.github.context import read_context

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from github_api import FakeGitHub
    from github_repository import Repository

    from brainscore_data.github.context import Context

    ContextOf = Callable[[str, dict[str, Any]], Context]

SHA = "a" * 40
JOB = {
    "GITHUB_REPOSITORY": "brain-score/vision",
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_SHA": SHA,
    "GITHUB_ACTOR": "somebody",
    "GITHUB_WORKFLOW": "data",
    "GITHUB_RUN_ID": "12",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_API_URL": "https://ghe.example.org/api/v3",
    "GITHUB_SERVER_URL": "https://ghe.example.org/",
}
PUSH = {
    "repository": {"full_name": "brain-score/vision", "private": True, "default_branch": "main"},
    "before": "b" * 40,
    "after": SHA,
    "forced": False,
}


def read(folder: Path, payload: Any, **changed: str) -> Context:
    path = folder / "event.json"
    text = payload if isinstance(payload, str) else json.dumps(payload)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return read_context(JOB | {"GITHUB_EVENT_PATH": str(path)} | changed)


def test_a_push_says_where_the_branch_was_and_is(tmp_path: Path) -> None:
    context = read(tmp_path, PUSH)
    assert context.push is not None
    assert (context.push.before, context.push.after, context.push.forced) == ("b" * 40, SHA, False)
    assert context.private
    assert context.branch == "main"
    assert not context.from_fork
    assert context.run_url == "https://ghe.example.org/brain-score/vision/actions/runs/12"
    assert (context.api_url, context.run_attempt) == ("https://ghe.example.org/api/v3", 2)


def test_a_new_branch_was_nowhere(tmp_path: Path) -> None:
    context = read(tmp_path, PUSH | {"before": "0" * 40}, GITHUB_REF="refs/heads/other")
    assert context.push is not None
    assert context.push.before is None


def test_a_tag_is_no_branch(tmp_path: Path) -> None:
    context = read(tmp_path, PUSH, GITHUB_REF="refs/tags/main")
    assert context.branch is None


def test_a_repository_that_says_nothing_counts_as_public(tmp_path: Path) -> None:
    context = read(tmp_path, {}, GITHUB_EVENT_NAME="schedule")
    assert not context.private
    assert context.default_branch is None


@pytest.mark.parametrize("fork", ["", "contributor/vision"])
def test_a_pull_request_says_whether_it_comes_from_a_fork(
    github: FakeGitHub, repository: Repository, context_of: ContextOf, fork: str
) -> None:
    head = repository.commit({"data/c/dataset.toml": ""}, branch="add", repository=fork)
    pull = repository.open_pull("add", fork=fork)
    context = context_of("pull_request", github_events.pull_request(github, repository, pull))
    assert context.pull_request is not None
    assert (context.pull_request.number, context.pull_request.head.sha) == (pull.number, head)
    assert context.pull_request.base.sha == repository.head()
    assert context.from_fork is bool(fork)


def test_a_fork_that_is_gone_is_a_fork(
    github: FakeGitHub, repository: Repository, context_of: ContextOf
) -> None:
    pull = repository.open_pull("main")
    payload = github_events.pull_request(github, repository, pull)
    payload["pull_request"]["head"]["repo"] = None
    assert context_of("pull_request", payload).from_fork


def test_a_merge_queue_says_what_it_tries(
    github: FakeGitHub, repository: Repository, context_of: ContextOf
) -> None:
    base, head = repository.head(), repository.commit({"x": ""}, branch="queue")
    context = context_of("merge_group", github_events.merge_group(github, repository, base, head))
    assert context.merge_group is not None
    assert (context.merge_group.base_sha, context.merge_group.head_sha) == (base, head)


@pytest.mark.parametrize("name", sorted(JOB))
def test_a_missing_variable_is_named(tmp_path: Path, name: str) -> None:
    environment = {key: value for key, value in JOB.items() if key != name}
    with pytest.raises(UsageError) as error:
        read_context(environment | {"GITHUB_EVENT_PATH": str(tmp_path)})
    assert error.value.where == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GITHUB_REPOSITORY", "brain-score/vision/../other"),
        ("GITHUB_SHA", "main"),
        ("GITHUB_REF", "refs/heads/main\n::error::"),
        ("GITHUB_API_URL", "file:///etc"),
        ("GITHUB_SERVER_URL", "https://github.com@evil.example.org"),
        ("GITHUB_RUN_ID", "1; rm"),
        ("GITHUB_ACTOR", "some\nbody"),
    ],
)
def test_a_variable_of_another_form_is_refused(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(UsageError) as error:
        read(tmp_path, PUSH, **{name: value})
    assert error.value.where == name


@pytest.mark.parametrize(
    ("event", "payload", "place"),
    [
        ("push", {}, "before"),
        ("push", "not json", "not JSON"),
        ("push", "[" * 100_000, "not JSON"),
        ("push", [], "object"),
        ("push", PUSH | {"after": "main"}, "after"),
        ("push", PUSH | {"forced": "no"}, "forced"),
        ("pull_request", {}, "pull_request: it is missing"),
        ("pull_request", {"pull_request": {"number": True}}, "pull_request.number"),
        ("merge_group", {"merge_group": {"head_sha": SHA}}, "merge_group.base_sha"),
    ],
)
def test_an_event_of_another_form_is_refused(
    tmp_path: Path, event: str, payload: Any, place: str
) -> None:
    with pytest.raises(UsageError) as error:
        read(tmp_path, payload, GITHUB_EVENT_NAME=event)
    assert place in error.value.message


def test_a_pull_request_of_another_repository_is_refused(
    github: FakeGitHub, repository: Repository, context_of: ContextOf
) -> None:
    payload = github_events.pull_request(github, repository, repository.open_pull("main"))
    payload["pull_request"]["base"]["repo"]["full_name"] = "other/vision"
    with pytest.raises(UsageError, match=r"pull_request\.base\.repo"):
        context_of("pull_request", payload)


def test_an_event_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the event cannot be read: No such file"):
        read_context(JOB | {"GITHUB_EVENT_PATH": str(tmp_path / "gone.json")})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(
    event=st.sampled_from(["push", "pull_request", "merge_group", "schedule"]),
    payload=st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("repository", "pull_request", "merge_group", "before", "after", "forced"), json_values
        ),
    ),
)
def test_no_payload_makes_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, event: str, payload: Any
) -> None:
    try:
        read(tmp_path_factory.getbasetemp(), payload, GITHUB_EVENT_NAME=event)
    except UsageError as error:
        assert error.where == "GITHUB_EVENT_PATH"  # noqa: PT017 - others are fine


def test_a_run_that_a_maintainer_started_knows_the_reviewed_commit(tmp_path: Path) -> None:
    payload = {"repository": PUSH["repository"], "inputs": {"head-sha": "c" * 40, "other": 1}}
    assert read(tmp_path, payload, GITHUB_EVENT_NAME="workflow_dispatch").approved_sha == "c" * 40
    assert read(tmp_path, PUSH | payload).approved_sha is None  # a push has none


@pytest.mark.parametrize("sha", ["c" * 7, "main", "C" * 40, "c" * 40 + "\n"])
def test_less_than_a_whole_commits_name_is_refused(tmp_path: Path, sha: str) -> None:
    payload = {"repository": PUSH["repository"], "inputs": {"head-sha": sha}}
    with pytest.raises(UsageError, match="not the whole name of a commit"):
        read(tmp_path, payload, GITHUB_EVENT_NAME="workflow_dispatch")
