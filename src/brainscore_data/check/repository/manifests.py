"""What is wrong in manifests, and on which lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Violation
from brainscore_data.check.engine.selection import is_chosen
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.unreadable import is_link_for_repository
from brainscore_data.check.repository.facts import ManifestFacts
from brainscore_data.dataset.document import Identifier, identifiers_in, line_of
from brainscore_data.dataset.identifiers import is_key_safe
from brainscore_data.dataset.toml import WrittenManifest, read_manifest

if TYPE_CHECKING:
    from brainscore_data.dataset.explaining import Problem
    from brainscore_data.dataset.reading import ManifestError

# The rule of the names hook that says what is no TOML.
_READABLE = "BSD110"
# Those that say what is wrong with an identifier that is a text.
_CHARACTERS, _COLLISION = "BSD103", "BSD106"
# The rule that this is for; only it needs more than the base dependencies.
_VALID = "BSD601"
_HINT = (
    "docs/dataset.md explains every key; if there is no dataset.toml yet, `brainscore-data init` "
    "writes a valid one"
)


def look_at_manifest(path: Path, settings: Settings) -> tuple[ManifestFacts, WrittenManifest]:
    """Look for all that is wrong in a manifest, and give what it says; nothing if it is not read."""
    file = str(path)
    try:
        written = read_manifest(path)
    except BrainScoreDataError as error:
        told_elsewhere = is_chosen(_READABLE, settings) or is_link_for_repository(error, settings)
        problem = _whole(file, error)
        return ManifestFacts(file, () if told_elsewhere else (problem,)), WrittenManifest("", {})
    if not is_chosen(_VALID, settings):
        return ManifestFacts(file), written
    try:
        from brainscore_data.dataset.document import MANIFEST_NAME
        from brainscore_data.dataset.reading import ManifestError, load_dataset
    except ModuleNotFoundError as error:
        return ManifestFacts(file, lacks=error.name or "pydantic"), written
    try:
        load_dataset(path.parent / MANIFEST_NAME)
    except ManifestError as error:
        return ManifestFacts(file, _problems(file, written, error)), written
    except BrainScoreDataError as error:
        return ManifestFacts(file, (_whole(file, error),)), written
    return ManifestFacts(file), written


def _problems(file: str, written: WrittenManifest, error: ManifestError) -> tuple[Violation, ...]:
    text, document = written
    named = {each.place.entry: each for each in identifiers_in(file, text.splitlines(), document)}
    return tuple(
        Violation(_place(file, text, each), _message(each), _HINT, _cause(each, named))
        for each in error.problems
    )


def _cause(problem: Problem, named: Mapping[str | None, Identifier]) -> tuple[str, Place] | None:
    """Name the finding of the hook for names; a name that cannot be a key is changed anyway."""
    item = named.get(problem.table.partition(" (")[0]) if problem.key == "identifier" else None
    if item is None:
        return None
    return (_COLLISION if is_key_safe(item.identifier) else _CHARACTERS), item.place


def _place(file: str, text: str, problem: Problem) -> Place:
    entry = ": ".join(part for part in (problem.table, problem.key) if part)
    return Place(file, line_of(text, problem.table, problem.key), entry=entry or None)


def _message(problem: Problem) -> str:
    if problem.key:
        return f"{problem.key}: {problem.message}"
    return problem.message if problem.table else f"the manifest {problem.message}"


def _whole(file: str, error: BrainScoreDataError) -> Violation:
    place = Place(file, error.line)
    return Violation(place, f"the manifest {error.message}", error.hint or _HINT)
