"""Fixtures that several parts share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def repository_root() -> Path:
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared_data(repository_root: Path) -> Path:
    """Real inputs, which are not part of the repository."""
    default = repository_root.parent / "shared" / "data"
    folder = Path(os.environ.get("BRAINSCORE_DATA_SHARED", default))
    if not folder.is_dir():
        pytest.skip(f"the real inputs are not here: {folder}")
    return folder
