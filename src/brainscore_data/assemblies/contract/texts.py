"""The texts of a coordinate as the few different ones, and which of them each value is.

Most coordinates repeat a few texts many times. They are told apart once; what is stored and the
content digest come from the few.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainscore_data.assemblies.contract.variables import SLAB, Variable, slabs

if TYPE_CHECKING:
    import numpy as np

#: What a short Python string takes in memory, roughly.
BYTES_PER_TEXT = 64
# Positions in a table of this size take two bytes. Texts that differ more, or that are so many that
# their positions fill two slabs, are told apart slab by slab, twice, instead of being kept.
_KEPT = 1 << 16
_MOST_KEPT = SLAB  # positions
# Of fewer texts it takes pandas longer to begin than a dictionary takes in all.
_FEW = 1 << 12


@dataclass(frozen=True)
class Texts:
    """An array of texts."""

    codes: np.ndarray  # of the array's shape: for each value the position of its text
    table: list[str]  # the different texts

    @property
    def size(self) -> int:
        """The number of values."""
        return self.codes.size

    def __getitem__(self, index: slice) -> Texts:
        """Take a slice of the first axis; of an array without axes, all of it."""
        return Texts(self.codes[index] if self.codes.ndim else self.codes, self.table)

    def characters(self, width: int) -> np.ndarray:
        """Give the UTF-8 bytes of each text as a last axis of length `width`, zeros at its end."""
        import numpy as np

        ascii_only = "".join(self.table).isascii()
        encoded = self.table if ascii_only else [text.encode() for text in self.table]
        table: np.ndarray = np.array(encoded, dtype=f"S{width}")
        shape = (*self.codes.shape, width)
        return table.take(self.codes.reshape(-1)).view("S1").reshape(shape)

    def values(self) -> list[str]:
        """List the texts in C order."""
        import numpy as np

        table: np.ndarray = np.empty(len(self.table), dtype=object)
        table[:] = self.table
        listed: list[str] = table.take(self.codes.reshape(-1)).tolist()
        return listed


@dataclass(frozen=True)
class Survey:
    """What all the texts of a variable have in common."""

    width: int  # the most bytes of UTF-8 that one of them has; at least 1
    total: int  # the bytes of all
    texts: Texts | None  # themselves, if there are few enough different ones


def distinct(values: np.ndarray) -> Texts:
    """Find the different texts of an array.

    Examples
    --------
    >>> import numpy as np
    >>> found = distinct(np.array(["V4", "IT", "V4"], dtype=object))
    >>> found.codes.tolist(), found.table
    ([0, 1, 0], ['V4', 'IT'])
    """
    import numpy as np

    if values.size < _FEW:
        listed = values.reshape(-1).tolist()
        table = list(dict.fromkeys(listed))
        places = dict(zip(table, range(len(table)), strict=True))
        found = np.fromiter(map(places.__getitem__, listed), dtype="i8", count=len(listed))
        return Texts(found.reshape(values.shape), table)
    import pandas as pd

    codes, texts = pd.factorize(values.reshape(-1))
    return Texts(codes.reshape(values.shape), texts.tolist())


def survey(variable: Variable) -> Survey:
    """Read all texts of a variable once, slab by slab."""
    import numpy as np

    width, total = 1, 0  # netCDF has no dimension of fixed length 0
    positions: dict[str, int] = {}
    parts: list[np.ndarray] | None = [] if variable.size <= _MOST_KEPT else None
    for index in slabs(variable.shape, BYTES_PER_TEXT):
        found = distinct(variable.read(index))
        lengths = np.array(_lengths(found.table))
        width = max(width, int(lengths.max()))
        total += int(lengths.take(found.codes).sum())
        if parts is not None and len(found.table) + len(positions) <= _KEPT:
            if not positions:
                positions = {text: place for place, text in enumerate(found.table)}
                parts.append(found.codes.astype("u2"))
                continue
            place = [positions.setdefault(text, len(positions)) for text in found.table]
            parts.append(np.array(place, dtype="u2").take(found.codes))
        else:
            parts = None
    kept = Texts(np.concatenate(parts), list(positions)) if parts and variable.shape else None
    return Survey(width, total, kept)


def _lengths(texts: list[str]) -> list[int]:
    """Count the bytes of UTF-8 of each text."""
    if "".join(texts).isascii():
        return list(map(len, texts))
    return [len(text.encode()) for text in texts]
