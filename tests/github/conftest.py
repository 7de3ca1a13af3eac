"""A repository on the made-up GitHub, with two datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from github_api import WRITING
from github_events import environment
from github_git import checked_out

from brainscore_data.github.client import connected
from brainscore_data.github.context import read_context

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from github.Repository import Repository as Real
    from github_api import FakeGitHub
    from github_repository import Repository

    from brainscore_data.github.context import Context

FIRST = {
    "README.md": "data\n",
    "data/a/dataset.toml": "schema = 1\n",
    "data/a/values.csv": "1\n",
    "data/b/dataset.toml": "schema = 1\n",
}


@pytest.fixture
def repository(github: FakeGitHub) -> Repository:
    made = github.repository()
    made.commit(FIRST)
    return made


@pytest.fixture
def context_of(
    github: FakeGitHub, repository: Repository, tmp_path: Path
) -> Callable[[str, dict[str, Any]], Context]:
    """Give the context of an event."""
    return lambda event, payload: read_context(
        environment(github, repository, event, payload, tmp_path)
    )


@pytest.fixture
def checkout(repository: Repository, tmp_path: Path) -> Callable[..., Path]:
    """Check out a revision, with its whole history or `depth` commits of it."""
    return lambda revision, depth=0: checked_out(
        repository.git, tmp_path / f"checkout-{revision[:8]}-{depth}", revision, depth=depth
    )


@pytest.fixture
def real(github: FakeGitHub, repository: Repository) -> Callable[[], Real]:
    """Give PyGithub's repository, without any waiting."""
    client = connected(
        WRITING, api_url=github.api_url, seconds_between_writes=0, sleep=lambda _: None
    )
    return lambda: client.get_repo(repository.name)
