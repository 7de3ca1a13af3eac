from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real inputs beside the repository, which are no part of it."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("BRAINSCORE_DATA_SHARED") or beside)
    if not folder.is_dir():
        pytest.skip(f"the real inputs are not there: {folder}")
    return folder
