"""Write one file, and find out what became of it.

A write can end in three ways: the store confirms it, somebody else was first, or the answer got
lost. Only the first and a version that was looked at afterwards count as published.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from brainscore_data.base.errors import DataError, IncompleteError, UsageError
from brainscore_data.base.hints import ALLOW_UNVERSIONED, PACKAGE_AGAIN, Hint
from brainscore_data.base.progress import Progress, Quiet
from brainscore_data.publishing.committed import NOTHING_COMMITTED, Committed
from brainscore_data.publishing.comparison import (
    ConfirmedVersion,
    claims_content,
    same_bytes,
    same_content,
)
from brainscore_data.publishing.planning import WHO_VOUCHES, Step, described
from brainscore_data.records.receipts import Guard, Status
from brainscore_data.store.interface import (
    KeyTakenError,
    Store,
    StoredObject,
    StoreUnavailableError,
    VersionMovedError,
    Write,
    unwatched,
)
from brainscore_data.store.standing import standing_version


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Attributes
    ----------
    version : ConfirmedVersion
        The published version, whoever wrote it.
    guard : {"conditional write", "versions listed"} or None
        What kept two runs from both winning; None where nothing was written.
    """

    version: ConfirmedVersion
    status: Status
    guard: Guard | None = None


@dataclass(frozen=True)
class FileWriter:
    """Writes the files of one bundle to a store.

    Attributes
    ----------
    folder : Path
        Where the files are.
    conditional : bool
        Whether the store honours conditions.
    allow_unversioned : bool
        Whether a write may end without a version id.
    progress : Progress
        Is told the bytes of each file that is dealt with, and those that are read back.
    source_name : str or None
        What the file is called in `folder`, where that is not its key.
    committed : Committed
        The receipts that vouch for equal content in other bytes.
    """

    store: Store
    folder: Path
    conditional: bool
    allow_unversioned: bool
    progress: Progress
    source_name: str | None = None
    committed: Committed = NOTHING_COMMITTED

    def carry_out(
        self,
        step: Step,
        metadata: Mapping[str, str],
        tags: Mapping[str, str],
        sent: Callable[[int], None] = unwatched,
    ) -> Outcome:
        """Do what was planned for a file; `sent` is told how many bytes are on their way."""
        if step.kept is not None:
            return Outcome(step.kept, "unchanged")
        try:
            return self._write(step, metadata, tags, sent)
        except StoreUnavailableError as error:
            raise IncompleteError(
                f"the store stopped answering ({error.message}); whether the file is there is "
                f"not known",
                where=step.file.name,
            ) from error

    def _write(
        self,
        step: Step,
        metadata: Mapping[str, str],
        tags: Mapping[str, str],
        sent: Callable[[int], None],
    ) -> Outcome:
        written: Status = "new" if step.action == "create" else "replaced"
        guard: Guard = "conditional write" if self.conditional else "versions listed"
        try:
            stored = self._send(step, metadata, tags, sent)
        except (KeyTakenError, VersionMovedError):
            return self._others(step, self._standing(step))
        except StoreUnavailableError as error:
            stored = self._after_lost_response(step, error)
            if not self._is_ours(stored, tags):
                return self._others(step, stored)
        self._require_version_id(step, stored)
        if not self.conditional:
            standing = self._standing(step)
            if standing is None or standing.version_id != stored.version_id:
                return self._overtaken(step, standing, stored)
        # Its bytes were counted as they were sent: the same once more would be more than there are.
        confirmed = same_bytes(self.store, stored, step.file, Quiet())
        if confirmed is None:
            raise DataError(
                f"the store holds other bytes than the bundle's (version {stored.version_id}): "
                f"the file changed while it was sent, or was damaged on the way",
                where=step.file.name,
                hint=Hint(PACKAGE_AGAIN, " and publish it with `replaces` naming this version"),
            )
        return Outcome(confirmed, written, guard)

    def _send(
        self,
        step: Step,
        metadata: Mapping[str, str],
        tags: Mapping[str, str],
        sent: Callable[[int], None],
    ) -> StoredObject:
        expected = step.expected_version
        if expected is not None and not self.conditional:
            # On top of the version that stands there can be one that lost a race; see `standing`.
            expected = self.store.versions(step.file.name)[-1].version_id or expected
        path = self.folder / (self.source_name or step.file.name)
        return self.store.write(Write(step.file.name, path, metadata, tags, expected, sent))

    def _standing(self, step: Step) -> StoredObject | None:
        return standing_version(self.store, step.file.name, conditional=self.conditional)

    def _after_lost_response(self, step: Step, error: StoreUnavailableError) -> StoredObject:
        """Find the version whose confirmation got lost."""
        stored = self._standing(step)
        untouched = (
            stored is None
            if step.action == "create"
            else (stored is not None and stored.version_id == step.expected_version)
        )
        if stored is None or untouched:
            raise IncompleteError(
                f"the store did not take the file ({error.message})", where=step.file.name
            ) from error
        return stored

    def _is_ours(self, stored: StoredObject, tags: Mapping[str, str]) -> bool:
        """Tell by its tags whether this run wrote a version; where there are none, nobody did."""
        try:
            return dict(self.store.tags(stored.key, stored.version_id)) == dict(tags)
        except UsageError:
            return False

    def _others(self, step: Step, stored: StoredObject | None) -> Outcome:
        """Accept a version that somebody else wrote, if it has the same content."""
        if stored is None:
            raise IncompleteError(
                "the key was taken a moment ago and is free now", where=step.file.name
            )
        same = self._same_content(step, stored)
        if same is None:
            hint = "agree with them on who publishes; your file was not written"
            if claims_content(stored, step.file):
                hint += f"\n  {WHO_VOUCHES}"
            raise DataError(
                f"another run put other content there in the meantime "
                f"({described(self.store, stored)})",
                where=step.file.name,
                hint=hint,
            )
        self._require_version_id(step, stored)
        return Outcome(same, "unchanged")

    def _overtaken(self, step: Step, standing: StoredObject | None, ours: StoredObject) -> Outcome:
        """Give way to the earlier version, on a store that could not refuse the later one."""
        same = None if standing is None else self._same_content(step, standing)
        if standing is None or same is None:
            earlier = described(self.store, standing) if standing else "gone by now"
            raise IncompleteError(
                f"another run wrote other content first ({earlier}); this store cannot prevent "
                f"that; the earliest wins: version {ours.version_id}, which this run wrote, is "
                f"not published",
                where=step.file.name,
            )
        return Outcome(same, "unchanged", "versions listed")

    def _same_content(self, step: Step, stored: StoredObject) -> ConfirmedVersion | None:
        return same_content(self.store, stored, step.file, self.progress, self.committed)

    def _require_version_id(self, step: Step, stored: StoredObject) -> None:
        if stored.version_id in (None, "null") and not self.allow_unversioned:
            raise UsageError(
                "the store gave the file no version id: versioning was switched off during the run",
                where=step.file.name,
                hint=Hint("switch it on again, or accept it with ", ALLOW_UNVERSIONED),
            )
