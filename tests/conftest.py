"""Fixtures that several parts share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest_plugins = ["reader_environment"]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real inputs, which are not part of the repository."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("BRAINSCORE_DATA_SHARED") or beside)
    if not folder.is_dir():
        pytest.skip(f"the real inputs are not there: {folder}")
    return folder
