"""The bytes of an object on their way from S3, as an ordinary readable file."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any


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
