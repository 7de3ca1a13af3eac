"""Which pull request a dataset came with: that is where its receipt goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.base.errors import UsageError
from brainscore_data.base.git import Checkout
from brainscore_data.github.changed_datasets import dataset_of
from brainscore_data.github.client import explained, message_of
from brainscore_data.github.context import Context, PullRequest

if TYPE_CHECKING:
    from github.Repository import Repository

# A job's token has 1,000 requests an hour, and each commit costs one.
_MOST_COMMITS = 250


@dataclass(frozen=True)
class Origin:
    """Where a dataset came from."""

    path: str
    pull_request: int | None = None
    commit: str | None = None  # what last changed the dataset on the branch
    why: str | None = None  # there is no pull request
    unknown: bool = False  # GitHub could not be asked: another run may find it


def origins(
    context: Context,
    checkout: Path,
    folders: Iterable[str],
    repository: Callable[[], Repository],
) -> dict[str, Origin]:
    """Find the pull request of each dataset.

    A merged one counts if it went into this branch of this repository, and its merge brought the
    commit. GitHub keeps that for merge commits, squashed and rebased ones [1]_.

    References
    ----------
    .. [1] https://docs.github.com/en/rest/commits/commits#list-pull-requests-associated-with-a-commit
    """
    from requests import RequestException

    from github import GithubException

    wanted = list(folders)
    if (event := context.pull_request) is not None:
        return {path: Origin(path, event.number, event.head.sha) for path in wanted}
    if context.branch is None:
        why = f"{context.ref} is no branch that pull requests are merged into"
        return {path: Origin(path, why=why) for path in wanted}
    git = Checkout(checkout)
    commits = git.last_changes(wanted)
    try:
        if commits is None:
            return _of_this_push(context, wanted, repository())
        return _of_commits(context, git, {path: commits.get(path) for path in wanted}, repository())
    except GithubException as error:
        said = f"{message_of(error)} (status {error.status})"
    except RequestException as error:
        said = type(error).__name__
    why = f"GitHub could not be asked for its pull request: {said}"
    known = commits or {}
    return {path: Origin(path, None, known.get(path), why, unknown=True) for path in wanted}


def named_pull_request(number: int, checkout: Path, repository: Repository) -> PullRequest:
    """Ask for a pull request that somebody named; the checkout has to be its last commit."""
    with explained(f"for pull request {number}"):
        # Its own commits are asked for only now, in the form that events have.
        pull = PullRequest.model_validate(repository.get_pull(number).raw_data)
    here = Checkout(checkout).head()
    if here != pull.head.sha:
        raise UsageError(
            f"the checkout is commit {str(here)[:10]}, and the pull request is at "
            f"{pull.head.sha[:10]}",
            where=f"pull request {number}",
            hint="look at what came after the commit that was reviewed, and start again with it; "
            "actions/checkout needs `ref: refs/pull/NUMBER/head`",
        )
    return pull


def _of_commits(
    context: Context, git: Checkout, commits: dict[str, str | None], repository: Repository
) -> dict[str, Origin]:
    """Ask for the pull request of the commit that last changed each dataset."""

    def brought(merge: str, commit: str) -> bool:
        # A rebased pull request has several commits, and is known by the last.
        return git.contains(merge, commit) and git.contains("HEAD", merge)

    numbers = {
        commit: _merged_with(commit, context, repository, brought)
        for commit in {commit for commit in commits.values() if commit}
    }
    found = {}
    for path, commit in commits.items():
        number = numbers.get(commit) if commit else None
        why = None if number else _why_none(commit)
        found[path] = Origin(path, number, commit, why)
    return found


def _why_none(commit: str | None) -> str:
    if commit is None:
        return "no commit of this branch holds it"
    return f"commit {commit[:10]} was pushed to the branch without a pull request"


def _of_this_push(context: Context, wanted: list[str], repository: Repository) -> dict[str, Origin]:
    """Ask for the pull requests of each pushed commit, and what each of them changed."""
    commits, left_out = _pushed(context, repository)
    pushed = set(commits)
    numbers: dict[int, str] = {}
    for commit in commits:
        number = _merged_with(commit, context, repository, lambda merge, _: merge in pushed)
        if number is not None:
            numbers.setdefault(number, commit)
    found: dict[str, Origin] = {}
    # The newest first: of two that changed one dataset, the later is what is published.
    for number, commit in numbers.items():
        for file in repository.get_pull(number).get_files():
            for name in filter(None, (file.filename, file.previous_filename)):
                if (path := dataset_of(name, wanted)) is not None:
                    found.setdefault(path, Origin(path, number, commit))
    why = (
        f"none of the pull requests in this push changed it{left_out} (with `fetch-depth: 0` at "
        "actions/checkout, those of earlier pushes are found too)"
    )
    return {path: found.get(path, Origin(path, why=why)) for path in wanted}


def _pushed(context: Context, repository: Repository) -> tuple[list[str], str]:
    """List the commits of a push, the newest first, and say if some are left out."""
    push = context.push
    if push is None or push.before is None or push.after is None or push.forced:
        return [context.sha], ""
    comparison = repository.compare(push.before, push.after, comparison_commits_per_page=100)
    commits = [commit.sha for commit in comparison.commits][::-1]
    left = len(commits) - _MOST_COMMITS
    said = f", nor were the {left} oldest of its commits looked at" if left > 0 else ""
    return commits[:_MOST_COMMITS], said


def _merged_with(
    commit: str,
    context: Context,
    repository: Repository,
    brought: Callable[[str, str], bool],
) -> int | None:
    """Find the merged pull request that a commit of the branch came with."""
    matching = [
        pull
        for pull in repository.get_commit(commit).get_pulls()
        if _went_into(pull, context)
        and (pull.merge_commit_sha == commit or brought(pull.merge_commit_sha, commit))
    ]
    # One may hold the commits of another: the one that this very commit merged, else the first.
    matching.sort(key=lambda pull: (pull.merge_commit_sha != commit, pull.merged_at))
    return matching[0].number if matching else None


def _went_into(pull: Any, context: Context) -> bool:
    # An open pull request has a `merge_commit_sha`, too: of the merge that GitHub tries.
    return (
        pull.merged_at is not None
        and pull.merge_commit_sha is not None
        and pull.base.ref == context.branch
        and pull.base.repo.full_name.lower() == context.repository.lower()
    )
