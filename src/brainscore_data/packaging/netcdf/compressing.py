"""One chunk as HDF5's own filters would store it: shuffle, then deflate.

Every reader of netCDF-4 undoes these two without a plugin. The compressor is not HDF5's: ISA-L is
about ten times as fast as zlib at level 4, holds no lock of Python's, and writes the same format
(RFC 1950). Its output is the same on every x86-64 processor with SSE 4.2; another family of
processors may find other matches, which changes a file's sha1 but not its content digest.
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


def compressed(chunk: np.ndarray, *, shuffle: bool) -> bytes:
    r"""Compress the values of a chunk.

    Parameters
    ----------
    chunk : numpy.ndarray
        Of any shape; taken in C order.
    shuffle : bool
        Whether to sort bytes by their place in a value first, as HDF5's shuffle filter does.

    Examples
    --------
    >>> import zlib
    >>> import numpy as np
    >>> zlib.decompress(compressed(np.array([1, 2], dtype="<u2"), shuffle=True))
    b'\x01\x02\x00\x00'
    """
    import numpy as np
    from isal import isal_zlib

    values = np.ascontiguousarray(chunk)
    if shuffle and values.itemsize > 1:
        values = np.ascontiguousarray(values.reshape(-1).view("u1").reshape(-1, values.itemsize).T)
    raw = values.reshape(-1).view("u1").data
    if values.nbytes < _SMALL:
        return zlib.compress(raw, _ZLIB_LEVEL)
    return isal_zlib.compress(raw, LEVEL)


def padded(chunk: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Fill a chunk that is cut off at the array's end with zeros: HDF5 stores whole ones."""
    import numpy as np

    if chunk.shape == shape:
        return chunk
    whole = np.zeros(shape, dtype=chunk.dtype)
    whole[tuple(slice(size) for size in chunk.shape)] = chunk
    return whole
