"""One chunk as HDF5's own filters would store it: shuffle, then deflate.

Every reader of netCDF-4 undoes these two without a plugin. The compressors are not HDF5's: ISA-L is
about ten times as fast as zlib at level 4, holds no lock of Python's, and writes the same format
(RFC 1950). Its output is the same on every x86-64 processor with SSE 4.2; another family of
processors may find other matches, which changes a file's sha1 but not its content digest.

The low bytes of a measurement are noise, which no compressor makes smaller. Shuffled, they come
first in a chunk; there they are stored as they are, which costs next to no time here and in the
reader, and the little that is left goes through libdeflate, which finds more than ISA-L.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

#: What the file's header says; ISA-L's levels go from 0 to 3.
LEVEL = 2
# Below this zlib is fast enough; ISA-L once wrote the same 48 bytes in two ways, on one machine.
_SMALL = 32 << 10
_ZLIB_LEVEL = 6
# The lowest at which Gaussian noise gets smaller than with zlib's level 9.
_LIBDEFLATE_LEVEL = 3
_STORED_BLOCK = (1 << 16) - 1  # RFC 1951, 3.2.4


def compressed(chunk: np.ndarray, *, shuffle: bool, stored: int = 0) -> bytes:
    r"""Compress the values of a chunk, in C order; the first `stored` bytes of each stay as they are.

    Examples
    --------
    >>> import zlib
    >>> import numpy as np
    >>> zlib.decompress(compressed(np.array([1, 2], dtype="<u2"), shuffle=True))
    b'\x01\x02\x00\x00'
    """
    import numpy as np
    from isal import isal_zlib

    planes = shuffle and chunk.itemsize > 1
    values = byte_planes(chunk) if planes else np.ascontiguousarray(chunk)
    raw = values.reshape(-1).view("u1").data
    if values.nbytes < _SMALL:
        return zlib.compress(raw, _ZLIB_LEVEL)
    if stored:
        return _partly_stored(raw, len(raw) // chunk.itemsize * stored)
    return isal_zlib.compress(raw, LEVEL)


def byte_planes(values: np.ndarray) -> np.ndarray:
    """Sort the bytes of values by their place: first all first bytes, then all second ones."""
    import numpy as np

    in_line = np.ascontiguousarray(values).reshape(-1)
    return np.ascontiguousarray(in_line.view("u1").reshape(-1, values.itemsize).T)


def _partly_stored(raw: memoryview, split: int) -> bytes:
    """Write a zlib stream of two parts: what is stored, and what libdeflate makes of the rest."""
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
    blocks.append(deflate.deflate_compress(raw[split:], _LIBDEFLATE_LEVEL))
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
