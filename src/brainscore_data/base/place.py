"""Where something is: one record for errors, findings and what is handed on between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath


@dataclass(frozen=True)
class Place:
    """Where something is.

    >>> print(Place("dataset.toml", 12, entry="[[assembly]] 1: data"))
    dataset.toml:12 ([[assembly]] 1: data)
    """

    # As the user would type it: relative to the working directory where that is shorter. Or another
    # name: of a store, a setting, an assembly that no file holds yet.
    file: str
    line: int | None = None  # from 1; of a table, the physical line that a row begins on
    item: str | None = None  # what has no line: a column, a coordinate, a member of a zip
    row: int | None = None  # from 1, of a table that has no lines
    entry: str | None = None  # of a manifest: the table and the key; of a zip: the member

    @property
    def within(self) -> str | None:
        """What of the file it is, but for the line."""
        row = None if self.row is None else f"row {self.row}"
        return ": ".join(filter(None, (row, self.entry, self.item))) or None

    def __str__(self) -> str:
        return self._on_line + (f" ({self.within})" if self.within else "")

    @property
    def _on_line(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def in_text(self) -> str:
        """Write it as errors begin, and as it stands in a sentence.

        >>> Place("trials.parquet", row=60).in_text()
        'trials.parquet, row 60'
        """
        row = "" if self.row is None else f", row {self.row}"
        entry = f": {self.entry}" if self.entry else ""
        return self._on_line + row + entry + (f", {self.item}" if self.item else "")

    def inside(self, entry: str) -> Place:
        """Give the place of an entry inside of this one."""
        return replace(self, entry=f"{self.entry}: {entry}" if self.entry else entry)

    def is_below(self, folder: PurePath) -> bool:
        """Say whether its file is this one, or in this folder."""
        return PurePath(self.file).is_relative_to(folder)

    def moved(self, before: PurePath, after: PurePath) -> Place:
        """Give the place in another folder, or in a file of another name; else give it as it is.

        >>> print(Place("/tmp/x/new/a.nc", 3).moved(PurePath("/tmp/x/new"), PurePath("bundle")))
        bundle/a.nc:3
        """
        if not self.is_below(before):
            return self
        return replace(self, file=str(after / PurePath(self.file).relative_to(before)))
