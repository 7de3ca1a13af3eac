"""What is in the metadata of stimulus sets, and what plain ``pd.read_csv`` makes of it."""

from __future__ import annotations

import io
import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.base.place import Place
from brainscore_data.base.read_once import opened
from brainscore_data.base.repository import resolved
from brainscore_data.check.engine.finding import Violation
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.stimulus_tables import ID_COLUMNS, rooted_tables
from brainscore_data.check.engine.unreadable import is_for_repository, unreadable
from brainscore_data.check.stimulus_metadata.facts import StimulusTable
from brainscore_data.check.stimulus_metadata.mended_stimuli import codes_mended
from brainscore_data.dataset.document import manifest_of_folder
from brainscore_data.dataset.paths import LeavesDatasetError, refuse_escape, refuse_pointer
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


def probe(run: CheckRun) -> Iterator[StimulusTable]:
    """Read the tables of stimuli, one at a time."""
    subjects, settings = run.subjects, run.settings
    for path, root in rooted_tables(subjects):
        try:
            yield _looked_at(path, root)
        except BrainScoreDataError as error:
            # What is in no dataset and in no repository can leave neither.
            homeless = subjects.repository is None and root == resolved(path.parent)
            homeless = homeless and manifest_of_folder(path.parent) is None
            is_stray = homeless and isinstance(error, LeavesDatasetError)
            if is_stray or not is_for_repository(error, settings):
                yield StimulusTable(str(path), error=unreadable(error))


def _looked_at(path: Path, root: Path) -> StimulusTable:
    if resolved(path.parent).is_relative_to(root) and not os.path.lexists(path):
        raise DataError(
            "there is no such file", where=str(path), hint="add it, or correct `metadata`"
        )
    refuse_escape(root, path)
    refuse_pointer(path, where=str(path))
    with opened_csv(path) as text:
        header_line, guess = text.header_line, next(iter(text.notices), None)
        as_readers_have_it = text.encoding in {"utf-8", "utf-8-sig"} and text.delimiter == ","
    table = read_table(path)
    id_column = next((name for name in ID_COLUMNS if name in table.columns), None)
    checked = [name for name in (id_column, "filename") if name in table.columns and name]
    # Where neither is there, all are read: of no columns pandas reads no rows either.
    read = _read(table, checked or [*table.columns], as_readers_have_it=as_readers_have_it)
    mended = frozenset[str]()
    if list(table.columns[:2]) != [id_column, "filename"] or any(_is_padded(table, checked)):
        mended = codes_mended(path)
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
