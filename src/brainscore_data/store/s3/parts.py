"""How a large file is cut into parts.

The length of a part says which upload it belongs to: it is `PART_BYTES` and a little more, and
how much more follows from the content and from what is written beside it (`salt`). A multipart
upload that somebody left behind tells neither its metadata nor its tags, only the sizes and the
checksums of its parts. Two files that begin alike, such as a dataset before and after a
correction, are told apart by the size of their first part; without that, the second file could be
completed under the first one's metadata. All parts but the last are equally long, which some
servers demand.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from threading import Event
from typing import BinaryIO

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.files import Fingerprint
from brainscore_data.store.write import Write

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
MAX_PARTS = 10_000
OBJECT_BYTES = 5 * 2**40
# A part that is cut off costs a minute on a slow line. A larger file goes in sixteen, until they
# have 256 MiB each: all at once, few requests, and still most of it is there when the line breaks.
PART_BYTES = 32 * 2**20
PARTS, LARGE_PART_BYTES = 16, 256 * 2**20
SPREAD = 16 * 2**20


@dataclass(frozen=True)
class Part:
    """A piece of a file."""

    #: From 1.
    number: int
    start: int
    size: int


def plan_parts(size: int, salt: int) -> tuple[Part, ...]:
    """Cut a file of `size` bytes into parts."""
    if size > OBJECT_BYTES:
        raise UsageError(
            f"it has {size} bytes, and S3 takes {OBJECT_BYTES} (5 TiB) in one object",
            hint="split the dataset into smaller assemblies",
        )
    least = max(PART_BYTES, min(-(-size // PARTS), LARGE_PART_BYTES), -(-size // MAX_PARTS))
    length = least + salt % SPREAD
    starts = range(0, size, length)
    return tuple(
        Part(number, start, min(length, size - start)) for number, start in enumerate(starts, 1)
    )


def salt_of(sha256: str, metadata: Mapping[str, str], tags: Mapping[str, str]) -> int:
    """Draw a number from all that an upload is started with."""
    text = json.dumps([sha256, sorted(metadata.items()), sorted(tags.items())])
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")


class Cancelled(BaseException):
    """Another part failed, or the user stopped the program: nobody waits for this one.

    Not an Exception: boto3 would take it for a bad connection, and try again.
    """


class FileShrunk(BaseException):
    """The file ends before the piece does."""


class FileChanged(BaseException):
    """The file has other hashes than those that were announced; the cause says which."""


# urllib3 asks for 16 KB at a time, and sends what it is given: so little at once keeps a fast line
# waiting for Python. https://github.com/urllib3/urllib3/blob/main/src/urllib3/util/request.py
READ_BYTES = 1 << 18


class Slice(io.RawIOBase):
    """One part of an open file; boto3 reads it in blocks, again from its start if it retries.

    The blocks are of `READ_BYTES` at least, however little is asked for. `sent` is told the bytes
    that are read for the first time; `stop` ends the reading. Nobody else may read from `file`.
    """

    def __init__(
        self, file: BinaryIO, part: Part, sent: Callable[[int], None], stop: Event
    ) -> None:
        super().__init__()
        self._file, self._part, self._sent, self._stop = file, part, sent, stop
        self._at = self._furthest = 0

    def __len__(self) -> int:
        return self._part.size

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can be read again."""
        return True

    def tell(self) -> int:
        """Say how far it has been read."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place in it."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._part.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        """Read on: `size` bytes, or more, or what is left; nothing at the end."""
        if self._stop.is_set():
            raise Cancelled
        left = max(0, self._part.size - self._at)
        wanted = left if size < 0 else min(max(size, READ_BYTES), left)
        self._file.seek(self._part.start + self._at)
        block = self._file.read(wanted)
        if len(block) < wanted:
            raise FileShrunk
        self._at += len(block)
        if self._at > self._furthest:
            self._sent(self._at - self._furthest)
            self._furthest = self._at
        return block


class WholeFile(Slice):
    """A whole file, hashed while it is sent: without its last bytes if they make it another one.

    So it is refused by every server, and not only by those that compare.
    """

    def __init__(self, file: BinaryIO, size: int, write: Write) -> None:
        super().__init__(file, Part(1, 0, size), write.sent, Event())
        self._write, self._hashed = write, 0
        # Of the SHA-256 the server has been told.
        self._sha1 = hashlib.sha1(usedforsecurity=False)

    def read(self, size: int = -1, /) -> bytes:
        """Read on."""
        begin = self.tell()
        block = super().read(size)
        if begin == 0:
            self._sha1, self._hashed = hashlib.sha1(usedforsecurity=False), 0
        if begin == self._hashed:
            self._sha1.update(block)
            self._hashed += len(block)
        if self._hashed == len(self) and self._write.metadata.get("sha1"):
            sha256 = self._write.metadata.get("sha256", "")
            try:
                self._write.confirm(Fingerprint(self._sha1.hexdigest(), sha256, len(self)))
            except DataError as error:
                raise FileChanged from error
        return block


@contextlib.contextmanager
def as_announced(write: Write) -> Iterator[None]:
    """Say in the program's words that a file ended too early, or has other bytes."""
    try:
        yield
    except FileShrunk as early:
        raise write.changed() from early
    except FileChanged as changed:
        if changed.__cause__ is None:
            raise
        raise changed.__cause__ from None
