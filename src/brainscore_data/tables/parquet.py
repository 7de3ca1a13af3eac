"""Tables in parquet files, which say themselves what type a column has.

They may be larger than memory: a table knows which rows of the file are its own, and reads cells
when somebody asks for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place
from brainscore_data.tables.columns import (
    column_notice,
    empty_text_error,
    floats_with_gaps,
    without_values,
)
from brainscore_data.tables.csv_text import refuse_bad_names
from brainscore_data.tables.parquet_stream import (
    ParquetStream,
    RowSelection,
    different,
    explained,
    row_selection,
    texts_of,
)
from brainscore_data.tables.rows import IsWanted, LazyColumn, require_columns

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class ParquetTable:
    """Rows of a parquet file, one at least."""

    stream: ParquetStream
    columns: tuple[str, ...]  # the names of the columns, in the order in which they were asked for
    selection: RowSelection | None = None  # which rows of the file these are, if not all
    notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        return self.stream.length if self.selection is None else self.selection.length

    @property
    def path(self) -> Path:
        """The file."""
        return self.stream.path

    def place(self, row: int) -> Place:
        """Say where in the file a row is."""
        return Place(str(self.path), row=self._row_of_file(row) + 1)

    def type_of(self, column: str) -> pa.DataType:
        """Give the type of a column's cells, not of how the file stores them."""
        import pyarrow as pa

        kind = self.stream.schema.field(column).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        # Much of pyarrow knows no views.
        return pa.large_string() if str(kind) == "string_view" else kind

    def cells(self, column: str, start: int = 0, stop: int | None = None) -> Iterator[pa.Array]:
        """Go through the cells of a column, piece by piece, in the rows from `start` to `stop`."""
        stop = len(self) if stop is None else stop
        if start >= stop:
            return
        kind = self.type_of(column)
        row = self._row_of_file(start)
        for part in self.stream.cells(column, row, self._row_of_file(stop)):
            with explained(self.path):
                kept = part if part.type == kind else part.cast(kind)
                if self.selection is not None:
                    kept = kept.filter(self.selection.mask[row : row + len(part)])
            row += len(part)
            if len(kept):
                yield kept

    def told_apart(self, column: str) -> Iterator[ToldApart]:
        """Go through the cells of a column, piece by piece, as the different ones of each."""
        start = 0
        for cells in self.cells(column):
            with explained(self.path):
                values, codes = different(cells)
            texts = texts_of(values)
            if "\0" in "".join(texts):
                wrong = [position for position, text in enumerate(texts) if "\0" in text]
                row = min(start + int((codes == position).argmax()) for position in wrong)
                raise nul_error(self, column, row)
            yield ToldApart(start, values, texts, codes)
            start += len(cells)

    def first_rows(self, column: str) -> dict[str, int]:
        """Give the different texts of a column, and the row in which each is for the first time.

        A null is the empty text. They are in the order of these rows.
        """
        import numpy as np

        found: dict[str, int] = {}
        for piece in self.told_apart(column):
            if found.keys() >= set(piece.texts):
                continue
            first = np.unique(piece.codes, return_index=True)[1].tolist()
            for text, row in zip(piece.texts, first, strict=True):
                found.setdefault(text, piece.start + row)
        return found

    def counts(self, column: str) -> Counter[str]:
        """Count the different texts of a column."""
        counts: Counter[str] = Counter()
        for piece in self.told_apart(column):
            for code, count in Counter(piece.codes.tolist()).items():
                counts[piece.texts[code]] += count
        return counts

    def only(self, columns: Sequence[str], notices: Sequence[str]) -> ParquetTable:
        """Give the table with some of its columns, and more to say of it."""
        return replace(self, columns=tuple(columns), notices=(*self.notices, *notices))

    def where(self, wanted: Mapping[str, IsWanted]) -> ParquetTable | None:
        """Keep the rows with wanted cells in all these columns; None if there are none."""
        import pyarrow.compute as pc

        mask = reduce(pc.and_, (self.matching(*each) for each in wanted.items()))
        return self.kept(mask) if mask.true_count else None

    def typed(self, column: str, missing: str | None) -> tuple[LazyColumn, tuple[str, ...]]:
        """Give a column with the type that the file says it has, and notices."""
        return typed_parquet_column(self, column, missing=missing)

    def replaced(self, column: str, texts: Iterable[str], values: np.ndarray) -> LazyColumn:
        """Put another value in the place of each text that `first_rows` gives."""
        return replaced_texts(self, column, texts, values)

    def close(self) -> None:
        """Close the file; it is opened again if there is more to read."""
        self.stream.close()

    def matching(self, column: str, is_wanted: IsWanted) -> pa.BooleanArray:
        """Tell the rows whose cell somebody wants, who is asked by its value and its text."""
        import numpy as np
        import pyarrow as pa

        pieces = []
        for piece in self.told_apart(column):
            verdicts = np.array(
                [is_wanted(*cell) for cell in zip(piece.values, piece.texts, strict=True)]
            )
            pieces.append(pa.array(verdicts[piece.codes]))
        return pa.concat_arrays(pieces)

    def kept(self, mask: pa.BooleanArray) -> ParquetTable:
        """Give the rows, one at least, that are true in a mask of all rows of the file."""
        return replace(self, selection=row_selection(mask))

    def _row_of_file(self, row: int) -> int:
        return int(row if self.selection is None else self.selection.row(row))


@dataclass(frozen=True, eq=False)
class ToldApart:
    """Some cells of a column."""

    start: int  # the row of the first
    # The different ones as Python's own, in the order in which they come; a null is None. If most
    # are different, all of them.
    values: list[Any]
    texts: list[str]  # ``str`` of each of the values; that of a null is empty
    codes: np.ndarray  # shape (rows,): which of them each cell has


def nul_error(table: ParquetTable, column: str, row: int) -> DataError:
    """Say that there is a NUL character."""
    return DataError(f"there is a NUL character in column {column!r}", where=table.place(row))


def _columns(stream: ParquetStream) -> tuple[str, ...]:
    names = tuple(stream.schema.names)
    refuse_bad_names(names, Place(str(stream.path)))
    return names


def read_parquet(path: Path, columns: Collection[str] | None = None) -> ParquetTable:
    """Open a parquet file, all of it or only some columns."""
    stream = ParquetStream(path)
    there = _columns(stream)
    wanted = tuple(there if columns is None else columns)
    require_columns(wanted, there, where=str(path))
    if not stream.length:
        raise DataError("the table has no rows", where=str(path), hint="was it exported whole?")
    return ParquetTable(stream, wanted)


@dataclass(frozen=True, eq=False)
class ParquetColumn:
    """A column of a parquet table, which stays in the file."""

    table: ParquetTable
    name: str
    dtype: np.dtype  # of its values: numbers, bool, datetime64[ns], or object for str
    convert: Callable[[pa.Array], np.ndarray]  # from some cells to their values

    def __len__(self) -> int:
        return len(self.table)

    def read(self, start: int, stop: int) -> np.ndarray:
        """Give the values of the rows from `start` to before `stop`."""
        import numpy as np

        values = np.empty(stop - start, dtype=self.dtype)
        filled = 0
        for cells in self.table.cells(self.name, start, stop):
            with explained(self.table.path):
                values[filled : filled + len(cells)] = self.convert(cells)
            filled += len(cells)
        return values


def typed_parquet_column(
    table: ParquetTable, column: str, *, missing: str | None
) -> tuple[ParquetColumn, tuple[str, ...]]:
    """Give a column with the type that the file says it has; it is read once for that."""
    import numpy as np
    import pyarrow as pa

    kind = table.type_of(column)
    seen = _seen(table, column, kind)
    dtype: Any = object
    notices: tuple[str, ...] = ()
    if _is_text(kind):
        if seen.first_gap is not None and missing is None:
            raise empty_text_error(table, column, seen.first_gap)
        convert = _texts(missing)
    elif seen.gaps == len(table):
        constant, notice = without_values(table, column, missing)
        dtype = object if isinstance(constant, str) else float
        convert, notices = _all(constant), (notice,)
    elif pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        dtype, convert = "datetime64[ns]", _times
        if zone := getattr(kind, "tz", None):
            notices = (column_notice(table, column, f"is in {zone} time and becomes UTC"),)
    elif pa.types.is_integer(kind) and seen.gaps:
        dtype, convert = float, _floats
        notices = (floats_with_gaps(table, column, np.array([seen.largest], dtype=float)),)
    elif pa.types.is_boolean(kind) and seen.first_gap is not None:
        raise DataError(
            f"column {column!r} is true or false and this cell is empty",
            where=table.place(seen.first_gap),
            hint="fill it in, or make the column text",
        )
    elif pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        dtype, convert = kind.to_pandas_dtype(), _plain
    else:
        raise DataError(
            f"column {column!r} has the type {kind}, which a coordinate cannot have",
            where=str(table.path),
            hint="make it numbers or text, or leave it out of `columns`",
        )
    return ParquetColumn(table, column, np.dtype(dtype), convert), notices


def replaced_texts(
    table: ParquetTable, column: str, texts: Iterable[str], values: np.ndarray
) -> ParquetColumn:
    """Put another value in the place of each text that `ParquetTable.first_rows` gives."""
    places = {text: place for place, text in enumerate(texts)}

    def convert(cells: pa.Array) -> np.ndarray:
        found, codes = different(cells)
        return values[[places[text] for text in texts_of(found)]].take(codes)

    return ParquetColumn(table, column, values.dtype, convert)


@dataclass
class _CellTypes:
    """What the cells of a column have in common: what decides on their type, or against it."""

    gaps: int = 0
    first_gap: int | None = None
    largest: int = 0


def _seen(table: ParquetTable, column: str, kind: pa.DataType) -> _CellTypes:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    seen = _CellTypes()
    start = 0
    for cells in table.cells(column):
        if _is_text(kind):
            _refuse_nul(table, column, cells, start)
        elif pa.types.is_date(kind) or pa.types.is_timestamp(kind):
            _refuse_far_times(table, column, cells)
        elif pa.types.is_integer(kind):
            ends: Mapping[str, int | None] = pc.min_max(cells).as_py()
            seen.largest = max(seen.largest, *(abs(end or 0) for end in ends.values()))
        gaps = np.asarray(cells.is_null().to_numpy(zero_copy_only=False), dtype=bool)
        if seen.first_gap is None and gaps.any():
            seen.first_gap = start + int(gaps.argmax())
        seen.gaps += int(gaps.sum())
        start += len(cells)
    return seen


def _is_text(kind: pa.DataType) -> bool:
    return str(kind) in {"string", "large_string"}


def _refuse_nul(table: ParquetTable, column: str, cells: pa.Array, start: int) -> None:
    import pyarrow.compute as pc

    with explained(table.path):
        cells.validate(full=True)  # that it is UTF-8
        found = pc.fill_null(pc.match_substring(cells, "\0"), False)  # noqa: FBT003
    if found.true_count:
        raise nul_error(table, column, start + found.index(True).as_py())


def _refuse_far_times(table: ParquetTable, column: str, cells: pa.Array) -> None:
    import pyarrow as pa

    try:
        cells.cast(pa.timestamp("ns"))
    except pa.ArrowInvalid as error:
        raise DataError(
            f"column {column!r} has a date that nanoseconds since 1970 cannot reach",
            where=str(table.path),
            hint="leave it out of `columns`, or make it text",
        ) from error


# -- from cells to values -----------------------------------------------------------------------


def _plain(cells: pa.Array) -> np.ndarray:
    values: np.ndarray = cells.to_numpy(zero_copy_only=False)
    return values


def _floats(cells: pa.Array) -> np.ndarray:
    import pyarrow as pa

    return _plain(cells.cast(pa.float64(), safe=False))


def _times(cells: pa.Array) -> np.ndarray:
    import pyarrow as pa

    return _plain(cells.cast(pa.timestamp("ns")))


def _texts(missing: str | None) -> Callable[[pa.Array], np.ndarray]:
    def convert(cells: pa.Array) -> np.ndarray:
        import numpy as np

        found, codes = different(cells)
        texts = np.empty(len(found), dtype=object)
        texts[:] = [missing if value is None else value for value in found]
        return texts.take(codes)

    return convert


def _all(constant: float | str) -> Callable[[pa.Array], np.ndarray]:
    def convert(cells: pa.Array) -> np.ndarray:
        import numpy as np

        return np.full(len(cells), constant, dtype=object)

    return convert
