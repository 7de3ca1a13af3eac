"""Tables as people export them, read so that no cell changes on the way.

The cells of a csv stay the text that their owner wrote: what is published from them must give
plain ``pd.read_csv`` exactly what the original would have given, and a number that is parsed and
formatted again can differ in its last digit.
"""

from __future__ import annotations

import csv
import difflib
import itertools
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from brainscore_data.errors import DataError
from brainscore_data.tables.text_encoding import text_encoding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    import numpy as np

# Far beyond any real cell or line; it keeps a file without line ends from filling the memory.
LONGEST = 1 << 24
# Rows whose cells are strings of their own at the same time.
_ROWS_AT_ONCE = 1 << 13
_NUMBER = re.compile(r"\s*[+-]?\d+(,\d+)?\s*")


class Rows(Protocol):
    """What the tables of all formats have in common."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in the file's order."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What was not as expected, and what was made of it."""

    def __len__(self) -> int: ...

    def place(self, row: int) -> str:
        """Say where in the file a row is, for an error's `where`."""

    def texts(self, column: str) -> list[str]:
        """Give the cells of a column as text; nothing is the empty text."""

    def kept(self, mask: np.ndarray) -> Self:
        """Give the rows, one at least, for which a bool array of shape (rows,) is true."""


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of a csv, one at least, as text.

    Attributes
    ----------
    path : Path
        The file.
    columns : tuple of str
        Their names, in the file's order.
    pieces : tuple of tuple of str
        For each column its cells, verbatim, a piece for some thousand rows: joined with NUL,
        which no cell holds, because a million strings take ten times the memory of their text.
    lines : np.ndarray
        Shape (rows,), int64: the line on which each row begins, counted from 1; a line break in
        quotes counts as it does in an editor.
    notices : tuple of str
        What was not as expected, and what was made of it.
    """

    path: Path
    columns: tuple[str, ...]
    pieces: tuple[tuple[str, ...], ...]
    lines: np.ndarray
    notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.lines)

    def place(self, row: int) -> str:
        """Say where in the file a row is, for an error's `where`."""
        return f"{self.path}:{self.lines[row]}"

    def texts(self, column: str) -> list[str]:
        """Give the cells of a column, verbatim."""
        return "\0".join(self.pieces[self.columns.index(column)]).split("\0")

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Go through the rows, each a tuple with a cell for each column."""
        for some in zip(*self.pieces, strict=True):
            yield from zip(*(piece.split("\0") for piece in some), strict=True)

    def kept(self, mask: np.ndarray) -> Table:
        """Give the rows, one at least, for which a bool array of shape (rows,) is true."""
        pieces = tuple(
            ("\0".join(itertools.compress(self.texts(column), mask)),) for column in self.columns
        )
        return replace(self, pieces=pieces, lines=self.lines[mask])


def require_columns(
    wanted: Iterable[str], there: Collection[str], *, where: str, asked_by: str | None = None
) -> None:
    """Make sure that columns are there.

    Parameters
    ----------
    wanted, there : collection of str
        Names of columns.
    where : str
        The file, for the error.
    asked_by : str, optional
        The key of dataset.toml that names them; the program itself unless given.

    Raises
    ------
    DataError
        For the first that is not, with the names that come closest.

    Examples
    --------
    >>> require_columns(["stimulus_id"], ["Stimulus_ID", "rt"], where="trials.csv")
    Traceback (most recent call last):
        ...
    brainscore_data.errors.DataError: trials.csv: there is no column 'stimulus_id'
      hint: is it 'Stimulus_ID'? Rename or add the column; there are: 'Stimulus_ID', 'rt'
    """
    for name in wanted:
        if name in there:
            continue
        by_lower = {column.strip().lower(): column for column in there}
        near = difflib.get_close_matches(name.strip().lower(), by_lower, n=2)
        guess = " or ".join(repr(by_lower[column]) for column in near)
        listed = ", ".join(repr(column) for column in itertools.islice(there, 30))
        message, remedy = f"there is no column {name!r}", "rename or add the column"
        if asked_by is not None:
            message += f", which `{asked_by}` asks for"
            remedy = f"correct `{asked_by}` in dataset.toml"
        hint = f"is it {guess}? {remedy.capitalize()}" if guess else remedy
        raise DataError(message, where=where, hint=f"{hint}; there are: {listed}")


def read_table(path: Path) -> Table:
    """Read a csv.

    The delimiter is ``,``, ``;`` or a tab, whichever the header has. The text is UTF-8, UTF-16 or
    UTF-32 with a byte-order mark, or else Windows-1252 (which Latin-1 text is, too), and then a
    notice says so. Lines end in LF, CRLF or CR; cells in quotes may hold line breaks. Empty
    lines are skipped, as pandas skips them.

    Raises
    ------
    DataError
        If the file cannot be read, has no header or no rows, a column has no name or that of
        another one, a row has more or fewer cells than the header, or quotes do not match.
    """
    try:
        encoding, notices = text_encoding(path)
        with path.open(encoding=encoding, newline="") as stream, _cells_up_to(LONGEST):
            delimiter = _delimiter(stream, path)
            stream.seek(0)
            table = _packed(_rows(stream, path, delimiter), path, delimiter)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if delimiter != ",":
        notices += _decimal_commas(table)
    return replace(table, notices=(*notices, *table.notices))


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


def _packed(rows: Iterator[tuple[int, list[str]]], path: Path, delimiter: str) -> Table:
    import numpy as np

    first = next(((line, row) for line, row in rows if not _is_blank(row, 2)), None)
    if first is None:
        raise DataError("the file is empty", where=str(path), hint="it needs a header and rows")
    line, header = first
    refuse_bad_names(header, f"{path}:{line}")
    pieces: list[list[str]] = [[] for _ in header]
    lines: list[np.ndarray] = []
    skipped: list[int] = []
    filled = _filled(rows, path, len(header), delimiter, skipped)
    while some := list(itertools.islice(filled, _ROWS_AT_ONCE)):
        for column, cells in zip(pieces, zip(*(row for _, row in some), strict=True), strict=True):
            column.append("\0".join(cells))
        lines.append(np.array([line for line, _ in some], dtype=np.int64))
    if not lines:
        raise DataError(
            "the table has a header but no rows",
            where=str(path),
            hint="was it exported whole? It needs a row for each element",
        )
    return Table(
        path=path,
        columns=tuple(header),
        pieces=tuple(map(tuple, pieces)),
        lines=np.concatenate(lines),
        notices=_skipped_lines(path, skipped),
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
    """Make sure that each column has a name, and one of its own."""
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


def _skipped_lines(path: Path, skipped: Sequence[int]) -> tuple[str, ...]:
    if not skipped:
        return ()
    count = "an empty line was" if len(skipped) == 1 else f"{len(skipped)} empty lines were"
    return (f"{path.name}: {count} skipped, the first is line {skipped[0]}",)


def _decimal_commas(table: Table) -> tuple[str, ...]:
    return tuple(
        f"{table.path.name}: column {column!r} has decimal commas and stays text; "
        "export it with decimal points if it holds numbers"
        for column, pieces in zip(table.columns, table.pieces, strict=True)
        if any("," in piece for piece in pieces)
        and all(_NUMBER.fullmatch(cell) for cell in table.texts(column) if cell)
    )
