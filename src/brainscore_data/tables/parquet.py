"""Tables in parquet files, which say themselves what type a column has."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from brainscore_data.errors import DataError, UsageError
from brainscore_data.tables.columns import (
    column_notice,
    floats_with_gaps,
    without_gaps,
    without_values,
)
from brainscore_data.tables.table import refuse_bad_names, require_columns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    import numpy as np
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class ParquetTable:
    """Rows of a parquet file, one at least.

    Attributes
    ----------
    path : Path
        The file.
    cells : pyarrow.Table
        The values, as they are typed in the file.
    numbers : np.ndarray
        Shape (rows,), int64: which row of the file each is, counted from 1.
    notices : tuple of str
        What was not as expected, and what was made of it.
    """

    path: Path
    cells: pa.Table
    numbers: np.ndarray
    notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in the order in which they were read."""
        return tuple(self.cells.column_names)

    def place(self, row: int) -> str:
        """Say where in the file a row is, for an error's `where`."""
        return f"{self.path}, row {self.numbers[row]}"

    def values(self, column: str) -> list[object]:
        """Give the values of a column as Python's own; a null is None."""
        return list(self.cells[column].to_pylist())

    def texts(self, column: str) -> list[str]:
        """Give ``str`` of each value of a column; a null is the empty text.

        Raises
        ------
        DataError
            If there is a NUL character, which neither a csv nor a content digest can hold.
        """
        texts = ["" if value is None else str(value) for value in self.values(column)]
        for row, text in enumerate(texts):
            if "\0" in text:
                raise DataError(
                    f"there is a NUL character in column {column!r}", where=self.place(row)
                )
        return texts

    def kept(self, mask: np.ndarray) -> ParquetTable:
        """Give the rows, one at least, for which a bool array of shape (rows,) is true."""
        import pyarrow as pa

        return replace(self, cells=self.cells.filter(pa.array(mask)), numbers=self.numbers[mask])


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


def read_parquet(path: Path, columns: Collection[str] | None = None) -> ParquetTable:
    """Read a parquet file, all of it or only some columns.

    Raises
    ------
    DataError
        If it cannot be read, has no rows, or a column is not there.
    """
    import numpy as np

    there = parquet_columns(path)
    wanted = list(there if columns is None else columns)
    require_columns(wanted, there, where=str(path))
    with _opened_parquet(path) as file:
        cells = file.read(columns=wanted)
    if not cells.num_rows:
        raise DataError("the table has no rows", where=str(path), hint="was it exported whole?")
    return ParquetTable(path, cells, np.arange(1, cells.num_rows + 1, dtype=np.int64))


@contextmanager
def _opened_parquet(path: Path) -> Iterator[Any]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:  # pyarrow 26 does not say so to pip, but needs numpy 2
        raise UsageError(
            f"parquet files cannot be read here: {error}",
            where=str(path),
            hint="with numpy 1, run: pip install 'pyarrow<26'; or save the table as csv",
        ) from error
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(
            f"cannot be read as parquet: {error}",
            where=str(path),
            hint="make sure that it was copied or downloaded whole",
        ) from error


def typed_parquet_column(
    table: ParquetTable, column: str, *, missing: str | None
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Give a column as an array, of the type that the file says it has.

    Parameters
    ----------
    table : ParquetTable
        The table.
    column : str
        The name of one of its columns.
    missing : str or None
        What a null in a text column becomes.

    Returns
    -------
    values : np.ndarray
        Shape (rows,): numbers (nulls are NaN), bool, datetime64[ns], or object with str.
    notices : tuple of str
        Where a type changed.

    Raises
    ------
    DataError
        If a boolean, or a text while `missing` is None, is null, or the type is one that a
        coordinate cannot have.
    """
    import numpy as np
    import pyarrow as pa

    cells = table.cells[column]
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    kind = cells.type
    gaps = np.asarray(cells.is_null().to_numpy(), dtype=bool)
    if str(kind) in {"string", "large_string", "string_view"}:
        values = np.array(table.texts(column), dtype=object)
        values, notices = without_gaps(table, column, values, gaps, missing)
    elif gaps.all():
        values, notices = without_values(table, column, missing)
    elif pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        values, notices = _times(table, column, cells)
    elif pa.types.is_integer(kind) and gaps.any():
        values = cells.cast(pa.float64(), safe=False).to_numpy()
        notices = (floats_with_gaps(table, column, values),)
    elif pa.types.is_boolean(kind) and gaps.any():
        raise DataError(
            f"column {column!r} is true or false and this cell is empty",
            where=table.place(int(np.flatnonzero(gaps)[0])),
            hint="fill it in, or make the column text",
        )
    elif pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        values, notices = cells.to_numpy(), ()
    else:
        raise DataError(
            f"column {column!r} has the type {kind}, which a coordinate cannot have",
            where=str(table.path),
            hint="make it numbers or text, or leave it out of `columns`",
        )
    return values, notices


def _times(
    table: ParquetTable, column: str, cells: pa.ChunkedArray
) -> tuple[np.ndarray, tuple[str, ...]]:
    import pyarrow as pa

    zone = getattr(cells.type, "tz", None)
    try:
        times = cells.cast(pa.timestamp("ns"))
    except pa.ArrowInvalid as error:
        raise DataError(
            f"column {column!r} has a date that nanoseconds since 1970 cannot reach",
            where=str(table.path),
            hint="leave it out of `columns`, or make it text",
        ) from error
    notices = (column_notice(table, column, f"is in {zone} time and becomes UTC"),) if zone else ()
    return times.to_numpy(), notices
