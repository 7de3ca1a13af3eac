"""A csv in which cells are changed and everything else stays as its owner wrote it.

Encoding, byte-order mark, delimiter, quotes, line ends and empty lines are kept, byte for byte.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from brainscore_data.base.errors import DataError
from brainscore_data.base.files import write_like
from brainscore_data.base.read_once import opened
from brainscore_data.tables.csv_text import opened_csv

Edit = Callable[[tuple[str, ...]], tuple[str, ...]]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class _WrittenRow:
    """A row as it is written: its cells with their quotes, and how the line ends."""

    cells: tuple[str, ...]
    end: str
    is_row: bool


@dataclass(frozen=True)
class EditableCsv:
    """A csv to change."""

    path: Path
    columns: tuple[str, ...]
    _mark: bytes
    _codec: str
    _delimiter: str
    _records: tuple[_WrittenRow, ...]

    def column(self, name: str) -> list[str]:
        """Give the cells of a column, without the header."""
        at = self.columns.index(name)
        rows = [record for record in self._records if record.is_row]
        return [_read(record.cells[at]) for record in rows[1:]]

    def with_column(self, name: str, cells: Sequence[str]) -> EditableCsv:
        """Change a column."""
        at = self.columns.index(name)
        fresh = iter((name, *cells))
        return self._edited(
            lambda row: (
                *row[:at],
                self._written(row[at], next(fresh)),
                *row[at + 1 :],
            )
        )

    def with_new_column(self, name: str, cells: Sequence[str], *, after: str) -> EditableCsv:
        """Add a column behind another one."""
        at = self.columns.index(after) + 1
        fresh = iter((name, *cells))
        edited = self._edited(lambda row: (*row[:at], self._written("", next(fresh)), *row[at:]))
        return replace(edited, columns=(*self.columns[:at], name, *self.columns[at:]))

    def with_first(self, names: Sequence[str]) -> EditableCsv:
        """Move columns to the front, in this order."""
        first = [self.columns.index(name) for name in names]
        order = [*first, *(at for at in range(len(self.columns)) if at not in first)]
        edited = self._edited(lambda row: tuple(row[at] for at in order))
        return replace(edited, columns=tuple(self.columns[at] for at in order))

    def write(self, *, like: Path) -> None:
        """Write the file anew, whole or not at all, for those who may read `like`."""
        text = "".join(self._delimiter.join(record.cells) + record.end for record in self._records)
        write_like(like, self.path, self._mark + text.encode(self._codec))

    def _edited(self, edit: Edit) -> EditableCsv:
        records = tuple(
            replace(record, cells=edit(record.cells)) if record.is_row else record
            for record in self._records
        )
        return replace(self, _records=records)

    def _written(self, before: str, cell: str) -> str:
        if _read(before) == cell:
            return before
        if before.startswith('"') or re.search(rf'["\r\n{self._delimiter}]', cell):
            return '"{}"'.format(cell.replace('"', '""'))
        return cell


def editable_csv(path: Path) -> EditableCsv:
    """Read a csv to change it; a `DataError` if taking it apart does not give the rows as read."""
    with opened_csv(path) as csv:
        header, delimiter, encoding = csv.header, csv.delimiter, csv.encoding
        read = [list(header), *(row for _, row in csv.rows)]
    with opened(path) as stream:
        content = stream.read()
    found = next((mark for mark in _MARKS if content.startswith(mark[0])), (b"", encoding))
    text = content[len(found[0]) :].decode(found[1])
    records = _records(text, delimiter, len(header))
    if [[_read(cell) for cell in record.cells] for record in records if record.is_row] != read:
        raise DataError(
            "this csv is written in a way that cannot be changed cell by cell", where=str(path)
        )
    return EditableCsv(path, header, *found, delimiter, tuple(records))


def _records(text: str, delimiter: str, width: int) -> list[_WrittenRow]:
    cell = re.compile(rf'("[^"]*(?:""[^"]*)*"|[^{delimiter}\r\n]*)({delimiter}|\r\n|\n|\r|\Z)')
    records: list[_WrittenRow] = []
    cells: list[str] = []
    at, is_open, has_header = 0, False, False
    while at < len(text) or is_open:
        found = cell.match(text, at)
        if found is None:
            return []  # not as the csv module reads it
        cells.append(found[1])
        at, is_open = found.end(), found[2] == delimiter
        if not is_open:
            is_row = not _is_blank(cells, width if has_header else 2)
            has_header |= is_row
            records.append(_WrittenRow(tuple(cells), found[2], is_row))
            cells = []
    return records


def _is_blank(cells: Sequence[str], width: int) -> bool:
    # As in `tables.csv_text`; a cell in quotes is never blank there.
    return len(cells) == 1 and (not cells[0] or (width > 1 and not cells[0].strip(" \t")))


def _read(written: str) -> str:
    return written[1:-1].replace('""', '"') if written.startswith('"') else written
