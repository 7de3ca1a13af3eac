"""A folder, for those who look after it."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from brainscore_data.base.errors import UsageError
from brainscore_data.base.files import explained, written_whole
from brainscore_data.store.interface import StoredObject
from brainscore_data.store.keys import INCOMING, VERSIONS_SUFFIX
from brainscore_data.store.upkeep import FOLDER, Inventory, ListedVersion


@dataclass(frozen=True)
class LocalUpkeep:
    """What is in a folder."""

    root: Path
    versions: Callable[[str], list[StoredObject]]
    #: Where a version is.
    slot: Callable[[str, str | None], Path]

    def inventory(self) -> Inventory:
        """List every version of every key."""
        if not self.root.is_dir():
            raise UsageError(
                "there is no such folder, so nothing was published to it",
                where=str(self.root),
                hint="check the store's URL",
            )
        names = sorted(path.name for path in self.root.iterdir() if path.is_dir())
        keys = [name[: -len(VERSIONS_SUFFIX)] for name in names if name.endswith(VERSIONS_SUFFIX)]
        found = {
            key: tuple(
                ListedVersion(key, each.version_id, each.size, each.written or "")
                for each in versions
            )
            for key in keys
            if (versions := self.versions(key))  # of what is erased, the folder stays
        }
        others = (name for name in names if not name.endswith(VERSIONS_SUFFIX))
        return Inventory(found, tuple(name for name in others if not name.startswith(".")))

    def notes(self, folder: str) -> frozenset[str]:
        """List the notes in a folder."""
        place = self.root / FOLDER
        with explained(place):
            return frozenset(
                path.relative_to(place).as_posix()
                for path in (place / folder).rglob("*")
                if path.is_file()
            )

    def note(self, name: str) -> bytes | None:
        """Read a note; None if there is none."""
        path = self.root / FOLDER / name
        with explained(path):
            return path.read_bytes() if path.is_file() else None

    def put_note(self, name: str, content: bytes) -> None:
        """Write a note, in the place of one that is there."""
        path = self.root / FOLDER / name
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(path) as target:
                target.write_bytes(content)

    def lock(self, key: str, version_id: str | None) -> None:
        """Know of nothing: a folder locks no versions."""

    def erase(self, key: str, version_id: str | None) -> None:
        """Delete a version: out of its place in one step, and then for good."""
        slot = self.slot(key, version_id)
        with explained(slot):
            gone = self.root / INCOMING / secrets.token_hex(16)
            gone.parent.mkdir(exist_ok=True)
            slot.rename(gone)
            shutil.rmtree(gone)

    def copies(self) -> str:
        """Say what is not known of a folder."""
        return (
            "snapshots and backups of the folder's disk: whoever keeps them deletes the same files"
        )
