"""Assemblies: those of manifests, in whatever form, and ``.nc`` files that no manifest names.

Each is opened without a download; one at a time is open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from brainscore_data.assemblies.contract.coordinates import UnsafeNameError
from brainscore_data.assemblies.opening import (
    UNREADABLE,
    DataVariablesError,
    OpenedAssembly,
    open_assembly,
)
from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.base.place import Place
from brainscore_data.base.repository import resolved
from brainscore_data.check.assemblies.facts import (
    AssemblyFacts,
    UnfetchedAssembly,
    UnopenedAssembly,
)
from brainscore_data.check.assemblies.inspection import Known, inspected
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.unreadable import is_for_repository, leads_out
from brainscore_data.dataset.document import identifier_lines
from brainscore_data.dataset.locating import locate_file
from brainscore_data.dataset.manifest import (
    ArrayAssembly,
    Assembly,
    NetcdfAssembly,
    Source,
    StimulusSet,
)
from brainscore_data.dataset.paths import refuse_pointer
from brainscore_data.dataset.reading import Dataset, load_dataset
from brainscore_data.dataset.toml import read_manifest
from brainscore_data.plugins.registered import named_stimulus_set
from brainscore_data.sources.pinning import cached_source
from brainscore_data.stimuli.readers_csv import StimulusMetadata, read_metadata

Facts = AssemblyFacts | UnopenedAssembly | UnfetchedAssembly

_BUNDLE = "bundle.json"


class _NotHereError(Exception):
    """A source that would have to be downloaded."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.source = source


def probe(run: CheckRun) -> Iterator[Facts]:
    """Look at the assemblies of each manifest, then at files that are none's nor a bundle's."""
    subjects, settings = run.subjects, run.settings
    named: set[Path] = set()
    for manifest in subjects.manifests:
        try:
            dataset = load_dataset(manifest)
            lines = identifier_lines(read_manifest(manifest).text.splitlines(), "assembly")
        except BrainScoreDataError:
            continue  # other rules say what is wrong with it
        for number, item in enumerate(dataset.manifest.assemblies, start=1):
            own = [item.data] if isinstance(item, NetcdfAssembly) else []
            named |= {resolved(dataset.root / name) for name in (*own, *item.extras.values())}
            # An array of inline tables has no such lines.
            line = lines[number - 1] if number <= len(lines) else None
            table = f"[[assembly]] {number} ({item.identifier})"
            place = Place(str(dataset.path), line, entry=table)
            yield from _of_dataset(dataset, item, place, settings)
    for path in subjects.files:
        if path.suffix != ".nc" or resolved(path) in named:
            continue
        if leads_out(path, subjects.repository):
            continue  # the rules about repositories tell of it
        if not path.with_name(_BUNDLE).exists():
            yield from _of_file(path, settings)


def _of_file(path: Path, settings: Settings) -> Iterator[Facts]:
    place = Place(str(path))

    def opening() -> OpenedAssembly:
        refuse_pointer(path)
        item = NetcdfAssembly.model_validate(
            {
                "identifier": "unnamed",
                "visibility": "private",  # nothing of a loose file is published
                "class": "DataAssembly",
                "data": path.name,
            }
        )
        return open_assembly(item, lambda _: path)

    def known(opened: OpenedAssembly) -> Known:
        likely = _likely_class({str(dim) for dim in opened.data.dims})
        return Known(place, likely, lambda _: place)

    def placed(found: Place) -> Place:
        return found if found.is_below(path) else place

    yield from _looked_at(opening, known, place, placed, settings)


def _likely_class(dims: set[str]) -> str:
    """Guess the class of an assembly that no manifest describes."""
    if dims == {"event"}:
        return "SpikeTimesAssembly"
    if {"presentation", "neuroid"} <= dims:
        return "NeuroidAssembly"
    return "BehavioralAssembly" if "presentation" in dims else "DataAssembly"


def _of_dataset(
    dataset: Dataset, item: Assembly, table: Place, settings: Settings
) -> Iterator[Facts]:
    typed, manifest = dataset.path.parent, str(dataset.path)

    def fetch(name: str, source: Source) -> Path:
        found = cached_source(name, source)
        if found is None:
            raise _NotHereError(name)
        return found

    def place(name: str) -> Place:
        if name in dataset.manifest.sources:
            return table.inside(name)
        return Place(str(typed / name), None, item.identifier)

    def place_of(dims: tuple[str, ...]) -> Place:
        if isinstance(item, ArrayAssembly) and len(dims) == 1 and dims[0] in item.coords:
            return place(item.coords[dims[0]])
        return place(_values_of(item))

    def placed(found: Place) -> Place:
        as_typed = found.moved(dataset.root, typed)
        if as_typed.file == manifest or not found.is_below(dataset.root):
            return table
        return as_typed if as_typed.within else replace(as_typed, item=item.identifier)

    def known(_: OpenedAssembly) -> Known:
        return Known(
            place(_values_of(item)),
            item.assembly_class,
            place_of,
            table,
            item.stimulus_set,
            *_stimuli(dataset, item, find),
        )

    find = partial(locate_file, dataset, where=manifest, fetch=fetch)
    try:
        yield from _looked_at(partial(open_assembly, item, find), known, table, placed, settings)
    except _NotHereError as away:
        yield UnfetchedAssembly(manifest, table, away.source)


def _looked_at(
    opening: Callable[[], OpenedAssembly],
    known: Callable[[OpenedAssembly], Known],
    place: Place,
    placed: Callable[[Place], Place],
    settings: Settings,
) -> Iterator[Facts]:
    """Open and inspect an assembly; where it cannot be, say why, at the place that the error names.

    `placed` gives that as the user would type it, if it is in the dataset; else `place` stands.
    """
    try:
        with closing(opening()) as opened:
            facts: Facts = inspected(opened, known(opened))
    except (BrainScoreDataError, MemoryError, *UNREADABLE) as error:
        if is_for_repository(error, settings):
            return
        facts = _unopened(error, place, placed)
    yield facts


def _unopened(
    error: BaseException, place: Place, placed: Callable[[Place], Place]
) -> UnopenedAssembly:
    hint = "make sure that it was copied or downloaded whole"
    message = f"{type(error).__name__}: {error}"
    if isinstance(error, BrainScoreDataError):
        message, hint = error.message, error.hint or hint
        place = placed(error.place) if error.place else place
    if isinstance(error, DataVariablesError):
        return UnopenedAssembly(place, "variables", message, hint)
    is_name = isinstance(error, UnsafeNameError)
    return UnopenedAssembly(place, "names" if is_name else "unreadable", message, hint)


def _values_of(item: Assembly) -> str:
    if isinstance(item, NetcdfAssembly):
        return item.data
    return item.values if isinstance(item, ArrayAssembly) else item.table


def _stimuli(
    dataset: Dataset, item: Assembly, find: Callable[[str], Path]
) -> tuple[StimulusMetadata | None, str | None, DataError | None]:
    """Read the stimulus set and name its csv, if it is in the dataset; else say if there is none."""
    if item.stimulus_set is None:
        return None, None, None
    try:
        found = named_stimulus_set(
            dataset, item.stimulus_set, where=dataset.place(item, "stimulus_set")
        )
        if not isinstance(found, StimulusSet):
            return None, None, None  # published already: packaging reads it from its store
    except DataError as error:
        return None, None, error
    is_here = found.metadata not in dataset.manifest.sources
    table = str(dataset.path.parent / found.metadata) if is_here else None
    try:
        return read_metadata(find(found.metadata)), table, None
    except (BrainScoreDataError, _NotHereError, MemoryError, *UNREADABLE):
        return None, None, None  # rules about stimulus metadata say what is wrong with it
