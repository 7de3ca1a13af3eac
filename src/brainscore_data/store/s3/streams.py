"""Bytes on their way to S3 and from it, as files that boto3 and readers can read."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from threading import Event
from typing import Any, BinaryIO

from brainscore_data.store.interface import Write
from brainscore_data.store.s3.parts import Part


class Cancelled(BaseException):
    """Another part failed, or the user stopped the program: nobody waits for this one.

    Not an Exception: boto3 would take it for a bad connection, and try again.
    """


class FileShrunk(BaseException):
    """The file ends before the piece does."""


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


@contextlib.contextmanager
def unshrunk(write: Write) -> Iterator[None]:
    """Say in the program's words that a file ended too early."""
    try:
        yield
    except FileShrunk as early:
        raise write.changed() from early


class Body(io.RawIOBase):
    """What boto3 streams, with errors on the way put into the program's words."""

    def __init__(self, stream: Any, explained: Callable[[], AbstractContextManager[None]]) -> None:
        super().__init__()
        self._stream = stream
        self._explained = explained

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Read what has arrived into `buffer`; 0 at the end."""
        with self._explained():
            block: bytes = self._stream.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        """Give the connection up."""
        self._stream.close()
        super().close()
