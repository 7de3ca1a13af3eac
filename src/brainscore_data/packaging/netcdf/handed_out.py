"""Rows of a variable that others read, shuffle and deflate: which, and what they give back."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from brainscore_data.assemblies.contract.variables import Variable
from brainscore_data.base.errors import DataError
from brainscore_data.base.files import fast_crc32
from brainscore_data.packaging.netcdf.chunks import (
    ChunkLayout,
    chunk_at,
    compressed,
    compressed_rest,
    cut,
    is_partly_stored,
    padded,
)

if TYPE_CHECKING:
    import numpy as np

_HEAD = struct.Struct("<II")  # the CRC32 of the values, and how many chunks there are


class SlabRows(NamedTuple):
    """A slab of a variable, and how it is stored."""

    group: str  # an extra; none for the assembly itself
    variable: str
    first: int
    end: int
    chunks: tuple[int, ...]
    shuffle: bool
    stored: int
    size: int  # bytes in memory

    @property
    def layout(self) -> ChunkLayout:
        """Give how it is cut and compressed."""
        return ChunkLayout(self.chunks, self.shuffle, self.stored)


def rows_of(
    group: str, variable: Variable, index: slice, layout: ChunkLayout, row_bytes: int
) -> SlabRows:
    """Name a slab of a variable."""
    size = (index.stop - index.start) * row_bytes
    cut_into = layout.chunks, layout.shuffle, layout.stored
    return SlabRows(group, variable.name, index.start, index.stop, *cut_into, size)


def stored_chunk(
    chunk: np.ndarray, layout: ChunkLayout, found: memoryview | None = None
) -> bytes | memoryview:
    """Give a chunk as it is stored; others may have `found` what took long of it."""
    whole = padded(chunk, layout.chunks)
    if found is not None and not is_partly_stored(whole, layout):
        return found
    return compressed(whole, shuffle=layout.shuffle, stored=layout.stored, rest=found)


def packed_chunks(slab: np.ndarray, layout: ChunkLayout) -> bytes:
    """Compress all chunks of a slab, and say of which values.

    Bytes that no compressor makes smaller stay here: who writes the file has read them as well.
    """
    parts = []
    for at in cut(slab.shape, layout.chunks):
        whole = padded(chunk_at(slab, at, layout.chunks), layout.chunks)
        partly = is_partly_stored(whole, layout)
        parts.append(
            compressed_rest(whole, layout.stored) if partly else stored_chunk(whole, layout)
        )
    head = _HEAD.pack(_crc32_of(slab), len(parts))
    return b"".join([head, struct.pack(f"<{len(parts)}Q", *map(len, parts)), *parts])


def unpacked_chunks(packed: bytes, slab: np.ndarray, layout: ChunkLayout) -> list[memoryview]:
    """Take the chunks apart, and make sure that they are of these values."""
    crc32, count = _HEAD.unpack_from(packed)
    if crc32 != _crc32_of(slab):
        raise DataError(
            "a worker of the cluster read other values than are here",
            hint="wait until whatever writes the file is done, make sure that all see the same file, "
            "and package again",
        )
    sizes = struct.unpack_from(f"<{count}Q", packed, _HEAD.size)
    chunks, begin = [], _HEAD.size + 8 * count
    for size in sizes:
        chunks.append(memoryview(packed)[begin : begin + size])
        begin += size
    if begin != len(packed) or count != sum(1 for _ in cut(slab.shape, layout.chunks)):
        text = "a worker of the cluster gave back what it was not asked for"
        raise DataError(text, hint="package again, and report it if that does not help")
    return chunks


def _crc32_of(slab: np.ndarray) -> int:
    import numpy as np

    raw: memoryview = np.ascontiguousarray(slab).reshape(-1).view("u1").data
    return fast_crc32()(raw, 0)
