"""The base decides: whatever a pull request or a push says of its own checks counts later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from github_events import ZERO, merge_group, pull_request, push, schedule, workflow_dispatch

from brainscore_data.base.errors import IncompleteError, UsageError
from brainscore_data.github.base_commit import BaseSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from github.Repository import Repository as Real
    from github_api import FakeGitHub
    from github_repository import Repository

    from brainscore_data.github.context import Context

LAB, OTHER = (
    '[tool.brainscore-data]\nignore = ["BSD1"]\n',
    '[tool.brainscore-data]\nignore = ["BSD7"]\n',
)
BESIDE = "data/a/pyproject.toml"


@pytest.fixture(params=[0, 1], ids=["whole history", "shallow"])
def decided(
    request: pytest.FixtureRequest,
    checkout: Callable[..., Path],
    real: Callable[[], Real],
) -> Callable[[Context, str], tuple[BaseSettings, Path]]:
    """Check out a commit, and find the base of an event."""

    def decide(context: Context, commit: str) -> tuple[BaseSettings, Path]:
        root = checkout(commit, request.param)
        return BaseSettings(root, context.base, real), root / "data" / "a"

    return decide


@pytest.fixture
def events(
    github: FakeGitHub,
    repository: Repository,
    context_of: Callable[[str, dict[str, Any]], Context],
) -> dict[str, tuple[Context, str]]:
    """Let every event bring other settings, at the root and beside the manifest."""
    base = repository.commit({"pyproject.toml": LAB})
    files = {"pyproject.toml": OTHER, BESIDE: OTHER}
    head = repository.commit(files, branch="data")
    pull = repository.open_pull("data")
    made = {
        "pull_request": pull_request(github, repository, pull),
        "merge_group": merge_group(github, repository, base, head),
        "push": push(github, repository, base, head),
        "new branch": push(github, repository, ZERO, head),
        "schedule": schedule(github, repository),
        "workflow_dispatch": workflow_dispatch(github, repository, {}),
        "by hand on a branch": workflow_dispatch(github, repository, {})
        | {"ref": "refs/heads/data"},
    }
    names = {"new branch": "push", "by hand on a branch": "workflow_dispatch"}
    return {name: (context_of(names.get(name, name), each), head) for name, each in made.items()}


@pytest.mark.parametrize(
    "event",
    ["pull_request", "merge_group", "push", "schedule", "workflow_dispatch", "by hand on a branch"],
)
def test_settings_are_those_of_the_base(events: Any, decided: Any, event: str) -> None:
    base, folder = decided(*events[event])
    found = base.configuration([folder])
    assert found.settings.ignore == ("BSD1",)
    assert found.by == "pyproject.toml of the base"
    [note] = base.notes([folder])
    assert "hold until the change is merged" in note


def test_where_nothing_was_before_our_defaults_hold(events: Any, decided: Any) -> None:
    base, folder = decided(*events["new branch"])
    assert base.configuration([folder]).settings.ignore == ()
    [note] = base.notes([folder])
    assert "our defaults hold" in note


def test_a_base_that_is_gone_is_none(decided: Any, events: Any) -> None:
    found, folder = decided(*events["pull_request"])
    base = BaseSettings(found.workspace, "f" * 40, found.repository)
    assert base.configuration([folder]).settings.ignore == ()
    [note] = base.notes([folder])
    assert "does not know the base (ffffffffff)" in note


def test_settings_that_did_not_change_are_not_spoken_of(
    repository: Repository, context_of: Any, github: FakeGitHub, decided: Any
) -> None:
    repository.commit({"pyproject.toml": LAB})
    repository.commit({"pyproject.toml": f"{LAB}\n[tool.ruff]\n"}, branch="data")
    pull = repository.open_pull("data")
    context = context_of("pull_request", pull_request(github, repository, pull))
    base, folder = decided(context, repository.head_of(pull))
    assert base.notes([folder]) == []


@pytest.mark.parametrize(
    "spoilt", ["[tool.brainscore-data\n", "[tool.brainscore-data]\nignroe = 1\n"]
)
def test_settings_that_a_pull_request_spoils_stop_nothing(
    repository: Repository, context_of: Any, github: FakeGitHub, decided: Any, spoilt: str
) -> None:
    repository.commit({"pyproject.toml": LAB})
    repository.commit({"pyproject.toml": spoilt}, branch="data")
    pull = repository.open_pull("data")
    context = context_of("pull_request", pull_request(github, repository, pull))
    base, folder = decided(context, repository.head_of(pull))
    assert base.configuration([folder]).settings.ignore == ("BSD1",)
    assert len(base.notes([folder])) == 1


def test_github_that_does_not_answer_is_no_base_without_settings(
    events: Any, checkout: Any, real: Any, github: FakeGitHub
) -> None:
    context, head = events["pull_request"]
    root = checkout(head, 1)
    github.fail("GET", "/git/trees/", status=502, times=100)
    with pytest.raises(IncompleteError, match="could not be asked for the settings"):
        BaseSettings(root, context.base, real).configuration([root / "data" / "a"])


def test_a_link_in_place_of_settings_is_told(checkout: Any, repository: Repository) -> None:
    from github_git import Symlink

    head = repository.commit({"pyproject.toml": Symlink("README.md")})
    root = checkout(head)
    with pytest.raises(UsageError, match="a link"):
        BaseSettings(root, head, lambda: pytest.fail("not asked")).configuration([root / "data"])


def test_a_baseline_is_read_as_the_base_has_it(checkout: Any, repository: Any) -> None:
    entry = {"file": "data/a/values.csv", "code": "BSD101", "message": "old", "count": 1}
    known = {"schema": 1, "findings": [entry]}
    base = repository.commit({"known.json": json.dumps(known)})
    head = repository.commit(
        {"known.json": json.dumps({"schema": 1, "findings": [entry, entry]}), "new.json": "{}"},
        branch="data",
    )
    found = BaseSettings(checkout(head), base, lambda: pytest.fail("not asked"))
    assert found.baseline("known.json").counts.total() == 1
    for name in ("new.json", "../known.json", "data"):
        with pytest.raises(UsageError, match="no such file"):
            found.baseline(name)
