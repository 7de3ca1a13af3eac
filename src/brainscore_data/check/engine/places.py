"""From where an error says that it is to a finding's place."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Violation
from brainscore_data.dataset.repository import is_gits_own, resolved


@dataclass(frozen=True)
class Unreadable:
    """Why a file could not be looked at, as a fact.

    Attributes
    ----------
    message, hint : str
        Of the error that reading it ended with.
    line : int or None
        Where reading ended, if that is known.
    """

    message: str
    hint: str
    line: int | None = None

    def violation(self, file: str) -> Violation:
        """Say it of a file."""
        return Violation(Place(file, self.line), self.message, self.hint)


def unreadable(error: BrainScoreDataError) -> Unreadable:
    """Keep what an error says, and the line."""
    return Unreadable(
        error.message,
        error.hint or "export the table again as csv with the encoding UTF-8",
        error.line,
    )


def leads_out(path: Path, repository: Path | None) -> bool:
    """Say whether a file is a link out of the repository (or its folder), or into ``.git``."""
    if not path.is_symlink():
        return False
    root = resolved(path.parent) if repository is None else repository
    return is_gits_own(path) or not Path(os.path.realpath(path)).is_relative_to(root)
