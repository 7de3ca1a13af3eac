"""Files that could not be looked at: a fact for one family of rules, or left to another one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.place import Place
from brainscore_data.base.repository import is_gits_own, resolved
from brainscore_data.check.engine.finding import Violation
from brainscore_data.check.engine.selection import is_chosen
from brainscore_data.check.engine.settings import Settings
from brainscore_data.dataset.paths import LeavesDatasetError, PointerError

_POINTERS, _LINKS = "BSD605", "BSD608"


@dataclass(frozen=True)
class Unread:
    """Why a file could not be looked at, as a fact; the line is where reading it ended."""

    message: str
    hint: str
    line: int | None = None

    def violation(self, file: str) -> Violation:
        """Say it of a file."""
        return Violation(Place(file, self.line), self.message, self.hint)


def unreadable(error: BrainScoreDataError) -> Unread:
    """Keep what an error says, and the line."""
    return Unread(
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


def rule_of_repository(error: BaseException) -> str | None:
    """Name the rule of the repository that says the same of every file of a dataset, if one does."""
    if isinstance(error, PointerError):
        return _POINTERS
    return _LINKS if isinstance(error, LeavesDatasetError) else None


def is_for_repository(error: Exception, settings: Settings) -> bool:
    """Say whether such a rule runs.

    Where it does not run, the rule that met the error says it: what cannot be opened is no pass.
    """
    code = rule_of_repository(error)
    return code is not None and is_chosen(code, settings)


def is_link_for_repository(error: Exception, settings: Settings) -> bool:
    """Say the same of links alone: a manifest is not data, and its pointer not for that rule."""
    return rule_of_repository(error) == _LINKS and is_chosen(_LINKS, settings)
