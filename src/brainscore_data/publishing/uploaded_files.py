"""Files that somebody else uploaded: each read whole, by its version, beside the bundle's own.

Whoever has no credentials reads what is open to everybody, and versions that are named need no
listing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import compress, count
from pathlib import Path
from typing import BinaryIO

from brainscore_data.base.door import opened as opened_file
from brainscore_data.base.errors import DataError
from brainscore_data.base.files import Fingerprint, fingerprint
from brainscore_data.base.hints import ALLOW_UNVERSIONED, PACKAGE_AGAIN, Hint
from brainscore_data.base.progress import Progress
from brainscore_data.dataset.manifest_values import Visibility
from brainscore_data.publishing.readability import CLOSE_IT, ReadBack
from brainscore_data.records.bundle import BundledFile
from brainscore_data.records.receipts import PublishedObject, Readable
from brainscore_data.store.interface import NotStoredError, Store
from brainscore_data.store.published import version_for_readers
from brainscore_data.store.tombstones import tombstone_of
from brainscore_data.store.visibility import how_open, opened_for, shown_by

NAME_IT = (
    "name the version that was uploaded with --version FILE=ID: the portal and the console show it, "
    "and `brainscore-data lookup` lists all of an identifier"
)
_NOT_THE_BUNDLES = (
    "upload the bundle's own files; or adopt what is there without a bundle, with --identifier"
)


@dataclass(frozen=True)
class ReadVersion:
    """A version as it was read."""

    object: PublishedObject
    #: As in :class:`brainscore_data.records.receipts.RunRecord`.
    public: Readable | None


@dataclass(frozen=True)
class UploadedFiles:
    """The files at one place."""

    store: Store
    #: Key → the version that is meant; the published one of other keys.
    versions: Mapping[str, str]
    allow_unversioned: bool
    read_back: ReadBack
    #: Is told what is worth knowing.
    tell: Callable[[str], None]

    def read(
        self,
        key: str,
        shall: Visibility | None,
        bundled: tuple[BundledFile, Path] | None,
        progress: Progress,
    ) -> ReadVersion:
        """Read a file; a `DataError` if it is gone, is not as the one `bundled`, or has no version."""
        version_id = self._version_id(key)
        if version_id in (None, "null") and not self.allow_unversioned:
            raise DataError(
                f"{key}: it has no version id: whoever overwrites it breaks what pins it",
                hint=Hint("Accept that with ", ALLOW_UNVERSIONED, "."),
            )
        try:
            stream, by_all = opened_for(self.store, key, version_id, public=shall != "private")
        except NotStoredError as error:
            raise self._gone(key, version_id) from error
        named = key if version_id is None else f"{key} version {version_id}"
        with stream:
            found = _compared(stream, named, bundled, progress)
        progress.advance_files()
        if shall == "private":
            self._refuse_open(key, version_id)
        has_version = version_id not in (None, "null")
        stored = PublishedObject(
            **self.store.location.recorded(key),
            **found.recorded(),
            version_id=version_id if has_version else None,
            digest=None if bundled is None else bundled[0].digest,
            verified="read whole by version id" if has_version else "read back",
        )
        return ReadVersion(stored, self._public(key, version_id, shall, by_all=by_all))

    def _version_id(self, key: str) -> str | None:
        if key in self.versions:
            return self.versions[key]
        stored = version_for_readers(self.store, key, self.tell)
        if stored is None or stored.deleted:
            raise self._gone(key, None if stored is None else stored.version_id)
        return stored.version_id

    def _gone(self, key: str, version_id: str | None) -> DataError:
        taken_back = tombstone_of(self.store, key, version_id)
        named = key if version_id is None else f"{key}: version {version_id}"
        why = "" if taken_back is None else f": it was {taken_back}"
        return DataError(f"{named} is not there{why}", hint=NAME_IT)

    def _refuse_open(self, key: str, version_id: str | None) -> None:
        shown = shown_by(self.store, key, version_id, strictly=True)
        standing = shown.beside("private")
        if standing == "too open":
            how = how_open(self.store, key, version_id, shown)
            raise DataError(f"{key} (version {version_id}) is private, but {how}", hint=CLOSE_IT)
        if standing == "not known":
            self.tell(f"{key}: private, and not known who can read it")

    def _public(
        self, key: str, version_id: str | None, shall: Visibility | None, *, by_all: bool
    ) -> Readable | None:
        if (taken_back := tombstone_of(self.store, key, version_id)) is not None:
            self.tell(f"{key} version {version_id}: {taken_back}")
            return "retracted"
        if shall != "public":
            return None
        return "yes" if by_all else self.read_back(key, version_id, is_new=False)


def _compared(
    stream: BinaryIO, named: str, bundled: tuple[BundledFile, Path] | None, progress: Progress
) -> Fingerprint:
    def counted(block: bytes) -> None:
        if bundled is None:  # then nobody knew before how much there is
            progress.expect(len(block))
        progress.advance_bytes(len(block))

    if bundled is None:
        return fingerprint(stream, counted)
    file, path = bundled
    with opened_file(path) as ours:
        beside = _ComparedWithOurs(named, ours)

        def both(block: bytes) -> None:
            counted(block)
            beside.take(block)

        found = fingerprint(stream, both)
        beside.end()
    if found != file.fingerprint:
        raise DataError(
            f"{file.name}: the bundle's own bytes are not those of bundle.json",
            hint=Hint(PACKAGE_AGAIN),
        )
    return found


class _ComparedWithOurs:
    """Compares what comes with a file of ours, and stops at the first difference."""

    def __init__(self, named: str, ours: BinaryIO) -> None:
        self._named, self._ours, self._at = named, ours, 0

    def take(self, theirs: bytes) -> None:
        ours = self._ours.read(len(theirs))
        if ours != theirs:
            same = next(compress(count(), _differ(ours, theirs)), min(len(ours), len(theirs)))
            raise self._other(self._at + same, theirs[same : same + 1], ours[same : same + 1])
        self._at += len(theirs)

    def end(self) -> None:
        if more := self._ours.read(1):
            raise self._other(self._at, b"", more)

    def _other(self, at: int, theirs: bytes, ours: bytes) -> DataError:
        there = f"0x{theirs.hex()}" if theirs else "its end"
        here = f"0x{ours.hex()}" if ours else "its end"
        return DataError(
            f"{self._named} is not the bundle's: the first difference is at byte {at:,} (the first "
            f"is 0): {there} in the store, {here} in the bundle",
            hint=_NOT_THE_BUNDLES,
        )


def _differ(ours: bytes, theirs: bytes) -> Iterable[bool]:
    return (one != other for one, other in zip(ours, theirs, strict=False))
