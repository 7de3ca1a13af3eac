"""A file as it is sent in one request, and counted on its way."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import BinaryIO


class Sent:
    """Reads a file from its beginning, as often as it takes, and tells how much is on its way."""

    def __init__(self, file: BinaryIO, size: int, sent: Callable[[int], None]) -> None:
        self._file, self._size, self._sent = file, size, sent
        self._told = 0

    def __len__(self) -> int:
        return self._size

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to where it is to be read from."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Say where that is."""
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        """Read on; what is sent once more is not counted again."""
        block = self._file.read(size)
        more = self._file.tell() - self._told
        if more > 0:
            self._told += more
            self._sent(more)
        return block
