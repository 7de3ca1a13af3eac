"""A store in a project at OSF, or in a component of one.

What OSF does, and this relies on, is in its API's documentation [1]_, in WaterButler's [2]_ and, where
these say nothing, in their sources [3]_ [4]_:

- A first version is refused with 409 if there is a file of that name. That is looked for before the
  body is received: of two that come at once the later one becomes a version on top. So versions are
  looked at again after each write, and the earliest wins.
- The same bytes on top of themselves are no further version.
- It computes the MD5 and the SHA-256 of what arrives, of every version. It is announced none.
- A version has no name of its own but a number. The id of its file makes it one: a file that is
  deleted, and another that is put in its place, are two.
- A project is open as a whole, or closed.

.. [1] https://developer.osf.io
.. [2] https://waterbutler.readthedocs.io/en/latest/api.html
.. [3] https://github.com/CenterForOpenScience/waterbutler
.. [4] https://github.com/CenterForOpenScience/osf.io/tree/develop/addons/osfstorage
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import BinaryIO

from brainscore_data.base.errors import UsageError
from brainscore_data.base.files import fingerprint
from brainscore_data.base.in_flight import all_side_by_side
from brainscore_data.https.streams import opened
from brainscore_data.store.interface import (
    Answer,
    Capabilities,
    KeyTakenError,
    Location,
    NotPermittedError,
    Store,
    StoredObject,
    StoreUnavailableError,
    VersionMovedError,
    not_stored,
)
from brainscore_data.store.keys import checked_key
from brainscore_data.store.openness import Openness, Shall
from brainscore_data.store.osf.answers import answers, obstacle
from brainscore_data.store.osf.connection import MissingError, OSFConnection
from brainscore_data.store.osf.folders import FolderEntry, Folders, Older, split
from brainscore_data.store.osf.notes import Notes, Said
from brainscore_data.store.osf.sending import Sent
from brainscore_data.store.osf.upkeep import OSFUpkeep
from brainscore_data.store.tags import NO_TAGS, VISIBILITY_TAG
from brainscore_data.store.write import Write

#: "Individual files must be 5GB or less": https://help.osf.io/article/555-add-ons-storage-api-integration-faq-s
LARGEST = 5 * 10**9


class OSFStore(Store):
    """The store behind ``osf://project/folder``."""

    def __init__(self, connection: OSFConnection, path: tuple[str, ...] = ()) -> None:
        self._connection = connection
        self._path = path
        self._folders = Folders(connection)
        self._notes = Notes(self._folders, path)

    @property
    def location(self) -> Location:
        """Where it is."""
        return Location(
            "/".join((self._connection.url, *self._path)), endpoint=self._connection.endpoint
        )

    @cached_property
    def upkeep(self) -> OSFUpkeep:
        """The same place, for those who look after it."""
        return OSFUpkeep(self._folders, self._notes, self._path, self.versions)

    def capabilities(self, *, trying: bool = True) -> Capabilities:
        """Find out whether this caller can write to it; the rest is the same for every project.

        If it is `trying`, the folder for notes is made: a token that may not write is told so.
        """
        found = obstacle(self._connection, self._notes if trying else None)
        return Capabilities(
            found is None,
            versioning="enabled",
            conditions="ignored",
            complete_conditions="ignored",
            checksums="told",
            repeats=False,
            largest=LARGEST,
            obstacle=found,
        )

    def answers(self) -> tuple[Answer, ...]:
        """Tell who the caller is and what the project is."""
        return answers(self._connection)

    def conditions_hold(self) -> bool:
        """Of two that come at once both write: the later one on top."""
        return False

    def stat(self, key: str, version_id: str | None = None) -> StoredObject | None:
        """Describe a version, the latest unless one is named; None if there is none."""
        entry = self._entry(key)
        number = None if entry is None else _number(entry, version_id)
        if entry is None or number is None:
            return None
        return self._described(key, entry, [number], self._notes.records())[0]

    def latest(
        self,
        keys: Iterable[str],
        public: Collection[str] = (),  # noqa: ARG002
    ) -> dict[str, StoredObject]:
        """Describe the latest version of each of many keys; those never written are left out."""
        named = {key: split(self._path, checked_key(key)) for key in keys}
        paths = dict.fromkeys(path for path, _ in named.values())
        listed = {path: self._folders.listing(path).files for path in paths}
        there = {
            key: listed[path][name] for key, (path, name) in named.items() if name in listed[path]
        }
        records = self._notes.records() if there else {}

        def described(key: str) -> StoredObject:
            return self._described(key, there[key], [there[key].versions], records)[0]

        return dict(zip(there, all_side_by_side(described, there), strict=True))

    def versions(self, key: str) -> list[StoredObject]:
        """Describe all versions of a key, the earliest first."""
        entry = self._entry(key)
        if entry is None:
            return []
        numbers = list(range(1, entry.versions + 1))
        return self._described(key, entry, numbers, self._notes.records())

    def write(self, write: Write) -> StoredObject:
        """Write the first version of a key, or one on top of the expected version.

        Raises `StoreUnavailableError` if the answer was lost: then `stat` tells.
        """
        path, name = split(self._path, checked_key(write.key))
        with write.open() as file:
            found = fingerprint(file)
        write.confirm(found)
        self._refuse_larger(write, found.size)
        self._connection.need_token()
        there = self._folders.listing(path).files.get(name)
        self._require_expected(write, there)
        before = 0 if there is None else there.versions
        self._notes.say(write.key, before, found.sha256, Said(write.metadata, write.tags))
        with write.open() as file:
            # What is empty would be sent in chunks, and OSF wants to be told a length.
            body = Sent(file, found.size, write.sent) if found.size else b""
            status, entry = self._folders.put(path, name, body, there)
        if status == 409 or (there is None and status == 200 and entry.versions == 1):
            raise self._taken(write.key)  # also by the same bytes, at the same moment
        if entry.sha256 != found.sha256 and entry.versions > before + 1:
            raise StoreUnavailableError(
                "another run wrote at the same moment, and OSF answered with its version",
                where=self._place(write.key),
                hint="run it again",
            )
        stored = _object(write.key, entry, entry.versions, None)
        return replace(stored, metadata=dict(write.metadata))

    def open(self, key: str, version_id: str | None = None, *, start: int = 0) -> BinaryIO:
        """Open the bytes of a version, the latest unless one is named; from `start` on."""
        entry, number, size = self._found(key, version_id)
        return opened(self._folders.bytes_of(entry, number, size, start))

    def open_as_anybody(self, key: str, version_id: str | None = None) -> BinaryIO | None:
        """Open the bytes of a version without the token; None where they do not come so."""
        if not self._connection.is_public:
            return None
        entry, number, size = self._found(key, version_id)
        try:
            return opened(self._folders.bytes_of(entry, number, size, as_anybody=True))
        except (NotPermittedError, MissingError):
            return None

    def readable_by_all(self, key: str, version_id: str | None = None) -> bool:
        """Try to read a version without the token."""
        entry, number, size = self._found(key, version_id)
        try:
            with self._folders.bytes_of(entry, number, size, as_anybody=True) as stream:
                return len(stream.read(1) or b"") == min(size, 1)
        except (NotPermittedError, MissingError):
            return False

    def openness(self, *, trying: bool = False) -> Openness:  # noqa: ARG002 - it is a fact
        """Say whether the project is public."""
        if self._connection.is_public:
            return Openness(
                "open",
                "the project is public",
                "put private items into a private component of the project, and name the "
                "component as the store: it has its own address",
            )
        return Openness(
            "closed",
            "the project is private",
            'its administrator opens all of it: osf.io, the project, "Make public"',
        )

    def set_visibility(
        self, key: str, version_id: str | None, shall: Shall, marks: Mapping[str, str] = NO_TAGS
    ) -> None:
        """Write down who shall read a version; that of the project decides who can."""
        self._connection.need_token()
        entry, number = self._entry_and_number(key, version_id)
        sha256 = self._older(entry, [number])[number].sha256
        self._notes.change(key, number, sha256, {**marks, VISIBILITY_TAG: shall})

    def would_be_readable_by_all(self, tags: Mapping[str, str]) -> bool:  # noqa: ARG002
        """Say whether the project is public, whatever the tags."""
        return self._connection.is_public

    def tags(self, key: str, version_id: str | None = None) -> Mapping[str, str]:
        """Read the tags of a version; none of one that others put there."""
        entry, number = self._entry_and_number(key, version_id)
        sha256 = self._older(entry, [number])[number].sha256
        return self._notes.said_of(key, number, sha256, self._notes.records()).tags

    # ---- finding -------------------------------------------------------------------------------

    def _place(self, key: str) -> str:
        return f"{self.location.url}/{key}"

    def _entry(self, key: str) -> FolderEntry | None:
        path, name = split(self._path, checked_key(key))
        return self._folders.listing(path).files.get(name)

    def _entry_and_number(self, key: str, version_id: str | None) -> tuple[FolderEntry, int]:
        entry = self._entry(key)
        number = None if entry is None else _number(entry, version_id)
        if entry is None or number is None:
            raise not_stored(self._place(key), version_id)
        return entry, number

    def _found(self, key: str, version_id: str | None) -> tuple[FolderEntry, int, int]:
        """Give the file, the number and the size of a version."""
        entry, number = self._entry_and_number(key, version_id)
        return entry, number, self._older(entry, [number])[number].size

    def _older(self, entry: FolderEntry, numbers: Collection[int]) -> Mapping[int, Older]:
        """Describe some versions of a file; the listing does so of the latest alone."""
        latest = Older(entry.size, entry.md5, entry.sha256, entry.written)
        if set(numbers) == {entry.versions}:
            return {entry.versions: latest}
        return {**self._folders.older(entry), entry.versions: latest}

    def _described(
        self, key: str, entry: FolderEntry, numbers: list[int], records: Mapping[str, FolderEntry]
    ) -> list[StoredObject]:
        older = self._older(entry, numbers)
        found = [
            _object(key, entry, number, older[number]) for number in numbers if number in older
        ]

        def said(stored: StoredObject) -> StoredObject:
            number = int(str(stored.version_id).rpartition(".")[2])
            said = self._notes.said_of(key, number, stored.sha256, records)
            return replace(stored, metadata=said.metadata)

        return all_side_by_side(said, found)

    # ---- refusals ------------------------------------------------------------------------------

    def _require_expected(self, write: Write, there: FolderEntry | None) -> None:
        if write.expected_version is None:
            if there is not None:
                raise self._taken(write.key)
            return
        latest = None if there is None else _version_id(there, there.versions)
        if latest != write.expected_version:
            raise VersionMovedError(
                f"the latest version is {latest!r}, not {write.expected_version!r}"
                if latest
                else f"it has no version, so there is no {write.expected_version!r} to replace",
                where=self._place(write.key),
                hint="look at what is there now, then say in `replaces` which version you mean",
            )

    def _taken(self, key: str) -> KeyTakenError:
        return KeyTakenError("this key already has a version", where=self._place(key))

    def _refuse_larger(self, write: Write, size: int) -> None:
        if size > LARGEST:
            raise UsageError(
                f"it has {size:,} bytes, and a file at OSF at most {LARGEST:,}",
                where=os.fspath(write.path),
                hint="publish it to another store, or as several items",
            )


def _version_id(entry: FolderEntry, number: int) -> str:
    return f"{entry.id}.{number}"


def _number(entry: FolderEntry, version_id: str | None) -> int | None:
    """Read the number off a version id; None if it is of another file, or of none."""
    if version_id is None:
        return entry.versions
    file_id, _, number = version_id.rpartition(".")
    if file_id != entry.id or not (number.isascii() and number.isdigit() and len(number) < 9):
        return None
    return int(number) if 1 <= int(number) <= entry.versions else None


def _object(key: str, entry: FolderEntry, number: int, known: Older | None) -> StoredObject:
    version = known or Older(entry.size, entry.md5, entry.sha256, entry.written)
    return StoredObject(
        key,
        _version_id(entry, number),
        version.size,
        sha256=version.sha256,
        etag=version.md5,
        written=version.written,
    )
