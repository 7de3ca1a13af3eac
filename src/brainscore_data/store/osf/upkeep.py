"""A project, for those who look after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from brainscore_data.base.errors import UsageError
from brainscore_data.base.in_flight import all_side_by_side
from brainscore_data.store.interface import StoredObject
from brainscore_data.store.osf.folders import Folders, Path
from brainscore_data.store.osf.notes import Notes
from brainscore_data.store.upkeep import FOLDER, Inventory, ListedVersion

_NOT_SINGLY = (
    "OSF cannot delete a single version, only a file with all of its versions: whoever may write "
    "to the project can do that at osf.io"
)


@dataclass(frozen=True)
class OSFUpkeep:
    """What is in a folder of a project."""

    folders: Folders
    note_keeper: Notes
    path: Path
    versions: Callable[[str], list[StoredObject]]

    def inventory(self) -> Inventory:
        """List every version of every key: one request for all, and two for what has several."""
        listing = self.folders.listing(self.path)

        def listed(name: str) -> tuple[ListedVersion, ...]:
            entry = listing.files[name]
            if entry.versions == 1:
                known = {1: (entry.size, entry.written)}
            else:
                older = self.folders.older(entry)
                known = {number: (each.size, each.written) for number, each in older.items()}
            return tuple(
                ListedVersion(name, f"{entry.id}.{number}", size, written or "")
                for number, (size, written) in sorted(known.items())
            )

        names = sorted(listing.files)
        found = dict(zip(names, all_side_by_side(listed, names), strict=True))
        return Inventory(found, tuple(sorted(set(listing.folders) - {FOLDER})))

    def notes(self, folder: str) -> frozenset[str]:
        """List the notes in a folder."""
        return self.note_keeper.names(folder)

    def note(self, name: str) -> bytes | None:
        """Read a note; None if there is none."""
        return self.note_keeper.content(name)

    def put_note(self, name: str, content: bytes) -> None:
        """Write a note, in the place of one that is there."""
        self.note_keeper.put(name, content)

    def lock(self, key: str, version_id: str | None) -> str:  # noqa: ARG002 - all alike
        """Say that single versions cannot be deleted."""
        return _NOT_SINGLY

    def erase(self, key: str, version_id: str | None) -> None:  # noqa: ARG002
        """Refuse: it would take all versions."""
        raise UsageError(_NOT_SINGLY, where=key)

    def copies(self) -> str:
        """Say what OSF keeps of what is deleted."""
        return (
            "OSF's own backups, forks and registrations of the project: ask support@osf.io to "
            "delete them"
        )
