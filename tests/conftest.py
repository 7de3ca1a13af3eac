"""What the tests of several parts share."""

from __future__ import annotations

pytest_plugins = ["local_https"]
