"""Images without what leads to people; the pixels are the same bytes as before."""

from __future__ import annotations

import io
import struct
import zlib

from brainscore_data.check.people.exif import only_orientation, orientation
from brainscore_data.check.people.image_blocks import Block, blocks, content, image_format
from brainscore_data.check.people.personal_tags import (
    EXIF_HEADER,
    PNG_TEXTS,
    XMP_HEADER,
    exif_in,
    personal_tags,
    reader_of,
    tags_of_block,
)

_METADATA = frozenset({b"APP1", b"eXIf", b"EXIF", b"XMP ", *PNG_TEXTS})
_HAS_EXIF, _HAS_XMP = 0x08, 0x04  # flags in a WebP's VP8X chunk


def without_people(data: bytes) -> bytes | None:
    """Take Exif and XMP out of an image, and the texts of a PNG that name somebody.

    How the image is turned stays: viewers, and some readers, turn it accordingly.
    """
    kind = image_format(data[:12])
    if kind not in ("jpeg", "png", "webp") or not list(personal_tags(io.BytesIO(data))):
        return None
    stream = io.BytesIO(data)
    kept: list[bytes] = []
    at, turned, where = 0, 1, None
    for block in blocks(stream):
        held = content(stream, block)
        if not _is_dropped(block, held):
            continue
        exif = exif_in(block.kind, held)
        if exif is not None:
            turned = max(turned, orientation(reader_of(exif)))
        kept.append(data[at : block.start])
        where = len(kept) if where is None else where
        at = block.end
    kept.append(data[at:])
    if turned != 1 and where is not None:
        kept.insert(where, _exif_block(kind, only_orientation(turned)))
    stripped = b"".join(kept)
    if kind == "webp":
        stripped = _webp_header_mended(stripped, has_exif=turned != 1)
    still_named = any(personal_tags(io.BytesIO(stripped)))
    return None if still_named or _beside_metadata(stripped) != _beside_metadata(data) else stripped


def _beside_metadata(data: bytes) -> bytes:
    """Give all bytes of an image that are in no block of metadata: the pixels are among them.

    Blocks are told apart by their kind alone, and not by what `without_people` made of them: this
    is the proof that it took nothing else.
    """
    kind = image_format(data[:12])
    parts, at = [], 0
    for block in blocks(io.BytesIO(data)):
        if block.kind in _METADATA:
            parts.append(data[at : block.start])
            at = block.end
    rest = bytearray(b"".join([*parts, data[at:]]))
    if kind == "webp":
        rest[4:8] = bytes(4)  # how long the file is
        if rest[12:16] == b"VP8X":
            rest[20] &= ~(_HAS_EXIF | _HAS_XMP)
    return bytes(rest)


def _is_dropped(block: Block, held: bytes) -> bool:
    if block.kind == b"APP1":
        return held.startswith((EXIF_HEADER, XMP_HEADER))
    if block.kind in PNG_TEXTS:
        return exif_in(block.kind, held) is not None or any(tags_of_block(block.kind, held))
    return block.kind in (b"eXIf", b"EXIF", b"XMP ")


def _exif_block(kind: str, exif: bytes) -> bytes:
    if kind == "jpeg":
        return b"\xff\xe1" + struct.pack(">H", len(EXIF_HEADER + exif) + 2) + EXIF_HEADER + exif
    if kind == "png":
        checked = b"eXIf" + exif
        return struct.pack(">I", len(exif)) + checked + struct.pack(">I", zlib.crc32(checked))
    return b"EXIF" + struct.pack("<I", len(exif)) + exif + b"\0" * (len(exif) % 2)


def _webp_header_mended(data: bytes, *, has_exif: bool) -> bytes:
    mended = bytearray(data)
    mended[4:8] = struct.pack("<I", len(data) - 8)
    if data[12:16] == b"VP8X":
        mended[20] &= ~(_HAS_EXIF | _HAS_XMP)
        mended[20] |= _HAS_EXIF if has_exif else 0
    return bytes(mended)
