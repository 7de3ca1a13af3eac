"""From the cells of a csv's column to an array: what plain ``pd.read_csv`` would make of them."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

from brainscore_data.base.errors import DataError
from brainscore_data.tables.rows import Rows

if TYPE_CHECKING:
    import numpy as np

_WHOLE = re.compile(r"\s*[+-]?[0-9]+\s*")
_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE]([+-]?[0-9]+))?\s*")
_UNUSUAL_IN_NUMBER = re.compile(r"[^0-9.+\-\n]")
_LARGEST_EXPONENT = 308
_INFINITE = re.compile(r"\s*[+-]?inf(inity)?\s*", re.IGNORECASE)
_LEADING_ZERO = re.compile(r"\s*[+-]?0[0-9]")
# In all cells at once: a zero before a digit that is not within a number.
_PERHAPS_LEADING_ZERO = re.compile(r"0(?<![0-9.]0)[0-9]")
# From here on float64 holds only some of the whole numbers.
_FIRST_INEXACT = 2.0**53


def inferred(cells: Sequence[str]) -> np.ndarray:
    """Type the cells of a csv's column as plain ``pd.read_csv`` does, with pandas 2 and 3 alike.

    Floats are the nearest to their text, as in pandas 3: the values that were written, if Python,
    R or MATLAB wrote all their digits. In pandas 2 one in three is the neighbour of that.

    >>> inferred(["1", "NA"])
    array([ 1., nan])
    >>> inferred(["true", "False"])
    array([ True, False])
    >>> inferred(["", "NA", "n1"])
    array(['', 'NA', 'n1'], dtype=object)
    """
    return inferred_together([cells])[0]


def inferred_together(columns: Sequence[Sequence[str]]) -> list[np.ndarray]:
    """Type columns of equally many cells, each as `inferred` does: for few cells, pandas begins for longer than it reads."""
    import pandas as pd

    # In quotes, so that no cell is taken for a delimiter or an empty line.
    quoted = _quoted(columns)
    if quoted.count('"') > 2 * (len(columns) * len(columns[0]) - 1):
        quoted = _quoted([[cell.replace('"', '""') for cell in cells] for cells in columns])
    read = pd.read_csv(
        io.StringIO(f'"{quoted}"\n'), header=None, skip_blank_lines=False, low_memory=False
    )
    return [_to_all(read[number].to_numpy(), cells) for number, cells in enumerate(columns)]


def _quoted(columns: Sequence[Sequence[str]]) -> str:
    rows = columns[0] if len(columns) == 1 else map('","'.join, zip(*columns, strict=True))
    return '"\n"'.join(rows)


def _to_all(read: Any, cells: Sequence[str]) -> np.ndarray:
    """Give what every pandas makes of cells, where this one `read` something."""
    import numpy as np

    values = np.asarray(read)
    if values.dtype.kind in "iub":
        return values
    if values.dtype.kind == "f" and (floats := _floats(values, cells)) is not None:
        return floats
    texts = np.empty(len(cells), dtype=object)
    texts[:] = cells
    return texts


def number_text(value: object) -> str:
    """Write a number as the shortest text that `inferred` makes it of again; nothing for NaN."""
    if not isinstance(value, float):
        return str(value)
    if isnan(value):
        return ""
    if value.is_integer() and abs(value) < _FIRST_INEXACT and str(value) != "-0.0":
        return str(int(value))
    return repr(value)


def leading_zero(cells: Sequence[str]) -> int | None:
    """Find the first cell with a zero in front, which is lost where a column becomes numbers."""
    if not _PERHAPS_LEADING_ZERO.search("\n".join(cells)):
        return None
    return next((row for row, cell in enumerate(cells) if _LEADING_ZERO.match(cell)), None)


def typed_column(
    table: Rows,
    column: str,
    cells: Sequence[str],
    *,
    missing: str | None,
    values: np.ndarray | None = None,
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Give a column of a csv as an array; "NA" and "None" are words like others in a column of text.

    `values` are what its cells are `inferred` to be, if that is known.
    """
    import numpy as np

    values = inferred(cells) if values is None else values
    if values.dtype == object:
        return _without_gaps(table, column, values, missing)
    gaps = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)
    if gaps.all():
        value, notice = without_values(table, column, None if any(cells) else missing)
        dtype = object if isinstance(value, str) else float
        return np.full(len(table), value, dtype=dtype), (notice,)
    notices = []
    if (row := leading_zero(cells)) is not None:
        became = f"is read as numbers: {cells[row]!r} becomes {values[row].item()}"
        advice = "put a letter in front of names that are to keep their zeros"
        notices.append(column_notice(table, column, f"{became}; {advice}"))
    if gaps.any() and all(_WHOLE.fullmatch(cells[row]) for row in np.flatnonzero(~gaps).tolist()):
        notices.append(floats_with_gaps(table, column, values))
    return values, tuple(notices)


def typed_stimulus_ids(
    table: Rows,
    cells: Sequence[str],
    rows: Sequence[int] | None = None,
    *,
    values: np.ndarray | None = None,
) -> np.ndarray:
    """Type stimulus ids as the csv of their stimulus set is typed, so that readers can match them.

    `rows` says in which row each id comes first, where they are not one for each row; `values` as in
    `typed_column`.
    """
    import numpy as np

    values = inferred(cells) if values is None else values
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
            what,
            where=table.place(row if rows is None else rows[row]),
            hint="fill it in, or leave the row out with `where`",
        )
    return values


def _floats(values: np.ndarray, cells: Sequence[str]) -> np.ndarray | None:
    """Give the floats nearest to what is written; None if a cell is no number to every pandas.

    To pandas 2 "1e400" and "0e719", a hash perhaps, are text; to pandas 3 "8e 1" is a number, too.
    """
    import numpy as np

    floats = values.copy()
    filled = np.flatnonzero(~np.isnan(values))
    written = cells if len(filled) == len(cells) else [cells[row] for row in filled.tolist()]
    if not _UNUSUAL_IN_NUMBER.search("\n".join(written)):
        # What pandas takes for a number and is made of these signs is one to all.
        floats[filled] = np.fromiter(map(float, written), dtype=float, count=len(filled))
        return None if np.isinf(floats).any() else floats
    for row in filled.tolist():
        cell = cells[row]
        number = _NUMBER.fullmatch(cell)
        if not (number or _INFINITE.fullmatch(cell)):
            return None
        floats[row] = float(cell)
        if number and (int(number[1] or 0) > _LARGEST_EXPONENT or np.isinf(floats[row])):
            return None
    return floats


def _without_gaps(
    table: Rows, column: str, values: np.ndarray, missing: str | None
) -> tuple[np.ndarray, tuple[str, ...]]:
    gaps = values == ""
    if gaps.any():
        if missing is None:
            raise empty_text_error(table, column, int(gaps.argmax()))
        values = values.copy()
        values[gaps] = missing
    return values, ()


def empty_text_error(table: Rows, column: str, row: int) -> DataError:
    """Say that a text is missing, and nobody said what it should become."""
    return DataError(
        f"column {column!r} is text and this cell is empty",
        where=table.place(row),
        hint='fill it in, or say in dataset.toml what empty cells become, e.g. `missing = ""`',
    )


def column_notice(table: Rows, column: str, text: str) -> str:
    """Say something about a column."""
    # The file's name only: notices are kept in bundle.json, which names no folders.
    return f"{table.path.name}: column {column!r} {text}"


def floats_with_gaps(table: Rows, column: str, values: np.ndarray) -> str:
    """Say that whole numbers became floats."""
    import numpy as np

    if np.nanmax(np.abs(values)) >= _FIRST_INEXACT:
        raise DataError(
            f"column {column!r} has gaps, and whole numbers too large to be floats beside them",
            where=str(table.path),
            hint="fill the gaps, or put a letter in front of the numbers if they are names",
        )
    return column_notice(
        table, column, "has gaps, so its whole numbers become floats and the gaps NaN"
    )


def without_values(table: Rows, column: str, missing: str | None) -> tuple[float | str, str]:
    """Give what all cells of a column without values become, and a notice that says so.

    NaN, or the text that `missing` says.
    """
    if missing is None:
        return float("nan"), column_notice(table, column, "holds no values; all become NaN")
    text = f"holds no values; all become the text {missing!r}"
    return missing, column_notice(table, column, text)
