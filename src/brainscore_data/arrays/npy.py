"""Arrays as ``numpy.save`` writes them; nothing else opens them."""

from __future__ import annotations

import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.arrays.formats import Key, StoredArray
from brainscore_data.base.bounds import Bound
from brainscore_data.base.door import named, opened
from brainscore_data.base.errors import DataError

if TYPE_CHECKING:
    import numpy as np

#: What numpy answers with to damaged files: it parses their headers as Python.
UNREADABLE = (
    *(ValueError, EOFError, OSError, TypeError, OverflowError),
    *(SyntaxError, tokenize.TokenError, RecursionError, MemoryError),
)

_MAGIC = b"\x93NUMPY"


def mapped(path: Path) -> np.ndarray:
    """Map the array of a file, or raise one of `UNREADABLE`; nothing in it is unpickled.

    What is pickled is refused, and so are files that are shorter than their header says.
    """
    import numpy as np

    most = Bound.HEADER.of()
    with opened(path) as stream:
        _refuse_long_header(stream.read(12), path)
    with named(path) as name:
        values = np.lib.format.open_memmap(name, mode="r", max_header_size=most)
    if values.size and not values.dtype.itemsize:  # any number of them takes no room
        text = "its elements have no bytes"
        raise ValueError(text)
    return values


def _refuse_long_header(start: bytes, path: Path) -> None:
    """Look at how long the header says that it is (NEP 1); numpy reads it whole before it does."""
    size = start[8:10] if start[6:7] == b"\x01" else start[8:12]
    if start.startswith(_MAGIC):
        Bound.HEADER.refuse(int.from_bytes(size, "little"), path)


def open_npy(path: Path) -> StoredArray:
    """Open the array of a file."""
    import numpy as np

    values = _of_numbers(path)
    dtype = values.dtype.newbyteorder("=")  # of this machine

    def read(key: Key) -> np.ndarray:
        # Each part is mapped for itself: the pages of one mapping would stay, and with them in the
        # end the whole file would be in this process's memory.
        return np.array(_of_numbers(path)[key], dtype=dtype)

    return StoredArray(values.shape, dtype, read)


def _of_numbers(path: Path) -> np.ndarray:
    try:
        values = mapped(path)
    except UNREADABLE as error:
        raise DataError(
            f"cannot be read as a plain numpy array: {error}",
            where=str(path),
            hint="save it with np.save(…, allow_pickle=False), and copy it whole",
        ) from error
    if values.dtype.names or values.dtype.kind == "V":
        raise DataError(
            f"the elements are records ({values.dtype}), not numbers",
            where=str(path),
            hint="save the field that is the measurement, and the others as columns of a csv",
        )
    return values
