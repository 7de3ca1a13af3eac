"""What the tests of checks share."""

from __future__ import annotations

from pathlib import Path

import pytest


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
