"""Which ids an assembly lacks only because of a cell of the stimulus set's csv that is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from brainscore_data.stimuli.cells import MISSING_WORDS
from brainscore_data.stimuli.metadata import StimulusMetadata


def explained(missing: Sequence[Any], stimuli: StimulusMetadata) -> tuple[str, int, str] | None:
    """Find the finding about the ids of a csv that says already why ids are missing.

    An id that is in the csv, and that readers get as another one, is missing for that. Of cells
    that are empty, repeat an id or are a word for nothing, nobody knows what was meant: there must
    be one for each id.
    """
    cells = stimuli.table.texts(stimuli.id_column)
    written = set(cells)
    unexplained = [each for each in missing if str(each) not in written]
    wrong = list(_wrong_cells(cells, stimuli.stimulus_ids.tolist()))
    unknown = [row for code, row in wrong if code != "BSD206" or cells[row] in MISSING_WORDS]
    if not wrong or len(unexplained) > len(unknown):
        return None
    code, row = wrong[0]
    return code, int(stimuli.table.lines[row]), stimuli.id_column


def _wrong_cells(cells: Sequence[str], read: Sequence[Any]) -> Iterator[tuple[str, int]]:
    """Give the code and the row of each id that is empty, repeats another, or is read as another."""
    seen: set[str] = set()
    for row, (cell, value) in enumerate(zip(cells, read, strict=True)):
        if not cell:
            yield "BSD204", row
        elif cell in seen:
            yield "BSD205", row
        elif str(value) != cell or cell in MISSING_WORDS:
            yield "BSD206", row
        seen.add(cell)
