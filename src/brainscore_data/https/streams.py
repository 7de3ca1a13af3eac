"""A file's bytes as they come over https; after a broken connection they continue from there."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeVar, cast

from brainscore_data.https.asking import Interrupted, answers_explained

if TYPE_CHECKING:
    import requests

_BLOCK = 1 << 20
Result = TypeVar("Result")


class Insisting(Protocol):
    """Does something again and again while there is hope."""

    def __call__(self, attempt: Callable[[], Result], /) -> Result:
        """Do it."""


class Bytes(io.RawIOBase):
    """The bytes of a file, from `start` on; not seekable."""

    def __init__(
        self,
        opened: Callable[[int], AbstractContextManager[requests.Response]],
        insistently: Insisting,
        size: int,
        start: int = 0,
    ) -> None:
        self._opened, self._insistently, self._size = opened, insistently, size
        self._at = min(start, size)
        self._stack = contextlib.ExitStack()
        self._response: requests.Response | None = None
        if self._at < size:  # who may not is told at once
            self._insistently(self._reach)

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read on; after an interruption from where it was."""
        if self._at >= self._size:
            return 0
        wanted = min(len(buffer), self._size - self._at)
        block = self._insistently(lambda: self._block(wanted))
        buffer[: len(block)] = block
        self._at += len(block)
        return len(block)

    def close(self) -> None:
        """Let go of the connection."""
        self._stack.close()
        super().close()

    def _block(self, wanted: int) -> bytes:
        try:
            response = self._reach()
            with answers_explained(response.url):
                return _some(response, wanted)
        except Interrupted:
            self._stack.close()
            self._response = None
            raise

    def _reach(self) -> requests.Response:
        """Ask for what is missing, unless it is on its way."""
        if self._response is not None:
            return self._response
        response = self._stack.enter_context(self._opened(self._at))
        # A host that knows no ranges begins anew.
        if self._at and response.status_code != 206:
            with answers_explained(response.url):
                skipped = 0
                while skipped < self._at:
                    skipped += len(_some(response, min(_BLOCK, self._at - skipped)))
        self._response = response
        return response


def _some(response: requests.Response, wanted: int) -> bytes:
    block = bytes(response.raw.read(wanted))
    if not block:
        raise Interrupted("the connection was cut")
    return block


def opened(stream: Bytes) -> BinaryIO:
    """Give it a buffer."""
    return cast("BinaryIO", io.BufferedReader(stream, _BLOCK))
