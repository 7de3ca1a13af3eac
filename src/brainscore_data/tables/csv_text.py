"""A csv as rows of text, with what every Python has: hooks read tables with it, too."""

from __future__ import annotations

import csv
import itertools
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from brainscore_data.errors import DataError
from brainscore_data.tables.text_encoding import text_encoding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# Far beyond any real cell or line; it keeps a file without line ends from filling the memory.
LONGEST = 1 << 24


@dataclass(frozen=True)
class CsvText:
    """A csv that is open.

    Attributes
    ----------
    path : Path
        The file.
    encoding : str
        As Python calls it.
    delimiter : str
        ``,``, ``;`` or a tab.
    header : tuple of str
        The names of the columns.
    header_line : int
        Where they are, from 1.
    rows : iterator of (int, list of str)
        The line that each row begins on, and its cells, verbatim; as many as the header has.
    notices : tuple of str
        That the encoding is a guess.
    skipped : list of int
        Lines before the last row that are empty; complete when `rows` is at its end.
    """

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    header_line: int
    rows: Iterator[tuple[int, list[str]]]
    notices: tuple[str, ...]
    skipped: list[int]


@contextmanager
def opened_csv(path: Path) -> Iterator[CsvText]:
    """Open a csv, and read its header; see `read_table` for what is understood.

    Raises
    ------
    DataError
        If it cannot be read, is empty or has a bad header; while the rows are taken, if a row
        has more or fewer cells than the header, or quotes do not match.
    """
    try:
        encoding, notices = text_encoding(path)
        with path.open(encoding=encoding, newline="") as stream, _cells_up_to(LONGEST):
            delimiter = _delimiter(stream, path)
            stream.seek(0)
            rows = _rows(stream, path, delimiter)
            first = next(((line, row) for line, row in rows if not _is_blank(row, 2)), None)
            if first is None:
                raise DataError(
                    "the file is empty", where=str(path), hint="it needs a header and rows"
                )
            line, header = first
            refuse_bad_names(header, f"{path}:{line}")
            skipped: list[int] = []
            filled = _filled(rows, path, len(header), delimiter, skipped)
            yield CsvText(path, encoding, delimiter, tuple(header), line, filled, notices, skipped)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", where=str(path)) from error


@contextmanager
def _cells_up_to(size: int) -> Iterator[None]:
    before = csv.field_size_limit(size)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _lines(stream: TextIO, path: Path) -> Iterator[str]:
    for number in itertools.count(1):
        line = stream.readline(LONGEST + 1)
        if not line:
            return
        if len(line) > LONGEST:
            raise DataError("this line is longer than any cell may be", where=f"{path}:{number}")
        if "\0" in line:
            raise DataError(
                "there is a NUL character in this line: this is no csv, or a damaged one",
                where=f"{path}:{number}",
                hint="export the table again as csv with the encoding UTF-8",
            )
        yield line


def _delimiter(stream: TextIO, path: Path) -> str:
    widths: dict[str, list[int]] = {}
    for delimiter in ",;\t":
        stream.seek(0)
        rows = filter(None, csv.reader(_lines(stream, path), delimiter=delimiter))
        widths[delimiter] = []
        with suppress(csv.Error):  # explained when the rows are read in earnest
            widths[delimiter] += (len(row) for row in itertools.islice(rows, 2))
    # A header may hold two of them, "a;size (x, y);b": then the first row decides.
    agreeing = [sign for sign, found in widths.items() if len(set(found)) == 1 and found[0] > 1]
    return max(agreeing or widths, key=lambda sign: widths[sign][:1])


def _rows(stream: TextIO, path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(_lines(stream, path), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for row in reader:
            yield begins, row
            begins = reader.line_num + 1
    except csv.Error as error:
        raise _unreadable(error, f"{path}:{begins}") from error


def _unreadable(error: csv.Error, where: str) -> DataError:
    if "unexpected end" in str(error):
        return DataError(
            'a quote (") opens in this row and never closes',
            where=where,
            hint='close it; a cell that begins with a quote of its own is written """like this"""',
        )
    if "expected after" in str(error):
        return DataError(
            "there is text after a closing quote",
            where=where,
            hint='quotes inside of a quoted cell are doubled: "he said ""yes"""',
        )
    return DataError(
        f"a cell in this row has more than {LONGEST} characters",
        where=where,
        hint="is a quote open?",
    )


def _filled(
    rows: Iterator[tuple[int, list[str]]],
    path: Path,
    width: int,
    delimiter: str,
    skipped: list[int],
) -> Iterator[tuple[int, list[str]]]:
    blank: list[int] = []
    for line, row in rows:
        if _is_blank(row, width):
            blank.append(line)
            continue
        if len(row) != width:
            raise DataError(
                f"this row has {len(row)} cells and the header has {width}",
                where=f"{path}:{line}",
                hint=f"cells that hold a {delimiter!r} need quotes around them"
                if len(row) > width
                else "add what is missing; an empty cell needs its delimiter, too",
            )
        skipped += blank
        blank.clear()  # those at the end of the file are no gap in the data
        yield line, row


def _is_blank(row: Sequence[str], width: int) -> bool:
    return not row or (len(row) == 1 < width and not row[0].strip(" \t"))


def refuse_bad_names(names: Sequence[str], where: str) -> None:
    """Make sure that every column has a name of its own.

    Raises
    ------
    DataError
        For the first that has none, or that of another one.
    """
    for number, name in enumerate(names, 1):
        if not name.strip():
            raise DataError(
                f"column {number} has no name",
                where=where,
                hint="do the lines end in a delimiter? Then remove it"
                if number == len(names) > 1
                else "if it is pandas' index, write the table with to_csv(…, index=False)",
            )
        if name in names[: number - 1]:
            raise DataError(f"two columns are called {name!r}", where=where, hint="rename one")
