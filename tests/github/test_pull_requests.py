from __future__ import annotations

from typing import TYPE_CHECKING, Any

import github_events
import pytest

from brainscore_data.base.errors import UsageError
from brainscore_data.github.changed_datasets import Origin, named_pull_request, origins

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from github.Repository import Repository as Real
    from github_api import FakeGitHub
    from github_repository import Method, Pull, Repository

    from brainscore_data.github.context import Context

BY_GIT_AND_BY_API = pytest.mark.parametrize("depth", [0, 1], ids=["by git", "by the API"])
METHODS = pytest.mark.parametrize("method", ["merge", "squash", "rebase"])


@pytest.fixture
def found(
    github: FakeGitHub,
    repository: Repository,
    context_of: Callable[[str, dict[str, Any]], Context],
    checkout: Callable[..., Path],
    real: Callable[[], Real],
) -> Callable[..., dict[str, Origin]]:
    """Find the origins of datasets after a push since `before`."""

    def find(before: str, *folders: str, depth: int = 0, branch: str = "main") -> dict[str, Origin]:
        after = repository.head(branch)
        payload = github_events.push(github, repository, before, after, branch=branch)
        context = context_of("push", payload)
        return origins(context, checkout(after, depth), folders, real)

    return find


def offered(repository: Repository, name: str, *, fork: str = "", base: str = "") -> Pull:
    """Open a pull request with a dataset, in two commits."""
    repository.commit({f"data/{name}/dataset.toml": ""}, branch=name, repository=fork)
    repository.commit(
        {f"data/{name}/README.md": "", "notes.txt": name}, branch=name, repository=fork
    )
    return repository.open_pull(name, fork=fork, base=base)


@METHODS
@BY_GIT_AND_BY_API
@pytest.mark.parametrize("fork", ["", "contributor/vision"])
def test_a_merged_dataset_came_with_its_pull_request(
    repository: Repository,
    found: Callable[..., dict[str, Origin]],
    method: Method,
    depth: int,
    fork: str,
) -> None:
    pull = offered(repository, "c", fork=fork)
    before = repository.commit({"moved": "on"})
    after = repository.merge(pull, method)
    origin = found(before, "data/c", depth=depth)["data/c"]
    assert origin.pull_request == pull.number
    # By the API of a rebased one: its newest commit, too.
    assert origin.commit == after


@METHODS
@BY_GIT_AND_BY_API
def test_one_push_of_a_merge_queue_holds_several(
    repository: Repository,
    found: Callable[..., dict[str, Origin]],
    method: Method,
    depth: int,
) -> None:
    before = repository.head()
    pulls = [offered(repository, name) for name in ("c", "d", "e")]
    for pull in pulls:
        pull.base_sha = before
    for pull in pulls:
        repository.merge(pull, method)
    origin = found(before, "data/c", "data/d", "data/e", depth=depth)
    assert [one.pull_request for one in origin.values()] == [pull.number for pull in pulls]


@BY_GIT_AND_BY_API
def test_a_direct_push_has_none_and_says_so(
    repository: Repository, found: Callable[..., dict[str, Origin]], depth: int
) -> None:
    before = repository.head()
    sha = repository.commit({"data/c/dataset.toml": ""})
    origin = found(before, "data/c", depth=depth)["data/c"]
    assert origin.pull_request is None
    assert not origin.unknown
    assert origin.why is not None
    if depth:
        assert "none of the pull requests in this push changed it" in origin.why
        assert "fetch-depth: 0" in origin.why
    else:
        assert origin.commit == sha
        assert origin.why == f"commit {sha[:10]} was pushed to the branch without a pull request"


@METHODS
def test_a_dataset_of_a_cancelled_run_goes_to_its_own_pull_request(
    repository: Repository, found: Callable[..., dict[str, Origin]], method: Method
) -> None:
    left, now = offered(repository, "left"), offered(repository, "now")
    repository.merge(left, method)
    before = repository.head()
    repository.merge(now, method)
    origin = found(before, "data/left", "data/now")
    assert origin["data/left"].pull_request == left.number
    assert origin["data/now"].pull_request == now.number


def test_a_change_after_the_merge_belongs_to_who_made_it(
    repository: Repository, found: Callable[..., dict[str, Origin]]
) -> None:
    repository.merge(offered(repository, "c"))
    before = repository.head()
    repository.commit({"data/c/values.csv": "changed"})
    assert found(before, "data/c")["data/c"].pull_request is None


@BY_GIT_AND_BY_API
def test_a_pull_request_that_went_into_another_branch_does_not_count(
    repository: Repository, found: Callable[..., dict[str, Origin]], depth: int
) -> None:
    before = repository.head()
    repository.commit({"start": ""}, branch="collected")
    inner = offered(repository, "c", base="collected")
    repository.merge(inner)
    outer = repository.open_pull("collected")
    repository.merge(outer)
    assert found(before, "data/c", depth=depth)["data/c"].pull_request == outer.number


@BY_GIT_AND_BY_API
def test_a_merge_into_a_branch_that_was_pushed_directly_does_not_count(
    repository: Repository, found: Callable[..., dict[str, Origin]], depth: int
) -> None:
    before = repository.head()
    repository.commit({"start": ""}, branch="collected")
    repository.merge(offered(repository, "c", base="collected"))
    repository.git.move("refs/heads/main", repository.head("collected"))
    assert found(before, "data/c", depth=depth)["data/c"].pull_request is None


@BY_GIT_AND_BY_API
def test_an_open_pull_request_with_the_same_commit_does_not_count(
    repository: Repository, found: Callable[..., dict[str, Origin]], depth: int
) -> None:
    before = repository.head()
    repository.git.move("refs/heads/release", before)
    pull = offered(repository, "c", base="release")
    repository.git.move("refs/heads/release", repository.head("c"))
    # GitHub tries a merge of each open one, and names it in the same place.
    pull.merge_commit = repository.head("release")
    assert repository.pulls_of(pull.merge_commit) == [pull]
    origin = found(before, "data/c", depth=depth, branch="release")["data/c"]
    assert origin.pull_request is None


@pytest.mark.parametrize("first", ["small", "large"])
def test_of_two_the_one_that_merged_this_very_commit_counts(
    repository: Repository, found: Callable[..., dict[str, Origin]], first: str
) -> None:
    """GitHub counts pull requests as merged when their commits are pushed to the base."""
    before = repository.head()
    one = repository.commit({"data/c/dataset.toml": ""}, branch="c")
    two = repository.commit({"notes.txt": ""}, branch="c")
    pulls = {"large": repository.open_pull("c"), "small": repository.open_pull("c")}
    for name in (first, *({"large", "small"} - {first})):
        pull = pulls[name]
        pull.head_sha = pull.merge_commit = one if name == "small" else two
        pull.state, pull.merged_at = "closed", repository.tick()
    repository.git.move("refs/heads/main", two)
    assert len(repository.pulls_of(one)) == 2
    assert found(before, "data/c")["data/c"].pull_request == pulls["small"].number


def test_of_two_that_merged_the_same_commit_the_first_counts(
    repository: Repository, found: Callable[..., dict[str, Origin]]
) -> None:
    before = repository.head()
    later, earlier = offered(repository, "c"), repository.open_pull("c")
    for pull in (earlier, later):
        pull.head_sha = pull.merge_commit = repository.head("c")
        pull.state, pull.merged_at = "closed", repository.tick()
    repository.git.move("refs/heads/main", repository.head("c"))
    assert found(before, "data/c")["data/c"].pull_request == earlier.number


@BY_GIT_AND_BY_API
def test_a_github_that_is_away_leaves_it_unknown(
    github: FakeGitHub,
    repository: Repository,
    found: Callable[..., dict[str, Origin]],
    depth: int,
) -> None:
    before = repository.head()
    repository.merge(offered(repository, "c"))
    github.fail(status=503, times=99)
    origin = found(before, "data/c", depth=depth)["data/c"]
    assert origin.unknown
    assert origin.why is not None
    assert origin.why.startswith("GitHub could not be asked for its pull request: ")


def test_a_pull_requests_own_run_belongs_to_it(
    github: FakeGitHub,
    repository: Repository,
    context_of: Callable[[str, dict[str, Any]], Context],
    checkout: Callable[..., Path],
    real: Callable[[], Real],
) -> None:
    pull = offered(repository, "c")
    head = repository.head("c")
    context = context_of("pull_request", github_events.pull_request(github, repository, pull))
    origin = origins(context, checkout(head), ["data/c"], real)
    assert origin == {"data/c": Origin("data/c", pull.number, head)}
    assert not github.seen


def test_a_run_started_by_hand_finds_the_pull_requests_too(
    github: FakeGitHub,
    repository: Repository,
    context_of: Callable[[str, dict[str, Any]], Context],
    checkout: Callable[..., Path],
    real: Callable[[], Real],
) -> None:
    pull = offered(repository, "c")
    after = repository.merge(pull)
    repository.commit({"README.md": "later"})
    context = context_of("workflow_dispatch", github_events.workflow_dispatch(github, repository))
    origin = origins(context, checkout(repository.head()), ["data/c", "."], real)
    assert (origin["data/c"].pull_request, origin["data/c"].commit) == (pull.number, after)


def test_each_commit_is_asked_about_once(
    github: FakeGitHub, repository: Repository, found: Callable[..., dict[str, Origin]]
) -> None:
    before = repository.head()
    names = [f"data/many-{number}" for number in range(120)]
    repository.commit({f"{name}/dataset.toml": "" for name in names}, branch="many")
    pull = repository.open_pull("many")
    repository.merge(pull)
    origin = found(before, *names)
    assert {one.pull_request for one in origin.values()} == {pull.number}
    assert len(github.seen) == 1


class TestNamed:
    """The pull request that a maintainer named, not an event."""

    def test_it_is_the_one_that_is_checked_out(
        self, repository: Repository, checkout: Callable[..., Path], real: Callable[[], Real]
    ) -> None:
        repository.commit({"data/a/values.csv": "2\n"}, branch="x", repository="student/vision")
        pull = repository.open_pull("x", fork="student/vision")
        found = named_pull_request(pull.number, checkout(repository.head_of(pull)), real())
        assert (found.head.sha, found.base.ref) == (repository.head_of(pull), "main")
        assert found.from_fork

    def test_a_checkout_of_something_else_is_refused(
        self, repository: Repository, checkout: Callable[..., Path], real: Callable[[], Real]
    ) -> None:
        repository.commit({"data/a/values.csv": "2\n"}, branch="x")
        pull = repository.open_pull("x")
        with pytest.raises(UsageError, match="the pull request is at") as refused:
            named_pull_request(pull.number, checkout("main"), real())
        assert "refs/pull/NUMBER/head" in refused.value.hint

    def test_a_number_without_a_pull_request_is_refused(
        self, checkout: Callable[..., Path], real: Callable[[], Real]
    ) -> None:
        with pytest.raises(UsageError, match="for pull request 77"):
            named_pull_request(77, checkout("main"), real())
