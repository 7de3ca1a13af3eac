"""Where in an image, or in the images of a zip, metadata leads to a person.

A reader of the few tags that matter, because the hook that looks for people installs no imaging
library, and because what it reads is a stranger's: every loop and every length has a bound. TIFF
6.0, section 2, says what directories are; Exif 2.32 (CIPA DC-008), section 4.6, which tags.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from brainscore_data.base.door import opened
from brainscore_data.base.zipped import opened_zip
from brainscore_data.check.people.facts import PersonalTag
from brainscore_data.check.people.image_blocks import LARGEST, blocks, content, image_format
from brainscore_data.media.kinds import KINDS

#: Endings of the kinds whose metadata can be read here.
IMAGES = frozenset(
    f".{ending}" for kind in ("jpeg", "png", "tiff", "webp") for ending in KINDS[kind].extensions
)
EXIF_HEADER = b"Exif\0\0"
XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\0"
PNG_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
#: Blocks that hold metadata, if not only that.
METADATA = frozenset({b"APP1", b"eXIf", b"EXIF", b"XMP ", *PNG_TEXTS})

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

_MOST_DIRECTORIES = 32
_MOST_ENTRIES = 512
_LONGEST_VALUE = 256
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 129: 1}
_ORIENTATION, _SUB_DIRECTORIES = 0x0112, 0x014A
_DIRECTORIES = {0x8769: "exif", 0x8825: "gps", _SUB_DIRECTORIES: "sub"}
# In the GPS directory: the two numbers that are a position. A version alone is none.
_GPS_NUMBERS = {
    0x0002: PersonalTag("position", "GPSLatitude"),
    0x0004: PersonalTag("position", "GPSLongitude"),
}
_ELSEWHERE = {
    0x013B: PersonalTag("owner", "Artist"),
    0x9C9D: PersonalTag("owner", "XPAuthor"),
    0xA430: PersonalTag("owner", "CameraOwnerName"),
    0xA431: PersonalTag("serial number", "BodySerialNumber"),
    0xA435: PersonalTag("serial number", "LensSerialNumber"),
    0xC62F: PersonalTag("serial number", "CameraSerialNumber"),
}


def tags_of_file(path: Path) -> tuple[PersonalTag, ...]:
    """Look at the metadata of an image file; a damaged one is for the rules of stimuli."""
    try:
        if not path.is_file():
            return ()
        with opened(path) as stream:
            return tuple(dict.fromkeys(personal_tags(stream)))
    except OSError:
        return ()


def tags_of_zip(path: Path) -> tuple[PersonalTag, ...]:
    """Look at the images in a zip; nothing is extracted, and no member is read beyond a bound.

    A `DataError` if there is more in it than in a zip of its size: none of it is looked at.
    """
    found: list[PersonalTag] = []
    try:
        with opened_zip(path) as archive:
            for info in archive.infolist():
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
        yield from _in_exif(stream)
        return
    for block in blocks(stream):
        if block.kind in METADATA:
            yield from tags_of_block(block.kind, content(stream, block))


def tags_of_block(kind: bytes, data: bytes) -> Iterator[PersonalTag]:
    """Find what leads to a person in one block."""
    exif = exif_in(kind, data)
    if exif is not None:
        yield from _in_exif(io.BytesIO(exif))
    elif kind == b"XMP " or data.startswith((XMP_HEADER, _XMP)):
        text = _text_of(kind, data) if kind == b"iTXt" else data
        for holds, pattern in _IN_XMP.items():
            for found in pattern.finditer(text):
                yield PersonalTag(holds, next(filter(None, found.groups())).decode())
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


# -- Exif, which is a TIFF structure ----------------------------------------------------------


def orientation(exif: bytes) -> int:
    """Give the orientation of an image, 1 (upright) to 8; 1 if nothing else is said."""
    stream = io.BytesIO(exif)
    for entry in _entries(stream):
        if entry.directory == "" and entry.tag == _ORIENTATION and len(entry.value) >= 2:
            (found,) = struct.unpack(f"{_order(stream)}H", entry.value[:2])
            return int(found) if 1 <= found <= 8 else 1
    return 1


def only_orientation(turned: int) -> bytes:
    """Make a TIFF structure that says how an image is turned, and nothing else."""
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, turned, 0)
    return b"MM\0*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)


class _Entry(NamedTuple):
    directory: str  # "gps", "exif", "sub"; empty for the main ones
    tag: int
    kind: int
    value: bytes  # what is wanted of it


def _in_exif(stream: BinaryIO) -> Iterator[PersonalTag]:
    for entry in _entries(stream):
        tag = (_GPS_NUMBERS if entry.directory == "gps" else _ELSEWHERE).get(entry.tag)
        if tag is not None and entry.value.strip(b"\0 "):
            yield tag


def _read(stream: BinaryIO, offset: int, size: int) -> bytes:
    stream.seek(offset)
    return stream.read(size)


def _order(stream: BinaryIO) -> str | None:
    return {b"II*\0": "<", b"MM\0*": ">"}.get(_read(stream, 0, 4))


def _entries(stream: BinaryIO) -> Iterator[_Entry]:
    """Walk the directories, each once."""
    order = _order(stream)
    start = _read(stream, 4, 4)
    if order is None or len(start) < 4:
        return
    waiting = [("", *struct.unpack(f"{order}I", start))]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_DIRECTORIES:
        directory, offset = waiting.pop(0)
        if offset in seen or offset < 8:
            continue
        seen.add(offset)
        size = _read(stream, offset, 2)
        if len(size) < 2:
            continue
        count = min(struct.unpack(f"{order}H", size)[0], _MOST_ENTRIES)
        packed = _read(stream, offset + 2, 12 * count + 4)
        for number in range(min(count, len(packed) // 12)):
            entry = _entry(stream, order, directory, packed[12 * number : 12 * number + 12])
            yield entry
            if entry.tag in _DIRECTORIES and entry.kind in (4, 13):
                many = len(entry.value) // 4
                offsets = struct.unpack(f"{order}{many}I", entry.value[: 4 * many])
                waiting += [(_DIRECTORIES[entry.tag], each) for each in offsets]
        if directory == "" and len(packed) == 12 * count + 4:
            waiting.append(("", *struct.unpack(f"{order}I", packed[-4:])))


def _entry(stream: BinaryIO, order: str, directory: str, packed: bytes) -> _Entry:
    tag, kind, count = struct.unpack(f"{order}HHI", packed[:8])
    size = _SIZES.get(kind, 4) * count
    if size <= 4:
        return _Entry(directory, tag, kind, packed[8 : 8 + size])
    wanted = tag in _ELSEWHERE or tag in _GPS_NUMBERS or tag == _SUB_DIRECTORIES
    (offset,) = struct.unpack(f"{order}I", packed[8:])
    value = _read(stream, offset, min(size, _LONGEST_VALUE)) if wanted else b""
    return _Entry(directory, tag, kind, value)
