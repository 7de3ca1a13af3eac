"""How much of what a file declares is parsed: one table, looked at before a library begins.

A few bytes can declare terabytes, or circles. What is here is far above what data has, and grows with
the file where that of honest files does; one setting raises all of it.
"""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path

from brainscore_data.base.errors import DataError, UsageError

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
    COLUMNS = "columns", 10_000, 0
    NESTED_TYPES = "lists or records in one another", 32, 0
    # Repeated cells take no room, so a real table of 20 million rows can be as small as this file.
    ROWS = "rows", 32_000_000, 4
    CELLS = "cells", 512_000_000, 64
    # The largest single files of the field have about five.
    DOWNLOAD = "bytes", 64 * _GIB, 0

    def of(self, size: int = 0) -> int:
        """Give how much there may be in a file of so many bytes."""
        _, most, each = self.value
        return (most + each * size) * whole_number(SETTING, 1)

    def exceeded(self, path: Path | str, most: int) -> DataError:
        """Say that there is more than that in a file."""
        return DataError(
            f"it has more than {most} {self.value[0]}",
            where=str(path),
            hint=f"if you trust the file and it needs more, set {SETTING} to 10: it multiplies "
            "such limits",
        )

    def refuse(self, found: int, path: Path | str, size: int = 0) -> None:
        """Refuse a file that has more.

        Examples
        --------
        >>> Bound.GROUPS.refuse(64, "a.nc")
        >>> Bound.GROUPS.refuse(65, "a.nc")
        Traceback (most recent call last):
        brainscore_data.base.errors.DataError: a.nc: it has more than 64 groups
          hint: if you trust the file and it needs more, set BRAINSCORE_DATA_LARGER to 10: it multiplies such limits
        """
        most = self.of(size)
        if found > most:
            raise self.exceeded(path, most)


def whole_number(name: str, default: int) -> int:
    """Read a setting of the environment that is a whole number above zero."""
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 1 << 20):
        raise UsageError(f"{text!r} is no whole number above zero", where=name)
    return int(text)
