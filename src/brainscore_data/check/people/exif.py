"""Which tags of Exif say who took an image, with which camera and where.

A reader of the few tags that matter, because the hook that looks for people installs no imaging
library, and because what it reads is a stranger's: every loop and every length has a bound. TIFF
6.0, section 2, says what directories are; Exif 2.32 (CIPA DC-008), section 4.6, which tags.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

ReadAt = Callable[[int, int], bytes]

_MOST_DIRECTORIES = 32
_MOST_ENTRIES = 512
_LONGEST_VALUE = 256
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 129: 1}

_ORIENTATION, _EXIF, _GPS, _SUB_DIRECTORIES = 0x0112, 0x8769, 0x8825, 0x014A
# In the GPS directory: the two numbers that are a position. A version alone is none.
_GPS_NUMBERS = {0x0002: "GPSLatitude", 0x0004: "GPSLongitude"}
_OWNERS = {0x013B: "Artist", 0x9C9D: "XPAuthor", 0xA430: "CameraOwnerName"}
_SERIALS = {
    0xA431: "BodySerialNumber",
    0xA435: "LensSerialNumber",
    0xC62F: "CameraSerialNumber",
}


@dataclass(frozen=True)
class PersonalTag:
    """A piece of an image's metadata that leads to a person.

    Attributes
    ----------
    holds : str
        ``position``, ``owner`` or ``serial number``.
    name : str
        As Exif, PNG or XMP calls it.
    member : str or None
        Of a zip, the image.
    """

    holds: str
    name: str
    member: str | None = None


@dataclass(frozen=True)
class _Entry:
    tag: int
    kind: int
    count: int
    value: bytes


def personal_exif(read_at: ReadAt) -> Iterator[PersonalTag]:
    """Find the tags in a TIFF structure."""
    for directory, entry in _entries(read_at):
        filled = bool(entry.value.strip(b"\0 "))
        if directory == "gps":
            if filled and entry.tag in _GPS_NUMBERS:
                yield PersonalTag("position", _GPS_NUMBERS[entry.tag])
        elif filled and entry.tag in _OWNERS:
            yield PersonalTag("owner", _OWNERS[entry.tag])
        elif filled and entry.tag in _SERIALS:
            yield PersonalTag("serial number", _SERIALS[entry.tag])


def orientation(read_at: ReadAt) -> int:
    """Give the orientation of an image, 1 (upright) to 8; 1 if nothing else is said."""
    order = _order(read_at)
    for directory, entry in _entries(read_at):
        if directory == "" and entry.tag == _ORIENTATION and len(entry.value) >= 2:
            (found,) = struct.unpack(f"{order}H", entry.value[:2])
            return int(found) if 1 <= found <= 8 else 1
    return 1


def only_orientation(turned: int) -> bytes:
    """Make a TIFF structure that says how an image is turned, and nothing else.

    Examples
    --------
    >>> block = only_orientation(6)
    >>> orientation(lambda offset, size: block[offset : offset + size])
    6
    """
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, turned, 0)
    return b"MM\0*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)


def _order(read_at: ReadAt) -> str | None:
    return {b"II*\0": "<", b"MM\0*": ">"}.get(read_at(0, 4))


def _entries(read_at: ReadAt) -> Iterator[tuple[str, _Entry]]:
    """Walk the directories, each once; ``""`` and ``"gps"`` tell of which an entry is."""
    order = _order(read_at)
    start = read_at(4, 4)
    if order is None or len(start) < 4:
        return
    waiting = [("", *struct.unpack(f"{order}I", start))]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_DIRECTORIES:
        directory, offset = waiting.pop(0)
        if offset in seen or offset < 8:
            continue
        seen.add(offset)
        size = read_at(offset, 2)
        if len(size) < 2:
            continue
        count = min(struct.unpack(f"{order}H", size)[0], _MOST_ENTRIES)
        content = read_at(offset + 2, 12 * count + 4)
        for number in range(min(count, len(content) // 12)):
            entry = _entry(read_at, order, content[12 * number : 12 * number + 12])
            yield directory, entry
            pointers = {_EXIF: "exif", _GPS: "gps", _SUB_DIRECTORIES: "sub"}
            if entry.tag in pointers and entry.kind in (4, 13):
                many = len(entry.value) // 4
                offsets = struct.unpack(f"{order}{many}I", entry.value[: 4 * many])
                waiting += [(pointers[entry.tag], each) for each in offsets]
        if directory == "" and len(content) == 12 * count + 4:
            waiting.append(("", *struct.unpack(f"{order}I", content[-4:])))


def _entry(read_at: ReadAt, order: str, packed: bytes) -> _Entry:
    tag, kind, count = struct.unpack(f"{order}HHI", packed[:8])
    size = _SIZES.get(kind, 4) * count
    if size <= 4:
        return _Entry(tag, kind, count, packed[8 : 8 + size])
    wanted = tag in _OWNERS or tag in _SERIALS or tag in _GPS_NUMBERS or tag == _SUB_DIRECTORIES
    (offset,) = struct.unpack(f"{order}I", packed[8:])
    value = read_at(offset, min(size, _LONGEST_VALUE)) if wanted else b""
    return _Entry(tag, kind, count, value)
