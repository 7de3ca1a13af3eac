"""Refuse HDF5 files whose heaps of text would keep the library busy for ever.

HDF5 keeps texts of any length in global heaps: a header, and objects of which each says where the
next begins. The library follows them without a look at the sizes (H5HG__cache_heap_deserialize):
an object of no size, as one flipped byte or a block of zeros makes it, is its own successor.
Nothing can interrupt that from Python, so the chains are followed here, before it opens the file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from brainscore_data.base.errors import DataError
from brainscore_data.base.files import BLOCK

# Signature and version; three bytes that the library passes over; then the size (HDF5 file format,
# III.E "Global Heap"). Lengths have 8 bytes in every file that netCDF writes.
_START, _SKIPPED = b"GCOL\x01", 3
_SIZE, _OBJECT = struct.Struct("<Q"), struct.Struct("<HHIQ")
_HEADER = len(_START) + _SKIPPED + _SIZE.size


def refuse_endless_heaps(path: Path) -> None:
    """Make sure that every chain of objects in the heaps of an HDF5 file comes to its end."""
    size = path.stat().st_size
    left = size // _OBJECT.size  # no more objects fit, unless heaps lie in each other
    with path.open("rb") as searched, path.open("rb") as stream:
        for start in _starts(searched):
            left -= _objects(stream, start, size, left)
            if left < 0:
                break
        else:
            return
    raise DataError(
        "it is damaged: the texts in it are in no order that can be followed",
        where=str(path),
        hint="download or export it again",
    )


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


def _objects(stream: BinaryIO, start: int, size: int, most: int) -> int:
    """Count the objects of a heap; more than `most` are too many, or a chain that breaks."""
    stream.seek(start + len(_START) + _SKIPPED)
    (length,) = _SIZE.unpack(stream.read(_SIZE.size).ljust(_SIZE.size, b"\0"))
    if not _HEADER <= length <= size - start:
        return 0  # the library refuses it, or it is no heap
    position, end, count = start + _HEADER, start + length, 0
    while position + _OBJECT.size <= end and count <= most:
        stream.seek(position)
        number, _, _, held = _OBJECT.unpack(stream.read(_OBJECT.size))
        # Number 0 is what is free, with its own header counted.
        taken = held if number == 0 else _OBJECT.size + (held + 7) // 8 * 8
        position += taken
        count += 1
        if taken < _OBJECT.size or position > end:
            return most + 1
    return count
