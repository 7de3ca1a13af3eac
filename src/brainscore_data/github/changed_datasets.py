"""Which datasets a run is about, and which pull request each came with: there its receipt goes.

A pull request, a merge queue and a push are about what they change. Where that cannot be known for
certain they are about all: too much is checked then, and never too little.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.git import Checkout
from brainscore_data.dataset.document import MANIFEST_NAME
from brainscore_data.github.client import explained, message_of
from brainscore_data.github.context import Context, PullRequest

if TYPE_CHECKING:
    from github.Repository import Repository


#: https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files
MOST_FILES = 3000
#: https://docs.github.com/en/rest/commits/commits#compare-two-commits
MOST_COMPARED = 300
#: https://docs.github.com/en/actions/reference/limits: jobs that one matrix may make.
MOST_JOBS = 256


@dataclass(frozen=True)
class Changes:
    """The datasets that an event is about."""

    datasets: tuple[str, ...]  # from the root of the repository, which is `.`
    deleted: tuple[str, ...] = ()  # are no datasets any more; what is published stays
    all_because: str | None = None  # why these are all datasets, where they are


def dataset_folders(checkout: Path) -> tuple[str, ...]:
    """List the folders with a ``dataset.toml`` in a checkout, in the order of their paths.

    Symlinks are not followed, and submodules are other repositories.
    """
    files = Checkout(checkout).files_named(MANIFEST_NAME)
    if files is None:
        found = list(_walked(checkout))
    else:
        found = [file.rpartition("/")[0] or "." for file in files]
    for folder in found:
        if not folder.isprintable():
            raise DataError(
                "this folder's name has characters that cannot be printed",
                where=ascii(folder),
                hint="rename the folder",
            )
    return tuple(sorted(found))


def changed_datasets(
    context: Context, checkout: Path, repository: Callable[[], Repository]
) -> Changes:
    """Find the datasets that an event is about."""
    folders = dataset_folders(checkout)
    names = _changed_names(context, Checkout(checkout), repository)
    if isinstance(names, str):
        return Changes(folders, all_because=names)
    here = frozenset(folders)
    touched = {path for name in names if (path := dataset_of(name, here)) is not None}
    gone = {
        name.rpartition("/")[0] or "." for name in names if name.rpartition("/")[2] == MANIFEST_NAME
    }
    return Changes(
        tuple(folder for folder in folders if folder in touched),
        tuple(sorted(gone - here)),
    )


def matrix(paths: Sequence[str], *, most: int = MOST_JOBS) -> dict[str, list[dict[str, str]]]:
    r"""Arrange datasets for ``strategy.matrix``, several to a job where there are too many.

    >>> matrix(["data/a", "data/b"])
    {'include': [{'name': 'data/a', 'path': 'data/a'}, {'name': 'data/b', 'path': 'data/b'}]}
    >>> matrix(["data/a", "data/b", "data/c"], most=2)["include"][1]
    {'name': 'data/b and 1 more', 'path': 'data/b\ndata/c'}
    """
    jobs = min(most, len(paths))
    # Even shares: they differ by one at most.
    ends = [len(paths) * job // jobs for job in range(jobs + 1)] if jobs else []
    shares = [paths[start:end] for start, end in itertools.pairwise(ends)]
    return {
        "include": [
            {
                "name": share[0] + (f" and {len(share) - 1} more" if len(share) > 1 else ""),
                "path": "\n".join(share),
            }
            for share in shares
        ]
    }


def dataset_of(name: str, datasets: Iterable[str]) -> str | None:
    """Find the dataset that a file belongs to: the nearest folder above it that is one.

    >>> dataset_of("data/a/images/1.png", {"data/a": ..., "data/b": ...})
    'data/a'
    """
    folder = name
    while "/" in folder:
        folder = folder.rpartition("/")[0]
        if folder in datasets:
            return folder
    return "." if "." in datasets else None


def _walked(checkout: Path) -> Iterator[str]:
    """List the folders with a manifest where there is no git."""
    for folder, folders, files in os.walk(checkout):
        inside = Path(folder)
        folders[:] = [
            name
            for name in folders
            if name != ".git" and not (inside / name / ".git").exists()  # a submodule
        ]
        if MANIFEST_NAME in files and not (inside / MANIFEST_NAME).is_symlink():
            yield inside.relative_to(checkout).as_posix()


def _changed_names(
    context: Context, git: Checkout, repository: Callable[[], Repository]
) -> frozenset[str] | str:
    """List the files that an event changes, or say why they cannot be told."""
    if (pull := context.pull_request) is not None:
        point = git.fork_point(pull.base.sha, pull.head.sha)
        names = git.changed_between(point, pull.head.sha) if point else None
        return _asked(_pull_request_files, context, repository) if names is None else names
    if (push := context.push) is not None:
        if push.before is None or push.after is None:
            return "the branch or tag is new"
        if push.forced:
            return "the push took commits away"
        ends = (push.before, push.after)
    elif (group := context.merge_group) is not None:
        ends = (group.base_sha, group.head_sha)
    else:
        return f"the event {context.event!r} changes nothing"
    names = git.changed_between(*ends)
    return _asked(_compared_files, ends, repository) if names is None else names


def _asked(
    ask: Callable[[Any, Repository], frozenset[str] | str],
    about: Any,
    repository: Callable[[], Repository],
) -> frozenset[str] | str:
    from requests import RequestException

    from github import GithubException

    try:
        return ask(about, repository())
    except GithubException as error:
        return f"GitHub does not say what changed: {message_of(error)} (status {error.status})"
    except RequestException as error:
        return f"GitHub does not say what changed: {type(error).__name__}"


def _pull_request_files(context: Any, repository: Repository) -> frozenset[str] | str:
    event = context.pull_request
    pull = repository.get_pull(event.number)
    if pull.head.sha != event.head.sha:
        return "the pull request has moved on since this run began"
    if pull.changed_files >= MOST_FILES:
        return f"the pull request changes {pull.changed_files} files"
    files = list(pull.get_files())
    if len(files) >= MOST_FILES:
        return f"the pull request changes {len(files)} files or more"
    return _names(files)


def _compared_files(ends: tuple[str, str], repository: Repository) -> frozenset[str] | str:
    comparison = repository.compare(*ends, comparison_commits_per_page=1)
    if comparison.status not in ("ahead", "identical"):
        return "commits were taken away"
    # Whatever the page of commits, the first one has all files.
    files = comparison.files
    if len(files) >= MOST_COMPARED:
        return f"{len(files)} files or more have changed"
    return _names(files)


def _names(files: Iterable[Any]) -> frozenset[str]:
    names = {file.filename for file in files}
    return frozenset(names | {file.previous_filename for file in files if file.previous_filename})


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
