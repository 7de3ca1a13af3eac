"""The columns of a parquet table as arrays of one type, read part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brainscore_data.base.errors import DataError
from brainscore_data.tables.columns import (
    column_notice,
    empty_text_error,
    floats_with_gaps,
    without_values,
)
from brainscore_data.tables.parquet import ParquetTable, different, explained, nul_error, texts_of

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


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
class _Seen:
    """What the cells of a column have in common: what decides on their type, or against it."""

    gaps: int = 0
    first_gap: int | None = None
    largest: int = 0


def _seen(table: ParquetTable, column: str, kind: pa.DataType) -> _Seen:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    seen = _Seen()
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
