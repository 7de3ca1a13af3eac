"""Arrays as ``numpy.save`` writes them; nothing else opens them."""

from __future__ import annotations

import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.base.door import named

if TYPE_CHECKING:
    import numpy as np

#: What numpy answers with to damaged files: it parses their headers as Python.
UNREADABLE = (
    *(ValueError, EOFError, OSError, TypeError, OverflowError),
    *(SyntaxError, tokenize.TokenError, RecursionError, MemoryError),
)


def mapped(path: Path) -> np.ndarray:
    """Map the array of a file, or raise one of `UNREADABLE`; nothing in it is unpickled.

    What is pickled is refused, and so are files that are shorter than their header says.
    """
    import numpy as np

    with named(path) as name:
        values = np.lib.format.open_memmap(name, mode="r")
    if values.size and not values.dtype.itemsize:  # any number of them takes no room
        text = "its elements have no bytes"
        raise ValueError(text)
    return values
