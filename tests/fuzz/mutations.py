"""Damage to files: at random, and where it hurts in formats that have a structure."""

from __future__ import annotations

import copy
import io
import json
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any

Mutation = Callable[[random.Random, bytes, bytes], bytes]
_TELLING = (0, 1, 0x7F, 0x80, 0xFF)
_ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1 << 70, 1e300, float("nan"), "", [], {}, [[]], {"": {}}),
    *("../x", "/etc/passwd", "a\\b", "\u202e\x1b[2J", "\udc80", "::error::x", "x" * 9999, "\0"),
    *("Doe2024\n", "s3://b", "file:///", "https://[", "cd1:" + "0" * 64, "2024-01-01T00:00:00Z"),
)
_NUMBERS = ("0", "-1", "1e999", "nan", "9" * 30, "true", '"a"', "[]", "{}", "null", "''")


def flipped(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """Change a few bits."""
    changed = bytearray(data)
    for _each in range(rng.choice((1, 2, 8, 64))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def set_to_telling_values(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """Put sizes and counts where there may be one: the largest, the smallest, one too many."""
    changed = bytearray(data)
    for _each in range(rng.choice((1, 2, 4))):
        width = rng.choice((1, 2, 4, 8))
        start = rng.randrange(max(1, min(len(changed), rng.choice((512, 4096, 1 << 30)))))
        changed[start : start + width] = bytes([rng.choice(_TELLING)]) * width
    return bytes(changed)


def truncated(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """Cut the end off."""
    return data[: rng.randrange(len(data))]


def without_a_part(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """Take a part out."""
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.randrange(1, 1 + max(1, len(data) // 4)) :]


def with_a_part_twice(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """Repeat a part, once or a thousand times."""
    start = rng.randrange(len(data))
    part = data[start : start + rng.randrange(1, 64)]
    return data[:start] + part * rng.choice((2, 1000)) + data[start:]


def spliced(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Begin as one file and go on as another of the family."""
    return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]


def crossed(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Put a part of another file in the place of one."""
    start, length = rng.randrange(len(data)), rng.randrange(1, 4096)
    source = rng.randrange(len(other))
    return data[:start] + other[source : source + length] + data[start + length :]


ANY: tuple[Mutation, ...] = (
    flipped,
    set_to_telling_values,
    truncated,
    without_a_part,
    with_a_part_twice,
    spliced,
    crossed,
)


def hdf5_message(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """Change what follows a signature of HDF5: versions, sizes, addresses, links."""
    marks = [
        found.end()
        for found in re.finditer(
            rb"OHDR|OCHK|FRHP|FHDB|TREE|HEAP|SNOD|GCOL|BTHD|\x89HDF\r\n\x1a\n", data
        )
    ]
    if not marks:
        return flipped(rng, data, data)
    changed = bytearray(data)
    start = rng.choice(marks) + rng.randrange(48)
    width = rng.choice((1, 2, 4, 8))
    if rng.random() < 0.5:
        changed[start : start + width] = bytes([rng.choice(_TELLING)]) * width
    else:  # an address of something else, or of itself
        changed[start : start + 8] = struct.pack("<Q", rng.choice(marks) - 4)
    return bytes(changed)


def zip_directory(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """Change a field of the directory at the end of a zip: sizes, offsets, names, flags."""
    marks = [found.start() for found in re.finditer(rb"PK\x01\x02|PK\x05\x06|PK\x03\x04", data)]
    if not marks:
        return flipped(rng, data, data)
    changed = bytearray(data)
    start = rng.choice(marks) + rng.randrange(4, 60)
    width = rng.choice((1, 2, 4))
    changed[start : start + width] = rng.choice(
        (bytes([rng.choice(_TELLING)]) * width, b"../x"[:width], b"\x00\x09"[:width])
    )
    return bytes(changed)


def zip_member(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """Pack the members again with other names or methods."""
    packed = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(packed, "w") as target:
            for info in source.infolist():
                name = rng.choice(
                    (info.filename, "a/" + info.filename, "../x.png", "con", "a\\b", ".git")
                )
                method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
                target.writestr(name, source.read(info), method)
    except Exception:  # noqa: BLE001 - a zip that is damaged already
        return flipped(rng, data, data)
    return packed.getvalue()


def workbook_member(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Put another value in a sheet, its styles or its texts, and pack them again."""
    packed = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(packed, "w") as target:
            damaged = rng.choice(source.namelist())
            for name in source.namelist():
                content = source.read(name)
                if name == damaged:
                    content = rng.choice((value_in_text, flipped))(rng, content, other)
                target.writestr(name, content, zipfile.ZIP_DEFLATED)
    except Exception:  # noqa: BLE001 - a zip that is damaged already
        return flipped(rng, data, data)
    return packed.getvalue()


def matlab_element(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Change the types, sizes and shapes of a variable, which v7 has packed."""
    if b"\x89HDF\r\n\x1a\n" in data[:1024]:
        return hdf5_message(rng, data, other)
    packed = [found.start() for found in re.finditer(rb"\x0f\0\0\0....\x78", data, re.DOTALL)]
    if not packed:
        return set_to_telling_values(rng, data, other)
    start = rng.choice(packed)
    (length,) = struct.unpack("<I", data[start + 4 : start + 8])
    try:
        element = zlib.decompress(data[start + 8 : start + 8 + length])
    except zlib.error:  # damaged already
        return flipped(rng, data, data)
    new = zlib.compress(set_to_telling_values(rng, element, other))
    head = data[: start + 4] + struct.pack("<I", len(new))
    return head + new + data[start + 8 + length :]


def parquet_footer(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """Change the description at the end of a parquet file, which says where all else lies."""
    length = min(struct.unpack("<I", data[-8:-4])[0], len(data) - 12)
    start = len(data) - 8 - length
    changed = bytearray(data)
    for _each in range(rng.choice((1, 3, 9))):
        changed[rng.randrange(start, len(data) - 4)] = rng.randrange(256)
    return bytes(changed)


def png_chunk(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """Change the content of a chunk and fix its checksum, so that decoders go on to look."""
    chunks, at = [], 8
    while at + 12 <= len(data):
        length = struct.unpack(">I", data[at : at + 4])[0]
        chunks.append((at, length))
        at += 12 + length
    start, length = rng.choice(chunks)
    if start + 12 + length > len(data):
        return flipped(rng, data, data)
    body = bytearray(data[start + 4 : start + 8 + length])
    body[rng.randrange(len(body))] = rng.randrange(256)
    crc = struct.pack(">I", zlib.crc32(body))
    return data[: start + 4] + bytes(body) + crc + data[start + 12 + length :]


def riff_chunk(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """Change the head or the size of a chunk of a wav, or what its format says."""
    marks = [found.start() for found in re.finditer(rb"RIFF|fmt |data|LIST", data)]
    return _overwritten(rng, data, marks, 24)


def mp4_box(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """Change the size of a box, or the counts and durations behind its head."""
    names = rb"ftyp|moov|mvhd|trak|tkhd|mdhd|hdlr|stsd|stts|stsc|stsz|stco|elst|mdat|mp4v|esds|avc1"
    marks = [max(0, found.start() - 4) for found in re.finditer(names, data)]
    return _overwritten(rng, data, marks, 40)


def jpeg_segment(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """Change what follows a marker: lengths, sizes, tables, Exif."""
    marks = [found.start() for found in re.finditer(rb"\xff[\xc0-\xfe]|Exif\0\0", data)]
    return _overwritten(rng, data, marks, 32)


def _overwritten(rng: random.Random, data: bytes, marks: list[int], reach: int) -> bytes:
    """Put a telling value within the reach of a mark."""
    if not marks:
        return flipped(rng, data, data)
    changed = bytearray(data)
    start = rng.choice(marks) + rng.randrange(reach)
    width = rng.choice((1, 2, 4))
    changed[start : start + width] = bytes([rng.choice(_TELLING)]) * width
    return bytes(changed)


def npy_header(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """Write another header: shapes, dtypes and orders that the data does not have."""
    shape = rng.choice(("(4, 3)", "(-1, 3)", "(10**18,)", "(0,)", "()", "(4,)", "(1,)*40", "4"))
    descr = rng.choice(
        ("'<f8'", "'|O'", "'<U1000000000'", "[('a','<f8')]", "'<M8[ns]'", "'V8'", "None")
    )
    text = f"{{'descr': {descr}, 'fortran_order': {rng.choice(('True', 'False', '7'))}, 'shape': {shape}, }}"
    return (
        b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text) + 1) + text.encode() + b"\n" + data[128:]
    )


def value_in_text(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """Put another value, a bracket or a very long text in the place of a value."""
    text = data.decode("utf-8", "surrogateescape")
    values = list(re.finditer(r'"[^"\n]*"|\b[\w.+-]+\b', text))
    found = rng.choice(values)
    new = rng.choice((*_NUMBERS, "[" * 5000, '"' + "x" * 100_000 + '"', "\x00", "\u202e", ""))
    return (text[: found.start()] + new + text[found.end() :]).encode("utf-8", "surrogateescape")


def value_in_json(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Put another value, or another part of the document, in the place of one; drop one."""
    try:
        document, source = json.loads(data), json.loads(other)
    except (ValueError, RecursionError):
        return value_in_text(rng, data, other)
    places = list(_places(document))
    if not places:
        return data
    holder, key = rng.choice(places)
    match rng.randrange(4):
        case 0:
            del holder[key]
        case 1 if found := list(_places(source)):
            there, name = rng.choice(found)
            holder[key] = copy.deepcopy(there[name])
        case 2 if isinstance(holder, dict):
            holder[rng.choice(("x", "", "schema", "__class__", "prefix", "kind"))] = holder[key]
        case _:
            holder[key] = rng.choice(_ODD)
    return json.dumps(document).encode("utf-8", "surrogatepass")


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Give whatever holds a value, and under which key, at any depth."""
    match document:
        case dict():
            keys = list(document)
        case list():
            keys = list(range(len(document)))
        case _:
            return
    for key in keys:
        yield document, key
        yield from _places(document[key])


def line_in_text(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Repeat, drop or exchange lines."""
    lines = data.splitlines(keepends=True)
    at = rng.randrange(len(lines))
    match rng.randrange(3):
        case 0:
            lines[at:at] = [lines[at]] * rng.choice((1, 2000))
        case 1:
            del lines[at]
        case _:
            lines[at] = rng.choice(other.splitlines(keepends=True) or [b"\n"])
    return b"".join(lines)


#: Family → what hurts it in particular.
IN_PARTICULAR: dict[str, tuple[Mutation, ...]] = {
    ".nc": (hdf5_message,) * 4,
    ".h5": (hdf5_message,) * 4,
    ".npy": (npy_header,) * 2,
    ".parquet": (parquet_footer,) * 4,
    ".mat": (matlab_element,) * 4,
    ".xlsx": (workbook_member,) * 4 + (zip_directory,),
    ".zip": (zip_directory, zip_directory, zip_member),
    ".png": (png_chunk,) * 3,
    ".csv": (value_in_text, line_in_text),
    ".toml": (value_in_text,) * 4 + (line_in_text,) * 2,
    "receipts.json": (value_in_json,) * 6 + (value_in_text,) * 2,
    "bundle.json": (value_in_json,) * 6 + (value_in_text,) * 2,
    "__init__.py": (value_in_text,) * 4 + (line_in_text,) * 2,
    ".wav": (riff_chunk,) * 4,
    ".mp4": (mp4_box,) * 4,
    ".jpg": (jpeg_segment,) * 4,
}


def mutated(rng: random.Random, family: str, data: bytes, other: bytes) -> bytes:
    """Damage a file once or a few times."""
    known = (*ANY, *IN_PARTICULAR.get(family, ()))
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if len(data) > 12:
            try:
                data = rng.choice(known)(rng, data, other)
            except (IndexError, ValueError, struct.error):  # too damaged already
                data = flipped(rng, data, other)
    return data
