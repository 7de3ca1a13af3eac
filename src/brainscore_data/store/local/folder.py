"""A store in a folder: versioned like S3, safe between processes, whole after a crash.

A version is a folder that is made complete under ``.incoming`` and then renamed to where it
belongs::

    <root>/.incoming/<random>/                       while it is being written
    <root>/<key>.versions/00000001/<file name>       the bytes
    <root>/<key>.versions/00000001/object.json       version id, hashes, metadata, tags

Renaming a folder onto one that holds files fails: by POSIX [1]_ with EEXIST or ENOTEMPTY, on
Windows with FileExistsError whatever is there [2]_. So of two writers that aim at one slot
exactly one succeeds, and a writer that is killed leaves the slot as it was.

.. [1] https://pubs.opengroup.org/onlinepubs/9799919799/functions/rename.html
.. [2] https://docs.python.org/3/library/os.html#os.rename
"""

from __future__ import annotations

import contextlib
import errno
import secrets
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.files import explained, flush
from brainscore_data.store.interface import (
    Answer,
    Capabilities,
    KeyTakenError,
    Location,
    ReadOnlyStoreError,
    Store,
    StoredObject,
    StoreUnavailableError,
    VersionMovedError,
    not_stored,
)
from brainscore_data.store.keys import INCOMING, VERSIONS_SUFFIX, checked_key
from brainscore_data.store.local.slot import (
    SlotRecord,
    fill,
    new_version_id,
    read_record,
    save_record,
    slot_name,
    slot_of,
    slots_in,
)
from brainscore_data.store.local.upkeep import LocalUpkeep
from brainscore_data.store.openness import FOLDER, Openness, Shall
from brainscore_data.store.tags import NO_TAGS, VISIBILITY_TAG
from brainscore_data.store.write import Write

# A folder in .incoming that nobody has written to for so long belongs to a writer that died.
SECONDS_UNTIL_LEFTOVER = 24 * 3600


class LocalStore(Store):
    """The store behind ``file:///folder``.

    `StoredObject.sha256` is always None: a folder can be edited by hand, so that two contents
    are the same is known only by reading them. The hashes in ``object.json`` are a record.

    Where the root does not exist yet, `stat` and `versions` find nothing, which is what a first
    publication needs; `open` and `tags` say that there is no such folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def location(self) -> Location:
        """Where it is."""
        return Location(url=self._root.as_uri())

    @property
    def upkeep(self) -> LocalUpkeep:
        """The same place, for those who look after it."""
        return LocalUpkeep(self._root, self.versions, lambda *of: self._found(*of)[0])

    def capabilities(self, *, trying: bool = True) -> Capabilities:  # noqa: ARG002 - no trace
        """Find out whether this caller can write to it; leaves no trace."""
        return Capabilities(
            self._is_writable(),
            versioning="enabled",
            checksums="refused",  # a folder computes none; what is there is read
        )

    def answers(self) -> tuple[Answer, ...]:
        """Tell whether this caller may write; who may read is up to the folder's permissions."""
        if self._is_writable():
            return (Answer("write", "yes", "you may write to this folder"),)
        hint = "ask the folder's owner for permission to write, or name another store"
        return (Answer("write", "no", "you may not write to this folder", hint),)

    def conditions_hold(self) -> bool:
        """Of two writers of a slot exactly one succeeds."""
        return True

    def stat(self, key: str, version_id: str | None = None) -> StoredObject | None:
        """Describe a version, the latest unless one is named; None if there is none."""
        found = self._find(key, version_id)
        return found[1].described(key) if found else None

    def versions(self, key: str) -> list[StoredObject]:
        """Describe all versions of a key, the earliest first."""
        folder = self._versions_folder(key)
        with _readable(folder):
            return [
                read_record(self._within(folder / slot_name(slot))).described(key)
                for slot in slots_in(folder)
            ]

    def write(self, write: Write) -> StoredObject:
        """Write the first version of a key, or one on top of the expected version.

        Raises `ReadOnlyStoreError` if this caller cannot write to the folder, and `DataError` if
        the file changes meanwhile, or is not what its metadata says it is.
        """
        key, expected = write.key, write.expected_version
        if expected is None:
            folder = self._versions_folder(key)
            with _readable(folder):
                taken = bool(slots_in(folder))
            written = None if taken else self._filled(write, 1)
            if written is None:
                raise KeyTakenError("this key already has a version", where=self._place(key))
        else:
            latest = self._find(key, None)
            if latest is None or latest[1].version_id != expected:
                raise self._moved(key, expected, latest)
            written = self._filled(write, int(latest[0].name) + 1)
            if written is None:
                raise self._moved(key, expected, self._find(key, None))
        write.sent(written.size)
        return written

    def tidy(self, keys: Collection[str]) -> None:  # noqa: ARG002 - they share one folder
        """Remove what writes left behind that were cut off more than a day ago."""
        if (self._root / INCOMING).is_dir():
            with contextlib.suppress(OSError):
                _remove_leftovers(self._within(self._root / INCOMING))

    def open(self, key: str, version_id: str | None = None, *, start: int = 0) -> BinaryIO:
        """Open the bytes of a version, the latest unless one is named; from `start` on."""
        slot, record = self._found(key, version_id)
        path = self._within(slot / key.rpartition("/")[2])
        with _readable(path):
            if not path.is_file() or path.stat().st_size != record.size:
                raise DataError(
                    f"the stored file is missing or no longer has {record.size} bytes",
                    where=str(path),
                    hint="somebody changed the store by hand: restore the file from a backup",
                )
            stream = path.open("rb")
            stream.seek(start)
            return stream

    def open_as_anybody(self, key: str, version_id: str | None = None) -> None:
        """There is no such thing as somebody without credentials."""

    def readable_by_all(self, key: str, version_id: str | None = None) -> None:
        """Know nothing of it: who may read a folder is up to its permissions."""

    def openness(self, *, trying: bool = False) -> Openness:  # noqa: ARG002 - nothing to try
        """Know nothing of it: who may read a folder is up to its permissions."""
        return FOLDER

    def set_visibility(
        self, key: str, version_id: str | None, shall: Shall, marks: Mapping[str, str] = NO_TAGS
    ) -> None:
        """Write down who shall read a version; its permissions decide who can."""
        slot, record = self._found(key, version_id)
        with _writable(self._root):
            tags = {**record.tags, **marks, VISIBILITY_TAG: shall}
            save_record(slot, record.model_copy(update={"tags": tags}))

    def would_be_readable_by_all(self, tags: Mapping[str, str]) -> None:
        """Know nothing of it: who may read a folder is up to its permissions."""

    def tags(self, key: str, version_id: str | None = None) -> Mapping[str, str]:
        """Read the tags of a version: who, which commit, public or private."""
        return self._found(key, version_id)[1].tags

    def _versions_folder(self, key: str) -> Path:
        return self._within(self._root / f"{checked_key(key)}{VERSIONS_SUFFIX}")

    def _within(self, path: Path) -> Path:
        """Give back a path below the root, unless a symbolic link in it leads elsewhere."""
        if not path.resolve().is_relative_to(self._root.resolve()):
            raise UsageError(
                "a symbolic link leads out of the store",
                where=str(path),
                hint="put the folder itself there, or name the store by the folder's own path",
            )
        return path

    def _find(self, key: str, version_id: str | None) -> tuple[Path, SlotRecord] | None:
        folder = self._versions_folder(key)
        with _readable(folder):
            slots = slots_in(folder)
            wanted = slot_of(version_id) if version_id is not None else max(slots, default=None)
            if wanted is None or wanted not in slots:
                return None
            slot = self._within(folder / slot_name(wanted))
            record = read_record(slot)
        return (slot, record) if version_id in (None, record.version_id) else None

    def _found(self, key: str, version_id: str | None) -> tuple[Path, SlotRecord]:
        found = self._find(key, version_id)
        if found is None and not self._root.is_dir():
            raise UsageError(
                "there is no such folder, so nothing was published to it",
                where=str(self._root),
                hint="check the store's URL",
            )
        if found is None:
            raise not_stored(self._place(key), version_id)
        return found

    def _filled(self, write: Write, slot: int) -> StoredObject | None:
        """Fill a slot; None if another writer was there first."""
        key = write.key
        write.open().close()  # says what is wrong with it before anything is made in the store
        versions = self._versions_folder(key)
        incoming = self._within(self._root / INCOMING) / secrets.token_hex(16)
        with _writable(self._root):
            self._make_root()
            incoming.mkdir(parents=True)
            try:
                _remove_leftovers(incoming.parent)
                record = fill(incoming, write, new_version_id(slot))
                self._make_folder(versions)
                if not _renamed(incoming, versions / slot_name(slot)):
                    return None
            finally:
                shutil.rmtree(incoming, ignore_errors=True)
        try:
            flush(versions)
        except OSError as error:
            raise StoreUnavailableError(
                f"the version is in place, but the disk did not confirm it: {error.strerror}",
                where=self._place(key),
                hint="run it again",
            ) from error
        return record.described(key)

    def _make_root(self) -> None:
        if not self._root.is_dir():
            self._root.mkdir(parents=True, exist_ok=True)
            flush(self._root.parent)

    def _make_folder(self, folder: Path) -> None:
        """Make a folder below the root, durably before anything is moved into it."""
        folder.mkdir(parents=True, exist_ok=True)
        for parent in folder.parents:
            flush(parent)
            if parent == self._root:
                return

    def _is_writable(self) -> bool:
        folder = self._root
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        try:
            # The system's own answer; os.access does not know about Windows' access lists.
            with tempfile.TemporaryFile(dir=folder):
                return True
        except OSError:
            return False

    def _place(self, key: str) -> str:
        return f"{self.location.url}/{key}"

    def _moved(
        self, key: str, expected: str, latest: tuple[Path, SlotRecord] | None
    ) -> VersionMovedError:
        return VersionMovedError(
            f"the latest version is {latest[1].version_id!r}, not {expected!r}"
            if latest
            else f"it has no version, so there is no {expected!r} to replace",
            where=self._place(key),
            hint="look at what is there now, then say in `replaces` which version you mean",
        )


def _renamed(folder: Path, target: Path) -> bool:
    """Rename a folder; False if the target is taken."""
    try:
        folder.rename(target)
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY):
            return False
        raise
    return True


def _remove_leftovers(incoming: Path) -> None:
    oldest = time.time() - SECONDS_UNTIL_LEFTOVER
    for folder in incoming.iterdir():
        # Another writer may finish or clean up between these lines; what is not ours stays.
        with contextlib.suppress(OSError):
            written = max(path.lstat().st_mtime for path in (folder, *folder.iterdir()))
            if written < oldest:
                shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _writable(root: Path) -> Iterator[None]:
    """Say in the program's words why the store could not be written to."""
    try:
        with explained(root):
            try:
                yield
            except OSError as error:
                if error.errno not in (errno.EROFS, errno.EACCES, errno.EPERM):
                    raise
                raise ReadOnlyStoreError(
                    f"this store cannot be written to: {error.strerror}",
                    where=str(root),
                    hint="ask its owner for permission to write, or name another store",
                ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"cannot be written: {reason}", where=str(root), hint="check the store's URL"
        ) from error


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Say in the program's words why the store could not be read."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"cannot be read: {reason}",
            where=str(error.filename or path),
            hint="check the store's URL, and that you may read its folder",
        ) from error
