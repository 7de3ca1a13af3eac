"""The blocks that JPEG, PNG and WebP files are made of; pixels are skipped, not read.

One reader for who looks for personal metadata and for who takes it out.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

PNG = b"\x89PNG\r\n\x1a\n"
# Metadata beyond this is not looked at: Exif in a JPEG has at most 64 KiB.
LARGEST = 4 << 20
_MOST_BLOCKS = 1 << 16


@dataclass(frozen=True)
class Block:
    """A segment of a JPEG or a chunk of a PNG or WebP."""

    kind: bytes  # APP1 or such of a JPEG, otherwise the chunk's four letters
    start: int  # where it is in the file, with its frame
    end: int
    data: int  # where its content begins
    size: int  # of the content


def image_format(start: bytes) -> str | None:
    """Tell the format by the first 12 bytes: jpeg, png, webp, tiff or None."""
    if start.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if start.startswith(PNG):
        return "png"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "webp"
    return "tiff" if start[:4] in (b"II*\0", b"MM\0*") else None


def blocks(stream: BinaryIO) -> Iterator[Block]:
    """List the blocks of a file, up to where it is damaged; of a JPEG, up to the pixels."""
    stream.seek(0)
    kind = image_format(stream.read(12))
    if kind == "jpeg":
        yield from _segments(stream)
    elif kind in ("png", "webp"):
        yield from _chunks(stream, kind)


def content(stream: BinaryIO, block: Block) -> bytes:
    """Read what is in a block, no more than `LARGEST` of it."""
    stream.seek(block.data)
    return stream.read(min(block.size, LARGEST))


def _segments(stream: BinaryIO) -> Iterator[Block]:
    at = 2
    for _ in range(_MOST_BLOCKS):
        stream.seek(at)
        head = stream.read(4)
        if len(head) < 4 or head[0] != 0xFF:
            return
        marker = head[1]
        if marker == 0xFF:  # a filling byte
            at += 1
            continue
        if marker in (0xDA, 0xD9):  # the pixels begin, or the image ends
            return
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            at += 2
            continue
        (size,) = struct.unpack(">H", head[2:])
        if size < 2:
            return
        kind = b"APP%d" % (marker - 0xE0) if 0xE0 <= marker <= 0xEF else bytes([marker])
        yield Block(kind, at, at + 2 + size, at + 4, size - 2)
        at += 2 + size


def _chunks(stream: BinaryIO, kind: str) -> Iterator[Block]:
    at = 8 if kind == "png" else 12
    for _ in range(_MOST_BLOCKS):
        stream.seek(at)
        head = stream.read(8)
        if len(head) < 8:
            return
        if kind == "png":
            size, name = struct.unpack(">I4s", head)
            end = at + 12 + size
        else:
            name, size = struct.unpack("<4sI", head)
            end = at + 8 + size + size % 2
        yield Block(name, at, end, at + 8, size)
        at = end
