"""From a folder to a :class:`Dataset`: ``dataset.toml`` read, and everything wrong in it said."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.place import Place
from brainscore_data.base.read_once import keep, kept
from brainscore_data.base.repository import resolved
from brainscore_data.dataset.assembly_tables import Assembly
from brainscore_data.dataset.document import MANIFEST_NAME, items_in
from brainscore_data.dataset.explaining import MOST_ALIKE, Problem, explain, problem_at, uncounted
from brainscore_data.dataset.identifiers import colliding, describe_collision
from brainscore_data.dataset.manifest import SCHEMA_VERSION, Manifest, StimulusSet
from brainscore_data.dataset.toml import PARSED, read_manifest

_MOST_LINES = 100


@dataclass(frozen=True)
class Dataset:
    """A folder with a ``dataset.toml``."""

    root: Path  # absolute and without symlinks
    path: Path  # of its dataset.toml, as it was given
    manifest: Manifest

    def place(self, item: StimulusSet | Assembly, key: str | None = None) -> Place:
        """Name an item, or one of its keys, for an error: the file, the table, the key."""
        kind = "stimulus_set" if isinstance(item, StimulusSet) else "assembly"
        number = self._numbers[kind, item.identifier]
        table = f"[[{kind}]] {number} ({item.identifier})"
        return Place(str(self.path), entry=table if key is None else f"{table}: {key}")

    @cached_property
    def stimulus_sets(self) -> Mapping[str, StimulusSet]:
        """Its stimulus sets by their identifiers."""
        return {each.identifier: each for each in self.manifest.stimulus_sets}

    @cached_property
    def _numbers(self) -> dict[tuple[str, str], int]:
        named: dict[str, Sequence[StimulusSet | Assembly]] = {
            "stimulus_set": self.manifest.stimulus_sets,
            "assembly": self.manifest.assemblies,
        }
        return {
            (kind, item.identifier): number
            for kind, items in named.items()
            for number, item in enumerate(items, start=1)
        }


class ManifestError(DataError):
    """A ``dataset.toml`` has problems; the message lists the first hundred of them."""

    def __init__(self, problems: Iterable[Problem], *, where: str) -> None:
        by_table: dict[str, list[Problem]] = {}
        for problem in problems:
            by_table.setdefault(problem.table, []).append(problem)
        self.problems = tuple(itertools.chain.from_iterable(by_table.values()))
        lines = [str(problem) for problem in self.problems[:_MOST_LINES]]
        if len(self.problems) > 1:
            count = sum(problem.count for problem in self.problems)
            lines = [f"{count} problems", *(f"  {line}" for line in lines)]
        if len(self.problems) > _MOST_LINES:
            lines.append("  …")
        super().__init__("\n".join(lines), where=where)


def load_dataset(folder_or_manifest: Path) -> Dataset:
    """Read a dataset's ``dataset.toml``; look at none of the files that it names."""
    path = _manifest_path(folder_or_manifest)
    text, document = read_manifest(path)
    manifest: Manifest | None = kept(path, Manifest)
    if manifest is None:
        manifest = parse_manifest(document, str(path))
        keep(path, Manifest, manifest, PARSED * len(text))
    return Dataset(resolved(path.parent), path, manifest)


def parse_manifest(document: Mapping[str, Any], where: str) -> Manifest:
    """Turn a parsed ``dataset.toml`` into a :class:`Manifest`."""
    version = document.get("schema")
    if type(version) is int and version > SCHEMA_VERSION:
        raise UsageError(
            f"is written for a newer version of brainscore-data (this one knows schema "
            f"{SCHEMA_VERSION})",
            where=where,
            hint="pip install --upgrade brainscore-data",
        )
    problems = [*_first(_collisions(document)), *_emptiness(document)]
    try:
        # Only the spelling of the file counts: our own field names are not keys of it.
        manifest = Manifest.model_validate(document, by_alias=True, by_name=False)
    except ValidationError as error:
        problems = explain(error, document) + problems
        raise ManifestError(problems, where=where) from None
    if problems:
        raise ManifestError(problems, where=where)
    return manifest


def _manifest_path(given: Path) -> Path:
    hint = "`brainscore-data init` makes a dataset.toml for the files in a folder"
    try:
        path = given / MANIFEST_NAME if given.is_dir() else given
        if path.name != MANIFEST_NAME:
            if path.exists():
                raise UsageError("is no dataset.toml", where=str(given), hint=hint)
            raise UsageError("there is no such folder", where=str(given), hint="check the path")
        if not path.is_file():
            raise UsageError(f"there is no {MANIFEST_NAME} here", where=str(path.parent), hint=hint)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=str(given)) from error
    return path


def _first(alike: Iterable[Problem]) -> Iterator[Problem]:
    found = list(alike)
    yield from found[:MOST_ALIKE]
    if (more := len(found) - MOST_ALIKE) > 0:
        yield uncounted(replace(found[MOST_ALIKE - 1], message=""), more)


def _emptiness(document: Mapping[str, Any]) -> Iterator[Problem]:
    if not document.get("stimulus_set") and not document.get("assembly"):
        yield Problem("", "", "lists nothing: add a [[stimulus_set]] or an [[assembly]]")


def _collisions(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Find items that would be published under one key, or under two that differ in case only."""
    named = [
        (kind, index, item["identifier"])
        for kind, index, item in items_in(document)
        if isinstance(item.get("identifier"), str)  # what is no text is a problem of its own
    ]
    for later, first in colliding((kind, identifier) for kind, _, identifier in named):
        (kind, index, identifier), (_, earlier, other) = named[later], named[first]
        message = f"{describe_collision(kind, identifier, other)} of [[{kind}]] {earlier + 1}"
        yield problem_at((kind, index, "identifier"), message, document)
