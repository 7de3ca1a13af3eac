"""Downloads: verified before anything sees them, and kept under the hash of their bytes.

The next run continues one that was cut off, if its hash says that it is the same file.
"""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from brainscore_data.base.caching import cache_explained, downloads_folder
from brainscore_data.base.door import BLOCK
from brainscore_data.base.errors import DataError
from brainscore_data.base.files import Algorithm, digests, written_whole
from brainscore_data.base.progress import Progress, Quiet
from brainscore_data.base.work_folders import kept_folder, work_folder
from brainscore_data.store.interface import LOOK_IT_UP, NotStoredError, Store
from brainscore_data.store.published import version_for_readers, version_id_for_readers, warned
from brainscore_data.store.tombstones import tombstone_of

_QUIET = Quiet()
_PREFIX = ".downloading-"
Hashes = dict[Algorithm, str]


def cached(
    store: Store,
    key: str,
    *,
    version_id: str | None = None,
    sha1: str | None = None,
    progress: Progress = _QUIET,
    tell: Callable[[str], None] = warned,
) -> Path:
    """Give the path of a verified copy of a version, downloading it where it is not there yet.

    A copy is read and hashed each time: a damaged one is fetched again. Without a version it is
    the published one; without a hash the bytes are compared with what the store says of them.
    `tell` hears of a later version on top of the published one.
    """
    if sha1 is not None:
        copy = _copy(sha1, key)
        if _has(copy, {"sha1": sha1}):
            return copy
        if version_id is None:
            version_id = version_id_for_readers(store, key, tell)
        _tell_if_taken_back(store, key, version_id, tell)
        return _download(store, key, version_id, progress, {"sha1": sha1})
    _tell_if_taken_back(store, key, version_id, tell)
    stored = (
        version_for_readers(store, key, tell) if version_id is None else store.stat(key, version_id)
    )
    if stored is None or stored.deleted:
        raise NotStoredError(
            "there is no such file" if version_id is None else f"there is no version {version_id}",
            where=f"{store.location.url}/{key}",
            hint=LOOK_IT_UP,
        )
    sha256 = stored.sha256 or stored.metadata.get("sha256")
    expected: Hashes = {} if sha256 is None else {"sha256": sha256}
    copy = _copy(stored.metadata.get("sha1", ""), key)
    if expected and _has(copy, expected):
        return copy
    # By version from here on: a newer one that arrives now is not the one that was looked at.
    progress.expect(stored.size)
    return _download(store, key, stored.version_id, progress, expected)


def unpacked(archive: Path) -> Path:
    """Give the folder with the files of a verified zip, each as it is in the zip.

    What is missing or damaged is unpacked again. The zip is flat: a member in a subfolder, or one
    that would leave the folder, is an error.
    """
    folder = archive.with_suffix("")
    try:
        with zipfile.ZipFile(archive) as opened:
            members = opened.infolist()
            for member in members:
                _require_flat(member.filename, archive)
            if not folder.is_dir():
                _unpack_all(opened, folder)
            for member in members:
                if not _is_intact(folder / member.filename, member):
                    with written_whole(folder / member.filename) as path:
                        _extract(opened, member, path)
    except zipfile.BadZipFile as error:
        raise DataError(f"this is not a sound zip: {error}", where=str(archive)) from error
    return folder


def _tell_if_taken_back(
    store: Store, key: str, version_id: str | None, tell: Callable[[str], None]
) -> None:
    """Tell a reader of a version that it was taken back; of one that is erased nothing is left."""
    taken_back = None if version_id is None else tombstone_of(store, key, version_id)
    if taken_back is None:
        return
    if taken_back.erased:
        raise NotStoredError(
            f"version {version_id} was {taken_back}",
            where=f"{store.location.url}/{key}",
            hint="remove what you have of it; `brainscore-data lookup` lists the versions that are left",
        )
    tell(f"{key} version {version_id}: {taken_back}")


def _copy(sha1: str, key: str) -> Path:
    # A claim in a store's metadata must not lead out of the cache.
    plain = sha1 if len(sha1) == 40 and sha1.isalnum() else "unknown"
    return downloads_folder() / plain / key


def _has(copy: Path, expected: Hashes) -> bool:
    return copy.is_file() and digests(copy, expected) == expected


def write_verified(
    store: Store,
    key: str,
    version_id: str | None,
    *,
    sha256: str,
    target: Path,
    progress: Progress = _QUIET,
) -> None:
    """Write a version to a file, whole and verified; the next time continues what was cut off."""
    _download(store, key, version_id, progress, {"sha256": sha256}, into=target)


def _download(
    store: Store,
    key: str,
    version_id: str | None,
    progress: Progress,
    expected: Hashes,
    *,
    into: Path | None = None,
) -> Path:
    place = f"{store.location.url}/{key}" + (f" version {version_id}" if version_id else "")
    # Its copy has the SHA-1 in its name; what nobody compares is not computed.
    names: set[Algorithm] = {"sha1", *expected}
    folder = downloads_folder()
    with cache_explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        name = next(iter(expected.values()), None)
        with kept_folder(folder, _PREFIX, name) if name else work_folder(folder, _PREFIX) as kept:
            part = kept / "part"

            def found(*, resumes: bool) -> Hashes:
                """Complete the part file, and hash all of it on the way."""
                with part.open("r+b" if resumes else "w+b") as file:
                    start = part.stat().st_size if resumes else 0
                    with store.open(key, version_id, start=start) as stream:
                        source: Any = _Continuing(file, stream, progress)
                        return digests(source, names)

            resumes = part.is_file()
            hashes = found(resumes=resumes)
            if resumes and not expected.items() <= hashes.items():
                hashes = found(resumes=False)
            try:
                _compare(hashes, place, expected)
            except DataError:
                part.unlink()
                raise
            progress.advance_files()
            target = into or _copy(hashes["sha1"], key)
            # Whoever reads it hashes it first, so nobody waits until it is on the disk.
            with written_whole(target, flushed=False) as path:
                part.replace(path)
    return target


class _Continuing:
    """Reads a file to its end, and then what continues it, which it writes there."""

    def __init__(self, file: BinaryIO, stream: BinaryIO, progress: Progress) -> None:
        self._file, self._stream, self._progress = file, stream, progress
        self._ended = False

    def read(self, size: int) -> bytes:
        """Read on."""
        block = b"" if self._ended else self._file.read(size)
        if not block:
            self._ended = True
            block = self._stream.read(size)
            self._file.write(block)
        self._progress.advance_bytes(len(block))
        return block


def _compare(found: Hashes, place: str, expected: Hashes) -> None:
    if (sha1 := expected.get("sha1")) not in (None, found["sha1"]):
        raise DataError(
            f"its sha1 is {found['sha1']}, but {sha1} is expected",
            where=place,
            hint="if the hash was copied by hand, compare it with the receipt; "
            "`brainscore-data lookup` lists the versions of an identifier",
        )
    if (sha256 := expected.get("sha256")) not in (None, found.get("sha256")):
        raise DataError(
            f"its sha256 is {found['sha256']}, but it was {sha256} when it was published",
            where=place,
            hint="run it again; if that does not help, somebody changed the file in the store: "
            "tell the store's owner",
        )


def _require_flat(name: str, archive: Path) -> None:
    if "/" in name or "\\" in name or name in ("", ".", ".."):
        raise DataError(
            f"its member {name!r} is in a folder; Brain-Score's readers need flat zips",
            where=str(archive),
            hint="the stimulus set has to be packaged again",
        )


def _unpack_all(opened: zipfile.ZipFile, folder: Path) -> None:
    with (
        cache_explained(folder),
        work_folder(folder.parent, ".unpacking-") as temporary,
    ):
        whole = temporary / "whole"
        whole.mkdir()
        for member in opened.infolist():
            _extract(opened, member, whole / member.filename)
        try:
            whole.rename(folder)
        except OSError:
            # Another process was faster; its files are looked at like ours.
            if not folder.is_dir():
                raise


def _extract(opened: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> None:
    with opened.open(member) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target, BLOCK)


def _is_intact(path: Path, member: zipfile.ZipInfo) -> bool:
    if path.is_symlink() or not path.is_file() or path.stat().st_size != member.file_size:
        return False
    checksum = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            checksum = zlib.crc32(block, checksum)
    return checksum == member.CRC
