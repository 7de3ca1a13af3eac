from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import github_events
import pytest
from github_api import READING
from github_git import Submodule, Symlink
from hypothesis import given
from hypothesis import strategies as st

from brainscore_data.base.errors import DataError
from brainscore_data.github.changed_datasets import (
    MOST_JOBS,
    Changes,
    changed_datasets,
    dataset_folders,
    matrix,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from github.Repository import Repository as Real
    from github_api import FakeGitHub
    from github_repository import Files, Pull, Repository

    from brainscore_data.github.context import Context

    ContextOf = Callable[[str, dict[str, Any]], Context]
    Checkout = Callable[..., Path]
    Ask = Callable[[], Real]

BY_GIT_AND_BY_API = pytest.mark.parametrize("depth", [0, 1], ids=["by git", "by the API"])


def paths(changes: Changes) -> list[str]:
    return list(changes.datasets)


def pulled(github: FakeGitHub, repository: Repository, pull: Pull) -> dict[str, Any]:
    """Say that a pull request has changed, and make the merge commit that is checked out."""
    base, head = repository.head(pull.base), repository.head_of(pull)
    since = repository.git.line("merge-base", base, head)
    tree = repository.git.tree_with(base, since, head)
    merge = repository.git.commit_tree(tree, [base, head], "Merge")
    repository.git.move(f"refs/pull/{pull.number}/merge", merge)
    return github_events.pull_request(github, repository, pull)


@BY_GIT_AND_BY_API
def test_a_pull_request_is_about_what_it_changes(
    github: FakeGitHub,
    repository: Repository,
    context_of: ContextOf,
    checkout: Checkout,
    real: Ask,
    depth: int,
) -> None:
    repository.commit({"data/c/dataset.toml": "schema = 1\n", "README.md": "x"}, branch="add")
    repository.commit({"data/a/deep/er/values.csv": "1"}, branch="add")
    repository.commit({"data/b/of-others.csv": "1"})
    pull = repository.open_pull("add")
    context = context_of("pull_request", pulled(github, repository, pull))
    merge = repository.git.sha(f"refs/pull/{pull.number}/merge")
    changes = changed_datasets(context, checkout(merge, depth), real)
    assert (paths(changes), changes.deleted, changes.all_because) == (
        ["data/a", "data/c"],
        (),
        None,
    )
    assert bool(github.seen) is bool(depth)


@BY_GIT_AND_BY_API
def test_renamed_and_deleted_datasets_are_known(
    github: FakeGitHub,
    repository: Repository,
    context_of: ContextOf,
    checkout: Checkout,
    real: Ask,
    depth: int,
) -> None:
    rows = "".join(f"{number}\n" for number in range(50))
    before = repository.commit({"data/a/rows.csv": rows})
    moved: Files = {"data/a/rows.csv": None, "data/c/dataset.toml": "", "data/c/rows.csv": rows}
    gone: Files = {"data/b/dataset.toml": None}
    after = repository.commit({**moved, **gone})
    context = context_of("push", github_events.push(github, repository, before, after))
    changes = changed_datasets(context, checkout(after, depth), real)
    assert paths(changes) == ["data/a", "data/c"]
    assert changes.deleted == ("data/b",)


@BY_GIT_AND_BY_API
def test_a_merge_queue_is_about_what_it_tries(
    github: FakeGitHub,
    repository: Repository,
    context_of: ContextOf,
    checkout: Checkout,
    real: Ask,
    depth: int,
) -> None:
    base = repository.head()
    head = repository.commit({"data/b/x": ""}, branch="gh-readonly-queue/main/pr-1")
    context = context_of("merge_group", github_events.merge_group(github, repository, base, head))
    assert paths(changed_datasets(context, checkout(head, depth), real)) == ["data/b"]


def test_names_are_taken_as_they_are(
    github: FakeGitHub,
    repository: Repository,
    context_of: ContextOf,
    checkout: Checkout,
    real: Ask,
) -> None:
    before = repository.head()
    names = ['data/a/"quoted"\n::error::.csv', "data/ü ß/dataset.toml", "data/-n/dataset.toml"]
    after = repository.commit(dict.fromkeys(names, "x"))
    context = context_of("push", github_events.push(github, repository, before, after))
    changes = changed_datasets(context, checkout(after), real)
    assert paths(changes) == ["data/-n", "data/a", "data/ü ß"]


@pytest.mark.parametrize("name", ["data/\n::error::x", "data/\u202egnp", "data/\x1b[31m"])
def test_a_folder_that_cannot_be_printed_is_refused(
    repository: Repository, checkout: Checkout, name: str
) -> None:
    sha = repository.commit({f"{name}/dataset.toml": ""})
    with pytest.raises(DataError, match="characters that cannot be printed") as error:
        dataset_folders(checkout(sha))
    assert error.value.where == ascii(name)


def first_push(repository: Repository) -> tuple[str, str]:
    return github_events.ZERO, repository.head()


def forced_push(repository: Repository) -> tuple[str, str]:
    base, before = repository.head(), repository.commit({"data/a/x": ""})
    repository.git.move("refs/heads/main", base)
    return before, repository.commit({"data/b/x": ""})


def vanished(repository: Repository) -> tuple[str, str]:
    return "e" * 40, repository.commit({"data/b/x": ""})


@pytest.mark.parametrize(
    ("pushed", "why"),
    [
        (first_push, "the branch or tag is new"),
        (forced_push, "the push took commits away"),
        (vanished, r"GitHub does not say what changed: Not Found \(status 404\)"),
    ],
)
def test_a_push_that_hides_what_changed_is_about_all(
    github: FakeGitHub,
    repository: Repository,
    context_of: ContextOf,
    checkout: Checkout,
    real: Ask,
    pushed: Callable[[Repository], tuple[str, str]],
    why: str,
) -> None:
    before, after = pushed(repository)
    payload = github_events.push(github, repository, before, after)
    payload["forced"] = pushed is forced_push
    changes = changed_datasets(context_of("push", payload), checkout(after), real)
    assert paths(changes) == ["data/a", "data/b"]
    assert changes.all_because is not None
    assert re.fullmatch(why, changes.all_because)


def test_commits_that_github_finds_taken_away_mean_all(
    github: FakeGitHub,
    repository: Repository,
    context_of: ContextOf,
    checkout: Checkout,
    real: Ask,
) -> None:
    before, after = forced_push(repository)
    payload = github_events.push(github, repository, before, after) | {"forced": False}
    changes = changed_datasets(context_of("push", payload), checkout(after, 1), real)
    assert changes.all_because == "commits were taken away"


@pytest.mark.parametrize(("files", "known"), [(299, True), (300, False)])
def test_a_comparison_at_githubs_limit_means_all(
    github: FakeGitHub,
    repository: Repository,
    context_of: ContextOf,
    checkout: Checkout,
    real: Ask,
    files: int,
    known: bool,
) -> None:
    before = repository.head()
    after = repository.commit({f"data/a/{number}": "" for number in range(files)})
    payload = github_events.push(github, repository, before, after)
    changes = changed_datasets(context_of("push", payload), checkout(after, 1), real)
    assert paths(changes) == (["data/a"] if known else ["data/a", "data/b"])
    assert (changes.all_because is None) is known


@pytest.mark.parametrize(("files", "known", "requests"), [(250, True, 4), (3000, False, 1)])
def test_a_pull_request_at_githubs_limit_means_all(
    github: FakeGitHub,
    repository: Repository,
    context_of: ContextOf,
    checkout: Checkout,
    real: Ask,
    files: int,
    known: bool,
    requests: int,
) -> None:
    repository.commit({f"data/a/{number}": "" for number in range(files)}, branch="add")
    pull = repository.open_pull("add", fork="")
    payload = pulled(github, repository, pull)
    changes = changed_datasets(
        context_of("pull_request", payload), checkout(f"refs/pull/{pull.number}/merge", 1), real
    )
    assert paths(changes) == (["data/a"] if known else ["data/a", "data/b"])
    assert (changes.all_because is None) is known
    assert len(github.seen) == requests


def test_a_list_of_files_that_ends_at_githubs_limit_means_all(
    github: FakeGitHub,
    repository: Repository,
    context_of: ContextOf,
    checkout: Checkout,
    real: Ask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The count that GitHub gives may lag behind the list.
    monkeypatch.setattr("brainscore_data.github.changed_datasets.MOST_FILES", 3)
    monkeypatch.setattr("github.PullRequest.PullRequest.changed_files", 0)
    repository.commit({f"data/a/{number}": "" for number in range(3)}, branch="add")
    pull = repository.open_pull("add", fork="")
    payload = pulled(github, repository, pull)
    changes = changed_datasets(
        context_of("pull_request", payload), checkout(f"refs/pull/{pull.number}/merge", 1), real
    )
    assert changes.all_because == "the pull request changes 3 files or more"


def test_a_pull_request_that_moved_on_means_all(
    github: FakeGitHub,
    repository: Repository,
    context_of: ContextOf,
    checkout: Checkout,
    real: Ask,
) -> None:
    head = repository.commit({"data/a/x": ""}, branch="add")
    payload = github_events.pull_request(github, repository, repository.open_pull("add"))
    repository.commit({"data/b/x": ""}, branch="add")
    changes = changed_datasets(context_of("pull_request", payload), checkout(head, 1), real)
    assert paths(changes) == ["data/a", "data/b"]
    assert changes.all_because == "the pull request has moved on since this run began"


def test_a_github_that_is_away_means_all(
    github: FakeGitHub,
    repository: Repository,
    context_of: ContextOf,
    checkout: Checkout,
    real: Ask,
) -> None:
    before, after = repository.head(), repository.commit({"data/a/x": ""})
    payload = github_events.push(github, repository, before, after)
    github.fail(status=0, times=99)
    changes = changed_datasets(context_of("push", payload), checkout(after, 1), real)
    assert paths(changes) == ["data/a", "data/b"]
    assert changes.all_because == "GitHub does not say what changed: ConnectionError"


@pytest.mark.parametrize("event", ["workflow_dispatch", "schedule"])
def test_other_events_are_about_all(
    github: FakeGitHub,
    repository: Repository,
    context_of: ContextOf,
    checkout: Checkout,
    real: Ask,
    event: str,
) -> None:
    payload = getattr(github_events, event)(github, repository)
    changes = changed_datasets(context_of(event, payload), checkout(repository.head()), real)
    assert paths(changes) == ["data/a", "data/b"]


FOLDERS: Files = {
    "data/a/dataset.toml": "",
    "data/a/nested/dataset.toml": "",
    "link": Symlink("data"),
    "linked/dataset.toml": Symlink("../data/a/dataset.toml"),
    "module": Submodule(),
    "data/not/my-dataset.toml": "",
}


def test_datasets_are_regular_committed_manifests(
    github: FakeGitHub, checkout: Checkout, repository: Repository
) -> None:
    root = checkout(repository.commit(FOLDERS))
    (root / "untracked").mkdir()
    (root / "untracked" / "dataset.toml").touch()
    assert dataset_folders(root) == ("data/a", "data/a/nested", "data/b")


def test_without_git_the_folders_are_walked(
    repository: Repository, checkout: Checkout, tmp_path: Path
) -> None:
    root = checkout(repository.commit(FOLDERS))
    subprocess.run(["rm", "-rf", ".git"], cwd=root, check=True)
    (root / "module" / ".git").touch()
    (root / "module" / "dataset.toml").touch()
    assert dataset_folders(root) == ("data/a", "data/a/nested", "data/b")


def test_a_file_belongs_to_the_nearest_dataset(
    github: FakeGitHub,
    repository: Repository,
    context_of: ContextOf,
    checkout: Checkout,
    real: Ask,
) -> None:
    before = repository.commit({**FOLDERS, "dataset.toml": ""})
    after = repository.commit({"data/a/nested/x": "", "elsewhere": ""})
    context = context_of("push", github_events.push(github, repository, before, after))
    assert paths(changed_datasets(context, checkout(after), real)) == [".", "data/a/nested"]


def test_no_setting_or_program_of_the_checkout_is_used(
    github: FakeGitHub,
    repository: Repository,
    context_of: ContextOf,
    checkout: Checkout,
    real: Ask,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = repository.head()
    after = repository.commit({".gitattributes": "* diff=evil\n", "data/a/x.csv": "2"})
    root = checkout(after)
    trap = f"touch {tmp_path / 'trapped'}; false"
    for name in ("diff.external", "diff.evil.textconv", "diff.evil.command", "core.fsmonitor"):
        subprocess.run(["git", "config", name, trap], cwd=root, check=True)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    context = context_of("push", github_events.push(github, repository, before, after))
    assert paths(changed_datasets(context, root, real)) == ["data/a"]
    assert not (tmp_path / "trapped").exists()
    assert not github.seen


def test_a_reading_token_is_enough(
    github: FakeGitHub,
    repository: Repository,
    context_of: ContextOf,
    checkout: Checkout,
) -> None:
    from brainscore_data.github.client import connected

    head = repository.commit({"data/a/x": ""}, branch="add", repository="somebody/vision")
    pull = repository.open_pull("add", fork="somebody/vision")
    context = context_of("pull_request", github_events.pull_request(github, repository, pull))
    client = connected(READING, api_url=github.api_url)
    changes = changed_datasets(context, checkout(head, 1), lambda: client.get_repo(repository.name))
    assert paths(changes) == ["data/a"]


@given(count=st.integers(0, 2000))
def test_a_matrix_has_each_dataset_once_and_not_too_many_jobs(count: int) -> None:
    names = [f"data/{number:04}" for number in range(count)]
    jobs = json.loads(json.dumps(matrix(names)))["include"]
    shares = [job["path"].split("\n") for job in jobs]
    assert [name for share in shares for name in share] == names
    assert len(jobs) == min(count, MOST_JOBS)
    assert len({job["name"] for job in jobs}) == len(jobs)
    sizes = [len(share) for share in shares]
    assert not sizes or max(sizes) - min(sizes) <= 1
