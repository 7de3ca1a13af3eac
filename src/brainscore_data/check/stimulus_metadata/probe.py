"""What is in the metadata of stimulus sets, and what plain ``pd.read_csv`` makes of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.base.repository import resolved
from brainscore_data.check.engine.run import CheckRun, Question
from brainscore_data.check.engine.stimulus_tables import rooted_tables
from brainscore_data.check.engine.unreadable import is_for_repository, unreadable
from brainscore_data.check.stimulus_metadata.facts import StimulusTable
from brainscore_data.check.stimulus_metadata.looking import look_at_stimuli
from brainscore_data.check.stimulus_metadata.mended_stimuli import codes_mended
from brainscore_data.dataset.document import manifest_of_folder
from brainscore_data.dataset.paths import LeavesDatasetError, refuse_escape, refuse_pointer

_Look = StimulusTable | None


def probe(run: CheckRun) -> Iterator[StimulusTable]:
    """Look at the tables of stimuli, several at a time."""
    tables: dict[Path, StimulusTable | None] = {}  # None if it can be looked at
    for path, root in rooted_tables(run.subjects):
        try:
            _refuse(path, root)
            tables[path] = None
        except BrainScoreDataError as error:
            # What is in no dataset and in no repository can leave neither.
            homeless = run.subjects.repository is None and root == resolved(path.parent)
            homeless = homeless and manifest_of_folder(path.parent) is None
            is_stray = homeless and isinstance(error, LeavesDatasetError)
            if is_stray or not is_for_repository(error, run.settings):
                tables[path] = _unread(path, error)
    looks: Iterator[_Look] = run.answered(
        _question(path, run) if known is None else known for path, known in tables.items()
    )
    for path, found in zip(tables, looks, strict=True):
        yield _mended(path, run) if found is None else found


def _refuse(path: Path, root: Path) -> None:
    if resolved(path.parent).is_relative_to(root) and not os.path.lexists(path):
        raise DataError(
            "there is no such file", where=str(path), hint="add it, or correct `metadata`"
        )
    refuse_escape(root, path)
    refuse_pointer(path, where=str(path))


def _question(path: Path, run: CheckRun, mended: frozenset[str] | None = None) -> Question[_Look]:
    arguments = {"path": path, "inside": run.inside, "mended": mended}
    return Question(look_at_stimuli, arguments, [path], partial(_unread, path))


def _mended(path: Path, run: CheckRun) -> StimulusTable:
    """Look again at a table of which it matters what `--fix` fixes, which asks git."""
    looks: Iterator[_Look] = run.answered([_question(path, run, codes_mended(path))])
    (found,) = looks
    if found is None:  # which only a program says that a file has taken over
        return _unread(path, DataError("cannot be read: its parser gave an invalid answer"))
    return found


def _unread(path: Path, error: BrainScoreDataError) -> StimulusTable:
    return StimulusTable(str(path), error=unreadable(error))
