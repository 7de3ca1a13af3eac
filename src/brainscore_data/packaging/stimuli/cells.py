"""What can be wrong with the cells of a stimulus table, all of it, in the order of the rows.

Packaging stops at the first of these, the checks report them; both ask here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainscore_data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np

    from brainscore_data.tables.table import Table

_UNNAMED = re.compile(r"Unnamed: \d+(_level_\d+)?")

# Up to 15 digits pandas 2, which readers use, finds the nearest float as pandas 3 does; of longer
# numbers it makes the neighbour of that in one case of three.
_SAFE_FLOAT = re.compile(r"-?(?=[0-9.]{1,16}$)[0-9]+\.[0-9]+|-?inf")


@dataclass(frozen=True)
class CellProblem:
    """One cell that is wrong.

    Attributes
    ----------
    row : int
        From 0.
    message, hint : str
        What is wrong, and what to do.
    """

    row: int
    message: str
    hint: str


def refuse(table: Table, problems: Iterable[CellProblem]) -> None:
    """Stop at the first problem.

    Raises
    ------
    DataError
        If there is one.
    """
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
                f"the {column} {cell!r} is that of an earlier row, {table.place(earlier)}, too",
                "each stimulus needs one of its own",
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
                "`brainscore-data check --fix` removes them",
            )


def changed_cells(
    table: Table, column: str, values: list[object], gone: np.ndarray
) -> Iterator[CellProblem]:
    """Find the cells that readers get another value of than is written.

    Parameters
    ----------
    table : Table
    column : str
        One of its columns.
    values : list
        Shape (rows,): what plain ``pd.read_csv`` makes of the column.
    gone : np.ndarray
        Shape (rows,), bool: which of them are missing.
    """
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
