"""What the tests of checks share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from brainscore_data.cage import workers as cage
from brainscore_data.check.engine.run import CheckRun


@pytest.fixture(autouse=True)
def cache_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Keep what is seen of files in a folder of the test."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(folder))
    return folder


@pytest.fixture(autouse=True)
def no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the workflow that the tests may run in: it says whether its repository is public."""
    monkeypatch.delenv("GITHUB_EVENT_PATH", raising=False)


@pytest.fixture(scope="session")
def warm_workers() -> Iterator[cage.Workers]:
    """Keep programs in the cage that have imported what they need."""
    with cage.Workers(2, readable=[Path("/")]) as workers:
        yield workers


@pytest.fixture(autouse=True)
def warm_cage(monkeypatch: pytest.MonkeyPatch, warm_workers: cage.Workers) -> None:
    """Have checks ask these, but for those in another folder and of other programs."""
    folder, command = os.getcwd(), cage.COMMAND  # noqa: PTH109
    starting = CheckRun.workers.func

    def workers(run: CheckRun) -> cage.Workers:
        is_plain = os.getcwd() == folder and cage.COMMAND is command  # noqa: PTH109
        return warm_workers if is_plain else starting(run)

    monkeypatch.setattr(CheckRun.workers, "func", workers)
