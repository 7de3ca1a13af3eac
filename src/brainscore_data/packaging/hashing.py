"""What goes on beside the writing of a large file: its hashes, and its way to the disk."""

from __future__ import annotations

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, Self

from brainscore_data.base.door import BLOCK
from brainscore_data.base.files import Fingerprint, fast_crc32, flush

# Told more often, the threads would do little but wake up.
_STEP = 4 * BLOCK
_BEHIND = 2 * _STEP
#: So much is sent to the disk at a time.
TO_DISK = 64 * BLOCK


class HashedRange(NamedTuple):
    """A part of a file that is hashed on its own as well."""

    begin: int
    end: int
    sha256: hashlib._Hash


class Sending:
    """Sends a file to the disk while it grows: waiting for all of it in the end takes long.

    Whoever writes the file flushes what is left.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._told = path, 0
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="sending")
        self._sent: list[Future[None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._pool.shutdown(cancel_futures=kind is not None)
        if kind is None:
            _raise_failures(self._sent)

    def reached(self, end: int) -> None:
        """Say that about so many bytes are with the system."""
        if end - self._told >= TO_DISK:
            self._told = end
            self._sent.append(self._pool.submit(flush, self._path))


class Following:
    """Hashes a file, and sends it to the disk, while somebody else writes it.

    What is hashed was written a moment ago and comes from memory, however large the file is.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        # SHA-1 is what Brain-Score's readers compare with, not a protection.
        self._sha1, self._sha256 = hashlib.sha1(usedforsecurity=False), hashlib.sha256()
        self._crc32, self._update_crc32 = 0, fast_crc32()
        self._told = self._hashed = 0
        self._parts: list[HashedRange] = []
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="hashing")
        self._steps: list[Future[None]] = []
        self._sending = Sending(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._pool.shutdown(cancel_futures=kind is not None)
        finally:
            self._file.close()
            self._sending.__exit__(kind)

    @property
    def behind(self) -> bool:
        """Whether there is more to hash than is at hand for the next moment."""
        return self._told - self._hashed > _BEHIND

    def reached(self, end: int, part: HashedRange | None = None) -> None:
        """Say that what is before byte `end` is with the system, and stays as it is."""
        if part is not None:
            self._parts.append(part)
        if end - self._told >= _STEP:
            self._tell(end)
        self._sending.reached(end)

    def finished(self, size: int) -> Fingerprint:
        """Say that the file is whole, and wait for all hashes."""
        self._tell(size)
        _raise_failures(self._steps)
        sums = self._sha1.hexdigest(), self._sha256.hexdigest()
        return Fingerprint(*sums, self._hashed, f"{self._crc32:08x}")

    def _tell(self, end: int) -> None:
        self._told = end
        self._steps.append(self._pool.submit(self._hash, end, self._parts))
        self._parts = []

    def _hash(self, end: int, parts: list[HashedRange]) -> None:
        for part in parts:
            self._hash_to(part.begin)
            self._hash_to(part.end, part.sha256)
        self._hash_to(end)

    def _hash_to(self, end: int, *also: hashlib._Hash) -> None:
        while self._hashed < end:
            block = self._file.read(min(BLOCK, end - self._hashed))
            if not block:
                msg = f"the file ends after {self._hashed} of {end} bytes"
                raise OSError(msg)
            for each in (self._sha1, self._sha256, *also):
                each.update(block)
            self._crc32 = self._update_crc32(block, self._crc32)
            self._hashed += len(block)


def _raise_failures(steps: list[Future[None]]) -> None:
    for each in steps:
        each.result()
