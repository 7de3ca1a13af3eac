"""Write one file, and find out what became of it.

A write can end in three ways: the store confirms it, somebody else was first, or the answer got
lost. Only the first and a version that was looked at afterwards count as published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from brainscore_data.base.errors import DataError, IncompleteError, UsageError
from brainscore_data.base.hints import ALLOW_UNVERSIONED, PACKAGE_AGAIN, Hint
from brainscore_data.base.progress import Quiet
from brainscore_data.publishing.comparison import Comparison, claims_content
from brainscore_data.publishing.planning import WHO_VOUCHES, described
from brainscore_data.publishing.published import PublishedFile
from brainscore_data.records.receipts import Guard, Tagged
from brainscore_data.store.interface import (
    KeyTakenError,
    Store,
    StoredObject,
    StoreUnavailableError,
    VersionMovedError,
)
from brainscore_data.store.published import standing_version
from brainscore_data.store.write import Write


@dataclass(frozen=True)
class FileWriter:
    """Writes files to a store."""

    comparison: Comparison
    #: Whether the store honours conditions.
    conditional: bool
    #: Whether a write may end without a version id.
    allow_unversioned: bool

    @property
    def store(self) -> Store:
        """Where to."""
        return self.comparison.store

    def carry_out(self, file: PublishedFile, write: Write) -> PublishedFile:
        """Do what was planned for a file."""
        try:
            done = file if file.object is not None else self._write(file, write)
            return self._tagged(done, write.tags)
        except StoreUnavailableError as error:
            raise IncompleteError(
                f"the store stopped answering ({error.message}); whether the file is there is "
                f"not known",
                where=file.key,
            ) from error

    def _write(self, file: PublishedFile, write: Write) -> PublishedFile:
        try:
            stored = self.store.write(self._on_top(write))
        except (KeyTakenError, VersionMovedError):
            standing = self._standing(file)
            still_there = standing is not None and standing.version_id == file.replaces
            if self.conditional and still_there and file.replaces is not None:
                raise UsageError(
                    "this store does not let anybody replace a version, even while it is the "
                    "latest; nothing was written",
                    where=file.key,
                    hint="`brainscore-data store check` shows what the store can do; publish the "
                    "correction under another identifier",
                ) from None
            return self._others(file, standing)
        except StoreUnavailableError as error:
            stored = self._after_lost_response(file, error)
            if not self._is_ours(stored, write.tags):
                return self._others(file, stored)
        self._require_version_id(stored)
        if not self.conditional:
            standing = self._standing(file)
            if standing is None or standing.version_id != stored.version_id:
                return self._overtaken(file, standing, stored)
        # Its bytes were counted as they were sent: the same once more would be more than there are.
        confirmed = replace(self.comparison, progress=Quiet()).same_bytes(stored, file.bundled)
        if confirmed is None:
            raise DataError(
                f"the store holds other bytes than the bundle's (version {stored.version_id}): "
                f"the file changed while it was sent, or was damaged on the way",
                where=file.key,
                hint=Hint(PACKAGE_AGAIN, " and publish it with `replaces` naming this version"),
            )
        guard: Guard = "conditional write" if self.conditional else "versions listed"
        tagged: Tagged | None = "after the write" if stored.tagged_later else None
        return replace(file, object=confirmed, guard=guard, tagged=tagged)

    def _tagged(self, file: PublishedFile, tags: Mapping[str, str]) -> PublishedFile:
        """Make sure that what was there already has tags: its writer may have ended before them."""
        if file.status != "unchanged" or file.object is None:
            return file
        there = file.object
        restored = self.store.restore_tags(file.key, there.version_id, there.size, tags)
        return replace(file, tagged="after the write") if restored else file

    def _on_top(self, write: Write) -> Write:
        """Expect what lies on top: a version that lost a race can lie on the one that stands."""
        if write.expected_version is None or self.conditional:
            return write
        latest = self.store.versions(write.key)[-1].version_id
        return replace(write, expected_version=latest or write.expected_version)

    def _standing(self, file: PublishedFile) -> StoredObject | None:
        return standing_version(self.store, file.key, conditional=self.conditional)

    def _after_lost_response(
        self, file: PublishedFile, error: StoreUnavailableError
    ) -> StoredObject:
        """Find the version whose confirmation got lost."""
        stored = self._standing(file)
        if stored is None or (file.status == "replaced" and stored.version_id == file.replaces):
            raise IncompleteError(
                f"the store did not take the file ({error.message})", where=file.key
            ) from error
        return stored

    def _is_ours(self, stored: StoredObject, tags: Mapping[str, str]) -> bool:
        """Tell by its tags whether this run wrote a version; where there are none, nobody did."""
        try:
            return dict(self.store.tags(stored.key, stored.version_id)) == dict(tags)
        except UsageError:
            return False

    def _others(self, file: PublishedFile, stored: StoredObject | None) -> PublishedFile:
        """Accept a version that somebody else wrote, if it has the same content."""
        if stored is None:
            raise IncompleteError("the key was taken a moment ago and is free now", where=file.key)
        same = self.comparison.same_content(stored, file.bundled)
        if same is None:
            hint = "agree with them on who publishes; your file was not written"
            if claims_content(stored, file.bundled):
                hint += f"\n  {WHO_VOUCHES}"
            raise DataError(
                f"another run put other content there in the meantime "
                f"({described(self.store, stored)})",
                where=file.key,
                hint=hint,
            )
        self._require_version_id(stored)
        return PublishedFile(file.bundled, "unchanged", object=same)

    def _overtaken(
        self, file: PublishedFile, standing: StoredObject | None, ours: StoredObject
    ) -> PublishedFile:
        """Give way to the earlier version, on a store that could not refuse the later one."""
        same = None if standing is None else self.comparison.same_content(standing, file.bundled)
        if same is None:
            earlier = described(self.store, standing) if standing else "gone by now"
            raise IncompleteError(
                f"another run wrote other content first ({earlier}); this store cannot prevent "
                f"that; the earliest wins: version {ours.version_id}, which this run wrote, is "
                f"not published",
                where=file.key,
            )
        return PublishedFile(file.bundled, "unchanged", object=same, guard="versions listed")

    def _require_version_id(self, stored: StoredObject) -> None:
        if stored.version_id in (None, "null") and not self.allow_unversioned:
            raise UsageError(
                "the store gave the file no version id: versioning was switched off during the run",
                where=stored.key,
                hint=Hint("switch it on again, or accept it with ", ALLOW_UNVERSIONED),
            )
