"""The bytes of a version, from wherever OSF keeps them; a line that breaks is gone on with."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, cast

from brainscore_data.https.asking import Interrupted, answers_explained
from brainscore_data.store.interface import StoreUnavailableError
from brainscore_data.store.osf.connection import OSFConnection
from brainscore_data.store.osf.folders import Entry, Folders

if TYPE_CHECKING:
    import requests

_BLOCK = 1 << 20


class Bytes(io.RawIOBase):
    """A version's bytes, not seekable."""

    def __init__(
        self,
        connection: OSFConnection,
        url: str,
        size: int,
        start: int,
        *,
        as_anybody: bool = False,
    ) -> None:
        self._connection, self._url, self._size = connection, url, size
        self._as_anybody = as_anybody
        self._at = min(start, size)
        self._stack = contextlib.ExitStack()
        self._response: requests.Response | None = None
        if self._at < size:  # who may not is told at once
            self._connection.insistently(self._reach)

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read on; after an interruption from where it was."""
        if self._at >= self._size:
            return 0
        wanted = min(len(buffer), self._size - self._at)
        block = self._connection.insistently(lambda: self._block(wanted))
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
            with answers_explained(self._url):
                return _some(response, wanted)
        except Interrupted:
            self._stack.close()
            self._response = None
            raise

    def _reach(self) -> requests.Response:
        """Ask for what is missing, unless it is on its way."""
        if self._response is not None:
            return self._response
        response = self._stack.enter_context(
            self._connection.opened(self._url, self._at, as_anybody=self._as_anybody)
        )
        # A storage that knows no ranges begins anew.
        if self._at and response.status_code != 206:
            with answers_explained(self._url):
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


def opened(make: Callable[[], Bytes]) -> BinaryIO:
    """Give them as a stream with a buffer."""
    return cast("BinaryIO", io.BufferedReader(make(), _BLOCK))


def read_whole(folders: Folders, entry: Entry) -> bytes:
    """Read a small file."""
    url = folders.file(entry, version=str(entry.versions))
    with Bytes(folders.connection, url, entry.size, 0) as stream:
        content = stream.read()
    if content is None or len(content) != entry.size:
        raise StoreUnavailableError(f"{entry.name} came in part only", hint="run it again")
    return content
