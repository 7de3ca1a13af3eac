"""Staging: a place in a store where others put bundles, and from where a store takes what is approved.

Whoever may put there need not be trusted: nothing of it is read by its name alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from brainscore_data.store.interface import Store


@dataclass(frozen=True)
class Credentials:
    """What somebody may put files with, for some hours."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str = field(repr=False)
    until: datetime


class Staging(Protocol):
    """The place below one URL."""

    @property
    def url(self) -> str:
        """Where it is."""

    def put(self, name: str, path: Path, sha256: str) -> bool:
        """Put a file there; False if there is one of that name. Takes the permission to put only."""

    def stays_closed(self) -> bool:
        """Put a small object there, and try to read it without credentials."""

    def content(self, name: str, most: int) -> bytes:
        """Read a small file."""

    def promoting(self, store: Store) -> Store:
        """Give a store whose `write` copies from here, inside of the server."""

    def grant(self, person: str, role: str, seconds: int) -> Credentials:
        """Ask for credentials that can put files here and do nothing else."""
