"""What the tests of the cage share: programs of their own."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def warm_cage() -> None:
    """Start programs as outside of tests."""
