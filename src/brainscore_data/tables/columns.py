"""From the cells of a column to an array: what plain ``pd.read_csv`` would make of them."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from brainscore_data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pyarrow as pa

    from brainscore_data.tables.table import Table

_WHOLE = re.compile(r"\s*[+-]?[0-9]+\s*")
_INFINITE = re.compile(r"\s*[+-]?inf(inity)?\s*", re.IGNORECASE)
# From here on float64 holds only some of the whole numbers.
_FIRST_INEXACT = 2.0**53


def inferred(cells: Sequence[str]) -> np.ndarray:
    """Type the cells of a csv's column as plain ``pd.read_csv`` does, with pandas 2 and 3 alike.

    Parameters
    ----------
    cells : sequence of str
        The cells, verbatim; at least one.

    Returns
    -------
    np.ndarray
        Shape (len(cells),): int64, uint64, float64 (missing values are NaN) or bool; where it
        is none of them, object, with the cells as they are. All of a column has one type, also
        where pandas would read a large file in pieces and mix numbers with text.

    Examples
    --------
    >>> inferred(["1", "NA"])
    array([ 1., nan])
    >>> inferred(["true", "False"])
    array([ True, False])
    >>> inferred(["", "NA", "n1"])
    array(['', 'NA', 'n1'], dtype=object)
    """
    import numpy as np
    import pandas as pd

    # In quotes, so that no cell is taken for a delimiter or an empty line.
    quoted = '"\n"'.join(cell.replace('"', '""') for cell in cells)
    read = pd.read_csv(
        io.StringIO(f'"{quoted}"\n'), header=None, skip_blank_lines=False, low_memory=False
    )[0]
    values = read.to_numpy()
    if values.dtype.kind in "iub" or (values.dtype.kind == "f" and not _overflows(values, cells)):
        return np.asarray(values)
    texts = np.empty(len(cells), dtype=object)
    texts[:] = cells
    return texts


def typed_column(
    table: Table, column: str, *, missing: str | None
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Give a column of a table as an array.

    Parameters
    ----------
    table : Table
        A csv, whose types are inferred as pandas does, or a parquet file, whose types are known.
    column : str
        The name of one of its columns.
    missing : str or None
        What an empty cell (of parquet, a null) of a text column becomes. In a column of text,
        nothing else counts as missing: "NA" and "None" are words like others.

    Returns
    -------
    values : np.ndarray
        Shape (rows,): numbers (missing ones are NaN), bool, datetime64[ns], or object with str.
    notices : tuple of str
        Where a type changed because of gaps.

    Raises
    ------
    DataError
        If a text or a boolean is missing and `missing` is None, or the type is one that an
        assembly's coordinates cannot have.
    """
    if table.is_typed:
        return _from_arrow(table, column, missing)
    import numpy as np

    cells = table.texts(column)
    values = inferred(cells)
    if values.dtype == object:
        return _filled(table, column, values, values == "", missing)
    gaps = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)
    if gaps.all():
        return _nothing(table, column, None if any(cells) else missing)
    if gaps.any() and all(_WHOLE.fullmatch(cells[row]) for row in np.flatnonzero(~gaps).tolist()):
        return values, (_floated(table, column, values),)
    return values, ()


def typed_stimulus_ids(table: Table, cells: Sequence[str]) -> np.ndarray:
    """Type stimulus ids as the csv of their stimulus set is typed, so that readers can match them.

    Parameters
    ----------
    table : Table
        Where they come from, for the errors.
    cells : sequence of str
        The id of each row.

    Raises
    ------
    DataError
        If one is empty, or reads as missing.
    """
    import numpy as np

    values = inferred(cells)
    numeric = values.dtype != object
    gone = np.isnan(values.astype(float)) if numeric else np.array([not cell for cell in cells])
    if gone.any():
        row = int(np.flatnonzero(gone)[0])
        what = (
            f"the stimulus id {cells[row]!r} reads as a missing value"
            if cells[row]
            else ("this row has no stimulus id")
        )
        raise DataError(
            what, where=table.place(row), hint="fill it in, or leave the row out with `where`"
        )
    return values


def _overflows(values: np.ndarray, cells: Sequence[str]) -> bool:
    # "1e400" is text to pandas 2 and infinite to pandas 3.
    import numpy as np

    return any(
        not _INFINITE.fullmatch(cells[row]) for row in np.flatnonzero(np.isinf(values)).tolist()
    )


def _filled(
    table: Table, column: str, values: np.ndarray, gaps: np.ndarray, missing: str | None
) -> tuple[np.ndarray, tuple[str, ...]]:
    import numpy as np

    if gaps.any():
        if missing is None:
            raise DataError(
                f"column {column!r} is text and this cell is empty",
                where=table.place(int(np.flatnonzero(gaps)[0])),
                hint='fill it in, or say in dataset.toml what empty cells become, e.g. `missing = ""`',
            )
        values = values.copy()
        values[gaps] = missing
    return values, ()


def _note(table: Table, column: str, text: str) -> str:
    # The file's name only: notices are kept in bundle.json, which names no folders.
    return f"{table.path.name}: column {column!r} {text}"


def _floated(table: Table, column: str, values: np.ndarray) -> str:
    import numpy as np

    if np.nanmax(np.abs(values)) >= _FIRST_INEXACT:
        raise DataError(
            f"column {column!r} has gaps, and whole numbers too large to be floats beside them",
            where=str(table.path),
            hint="fill the gaps, or put a letter in front of the numbers if they are names",
        )
    return _note(table, column, "has gaps, so its whole numbers become floats and the gaps NaN")


def _from_arrow(
    table: Table, column: str, missing: str | None
) -> tuple[np.ndarray, tuple[str, ...]]:
    import numpy as np
    import pyarrow as pa

    cells = table.cells[column]
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    kind = cells.type
    gaps = np.asarray(cells.is_null().to_numpy(), dtype=bool)
    if str(kind) in {"string", "large_string", "string_view"}:
        values, notices = _filled(table, column, _texts(table, column, cells), gaps, missing)
    elif gaps.all():
        values, notices = _nothing(table, column, missing)
    elif pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        values, notices = _times(table, column, cells)
    elif pa.types.is_integer(kind) and gaps.any():
        values = cells.cast(pa.float64(), safe=False).to_numpy()
        notices = (_floated(table, column, values),)
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


def _nothing(table: Table, column: str, missing: str | None) -> tuple[np.ndarray, tuple[str, ...]]:
    import numpy as np

    if missing is None:
        notice = _note(table, column, "holds no values; all become NaN")
        return np.full(len(table), np.nan), (notice,)
    notice = _note(table, column, f"holds no values; all become the text {missing!r}")
    return np.full(len(table), missing, dtype=object), (notice,)


def _texts(table: Table, column: str, cells: pa.ChunkedArray) -> np.ndarray:
    import numpy as np

    texts: Any = np.empty(len(cells), dtype=object)
    texts[:] = cells.to_pylist()
    for row, text in enumerate(texts):
        if text is not None and "\0" in text:
            raise DataError(
                f"there is a NUL character in column {column!r}", where=table.place(row)
            )
    return np.asarray(texts)


def _times(table: Table, column: str, cells: pa.ChunkedArray) -> tuple[np.ndarray, tuple[str, ...]]:
    import pyarrow as pa

    zone = getattr(cells.type, "tz", None)
    try:
        times = cells.cast(pa.timestamp("ns", zone)).cast(pa.timestamp("ns"))
    except pa.ArrowInvalid as error:
        raise DataError(
            f"column {column!r} has a date that nanoseconds since 1970 cannot reach",
            where=str(table.path),
            hint="leave it out of `columns`, or make it text",
        ) from error
    notices = (_note(table, column, f"is in {zone} time and becomes UTC"),) if zone else ()
    return times.to_numpy(), notices
