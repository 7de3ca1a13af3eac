"""What can be wrong with the cells of a stimulus table, all of it, in the order of the rows.

Packaging stops at the first of these, the checks report them; both ask here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainscore_data.base.errors import DataError
from brainscore_data.base.hints import Hint, Words
from brainscore_data.tables.columns import inferred, leading_zero
from brainscore_data.tables.table import Table

if TYPE_CHECKING:
    import numpy as np

#: What to do about a column of which readers get other values.
LOST_HINT = "write codes with a letter in front, and say in a word what a gap means"

_UNNAMED = re.compile(r"Unnamed: \d+(_level_\d+)?")

# Up to 15 digits pandas 2, which readers use, finds the nearest float as pandas 3 does; of longer
# numbers it makes the neighbour of that in one case of three.
_SAFE_FLOAT = re.compile(r"-?(?=[0-9.]{1,16}$)[0-9]+\.[0-9]+|-?inf")

#: The words that plain `pd.read_csv` takes for a missing value, as its documentation lists them.
MISSING_WORDS = frozenset({
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
})  # fmt: skip
_WHOLE = re.compile(r"\s*[+-]?[0-9]+\s*")
_TRUTHS = ("true", "True", "TRUE", "false", "False", "FALSE")


@dataclass(frozen=True)
class CellProblem:
    """One cell that is wrong."""

    row: int  # from 0
    message: str  # what is wrong, and what to do
    hint: str


def refuse(table: Table, problems: Iterable[CellProblem]) -> None:
    """Stop at the first problem."""
    for problem in problems:
        raise DataError(problem.message, where=table.place(problem.row), hint=problem.hint)


def is_written_index(column: str) -> bool:
    """Whether a column is called as pandas calls an index that was written along."""
    return _UNNAMED.fullmatch(column) is not None


def empty_cells(table: Table, column: str) -> Iterator[CellProblem]:
    """Find the rows in which a column has nothing."""
    cells = table.texts(column)
    if "" not in cells:
        return
    for row, cell in enumerate(cells):
        if not cell:
            yield CellProblem(row, f"the {column} is empty", "fill it in")


def repeated_cells(table: Table, column: str) -> Iterator[CellProblem]:
    """Find the rows in which a column has what an earlier row has; empty cells do not count."""
    cells = table.texts(column)
    if len(set(cells)) == len(cells):
        return  # nearly always, and much faster
    seen: dict[str, int] = {}
    for row, cell in enumerate(cells):
        earlier = seen.setdefault(cell, row)
        if cell and earlier != row:
            yield CellProblem(
                row,
                f"the {column} {cell!r} is that of an earlier row, {table.place(earlier).in_text()}, too",
                "each stimulus needs one of its own",
            )


#: Where `--fix` fixes the table; not every one.
BLANKS_HINT = Hint(
    Words("`brainscore-data check --fix` removes them", "remove them, e.g. with .str.strip()")
)


def padded_cells(table: Table, column: str) -> Iterator[CellProblem]:
    """Find the rows in which there are blanks around what a column has."""
    cells = table.texts(column)
    if list(map(str.strip, cells)) == cells:
        return
    for row, cell in enumerate(cells):
        if cell[:1].isspace() or cell[-1:].isspace():
            yield CellProblem(
                row,
                f"the {column} {cell!r} has blanks around it, which are a part of it to readers",
                BLANKS_HINT,
            )


def changed_cells(
    table: Table, column: str, values: list[object], gone: np.ndarray
) -> Iterator[CellProblem]:
    """Find the cells that readers get another value of than is written."""
    hint = (
        "put a letter in front of all ids, e.g. 's0001'"
        if column != "filename"
        else "give the file a name that is not a number or a word for missing or true"
    )
    cells = table.texts(column)
    if values == cells:
        return
    # What is missing turns whole numbers into floats, so it is looked for first.
    for row in gone.nonzero()[0].tolist():
        yield CellProblem(
            row,
            f"the {column} {cells[row]!r} becomes a missing value when readers load the csv",
            hint,
        )
    first = next((type(v) for v, missing in zip(values, gone, strict=True) if not missing), None)
    for row, (cell, value) in enumerate(zip(cells, values, strict=True)):
        if gone[row]:
            continue
        if str(value) != cell:
            yield CellProblem(
                row, f"the {column} {cell!r} becomes {value!r} when readers load the csv", hint
            )
        elif isinstance(value, float) and not _SAFE_FLOAT.fullmatch(cell):
            yield CellProblem(
                row,
                f"the {column} {cell!r} is a number of which pandas before version 3, which "
                "readers use, may make another one",
                hint,
            )
        elif type(value) is not first:
            yield CellProblem(
                row,
                f"some cells of {column} become numbers and others, as {cell!r}, text when readers "
                "load the csv, because pandas reads large files in pieces",
                hint,
            )


def lost_cell(table: Table, column: str) -> CellProblem | None:
    """Say what readers lose of a column that they type by its looks, with the first such cell."""
    cells = table.texts(column)
    values = inferred(cells)
    if values.dtype == object:
        found = _lost_text(cells)
    elif values.dtype.kind in "iuf":
        found = _lost_digits(cells, values)
    else:
        found = None
    if found is None:
        return None
    row, becomes = found
    message = f"{cells[row]!r} in column {column!r} becomes {becomes} when readers load it"
    return CellProblem(row, message, LOST_HINT)


def _lost_text(cells: Sequence[str]) -> tuple[int, str] | None:
    distinct = set(cells)
    if MISSING_WORDS.isdisjoint(distinct) and "" not in distinct:
        return None
    if distinct <= {*_TRUTHS, *MISSING_WORDS, ""}:
        words = (row for row, cell in enumerate(cells) if cell and cell not in MISSING_WORDS)
        row, becomes = next(words, None), "a mixture with NaN"
    else:
        words = (row for row, cell in enumerate(cells) if cell in MISSING_WORDS)
        row, becomes = next(words, None), "a missing value"
    return None if row is None else (row, becomes)


def _lost_digits(cells: Sequence[str], values: np.ndarray) -> tuple[int, str] | None:
    import numpy as np

    if (row := leading_zero(cells)) is not None:
        return row, str(values[row].item())
    gaps = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)
    filled = np.flatnonzero(~gaps).tolist()
    if gaps.any() and filled and all(_WHOLE.fullmatch(cells[row]) for row in filled):
        return filled[0], f"{values[filled[0]].item()!r}, because other cells are empty"
    return None
