"""A list of trials in JSON, to change: the texts of one column are replaced, all else stays."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from brainscore_data.base.files import write_like
from brainscore_data.tables.trial_list import parsed_trials


@dataclass(frozen=True)
class EditableTrials:
    """What a file holds, and where it will be written."""

    path: Path
    _document: Any
    _trials: Sequence[Mapping[str, Any]]  # those in the document

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns that a trial has."""
        return tuple(dict.fromkeys(name for trial in self._trials for name in trial))

    def column(self, name: str) -> list[str]:
        """Give the texts of a column; nothing where a trial has no text there."""
        texts = (trial.get(name) for trial in self._trials)
        return [each if isinstance(each, str) else "" for each in texts]

    def with_column(self, name: str, cells: Sequence[str]) -> EditableTrials:
        """Put other texts in their place."""
        fresh = {
            id(trial): {**trial, name: cell} if isinstance(trial.get(name), str) else trial
            for trial, cell in zip(self._trials, cells, strict=True)
        }

        def changed(value: Any) -> Any:
            if id(value) in fresh:
                return fresh[id(value)]
            if isinstance(value, list):
                return [changed(each) for each in value]
            return value

        document = self._document
        if isinstance(document, dict):  # jsPsych's own, with the trials in it
            document = {**document, "trials": changed(document["trials"])}
        trials = [fresh[id(trial)] for trial in self._trials]
        return replace(self, _document=changed(document), _trials=trials)

    def write(self, *, like: Path) -> None:
        """Write the file anew, whole or not at all, for those who may read `like`."""
        text = json.dumps(self._document, ensure_ascii=False, indent=1)
        write_like(like, self.path, f"{text}\n".encode())


def editable_trials(path: Path) -> EditableTrials:
    """Read a list of trials to change it."""
    return EditableTrials(path, *parsed_trials(path))
