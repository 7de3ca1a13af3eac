"""Zips of contributors: opened within bounds, before memory is spent on what they list."""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from brainscore_data.base.bounds import Bound
from brainscore_data.base.door import BLOCK, only_inside, opened
from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place

_ENTRY = b"PK\x01\x02"
# Deflate reaches 1032:1 at most (https://zlib.net/zlib_tech.html, "Maximum Compression Factor").
_LARGEST_RATIO = 1100
_UTF8_NAME = 0x800
# Encrypted, strongly or its name too; a patch to an older file (APPNOTE.TXT 4.4.4).
_ENCRYPTED, _PATCH = 0x1 | 0x40 | 0x2000, 0x20
#: What systems put into zips beside the files.
LEFT_BY_SYSTEMS = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})
#: What unpacking answers with to what is damaged.
DAMAGED = (zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError, OSError, RuntimeError)


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


def member_name(info: zipfile.ZipInfo) -> str:
    """Decode a member's name; macOS writes UTF-8 without the flag that says so."""
    if info.flag_bits & _UTF8_NAME:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def refuse_bad_member(info: zipfile.ZipInfo, where: Place) -> None:
    """Refuse a member that is no file, or that not every reader can read."""
    if info.flag_bits & _ENCRYPTED:
        raise DataError("is encrypted", where=where, hint="make a zip without a password")
    if info.flag_bits & _PATCH:
        raise DataError(
            "is a patch to an older file, and not a file",
            where=where,
            hint="make the zip again, of the whole files",
        )
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise DataError(
            "is compressed in a way that not every reader knows",
            where=where,
            hint='make the zip with the ordinary method, "deflate"',
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise DataError("is a link, not a file", where=where, hint="zip the file itself")
    stored = info.compress_type == zipfile.ZIP_STORED
    if info.file_size > info.compress_size * (1 if stored else _LARGEST_RATIO):
        raise DataError(
            f"says that {info.compress_size} bytes unpack to {info.file_size}, which cannot be: "
            "the zip is damaged or made to fill the disk",
            where=where,
            hint="make the zip again",
        )


def files_in(path: Path) -> list[str]:
    """Name the files in a zip, without what systems put there."""
    try:
        with opened_zip(path) as archive:
            names = [member_name(info) for info in archive.infolist()]
    except DAMAGED as error:
        raise _damaged(path, error) from error
    return [
        name
        for name in names
        if name
        and not name.endswith("/")
        and not LEFT_BY_SYSTEMS & {*PurePosixPath(name).parts}
        and not PurePosixPath(name).name.startswith(".")
    ]


@contextmanager
def unpacked(path: Path, member: str | None = None) -> Iterator[Path]:
    """Unpack a member of a zip, or what is in a ``.gz``, for as long as somebody reads it.

    It has its own name, in a folder for itself; nothing else is opened meanwhile.
    """
    from tempfile import TemporaryDirectory  # most zips have stimuli, which are read where they are

    name = path.stem if member is None else PurePosixPath(member).name
    with TemporaryDirectory() as folder:
        target = Path(folder, re.sub(r"[^\w .()+,=@~-]", "_", name) or "_")
        try:
            with target.open("xb") as file:
                for block in _blocks(path, member):
                    file.write(block)
        except DAMAGED as error:
            raise _damaged(path if member is None else path / member, error) from error
        with only_inside(Path(folder)):
            yield target


def _blocks(path: Path, member: str | None) -> Iterator[bytes]:
    if member is None:
        import gzip

        size = path.stat().st_size
        with opened(path) as stream, gzip.GzipFile(fileobj=stream) as unzipped:
            total = 0
            while block := unzipped.read(BLOCK):
                total += len(block)
                Bound.UNPACKED.refuse(total, path, size)
                yield block
        return
    with closing(opened_zip(path)) as archive:
        found = [each for each in archive.infolist() if member_name(each) == member]
        if len(found) != 1:
            what = "several files" if found else "no file"
            raise DataError(
                f"there {'are' if found else 'is'} {what} {member!r} in the zip",
                where=str(path),
                hint="correct the name in dataset.toml, or make the zip again",
            )
        refuse_bad_member(found[0], Place(str(path / member)))
        with archive.open(found[0]) as member_stream:
            while block := member_stream.read(BLOCK):
                yield block


def _damaged(path: Path, error: Exception) -> DataError:
    said = " ".join(str(error).split()) or type(error).__name__
    return DataError(
        f"cannot be unpacked: {said}",
        where=str(path),
        hint="it may be cut off: copy it there again",
    )


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
