"""What rules of tables, stimuli and assemblies leave to those of the repository."""

from __future__ import annotations

from brainscore_data.check.engine.selection import is_chosen
from brainscore_data.check.engine.settings import Settings
from brainscore_data.dataset.paths import LeavesDatasetError, PointerError

_POINTERS, _LINKS = "BSD605", "BSD608"


def is_for_repository(error: Exception, settings: Settings) -> bool:
    """Say whether a rule of the repository runs that says the same of every file of a dataset.

    Where it does not run, the rule that met the error says it: what cannot be opened is no pass.
    """
    return (
        isinstance(error, PointerError) and is_chosen(_POINTERS, settings)
    ) or is_link_for_repository(error, settings)


def is_link_for_repository(error: Exception, settings: Settings) -> bool:
    """Say the same of links alone: a manifest is not data, and its pointer not for that rule."""
    return isinstance(error, LeavesDatasetError) and is_chosen(_LINKS, settings)
