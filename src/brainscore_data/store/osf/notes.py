"""What OSF has no place for: a writer's metadata and tags, and notes; each is a small JSON file.

They lie in `.brainscore-data`, in the store's folder. What is said of a version is written before its
bytes, and named by their hash and by how many versions there were: so a run that is killed in between
leaves no version of which nothing is known.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from brainscore_data.base.errors import DataError
from brainscore_data.store.osf.folders import FolderEntry, Folders, Path
from brainscore_data.store.upkeep import FOLDER

_RECORDS = "records"


@dataclass(frozen=True)
class Said:
    """What a writer says of a version."""

    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


NOTHING = Said()


class Notes:
    """The notes of a store."""

    def __init__(self, folders: Folders, path: Path) -> None:
        self._folders = folders
        self._path = (*path, FOLDER)
        self._known: dict[tuple[str, int], bytes] = {}

    # ---- of versions ---------------------------------------------------------------------------

    def records(self) -> dict[str, FolderEntry]:
        """List what is said of all versions of all keys."""
        return self._folders.listing((*self._path, _RECORDS)).files

    def said_of(
        self, key: str, number: int, sha256: str | None, records: Mapping[str, FolderEntry]
    ) -> Said:
        """Read what is said of a version; nothing of one that others put there."""
        if sha256 is None:
            return NOTHING
        for before in range(
            number - 1, -1, -1
        ):  # if two came at once, it lies higher than it thought
            record = records.get(_name(key, before, sha256))
            if record is not None:
                return self._read(record)
        return NOTHING

    def say(self, key: str, before: int, sha256: str, said: Said) -> None:
        """Write what is said of a version that comes on top of so many."""
        text = json.dumps(
            {"key": key, "metadata": dict(said.metadata), "tags": dict(said.tags)}, indent=2
        )
        self._put((*self._path, _RECORDS), _name(key, before, sha256), f"{text}\n".encode())

    def change(self, key: str, number: int, sha256: str | None, tags: Mapping[str, str]) -> None:
        """Change the tags in what is said of a version."""
        records = self.records()
        said = self.said_of(key, number, sha256, records)
        for before in range(number - 1, -1, -1):
            if _name(key, before, sha256 or "") in records:
                break
        else:
            before = number - 1
        self.say(key, before, sha256 or "", Said(said.metadata, {**said.tags, **tags}))

    def prepared(self) -> None:
        """Make the folder for them: who may not write is told so here."""
        self._folders.made((*self._path, _RECORDS))

    def _read(self, record: FolderEntry) -> Said:
        try:
            found = json.loads(self._content(record))
            return Said(_texts(found["metadata"]), _texts(found["tags"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(
                "the record of a version is damaged",
                where=f"{'/'.join((*self._path, _RECORDS))}/{record.name}",
                hint="somebody changed it by hand: restore an earlier version of it at osf.io",
            ) from error

    # ---- of other things -----------------------------------------------------------------------

    def names(self, folder: str) -> frozenset[str]:
        """List the notes in a folder, and in those below it."""
        found: set[str] = set()
        waiting: list[Path] = [(folder,)]
        while waiting:
            path = waiting.pop()
            listing = self._folders.listing((*self._path, *path))
            found |= {"/".join((*path, name)) for name in listing.files}
            waiting += [(*path, name) for name in listing.folders]
        return frozenset(found)

    def content(self, name: str) -> bytes | None:
        """Read a note; None if there is none."""
        *folders, last = name.split("/")
        entry = self._folders.listing((*self._path, *folders)).files.get(last)
        return None if entry is None else self._content(entry)

    def put(self, name: str, content: bytes) -> None:
        """Write a note, in the place of one that is there."""
        *folders, last = name.split("/")
        self._put((*self._path, *folders), last, content)

    def _content(self, entry: FolderEntry) -> bytes:
        place = entry.id, entry.versions
        if place not in self._known:
            self._known[place] = self._folders.content(entry)
        return self._known[place]

    def _put(self, path: Path, name: str, content: bytes) -> None:
        there = self._folders.listing(path).files.get(name)
        status, entry = self._folders.put(path, name, io.BytesIO(content), there, repeatable=True)
        if status == 409:  # another run was faster, or our own first attempt
            there = self._folders.listing(path).files.get(name)
            _, entry = self._folders.put(path, name, io.BytesIO(content), there, repeatable=True)
        self._known[entry.id, entry.versions] = content


def _name(key: str, before: int, sha256: str) -> str:
    return f"{key.replace('/', '+')}.{sha256}.{before}.json"


def _texts(found: Mapping[str, object]) -> dict[str, str]:
    return {str(name): str(value) for name, value in found.items()}
