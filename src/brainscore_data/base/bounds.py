"""How much of what a file declares is parsed: one table, looked at before a library begins.

A few bytes can declare terabytes, or circles. What is here is far above what data has, and grows with
the file where that of honest files does; one setting raises all of it.
"""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.place import Place

#: The setting that raises all bounds: how many times as much is let through.
SETTING = "BRAINSCORE_DATA_LARGER"

_MIB, _GIB = 1 << 20, 1 << 30


class Bound(Enum):
    """What is bounded: in which words, how much of it, and how much more for each byte of the file."""

    # netCDF-C and xarray take about a millisecond for each; assemblies have some dozens.
    OBJECTS = "groups and variables", 10_000, 0
    # Each is opened for itself, and each time all of them are looked at.
    GROUPS = "groups", 64, 0
    # netCDF-C goes down by recursion, and a name grows with its depth.
    NESTED_GROUPS = "groups in one another", 64, 0
    ATTRIBUTES = "attributes", 100_000, 0
    # Whoever writes texts stores each for itself, so honest ones have no more bytes than the file.
    TEXTS = "bytes of text, as one text is referred to again and again", 256 * _MIB, 16
    # It cannot be read in parts.
    ATTRIBUTE = "bytes in one attribute", 256 * _MIB, 0
    # Of every column pandas and readers make an object of its own, and a coordinate: 10,000 take
    # them seconds, 100,000 do not come to an end.
    COLUMNS = "columns", 10_000, 0
    NESTED_TYPES = "lists or records in one another", 32, 0
    # Repeated cells take no room, so a real table of 20 million rows can be as small as this file.
    ROWS = "rows", 32_000_000, 4
    CELLS = "cells", 512_000_000, 64
    # Of 20 bytes in each row of a table that takes almost no room; with numbers in it, it takes more.
    WORDS = "bytes of text, as its words are referred to again and again", 512 * _MIB, 64
    # Parsed as a whole; of 10,000 columns it has five million.
    FOOTER = "bytes in its footer", 16 * _MIB, 1 / 8
    # What deflate reaches at most is a thousand times as much, and no file of data comes near.
    UNPACKED = "bytes once unpacked", 8 * _GIB, 64
    # Each takes 760 bytes of memory, however small it is.
    MEMBERS = "members", 250_000, 1 / (1 << 16)
    # numpy parses it as Python; those of numbers have 128.
    HEADER = "bytes in its header", 10_000, 0
    # openpyxl takes fifty times as much for it, and a minute.
    SHEETS = "bytes in its sheets once unpacked", 128 * _MIB, 0
    # Deflate makes at most 1032 bytes of one, and MATLAB keeps small whole numbers in a byte each.
    VALUES = "values", _MIB, 1100
    # Each is looked up for itself: ten thousand a second.
    REFERENCES = "texts and values in cells", 1_000_000, 0
    # The largest single files of the field have about five.
    DOWNLOAD = "bytes", 64 * _GIB, 0

    def of(self, size: int = 0) -> int:
        """Give how much there may be in a file of so many bytes."""
        _, most, each = self.value
        return int(most + each * size) * whole_number(SETTING, 1)

    def exceeded(self, where: Place | Path | str, most: int) -> DataError:
        """Say that there is more than that in a file."""
        return DataError(
            f"it has more than {most} {self.value[0]}",
            where=where if isinstance(where, Place) else str(where),
            hint=f"if you trust the file and it needs more, set {SETTING} to 10: it multiplies "
            "such limits",
        )

    def refuse(self, found: int, where: Place | Path | str, size: int = 0) -> None:
        """Refuse a file that has more.

        >>> Bound.GROUPS.refuse(64, "a.nc")
        >>> Bound.GROUPS.refuse(65, "a.nc")
        Traceback (most recent call last):
        brainscore_data.base.errors.DataError: a.nc: it has more than 64 groups
          hint: if you trust the file and it needs more, set BRAINSCORE_DATA_LARGER to 10: it multiplies such limits
        """
        most = self.of(size)
        if found > most:
            raise self.exceeded(where, most)


def whole_number(name: str, default: int) -> int:
    """Read a setting of the environment that is a whole number above zero."""
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 1 << 20):
        raise UsageError(f"{text!r} is not a whole number above zero", where=name)
    return int(text)
