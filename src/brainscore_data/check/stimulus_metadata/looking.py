"""Looking at one table of stimuli, in the cage: what it has, and what readers make of it."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.base.door import only_inside
from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.base.place import Place
from brainscore_data.base.read_once import opened
from brainscore_data.cage.warmth import imports
from brainscore_data.check.engine.finding import Violation
from brainscore_data.check.engine.stimulus_tables import ID_COLUMNS
from brainscore_data.check.engine.unreadable import unreadable
from brainscore_data.check.stimulus_metadata.facts import StimulusTable
from brainscore_data.stimuli.cells import (
    BLANKS_HINT,
    LOST_HINT,
    CellProblem,
    changed_cells,
    empty_cells,
    lost_cell,
    padded_cells,
    repeated_cells,
)
from brainscore_data.stimuli.readers_csv import as_readers_read, write_cells
from brainscore_data.tables.csv_text import opened_csv
from brainscore_data.tables.table import Table, read_table

if TYPE_CHECKING:
    import pandas as pd

# So many places are named for each rule and column.
_NAMED = 10


@imports("pandas")
def look_at_stimuli(
    path: Path, inside: tuple[Path, ...], mended: frozenset[str] | None
) -> StimulusTable | None:
    """Look at a table; None if it matters which rules `--fix` fixes it for, and that is not said."""
    try:
        with only_inside(*inside):
            return _looked_at(path, mended)
    except BrainScoreDataError as error:
        return StimulusTable(str(path), error=unreadable(error))


def _looked_at(path: Path, mended: frozenset[str] | None) -> StimulusTable | None:
    with opened_csv(path) as text:
        header_line, guess = text.header_line, next(iter(text.notices), None)
        as_readers_have_it = text.encoding in {"utf-8", "utf-8-sig"} and text.delimiter == ","
    table = read_table(path)
    id_column = next((name for name in ID_COLUMNS if name in table.columns), None)
    checked = [name for name in (id_column, "filename") if name in table.columns and name]
    # Where neither is there, all are read: of no columns pandas reads no rows either.
    read = _read(table, checked or [*table.columns], as_readers_have_it=as_readers_have_it)
    if mended is None:
        if list(table.columns[:2]) != [id_column, "filename"] or any(_is_padded(table, checked)):
            return None
        mended = frozenset()
    changed = {
        name: _changed(table, name, read, is_mended=code in mended)
        for name, code in ((id_column, "BSD206"), ("filename", "BSD209"))
        if name in checked
    }
    return StimulusTable(
        str(path),
        guess=None if guess is None else guess.partition(": ")[2],
        columns=table.columns,
        header_line=header_line,
        id_column=id_column,
        empty=_first(table, id_column, empty_cells(table, id_column)) if id_column else (),
        repeated=_first(table, id_column, repeated_cells(table, id_column)) if id_column else (),
        changed=changed.get(id_column or "", ()),
        changed_filenames=changed.get("filename", ()),
        changes=tuple(
            Violation(_place(table, lost.row, name), lost.message, LOST_HINT)
            for name in table.columns
            if name not in checked and (lost := lost_cell(table, name)) is not None
        ),
        mended=mended,
        is_published=path.name.startswith("stimulus_") and path.with_suffix(".zip").is_file(),
    )


def _read(table: Table, columns: list[str], *, as_readers_have_it: bool) -> pd.DataFrame:
    """Read columns as readers do from what is published, which has another form sometimes."""
    if as_readers_have_it:
        try:
            with opened(table.path) as stream:
                return as_readers_read(stream, table, columns)
        except DataError:
            pass  # pandas has an opinion of its own about this csv; what is published is plain
    written = io.BytesIO()
    write_cells(table, written)
    written.seek(0)
    return as_readers_read(written, table, columns)


def _is_padded(table: Table, columns: Iterable[str]) -> Iterator[bool]:
    return (next(padded_cells(table, column), None) is not None for column in columns)


def _changed(
    table: Table, column: str, read: pd.DataFrame, *, is_mended: bool
) -> tuple[Violation, ...]:
    gone = read[column].isna().to_numpy()
    hint = BLANKS_HINT if is_mended else "remove them"
    padded = [replace(each, hint=hint) for each in padded_cells(table, column)]
    blank = {problem.row for problem in padded}
    cells = table.texts(column)
    changed = (
        problem
        for problem in changed_cells(table, column, read[column].tolist(), gone)
        # What is empty is another rule's, and blanks make a number of text, too.
        if problem.row not in blank and cells[problem.row]
    )
    return _first(table, column, itertools.chain(padded, changed))


def _first(table: Table, column: str, problems: Iterable[CellProblem]) -> tuple[Violation, ...]:
    """Tell the first cells that are wrong, and how many more are: a table can have a million."""
    told: list[Violation] = []
    more = 0
    for problem in problems:
        if len(told) == _NAMED:
            more += 1
        else:
            place = _place(table, problem.row, column)
            told.append(Violation(place, problem.message, problem.hint))
    if more:
        told[-1] = replace(told[-1], message=f"{told[-1].message} (and so are {more} more)")
    return tuple(told)


def _place(table: Table, row: int, column: str) -> Place:
    return Place(str(table.path), int(table.lines[row]), column)
