"""Tables as people export them, read so that no cell changes on the way.

The cells of a csv stay the text that their owner wrote: what is published from them must give
plain ``pd.read_csv`` exactly what the original would have given, and a number that is parsed and
formatted again can differ in its last digit.
"""

from __future__ import annotations

import difflib
import itertools
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brainscore_data.errors import DataError
from brainscore_data.tables.csv_text import opened_csv, refuse_bad_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    import pyarrow as pa

    from brainscore_data.tables.csv_text import CsvText

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


def require_columns(wanted: Iterable[str], there: Collection[str], *, where: str) -> None:
    """Make sure that columns are there.

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
      hint: is it 'Stimulus_ID'? The columns are: 'Stimulus_ID', 'rt'
    """
    for name in wanted:
        if name in there:
            continue
        by_lower = {column.strip().lower(): column for column in there}
        near = difflib.get_close_matches(name.strip().lower(), by_lower, n=2)
        guess = " or ".join(repr(by_lower[column]) for column in near)
        listed = ", ".join(repr(column) for column in itertools.islice(there, 30))
        raise DataError(
            f"there is no column {name!r}",
            where=where,
            hint=f"{f'is it {guess}? ' if guess else ''}The columns are: {listed}",
        )


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
    with opened_csv(path) as text:
        cells, lines = _packed(text)
    notices = text.notices + _skipped_lines(path, text.skipped)
    if text.delimiter != ",":
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
    refuse_bad_names(names, str(path))
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
        raise DataError("the table has no rows", where=str(path))
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


def _packed(text: CsvText) -> tuple[pa.Table, np.ndarray]:
    """Pack the rows; also give the line of each."""
    import numpy as np
    import pyarrow as pa

    schema = pa.schema([(name, pa.large_string()) for name in text.header])
    batches: list[Any] = []
    lines: list[np.ndarray] = []
    while some := list(itertools.islice(text.rows, _ROWS_AT_ONCE)):
        columns = zip(*(row for _, row in some), strict=True)
        arrays = [pa.array(column, pa.large_string()) for column in columns]
        batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
        lines.append(np.array([line for line, _ in some], dtype=np.int64))
    if not batches:
        raise DataError("the table has a header but no rows", where=str(text.path))
    return pa.Table.from_batches(batches, schema), np.concatenate(lines)


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
