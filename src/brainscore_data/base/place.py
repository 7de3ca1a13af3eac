"""Where a problem is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where something is.

    Attributes
    ----------
    file : str
        As the user would type it: relative to the working directory where that is shorter.
    line : int or None
        From 1; of a table, the physical line that a row begins on.
    item : str or None
        What has no line: a column, a coordinate, a manifest's table and key, a zip's member.
    """

    file: str
    line: int | None = None
    item: str | None = None

    def __str__(self) -> str:
        placed = self.file if self.line is None else f"{self.file}:{self.line}"
        return placed if self.item is None else f"{placed} ({self.item})"
