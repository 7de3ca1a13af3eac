"""What is read is cached in a folder of the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def own_cache(cache: Path) -> Path:
    """Cache in a folder of the test's own."""
    return cache
