"""Looking at one file: its size, its hash, and what it decodes to."""

from __future__ import annotations

import functools
import hashlib
import os
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from brainscore_data.base.door import BLOCK, opened
from brainscore_data.base.errors import DataError
from brainscore_data.base.zipped import opened_zip
from brainscore_data.dataset.paths import LARGEST_POINTER, LFS_FIRST_LINE
from brainscore_data.media.decoding import Content, decoded

# Files up to this size are read once, and hashed and decoded from memory.
_IN_MEMORY = 1 << 26
# A zip's member is unpacked to be decoded; its size is a claim.
_LARGEST_MEMBER = 1 << 33
#: Gives what a SHA-256 is known to decode to, or None.
Recall = Callable[[str], Content | None]


class Stamp(NamedTuple):
    """What changes in a file's entry when its content does."""

    size: int
    modified: int
    changed: int
    inode: int


class Look(NamedTuple):
    """What was seen of a file."""

    size: int | None = None  # in bytes
    sha256: str | None = None  # of all of it, lower-case hexadecimal
    # What it decodes to; None for an empty file and for a git-LFS pointer
    content: Content | None = None
    error: str | None = None
    stamp: Stamp | None = None  # of a file on disk, as it was before and after


def nothing(_: str) -> None:
    """Recall nothing."""


def stamp_of(status: os.stat_result) -> Stamp:
    """Take the stamp out of what the system says of a file."""
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def look_at(path: str, recall: Recall = nothing) -> Look:
    """Look at a file, and at nothing but a file; what is wrong with it is said in the result."""
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
            return Look(error=f"is {what}")
        with opened(path, buffering=0) as stream:
            seen = _seen(stream, status.st_size, recall)
            after = stamp_of(os.fstat(stream.fileno()))
    except OSError as error:
        return Look(error=f"cannot be read: {error.strerror}")
    if after != stamp_of(status) or seen.size != status.st_size:
        return Look(error="changed while it was being checked")
    return Look(seen.size, seen.sha256, seen.content, stamp=after)


def look_at_members(archive: str, members: Sequence[int], recall: Recall = nothing) -> list[Look]:
    """Look at members of a zip, each unpacked for itself."""
    try:
        with opened(archive) as stream:
            stamp = stamp_of(os.fstat(stream.fileno()))
        zipped = _opened_zip(archive, stamp)
        infos = zipped.infolist()
        return [_look_at_member(zipped, infos[number], recall) for number in members]
    except (OSError, zipfile.BadZipFile, DataError, IndexError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        return [Look(error=f"cannot be read: {why}")] * len(members)


@functools.lru_cache(maxsize=1)
def _opened_zip(path: str, _: Stamp) -> zipfile.ZipFile:
    """Open a zip once for all parts of it that are looked at: for each, all members are listed."""
    return opened_zip(path)


def _look_at_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, recall: Recall) -> Look:
    if info.file_size > _LARGEST_MEMBER:
        return Look(error=f"has {info.file_size} bytes, too many to be unpacked for a check")
    try:
        with archive.open(info) as member, tempfile.SpooledTemporaryFile(_IN_MEMORY) as unpacked:
            size = 0
            while (block := member.read(BLOCK)) and size <= info.file_size:
                size += len(block)
                unpacked.write(block)
            unpacked.seek(0)
            return _seen(unpacked, size, recall)  # type: ignore[arg-type]  # it is a BinaryIO in all but name
    except (
        OSError,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        return Look(error=f"cannot be unpacked: {error}")


def _seen(stream: BinaryIO, size: int, recall: Recall) -> Look:
    if size == 0:
        return Look(0, hashlib.sha256().hexdigest())
    if size > _IN_MEMORY:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
        size = stream.tell()
        stream.seek(0)
        return Look(size, sha256, recall(sha256) or decoded(stream))
    content = stream.read(size + 1)
    sha256 = hashlib.sha256(content).hexdigest()
    if len(content) < LARGEST_POINTER and content.startswith(LFS_FIRST_LINE):
        return Look(len(content), sha256)
    return Look(len(content), sha256, recall(sha256) or decoded(content))


def shown(path: str | Path) -> str:
    r"""Write a path so that every terminal and every report can: bytes that are no text as ``\xff``."""
    text = os.fspath(path)
    return text if text.isascii() else os.fsencode(text).decode("utf-8", "backslashreplace")
