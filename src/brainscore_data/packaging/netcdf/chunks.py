"""Where the values of a variable lie in the file: chunks, and how each is compressed.

Which layout is the smallest depends on the data. Neighbours along a row are often alike (time
courses), but a neuroid that was z-scored on its own has few different values in its column, and
only there can a compressor find them again. So a sample of the data is compressed in each way,
and the smallest wins; it tells, too, which bytes of a value are noise and stay as they are.

Integers, most of them coordinates, get small in any way; HDF5 takes longer to unshuffle them than to
inflate them. They are shuffled only where that saves a good part of their bytes.

Nothing else counts: not time, not threads, not the machine.

A chunk is as HDF5's own filters would store it: shuffled, then deflated. Every reader of netCDF-4
undoes these two without a plugin. The compressors are not HDF5's: ISA-L is about ten times as fast
as zlib at level 4, holds no lock of Python's, and writes the same format (RFC 1950). Its output is
the same on every x86-64 processor with SSE 4.2; another family of processors may find other matches,
which changes a file's sha1 but not its content digest.

The low bytes of a measurement are noise, which no compressor makes smaller. Shuffled, they come
first in a chunk; there they are stored as they are, which costs next to no time here and in the
reader, and the little that is left goes through libdeflate, which finds more than ISA-L.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

from brainscore_data.assemblies.contract.variables import SLAB

if TYPE_CHECKING:
    import numpy as np

_MILLION = 1_000_000  # sizes per value are counted in millionths of a byte
#: A chunk holds about this many bytes: few enough to read one in vain, enough to compress well.
CHUNK = 1 << 20
#: So many chunks of each layout are compressed to find the smallest.
_SAMPLES = 4
#: Of a variable of fewer bytes the plain layout is taken: it is a small part of any file.
_SMALL = 1 << 13
#: Another layout than the plain one has to save more than this part of it.
_WORTH_IT = 0.03
#: Integers are shuffled if that saves this part of them, uncompressed. Unshuffling a megabyte of them
#: took as long as downloading 0.16 MB at 100 MB/s, so this favours the size.
_WORTH_UNSHUFFLING = 1 / 12
#: Bytes that get no smaller than this part of themselves are noise.
_NOISE = 0.98
#: What the file's header says; ISA-L's levels go from 0 to 3.
LEVEL = 2
# Below this zlib is fast enough; ISA-L once wrote the same 48 bytes in two ways, on one machine.
_FEW = 32 << 10
_ZLIB_LEVEL = 6
# The lowest at which Gaussian noise gets smaller than with zlib's level 9.
_LIBDEFLATE_LEVEL = 3
_STORED_BLOCK = (1 << 16) - 1  # RFC 1951, 3.2.4


@dataclass(frozen=True)
class ChunkLayout:
    """How a variable is cut and compressed."""

    #: The shape of a chunk, in values.
    chunks: tuple[int, ...]
    #: Whether the bytes of a chunk are sorted by their place in a value first.
    shuffle: bool
    #: How many bytes of each value, the first ones, are not compressed.
    stored: int = 0


def plain_layout(shape: tuple[int, ...], itemsize: int) -> ChunkLayout:
    """Choose whole rows, which is how the values are in memory."""
    return ChunkLayout(row_chunks(shape, itemsize), shuffle=itemsize > 1)


def best_layout(shape: tuple[int, ...], sample: np.ndarray) -> ChunkLayout:
    """Choose the layout in which a sample is the smallest: the rows that `rows_to_sample` says, or all."""
    itemsize = sample.dtype.itemsize
    plain = plain_layout(shape, itemsize)
    if prod(shape) * itemsize < _SMALL:
        return plain
    shapes = [plain.chunks]
    if len(shape) > 1:
        columns = column_chunks(shape, itemsize)
        shapes += [columns] if columns != plain.chunks else []
    others = [
        ChunkLayout(chunks, shuffle)
        for chunks in shapes
        for shuffle in (True, False)
        if shuffle <= (itemsize > 1)
    ]
    sizes = {layout: _sampled_size(sample, layout) for layout in others}
    if sample.dtype.kind in "iu":
        dearer = int(_WORTH_UNSHUFFLING * itemsize * _MILLION)
        sizes = {layout: size + layout.shuffle * dearer for layout, size in sizes.items()}
    smallest = min(others, key=lambda layout: sizes[layout])
    best = smallest if sizes[smallest] < (1 - _WORTH_IT) * sizes[plain] else plain
    if best.shuffle and prod(shape) * itemsize >= CHUNK:
        return replace(best, stored=_noisy_bytes(sample, best))
    return best


def rows_to_sample(shape: tuple[int, ...], itemsize: int) -> int:
    """Say how many of the first rows `best_layout` needs."""
    columns = column_chunks(shape, itemsize) if len(shape) > 1 else (0,)
    return max(columns[0], row_chunks(shape, itemsize)[0] * _SAMPLES)


def row_chunks(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """Cut into whole rows as far as they fit: the last axes stay together."""
    return _filled(shape, max(1, CHUNK // itemsize))


def column_chunks(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """Cut into columns, as long as the rows that they run through fit into memory."""
    length, *rest = shape
    rows = max(1, min(length, SLAB // max(1, prod(rest) * itemsize), CHUNK // itemsize))
    return (rows, *_filled(tuple(rest), max(1, CHUNK // (rows * itemsize))))


def _filled(shape: tuple[int, ...], room: int) -> tuple[int, ...]:
    chunks: list[int] = []
    for axis in reversed(range(len(shape))):
        chunks.insert(0, max(1, min(shape[axis], room // prod(chunks))))
    return tuple(chunks)


def cut(shape: tuple[int, ...], chunks: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """List where the chunks of an array begin, the last axis running fastest."""
    ranges = (range(0, size, step) for size, step in zip(shape, chunks, strict=True))
    return itertools.product(*ranges)


def _sampled_size(sample: np.ndarray, layout: ChunkLayout) -> int:
    """Compress some chunks of a sample; bytes per value, in millionths."""
    size = values = 0
    for chunk in _picked(sample, layout):
        size += len(compressed(chunk, shuffle=layout.shuffle))
        values += chunk.size
    return size * _MILLION // max(values, 1)


def _noisy_bytes(sample: np.ndarray, layout: ChunkLayout) -> int:
    """Count the leading bytes of a value that no compressor makes smaller.

    Fewer than half of a value's bytes are not worth a second compressor.
    """
    planes = [byte_planes(chunk) for chunk in _picked(sample, layout)]
    whole = sum(chunk.shape[1] for chunk in planes)
    noisy = 0
    for place in range(sample.dtype.itemsize - 1):
        if sum(len(compressed(each[place], shuffle=False)) for each in planes) < _NOISE * whole:
            break
        noisy += 1
    return noisy if 2 * noisy >= sample.dtype.itemsize else 0


def _picked(sample: np.ndarray, layout: ChunkLayout) -> list[np.ndarray]:
    """Take some chunks of a sample, spread over it."""
    starts = list(cut(sample.shape, layout.chunks))
    whole = [at for at in starts if _is_whole(at, layout.chunks, sample.shape)] or starts[:1]
    picked = whole[:: max(1, len(whole) // _SAMPLES)][:_SAMPLES]
    return [chunk_at(sample, at, layout.chunks) for at in picked]


def _is_whole(at: tuple[int, ...], chunks: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    return all(start + step <= size for start, step, size in zip(at, chunks, shape, strict=True))


def chunk_at(values: np.ndarray, at: tuple[int, ...], chunks: tuple[int, ...]) -> np.ndarray:
    """Take the chunk that begins somewhere; it may be cut off at the array's end."""
    return values[tuple(slice(start, start + step) for start, step in zip(at, chunks, strict=True))]


def compressed(
    chunk: np.ndarray, *, shuffle: bool, stored: int = 0, rest: bytes | memoryview | None = None
) -> bytes:
    """Compress the values of a chunk, in C order; the first `stored` bytes of each stay as they are.

    Others may have compressed the `rest` of them already.
    """
    import numpy as np
    from isal import isal_zlib

    planes = shuffle and chunk.itemsize > 1
    values = byte_planes(chunk) if planes else np.ascontiguousarray(chunk)
    raw = values.reshape(-1).view("u1").data
    if values.nbytes < _FEW:
        return zlib.compress(raw, _ZLIB_LEVEL)
    if stored:
        split = len(raw) // chunk.itemsize * stored
        return _partly_stored(raw, split, _deflated(raw[split:]) if rest is None else rest)
    return isal_zlib.compress(raw, LEVEL)


def is_partly_stored(chunk: np.ndarray, layout: ChunkLayout) -> bool:
    """Say whether `compressed` leaves the first bytes of each value as they are."""
    return layout.stored > 0 and chunk.nbytes >= _FEW


def compressed_rest(chunk: np.ndarray, stored: int) -> bytes | bytearray:
    """Compress what `compressed` does not store: all that others need to send of such a chunk."""
    return _deflated(byte_planes(chunk, stored).reshape(-1).data)


def byte_planes(values: np.ndarray, first: int = 0) -> np.ndarray:
    """Sort the bytes of values by their place: first all first bytes, then all second ones.

    Those before the `first` that is asked for are left out.
    """
    import numpy as np

    in_line = np.ascontiguousarray(values).reshape(-1)
    return np.ascontiguousarray(in_line.view("u1").reshape(-1, values.itemsize)[:, first:].T)


def _deflated(raw: memoryview) -> bytes | bytearray:
    import deflate

    return deflate.deflate_compress(raw, _LIBDEFLATE_LEVEL)


def _partly_stored(raw: memoryview, split: int, rest: bytes | bytearray | memoryview) -> bytes:
    """Write a zlib stream of two parts: what is stored, and what libdeflate made of the rest."""
    import deflate

    blocks: list[bytes | bytearray | memoryview] = [
        b"\x78\x01"
    ]  # RFC 1950: deflate with a window of 32 KiB, no dictionary
    for start in range(0, split, _STORED_BLOCK):
        block = raw[start : min(start + _STORED_BLOCK, split)]
        size = len(block)
        blocks += [
            b"\x00",
            size.to_bytes(2, "little"),
            (size ^ 0xFFFF).to_bytes(2, "little"),
            block,
        ]
    blocks.append(rest)
    blocks.append(deflate.adler32(raw).to_bytes(4, "big"))
    return b"".join(blocks)


def padded(chunk: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Fill a chunk that is cut off at the array's end with zeros: HDF5 stores whole ones."""
    import numpy as np

    if chunk.shape == shape:
        return chunk
    whole = np.zeros(shape, dtype=chunk.dtype)
    whole[tuple(slice(size) for size in chunk.shape)] = chunk
    return whole
