"""Tables as people export them, read so that no cell changes on the way.

The cells of a csv stay the text that their owner wrote: what is published from them must give
plain ``pd.read_csv`` exactly what the original would have given, and a number that is parsed and
formatted again can differ in its last digit.
"""

from __future__ import annotations

import csv
import difflib
import itertools
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from brainscore_data.errors import DataError
from brainscore_data.tables.text_encoding import text_encoding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    import pyarrow as pa

# Far beyond any real cell or line; it keeps a file without line ends from filling the memory.
LONGEST = 1 << 24
# Rows that are Python strings at the same time; the rest is packed in pyarrow's buffers.
_ROWS_AT_ONCE = 1 << 15


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of a csv, as text, or of a parquet file, as they are typed there.

    Attributes
    ----------
    path : Path
        The file.
    cells : pyarrow.Table
        For a csv, large strings: the text of each cell, verbatim and never null.
    lines : np.ndarray or None
        Shape (rows,), int64: the line of the file on which each row of a csv begins, counted
        from 1 and with the line breaks inside of quotes. For parquet None, or after `kept` too.
    notices : tuple of str
        What was not as expected, and what was made of it.
    rows : np.ndarray or None
        Shape (rows,), int64: for rows of a parquet file, their numbers in it, counted from 1.
    """

    path: Path
    cells: pa.Table
    lines: np.ndarray | None
    notices: tuple[str, ...] = ()
    rows: np.ndarray | None = None

    def __len__(self) -> int:
        return int(self.cells.num_rows)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in the file's order."""
        return tuple(self.cells.column_names)

    @property
    def is_typed(self) -> bool:
        """Whether the file itself says what type a column has, as parquet does."""
        return self.lines is None

    def place(self, row: int) -> str:
        """Say where in the file a row is, for an error's `where`."""
        if self.lines is not None:
            return f"{self.path}:{self.lines[row]}"
        return f"{self.path}, row {row + 1 if self.rows is None else self.rows[row]}"

    def texts(self, column: str) -> list[str]:
        """Give a column as text: the cells of a csv verbatim; of parquet, ``str`` of each value.

        A null becomes the empty text.
        """
        cells = self.cells[column].to_pylist()
        return ["" if cell is None else str(cell) for cell in cells] if self.is_typed else cells

    def kept(self, mask: np.ndarray) -> Table:
        """Give the rows for which a boolean array of shape (rows,) is true."""
        import numpy as np
        import pyarrow as pa

        rows = np.arange(1, len(self) + 1) if self.rows is None else self.rows
        return Table(
            path=self.path,
            cells=self.cells.filter(pa.array(mask)),
            lines=None if self.lines is None else self.lines[mask],
            notices=self.notices,
            rows=rows[mask] if self.is_typed else None,
        )


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
            cells, lines, skipped = _packed(_rows(stream, path, delimiter), path, delimiter)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", where=str(path)) from error
    notices += _skipped_lines(path, skipped)
    if delimiter != ",":
        notices += _decimal_commas(path, cells)
    return Table(path, cells, lines, notices)


def parquet_columns(path: Path) -> tuple[str, ...]:
    """Name the columns of a parquet file, without reading them.

    Raises
    ------
    DataError
        If it cannot be read, or a column is there twice or has no name.
    """
    with _opened_parquet(path) as file:
        names = tuple(file.schema_arrow.names)
    _refuse_bad_names(names, str(path))
    return names


def read_parquet(path: Path, columns: Collection[str] | None = None) -> Table:
    """Read a parquet file, all of it or only some columns.

    Raises
    ------
    DataError
        If it cannot be read, has no rows, or a column is not there.
    """
    there = parquet_columns(path)
    wanted = list(there if columns is None else columns)
    require_columns(wanted, there, where=str(path))
    with _opened_parquet(path) as file:
        cells = file.read(columns=wanted)
    if not cells.num_rows:
        raise DataError("the table has no rows", where=str(path), hint="was it exported whole?")
    return Table(path, cells, lines=None)


@contextmanager
def _opened_parquet(path: Path) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            yield file
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(
            f"cannot be read as parquet: {error}",
            where=str(path),
            hint="make sure that it was copied or downloaded whole",
        ) from error


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


def _packed(
    rows: Iterator[tuple[int, list[str]]], path: Path, delimiter: str
) -> tuple[pa.Table, np.ndarray, list[int]]:
    """Check the rows and pack them; also give the line of each, and of the skipped ones."""
    import numpy as np
    import pyarrow as pa

    first = next(((line, row) for line, row in rows if not _is_blank(row, 2)), None)
    if first is None:
        raise DataError("the file is empty", where=str(path), hint="it needs a header and rows")
    line, header = first
    _refuse_bad_names(header, f"{path}:{line}")
    schema = pa.schema([(name, pa.large_string()) for name in header])
    batches: list[Any] = []
    lines: list[np.ndarray] = []
    skipped: list[int] = []
    filled = _filled(rows, path, len(header), delimiter, skipped)
    while some := list(itertools.islice(filled, _ROWS_AT_ONCE)):
        columns = zip(*(row for _, row in some), strict=True)
        arrays = [pa.array(column, pa.large_string()) for column in columns]
        batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
        lines.append(np.array([line for line, _ in some], dtype=np.int64))
    if not batches:
        raise DataError(
            "the table has a header but no rows",
            where=str(path),
            hint="was it exported whole? It needs a row for each element",
        )
    return pa.Table.from_batches(batches, schema), np.concatenate(lines), skipped


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


def _refuse_bad_names(names: Sequence[str], where: str) -> None:
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


def _decimal_commas(path: Path, cells: pa.Table) -> tuple[str, ...]:
    import pyarrow.compute as pc

    notices = []
    for name in cells.column_names:
        filled = cells[name].filter(pc.not_equal(cells[name], ""))
        numbers = pc.match_substring_regex(filled, r"^\s*[+-]?\d+(,\d+)?\s*$")
        commas = pc.match_substring(filled, ",")
        if pc.any(commas).as_py() and pc.all(numbers).as_py():
            notices.append(
                f"{path.name}: column {name!r} has decimal commas and stays text; "
                "export it with decimal points if it holds numbers"
            )
    return tuple(notices)
