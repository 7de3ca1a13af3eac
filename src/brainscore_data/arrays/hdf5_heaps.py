"""The heaps of an HDF5 file, which hold its texts of any length: followed before its library does.

A heap is a header, and objects of which each says where the next begins. The library follows them
without a look at the sizes (H5HG__cache_heap_deserialize): an object of no size, as one flipped byte
or a block of zeros makes it, is its own successor. Nothing can interrupt that from Python.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from brainscore_data.base.door import BLOCK, opened
from brainscore_data.base.errors import DataError

# Signature and version; three bytes that the library passes over; then the size (HDF5 file format,
# III.E "Global Heap"). Lengths have 8 bytes in every file that netCDF writes.
_START, _SKIPPED = b"GCOL\x01", 3
_SIZE, _OBJECT = struct.Struct("<Q"), struct.Struct("<HHIQ")
_HEADER = len(_START) + _SKIPPED + _SIZE.size
_AT_ONCE = 16 << 20  # bytes


# The superblock, which can begin behind a block of the user's own.
_SIGNATURE, _FIRST_BLOCK = b"\x89HDF\r\n\x1a\n", 512
_USUAL = b"\x08\x08"  # bytes of addresses, and of lengths


def longest_text(path: Path) -> int:
    """Make sure that every chain of objects in the heaps comes to its end; give the longest object."""
    size = path.stat().st_size
    left = size // _OBJECT.size  # no more objects fit, unless heaps lie in each other
    longest = end = 0
    with opened(path) as searched, opened(path) as stream:
        _refuse_unusual_sizes(stream, size, path)
        for start in _starts(searched):
            # Those within each other are not read at once: each can claim to be all of the file.
            count, length, ends = _objects(stream, start, size, left, at_once=start >= end)
            left, longest, end = left - count, max(longest, length), max(end, ends)
            if left < 0:
                break
        else:
            return longest
    raise DataError(
        "it is damaged: the texts in it are in no order that can be followed",
        where=str(path),
        hint="download or export it again",
    )


def _refuse_unusual_sizes(stream: BinaryIO, size: int, path: Path) -> None:
    """Refuse heaps that would be laid out in another way than is looked at here."""
    start = 0
    while start < size:
        stream.seek(start)
        block = stream.read(15)
        if block.startswith(_SIGNATURE):
            found = block[13:15] if block[8:9] < b"\x02" else block[9:11]
            if found != _USUAL:
                raise DataError(
                    "it has addresses or lengths of an unusual size",
                    where=str(path),
                    hint="save it again with the usual settings of HDF5",
                )
            return
        start = 2 * start or _FIRST_BLOCK


def _starts(stream: BinaryIO) -> Iterator[int]:
    """Find where heaps begin, in blocks that overlap by less than a signature."""
    position, kept = 0, b""
    while block := stream.read(BLOCK):
        seen = kept + block
        found = seen.find(_START)
        while found >= 0:
            yield position - len(kept) + found
            found = seen.find(_START, found + 1)
        position += len(block)
        kept = seen[1 - len(_START) :]


def _objects(
    stream: BinaryIO, start: int, size: int, most: int, *, at_once: bool
) -> tuple[int, int, int]:
    """Count the objects of a heap; give the longest's bytes and where the heap ends, too.

    More than `most` are too many, or a chain that breaks.
    """
    stream.seek(start + len(_START) + _SKIPPED)
    (length,) = _SIZE.unpack(stream.read(_SIZE.size).ljust(_SIZE.size, b"\0"))
    if not _HEADER <= length <= size - start:
        return 0, 0, start  # the library refuses it, or it is no heap
    held_here = stream.read(length - _HEADER) if at_once and length <= _AT_ONCE else b""
    end = length - _HEADER
    position, count, longest = _ordinary(held_here)
    while position + _OBJECT.size <= end and count <= most:
        if held_here:
            number, _, _, held = _OBJECT.unpack_from(held_here, position)
        else:
            stream.seek(start + _HEADER + position)
            number, _, _, held = _OBJECT.unpack(stream.read(_OBJECT.size))
        # Number 0 is what is free, with its own header counted.
        taken = held if number == 0 else _OBJECT.size + (held + 7) // 8 * 8
        position += taken
        count += 1
        if taken < _OBJECT.size or position > end:
            return most + 1, 0, start
        if number and held > longest:
            longest = held
    return count, longest, start + length


def _ordinary(objects: bytes) -> tuple[int, int, int]:
    """Follow the objects of a heap up to one that is not as all are; give where that is.

    There can be millions: they are read as the numbers of 64 bits that they begin with. Give how many
    these are, and the longest's bytes, too.
    """
    if sys.byteorder != "little":
        return 0, 0, 0
    words = memoryview(objects[: len(objects) // 8 * 8]).cast("Q")
    at, end, count, longest = 0, len(words), 0, 0
    while at + 1 < end and words[at] & 0xFFFF:
        held = words[at + 1]
        after = at + 2 + (held + 7 >> 3)
        if after > end:
            break
        if held > longest:  # noqa: PLR1730 - max() takes three times as long
            longest = held
        at, count = after, count + 1
    return 8 * at, count, longest
