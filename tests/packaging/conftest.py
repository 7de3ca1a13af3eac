"""What the tests of packaging share: programs in the cage of their own, which read what they may."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def warm_cage() -> None:
    """Start programs as outside of tests."""
