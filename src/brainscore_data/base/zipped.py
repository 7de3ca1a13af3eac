"""Zips of contributors: opened within bounds, before memory is spent on what they list."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import BinaryIO, cast

from brainscore_data.base.bounds import Bound
from brainscore_data.base.door import opened
from brainscore_data.base.errors import DataError

_ENTRY = b"PK\x01\x02"


def opened_zip(path: Path | str) -> zipfile.ZipFile:
    """Open a zip of a contributor's; what is wrong with it is said as `zipfile` and the door do.

    A `DataError` if it lists more members, or more in them, than a zip of its size has; or if they
    share their bytes (https://www.bamsoftware.com/hacks/zipbomb/).
    """
    archive = _Zip(opened(path), path)
    try:
        _refuse_too_much(archive, path)
    except BaseException:
        archive.close()
        raise
    return archive


def _refuse_too_much(archive: _Zip, path: Path | str) -> None:
    infos = archive.infolist()
    if sum(info.compress_size for info in infos) > archive.size:
        raise DataError(
            "the members of the zip are larger than the zip: it is damaged or made to fill the disk",
            where=str(path),
            hint="make the zip again",
        )
    Bound.UNPACKED.refuse(sum(info.file_size for info in infos), path, archive.size)


class _Zip(zipfile.ZipFile):
    """A zip whose stream ends with it."""

    def __init__(self, stream: BinaryIO, path: Path | str) -> None:
        self._whole = stream
        try:
            self.size = stream.seek(0, 2)
            super().__init__(cast("BinaryIO", _Watched(stream, path, Bound.MEMBERS.of(self.size))))
        except BaseException:
            stream.close()
            raise

    def close(self) -> None:
        """Close it, and its stream."""
        super().close()
        self._whole.close()


class _Watched:
    """A stream that counts the members in what is read of it, before `zipfile` makes objects of them.

    What a zip says of their number is not asked: `zipfile` does not, either. It reads its list of
    members in one go; of a member it reads a part at a time.
    """

    def __init__(self, stream: BinaryIO, path: Path | str, most: int) -> None:
        self._stream, self._path, self._most = stream, path, most

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def read(self, size: int = -1) -> bytes:
        """Read, as the stream does."""
        found = self._stream.read(size)
        if len(found) > len(_ENTRY) * self._most and found.count(_ENTRY) > self._most:
            raise Bound.MEMBERS.exceeded(self._path, self._most)
        return found
