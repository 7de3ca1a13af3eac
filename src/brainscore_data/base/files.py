"""Files that are whole or not there: hashing, and writing under a temporary name first."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import tempfile
import time
from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from io import RawIOBase
from pathlib import Path
from typing import Any, BinaryIO, Literal

from brainscore_data.base.door import BLOCK, opened
from brainscore_data.base.errors import UsageError

Algorithm = Literal["sha1", "sha256"]
# A file that was touched a moment ago may change again within one tick of the file system's clock.
_SETTLED_AFTER = 1.0


@dataclass(frozen=True)
class Fingerprint:
    """What identifies the bytes of a file."""

    sha1: str
    sha256: str
    size: int
    #: In lower-case hexadecimal, as the others; what S3 tells of a file that it got in parts.
    crc32: str | None = field(default=None, compare=False)

    def recorded(self) -> dict[str, Any]:
        """Give what receipts name: all but the CRC32."""
        return {"sha1": self.sha1, "sha256": self.sha256, "size": self.size}


def fingerprint(
    source: Path | BinaryIO | RawIOBase, also: Callable[[bytes], object] | None = None
) -> Fingerprint:
    """Hash a file, or what is left of an open stream, once and in blocks.

    >>> import io
    >>> fingerprint(io.BytesIO(b"")).sha1
    'da39a3ee5e6b4b0d3255bfef95601890afd80709'
    """
    if isinstance(source, Path):
        with opened(source) as stream:
            return fingerprint(stream, also)
    size, crc32, update_crc32 = 0, 0, fast_crc32()

    def beside(block: bytes) -> None:
        nonlocal size, crc32
        size += len(block)
        crc32 = update_crc32(block, crc32)
        if also is not None:
            also(block)

    found = digests(source, ("sha1", "sha256"), beside)
    return Fingerprint(found["sha1"], found["sha256"], size, f"{crc32:08x}")


def digests(
    source: Path | BinaryIO | RawIOBase,
    names: Collection[Algorithm],
    also: Callable[[bytes], object] | None = None,
) -> dict[Algorithm, str]:
    """Hash a file, or what is left of an open stream, by the named algorithms alone.

    Each has a thread of its own, beside the one that reads, once there is more than a block.
    """
    if isinstance(source, Path):
        with opened(source) as stream:
            return digests(stream, names, also)
    # SHA-1 is what Brain-Score's readers compare with, not a protection: SHA-256 is beside it.
    hashes = {name: hashlib.new(name, usedforsecurity=False) for name in names}
    size, under_way = 0, list[Any]()
    with contextlib.ExitStack() as stack:
        pool = None
        while block := source.read(BLOCK):
            for each in under_way:  # the block before
                each.result()
            if pool is None and size and hashes:  # large enough to be worth threads
                from concurrent.futures import ThreadPoolExecutor

                pool = stack.enter_context(ThreadPoolExecutor(len(hashes)))
            if pool is None:
                for each in hashes.values():
                    each.update(block)
            else:
                under_way = [pool.submit(each.update, block) for each in hashes.values()]
            if also is not None:
                also(block)
            size += len(block)
        for each in under_way:
            each.result()
    return {name: each.hexdigest() for name, each in hashes.items()}


def fast_crc32() -> Callable[[bytes | memoryview, int], int]:
    """Give ISA-L's function, which is several times as fast; zlib's, where only the base is there."""
    try:
        from isal.isal_zlib import crc32
    except ImportError:
        from zlib import crc32
    return crc32


@dataclass(frozen=True)
class Measured:
    """A file's fingerprint, the CRC32 of its bytes, and that of each `BLOCK` of them."""

    fingerprint: Fingerprint
    crc32: int
    blocks: array[int]


def measured(path: Path) -> Measured:
    """Hash a file; one that this process hashed before, and nobody touched since, is not read again.

    Whether it was touched is told by its size, its times and its place on the disk. Who sends the
    bytes has them compared with these hashes: times can be wrong.
    """
    found = path.stat()
    state = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    settled = time.time() - max(found.st_mtime, found.st_ctime) > _SETTLED_AFTER
    return _measured(path, state) if settled else _measured.__wrapped__(path, state)


@lru_cache(maxsize=4096)
def _measured(path: Path, state: tuple[int, ...]) -> Measured:  # noqa: ARG001 - the cache's key
    from isal.isal_zlib import crc32  # several times as fast as zlib's

    blocks = array("I")
    found = fingerprint(path, lambda block: blocks.append(crc32(block)))
    return Measured(found, joined_blocks(blocks, found.size), blocks)


def joined_blocks(blocks: Sequence[int], size: int) -> int:
    """Compute the CRC32 of `size` bytes from those of their blocks, without reading them again."""
    from isal.isal_zlib import crc32_combine

    joined = 0
    for number, block in enumerate(blocks):
        joined = crc32_combine(joined, block, min(BLOCK, size - number * BLOCK))
    return joined


@contextlib.contextmanager
def written_whole(target: Path, *, mode: int | None = None, flushed: bool = True) -> Iterator[Path]:
    """Give a temporary path beside `target`; move it there when the block ends well.

    The bytes are on the disk before the name is: a crash leaves the old file or the new one. Only
    what is hashed whenever it is read need not be `flushed`.
    When the block raises, the temporary file is removed and `target` is as it was.
    """
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".writing-", suffix=target.suffix, dir=target.parent)
        os.close(handle)
        path = Path(name)
        try:
            yield path
            path.chmod(0o666 & ~_umask() if mode is None else mode)
            if flushed:
                flush(path)
            path.replace(target)
            if flushed:
                flush(target.parent)
        finally:
            path.unlink(missing_ok=True)


def linked(source: Path, target: Path) -> None:
    """Give a file a second name; a copy of its bytes where the file system has no links, or is another.

    Whoever changes one of them in place changes the other.
    """
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def write_like(original: Path, target: Path, content: bytes) -> None:
    """Write a file whole or not at all, for those who may read the original; they can be one."""
    with written_whole(target, mode=stat.S_IMODE(original.stat().st_mode)) as path:
        path.write_bytes(content)


def flush(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders, and orders renames itself
    descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the system says about writing to `path` into an error a user can act on."""
    try:
        yield
    except OSError as error:
        reason = {
            errno.ENOSPC: ("the disk is full", "free some space and run it again"),
            errno.EDQUOT: ("your disk quota is used up", "free some space and run it again"),
            errno.EFBIG: (
                "the file would be larger than this file system, or `ulimit -f`, allows",
                "choose a folder on another disk, or raise the limit",
            ),
            errno.EROFS: ("the file system is read-only", "choose a folder that can be written to"),
            errno.ENOTDIR: ("a part of the path is no folder", "choose another folder"),
            errno.EEXIST: ("a part of the path is no folder", "choose another folder"),
            errno.EISDIR: (
                "there is a folder of this name",
                "move it away, or choose another place",
            ),
            errno.ENAMETOOLONG: ("the path is too long for this system", "choose a shorter one"),
            errno.EACCES: ("permission denied", "choose a folder that you may write to"),
            errno.EPERM: ("permission denied", "choose a folder that you may write to"),
        }.get(error.errno or 0)
        if reason is None:
            raise
        raise UsageError(reason[0], where=str(path), hint=reason[1]) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
