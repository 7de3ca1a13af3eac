"""Where in an image, or in the images of a zip, metadata leads to a person."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from brainscore_data.check.people.exif import PersonalTag, ReadAt, personal_exif
from brainscore_data.check.people.image_blocks import LARGEST, blocks, content, image_format
from brainscore_data.media.kinds import EXTENSIONS

#: Endings of the kinds whose metadata can be read here.
IMAGES = frozenset(
    f".{ending}" for kind in ("jpeg", "png", "tiff", "webp") for ending in EXTENSIONS[kind]
)
EXIF_HEADER = b"Exif\0\0"
XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\0"
_RAW_EXIF = (b"Raw profile type exif", b"Raw profile type APP1")
_XMP = b"XML:com.adobe.xmp"
# XMP writes properties as elements or as attributes.
_IN_XMP = {
    "position": re.compile(rb"exif:(GPS(?:Latitude|Longitude))\s*[=>]"),
    "owner": re.compile(rb"(?:dc:(creator)|aux:(OwnerName)|exifEX:(CameraOwnerName))\s*[=>]"),
    "serial number": re.compile(
        rb"(?:aux:(SerialNumber|LensSerialNumber)|exifEX:(BodySerialNumber))\s*[=>]"
    ),
}
PNG_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_MOST_MEMBERS = 1 << 20


def tags_of_file(path: Path) -> tuple[PersonalTag, ...]:
    """Look at the metadata of an image file; a damaged one is for the rules of stimuli."""
    try:
        if not path.is_file():
            return ()
        with path.open("rb") as stream:
            return tuple(dict.fromkeys(personal_tags(stream)))
    except OSError:
        return ()


def tags_of_zip(path: Path) -> tuple[PersonalTag, ...]:
    """Look at the images in a zip; nothing is extracted, and no member is read beyond a bound."""
    found: list[PersonalTag] = []
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist()[:_MOST_MEMBERS]:
                if PurePosixPath(info.filename).suffix.lower() in IMAGES:
                    with archive.open(info) as member:
                        start = io.BytesIO(member.read(LARGEST))
                    tags = dict.fromkeys(personal_tags(start))
                    found += (replace(tag, member=info.filename) for tag in tags)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError):
        pass  # a damaged zip is for the rules of stimuli
    return tuple(found)


def personal_tags(stream: BinaryIO) -> Iterator[PersonalTag]:
    """Find what leads to a person in an image's metadata: Exif, XMP, and the texts of a PNG."""
    if image_format(stream.read(12)) == "tiff":
        yield from personal_exif(_file_reader(stream))
        return
    for block in blocks(stream):
        if block.kind in (b"APP1", b"eXIf", b"EXIF", b"XMP ", *PNG_TEXTS):
            yield from tags_of_block(block.kind, content(stream, block))


def tags_of_block(kind: bytes, data: bytes) -> Iterator[PersonalTag]:
    """Find what leads to a person in one block."""
    exif = exif_in(kind, data)
    if exif is not None:
        yield from personal_exif(reader_of(exif))
    elif kind == b"XMP " or data.startswith((XMP_HEADER, _XMP)):
        yield from _in_xmp(_text_of(kind, data) if kind == b"iTXt" else data)
    elif kind in PNG_TEXTS and data.startswith(b"Author\0") and _text_of(kind, data).strip():
        yield PersonalTag("owner", "Author")


def exif_in(kind: bytes, data: bytes) -> bytes | None:
    """Give the TIFF structure that a block holds, if it holds one."""
    if kind == b"APP1":
        return data[len(EXIF_HEADER) :] if data.startswith(EXIF_HEADER) else None
    if kind in (b"eXIf", b"EXIF"):
        return data.removeprefix(EXIF_HEADER)  # some writers leave the JPEG's header in
    if kind in PNG_TEXTS and data.partition(b"\0")[0] in _RAW_EXIF:
        # As ImageMagick writes it: a name and a size on lines of their own, then hexadecimal.
        digits = b"".join(_text_of(kind, data).split(b"\n")[3:])
        even = re.sub(rb"[^0-9a-fA-F]", b"", digits)
        return bytes.fromhex(even[: len(even) // 2 * 2].decode()).removeprefix(EXIF_HEADER)
    return None


def reader_of(data: bytes) -> ReadAt:
    """Read from bytes as `personal_exif` wants to."""
    return lambda offset, size: data[offset : offset + size]


def _file_reader(stream: BinaryIO) -> ReadAt:
    def read_at(offset: int, size: int) -> bytes:
        stream.seek(offset)
        return stream.read(size)

    return read_at


def _in_xmp(text: bytes) -> Iterator[PersonalTag]:
    for holds, pattern in _IN_XMP.items():
        for found in pattern.finditer(text):
            yield PersonalTag(holds, next(filter(None, found.groups())).decode())


def _text_of(kind: bytes, data: bytes) -> bytes:
    """Give the text of a PNG's text chunk (PNG 1.2, 11.3.4), inflated within the bound."""
    _, _, text = data.partition(b"\0")
    compressed = kind == b"zTXt"
    if kind == b"iTXt":
        compressed = text[:1] == b"\1"
        text = text[2:].split(b"\0", 2)[-1]
    else:
        text = text[1:] if compressed else text
    if not compressed:
        return text
    try:
        return zlib.decompressobj().decompress(text, LARGEST)
    except zlib.error:
        return b""
