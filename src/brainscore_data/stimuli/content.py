"""A stimulus set: its csv and its stimuli, checked and written as readers need them.

Readers load the csv with plain ``pd.read_csv``, unpack the zip, and refuse the stimulus set unless
the csv's filenames are exactly the files that came out (``load_stimulus_set_from_s3`` and
``StimulusSetLoader`` of brainscore-core 2.5.0). What changes on that way is an error here.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.base.errors import DataError
from brainscore_data.base.text import some
from brainscore_data.stimuli.cells import empty_cells, is_written_index, refuse, repeated_cells
from brainscore_data.stimuli.filenames import PLAIN_NAME, folded, problem_of
from brainscore_data.stimuli.files import StimulusFiles, list_stimuli, refuse_pointers
from brainscore_data.stimuli.readers_csv import read_back, written
from brainscore_data.tables.rows import require_columns
from brainscore_data.tables.table import Table, read_table

if TYPE_CHECKING:
    import numpy as np

# No more than this many names in one message.
_NAMED_AT_ONCE = 5


@dataclass(frozen=True, eq=False)
class StimulusSetContent:
    """A stimulus set that was found fit to be published."""

    identifier: str
    table: Table
    id_column: str  # ``stimulus_id``, or the older ``image_id``
    # Shape (stimuli,): the ids as readers will have them; int64, uint64, float64, bool, or object
    # with str
    stimulus_ids: np.ndarray
    filenames: tuple[str, ...]  # for each row, which file is its stimulus
    files: StimulusFiles
    notices: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """The size of all stimuli together, in bytes."""
        return sum(self.files.sizes[name] for name in self.filenames)


def open_stimulus_set(
    identifier: str, metadata: Path, files: Path, *, root: Path
) -> StimulusSetContent:
    """Read and check a stimulus set."""
    return check_stimulus_set(
        identifier,
        read_table(metadata),
        lambda listed: list_stimuli(files, metadata=metadata, root=root, listed=listed),
    )


def check_stimulus_set(
    identifier: str, table: Table, list_files: Callable[[Collection[str]], StimulusFiles]
) -> StimulusSetContent:
    """Check a stimulus set whose csv was read, and whose files are wherever `list_files` says.

    That is told the names in the csv.
    """
    id_column = _id_column(table)
    _refuse_unnamed(table)
    refuse(table, empty_cells(table, id_column))
    refuse(table, repeated_cells(table, id_column))
    filenames = table.texts("filename")
    for row, name in enumerate(filenames):
        _refuse_bad_filename(name, table, row)
    refuse(table, empty_cells(table, "filename"))
    refuse(table, repeated_cells(table, "filename"))
    _refuse_lookalikes(table, filenames)
    stimuli = list_files(filenames)
    _compare(table, filenames, stimuli)
    refuse_pointers(stimuli, filenames)
    return StimulusSetContent(
        identifier=identifier,
        table=table,
        id_column=id_column,
        stimulus_ids=read_back(written(table), table, id_column),
        filenames=tuple(filenames),
        files=stimuli,
        notices=table.notices,
    )


def _id_column(table: Table) -> str:
    id_column = "stimulus_id"
    if id_column not in table.columns and "image_id" in table.columns:
        id_column = "image_id"  # readers copy it (`correct_stimulus_id_name`)
    require_columns([id_column, "filename"], table.columns, where=str(table.path))
    return id_column


def _refuse_unnamed(table: Table) -> None:
    for name in table.columns:
        if is_written_index(name):
            raise DataError(
                f"a column is called {name!r}, as pandas calls an index that was written along",
                where=str(table.path),
                hint="remove it; to_csv(…, index=False) writes none",
            )


def _refuse_bad_filename(name: str, table: Table, row: int) -> None:
    problem = problem_of(name)
    if problem is None:
        return
    raise DataError(
        f"the filename {name!r} {problem}",
        where=table.place(row),
        hint=PLAIN_NAME,
    )


def _refuse_lookalikes(table: Table, filenames: Sequence[str]) -> None:
    seen: dict[str, int] = {}
    for row, name in enumerate(filenames):
        earlier = seen.setdefault(folded(name), row)
        if earlier != row:
            raise DataError(
                f"the filenames {filenames[earlier]!r} ({table.place(earlier).in_text()}) and "
                f"{name!r} are one and the same file on some systems",
                where=table.place(row),
                hint="make them differ in more than upper and lower case or accents",
            )


def _compare(table: Table, filenames: Sequence[str], files: StimulusFiles) -> None:
    unlisted = sorted(files.sizes.keys() - set(filenames))
    missing = [row for row, name in enumerate(filenames) if name not in files.sizes]
    if missing:
        names = [filenames[row] for row in missing]
        raise DataError(
            f"not in {files.path.name}: {some(names, _NAMED_AT_ONCE)}",
            where=table.place(missing[0]),
            hint=_likely(names[:_NAMED_AT_ONCE], unlisted) or "add the files, or correct the rows",
        )
    if unlisted:
        raise DataError(
            f"not in the column filename of {table.path.name}: {some(unlisted, _NAMED_AT_ONCE)}",
            where=str(files.path),
            hint="add rows for these files, or move them elsewhere: readers want no others",
        )


def _likely(names: Sequence[str], unlisted: Sequence[str]) -> str:
    """Say which of the files that no row has may be meant."""
    by_folded = {folded(name): name for name in unlisted}
    guesses = []
    for name in names:
        if folded(name) in by_folded:
            guess = ascii(by_folded[folded(name)])
            guesses.append(f"for {name!r} there is {guess}: case and accents must be the same")
        elif near := difflib.get_close_matches(name, unlisted, n=1):
            guesses.append(f"for {name!r} there is {near[0]!r}")
    return "; ".join(guesses)
