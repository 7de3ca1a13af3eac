"""Members of a zip that others read, hash and deflate: which, and what they give back."""

from __future__ import annotations

import hashlib
import io
import re
import stat
import struct
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, NamedTuple

from brainscore_data.base.errors import DataError
from brainscore_data.stimuli.files import StimulusFiles

# Of images, videos, sounds and archives; deflating them again takes long and gains nothing.
_ALREADY_COMPRESSED = re.compile(
    r"(png|jpe?g|gif|webp|heic|avif|jxl|mp4|m4v|avi|mov|mkv|webm|mpe?g"
    r"|mp3|m4a|ogg|oga|opus|flac|aac|gz|bz2|xz|7z|npz)",
    re.IGNORECASE,
)
#: Bytes of the files that are deflated in one piece; a larger file is deflated by who writes the zip.
PIECE = 32 << 20
_MOST_FILES = 256
_MEMBER = struct.Struct("<IQQ32s")  # CRC32, size, size in the zip, SHA-256


class Members(NamedTuple):
    """Files that become members of a zip."""

    names: tuple[str, ...]
    sizes: tuple[int, ...]

    @property
    def size(self) -> int:
        """Their bytes."""
        return sum(self.sizes)


class Deflated(NamedTuple):
    """A member as it lies in the zip."""

    crc32: int
    size: int
    content: memoryview
    sha256: str


def member(name: str, size: int) -> zipfile.ZipInfo:
    """Describe a member; nothing of it depends on when or where."""
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))  # the earliest a zip can say
    info.create_system = 3  # Unix, wherever this runs: it is what gives the permissions a meaning
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.file_size = size  # decides about ZIP64, as the header is written before the content
    compressed = _ALREADY_COMPRESSED.fullmatch(name.rpartition(".")[2])
    info.compress_type = zipfile.ZIP_STORED if compressed else zipfile.ZIP_DEFLATED
    return info


def pieces(sizes: Mapping[str, int], names: Iterable[str]) -> Iterator[Members]:
    """Put the files together that are deflated, in their order; what is stored is only copied."""
    together: list[str] = []
    room = PIECE
    for name in names:
        size = sizes[name]
        if size > PIECE or member(name, size).compress_type == zipfile.ZIP_STORED:
            continue
        if together and (size > room or len(together) == _MOST_FILES):
            yield _members(together, sizes)
            together, room = [], PIECE
        together.append(name)
        room -= size
    if together:
        yield _members(together, sizes)


def _members(names: list[str], sizes: Mapping[str, int]) -> Members:
    return Members(tuple(names), tuple(sizes[name] for name in names))


def packed_members(files: StimulusFiles, names: Iterable[str]) -> bytes:
    """Deflate files, by what writes zips, and take them out of its zip again."""
    parts: list[bytes | memoryview] = []
    with files.opened() as read:
        for name in names:
            info, sha256, stream = member(name, files.sizes[name]), hashlib.sha256(), io.BytesIO()
            with zipfile.ZipFile(stream, "w") as archive, archive.open(info, "w") as content:
                for block in read(name):
                    content.write(block)
                    sha256.update(block)
            begin = len(info.FileHeader())
            parts.append(
                _MEMBER.pack(info.CRC, info.file_size, info.compress_size, sha256.digest())
            )
            parts.append(stream.getbuffer()[begin : begin + info.compress_size])
    return b"".join(parts)


def unpacked_members(packed: bytes, members: Members) -> Iterator[tuple[str, Deflated]]:
    """Take them apart."""
    at, whole = 0, memoryview(packed)
    for name, expected in zip(members.names, members.sizes, strict=True):
        crc32, size, stored, sha256 = _MEMBER.unpack_from(whole, at)
        at += _MEMBER.size
        content = whole[at : at + stored]
        at += stored
        if size != expected or len(content) != stored:
            text = f"a worker of the cluster gave back another file than {name}"
            raise DataError(text, hint="make sure that all see the same files, and package again")
        yield name, Deflated(crc32, size, content, sha256.hex())


def append_deflated(
    archive: zipfile.ZipFile, stream: IO[bytes], info: zipfile.ZipInfo, found: Deflated
) -> None:
    """Write a member that is deflated already, as `ZipFile.open` would have."""
    info.flag_bits = 0
    info.CRC, info.file_size, info.compress_size = found.crc32, found.size, len(found.content)
    info.header_offset = stream.tell()
    stream.write(info.FileHeader(zip64=False))
    stream.write(found.content)
    archive.filelist.append(info)
    archive.NameToInfo[info.filename] = info
    archive.start_dir = stream.tell()
