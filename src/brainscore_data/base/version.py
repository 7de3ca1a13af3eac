"""The version of this program."""

from __future__ import annotations


def own_version() -> str:
    """Give the version that is installed."""
    from importlib.metadata import version  # takes long: not for every run

    return version("brainscore-data")
