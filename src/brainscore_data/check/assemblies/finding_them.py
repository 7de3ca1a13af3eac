"""Which assemblies there are, and opening each without a download."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from brainscore_data.assemblies.contract.names import UnsafeNameError
from brainscore_data.assemblies.opening import UNREADABLE, DataVariablesError, open_assembly
from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.base.place import Place
from brainscore_data.check.assemblies.facts import (
    AssemblyFacts,
    UnfetchedAssembly,
    UnopenedAssembly,
)
from brainscore_data.check.assemblies.looking import Looked, look
from brainscore_data.check.engine.deferring import is_for_repository
from brainscore_data.check.engine.places import leads_out
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import Subjects
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
from brainscore_data.dataset.repository import resolved
from brainscore_data.dataset.toml import read_manifest
from brainscore_data.plugins.registered import named_stimulus_set
from brainscore_data.sources.fetching import cached_source
from brainscore_data.stimuli.metadata import StimulusMetadata, read_metadata

Facts = AssemblyFacts | UnopenedAssembly | UnfetchedAssembly

_BUNDLE = "bundle.json"


class _NotHereError(Exception):
    """A source that would have to be downloaded."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.source = source


def listed(manifest: Path, settings: Settings) -> Iterator[Facts]:
    """Look at the assemblies of a manifest; at none, if it is not a good one."""
    try:
        dataset = load_dataset(manifest)
        text = read_manifest(manifest).text
    except BrainScoreDataError:
        return  # other rules say what is wrong with it
    lines = identifier_lines(text.splitlines(), "assembly")
    for number, item in enumerate(dataset.manifest.assemblies, start=1):
        # An array of inline tables has no such lines.
        line = lines[number - 1] if number <= len(lines) else None
        table = f"[[assembly]] {number} ({item.identifier})"
        yield from _look_at(dataset, item, Place(str(dataset.path), line, entry=table), settings)


def loose(subjects: Subjects, settings: Settings) -> Iterator[Facts]:
    """Look at ``.nc`` files that no manifest names, but for those of a bundle."""
    named = {path for manifest in subjects.manifests for path in _named(manifest)}
    for path in subjects.files:
        if path.suffix != ".nc" or resolved(path) in named:
            continue
        if leads_out(path, subjects.repository):
            continue  # the rules about repositories tell of it
        if not path.with_name(_BUNDLE).exists():
            yield from _look_at_file(path, settings)


def _named(manifest: Path) -> Iterator[Path]:
    try:
        dataset = load_dataset(manifest)
    except BrainScoreDataError:
        return
    for item in dataset.manifest.assemblies:
        own = [item.data] if isinstance(item, NetcdfAssembly) else []
        yield from (resolved(dataset.root / name) for name in [*own, *item.extras.values()])


def _look_at_file(path: Path, settings: Settings) -> Iterator[Facts]:
    place = Place(str(path))
    try:
        refuse_pointer(path)
        item = NetcdfAssembly.model_validate(
            {
                "identifier": "unnamed",
                "visibility": "private",  # nothing of a loose file is published
                "class": "DataAssembly",
                "data": path.name,
            }
        )
        with closing(open_assembly(item, lambda _: path)) as opened:
            looked = Looked(
                place=place,
                assembly_class=_likely_class({str(dim) for dim in opened.data.dims}),
                place_of=lambda dims: place,  # noqa: ARG005 - all is in one file
            )
            facts: Facts = look(opened, looked)
    except (BrainScoreDataError, MemoryError, *UNREADABLE) as error:
        if is_for_repository(error, settings):
            return
        facts = _unopened(error, place, lambda found: found if found.is_below(path) else place)
    yield facts


def _likely_class(dims: set[str]) -> str:
    """Guess the class of an assembly that no manifest describes."""
    if dims == {"event"}:
        return "SpikeTimesAssembly"
    if {"presentation", "neuroid"} <= dims:
        return "NeuroidAssembly"
    return "BehavioralAssembly" if "presentation" in dims else "DataAssembly"


def _look_at(dataset: Dataset, item: Assembly, table: Place, settings: Settings) -> Iterator[Facts]:
    typed = dataset.path.parent
    manifest = str(dataset.path)

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

    find = partial(locate_file, dataset, where=manifest, fetch=fetch)
    try:
        with closing(open_assembly(item, find)) as opened:
            stimuli, unknown = _stimuli(dataset, item, find)
            looked = Looked(
                place=place(_values_of(item)),
                assembly_class=item.assembly_class,
                place_of=place_of,
                stimulus_set=item.stimulus_set,
                stimuli=stimuli,
                stimulus_table=_stimulus_table(dataset, item),
                stimuli_unknown=unknown,
                table=table,
            )
            facts: Facts = look(opened, looked)
    except _NotHereError as away:
        facts = UnfetchedAssembly(manifest, table, away.source)
    except (BrainScoreDataError, MemoryError, *UNREADABLE) as error:
        if is_for_repository(error, settings):
            return

        def placed(found: Place) -> Place:
            as_typed = found.moved(dataset.root, typed)
            if as_typed.file == manifest or not found.is_below(dataset.root):
                return table
            return as_typed if as_typed.within else replace(as_typed, item=item.identifier)

        facts = _unopened(error, table, placed)
    yield facts


def _values_of(item: Assembly) -> str:
    if isinstance(item, NetcdfAssembly):
        return item.data
    return item.values if isinstance(item, ArrayAssembly) else item.table


def _stimuli(
    dataset: Dataset, item: Assembly, find: Callable[[str], Path]
) -> tuple[StimulusMetadata | None, DataError | None]:
    """Read the stimulus set if it is in the dataset; else say whether there is one."""
    if item.stimulus_set is None:
        return None, None
    try:
        found = named_stimulus_set(
            dataset, item.stimulus_set, where=dataset.place(item, "stimulus_set")
        )
    except DataError as error:
        return None, error
    if not isinstance(found, StimulusSet):
        return None, None  # published already: packaging reads it from its store
    try:
        return read_metadata(find(found.metadata)), None
    except (BrainScoreDataError, _NotHereError, MemoryError, *UNREADABLE):
        return None, None  # rules about stimulus metadata say what is wrong with it


def _stimulus_table(dataset: Dataset, item: Assembly) -> str | None:
    for each in dataset.manifest.stimulus_sets:
        if each.identifier == item.stimulus_set and each.metadata not in dataset.manifest.sources:
            return str(dataset.path.parent / each.metadata)
    return None


def _unopened(
    error: BaseException, place: Place, placed: Callable[[Place], Place]
) -> UnopenedAssembly:
    """Turn an error into a fact, at the place that the error names if it is in the dataset."""
    causes = {DataVariablesError: "variables", UnsafeNameError: "names"}
    cause = next((name for kind, name in causes.items() if isinstance(error, kind)), "unreadable")
    hint = "make sure that it was copied or downloaded whole"
    message = f"{type(error).__name__}: {error}"
    if isinstance(error, BrainScoreDataError):
        message, hint = error.message, error.hint or hint
        place = placed(error.place) if error.place else place
    return UnopenedAssembly(place.file, place, cause, message, hint)  # type: ignore[arg-type]
