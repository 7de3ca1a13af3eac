"""What those do with a store who look after it: all of what is there, and notes beside it.

Publishing and reading know a key and ask for it. This is for what goes beyond: listing every
version, and the notes that are kept below `FOLDER`, which are none of the keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

#: What the program keeps for itself in a store: notes, and what it tries things out with.
FOLDER = ".brainscore-data"


@dataclass(frozen=True)
class ListedVersion:
    """One version of one key, as a listing has it."""

    key: str
    version_id: str | None
    size: int
    #: ISO 8601.
    written: str
    #: Whether it is a delete marker.
    deleted: bool = False


@dataclass(frozen=True)
class Inventory:
    """All that is in a store."""

    #: Of each key, the earliest first.
    versions: Mapping[str, tuple[ListedVersion, ...]]
    #: Below it, and stores of their own: what is in them is not listed.
    folders: tuple[str, ...] = ()


class Upkeep(Protocol):
    """A store, for those who look after it."""

    def inventory(self) -> Inventory:
        """List every version of every key."""

    def notes(self, folder: str) -> frozenset[str] | None:
        """List the notes in a folder of `FOLDER`, once; None where this caller may not."""

    def note(self, name: str) -> bytes | None:
        """Read a note; None if there is none, or this caller may not read it."""

    def put_note(self, name: str, content: bytes) -> None:
        """Write a note, in the place of one that is there."""

    def lock(self, key: str, version_id: str | None) -> str | None:
        """Say what forbids deleting a version; None if nothing that is known."""

    def erase(self, key: str, version_id: str | None) -> None:
        """Delete a version for good. Nothing else in the program does."""

    def copies(self) -> str:
        """Say where else the store itself copies what is written, and what to do there."""
