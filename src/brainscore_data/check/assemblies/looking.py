"""Looking at one assembly, in the cage: opened without a download, inspected, closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from brainscore_data.assemblies.contract.coordinates import UnsafeNameError
from brainscore_data.assemblies.opening import (
    IMPORTED,
    UNREADABLE,
    DataVariablesError,
    OpenedAssembly,
    open_assembly,
)
from brainscore_data.base.door import only_inside
from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.base.place import Place
from brainscore_data.cage.warmth import imports
from brainscore_data.check.assemblies.facts import (
    AssemblyFacts,
    UnfetchedAssembly,
    UnopenedAssembly,
)
from brainscore_data.check.assemblies.inspection import Known, inspected
from brainscore_data.check.engine.unreadable import rule_of_repository
from brainscore_data.dataset.assembly_tables import Assembly, NetcdfAssembly
from brainscore_data.dataset.document import names_in
from brainscore_data.dataset.locating import locate_file
from brainscore_data.dataset.manifest import Source, StimulusSet
from brainscore_data.dataset.paths import file_part, refuse_pointer
from brainscore_data.dataset.reading import Dataset, load_dataset
from brainscore_data.plugins.registered import named_stimulus_set
from brainscore_data.sources.pinning import cached_source
from brainscore_data.stimuli.readers_csv import StimulusMetadata, read_metadata

COPY_AGAIN = "make sure that the copy or the download is complete"
Facts = AssemblyFacts | UnopenedAssembly | UnfetchedAssembly


class _NotHereError(Exception):
    """A source that would have to be downloaded."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.source = source


@imports(*IMPORTED, "h5py", "netCDF4")
def look_at_file(path: Path, inside: tuple[Path, ...]) -> Facts:
    """Look at an assembly that no manifest describes."""
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

    with only_inside(*inside):
        return _looked_at(opening, known, place, placed)


@imports(*IMPORTED)
def look_at_item(
    manifest: Path, number: int, table: Place, inside: tuple[Path, ...], cache: Path
) -> Facts:
    """Look at an assembly of a manifest, counted from 0; `table` is its place there."""
    with only_inside(*inside):
        dataset = load_dataset(manifest)
        return _of_dataset(dataset, dataset.manifest.assemblies[number], table, cache)


def _likely_class(dims: set[str]) -> str:
    """Guess the class of an assembly that no manifest describes."""
    if dims == {"event"}:
        return "SpikeTimesAssembly"
    if {"presentation", "neuroid"} <= dims:
        return "NeuroidAssembly"
    return "BehavioralAssembly" if "presentation" in dims else "DataAssembly"


def _of_dataset(dataset: Dataset, item: Assembly, table: Place, cache: Path) -> Facts:
    typed, manifest = dataset.path.parent, str(dataset.path)

    def fetch(name: str, source: Source) -> Path:
        found = cached_source(name, source, cache=cache)
        if found is None:
            raise _NotHereError(name)
        return found

    def place(name: str) -> Place:
        if name in dataset.manifest.sources:
            return table.inside(name)
        return Place(str(typed / name), None, item.identifier)

    def place_of(dims: tuple[str, ...]) -> Place:
        tables: Mapping[str, str] = getattr(item, "coords", {})
        if len(dims) == 1 and dims[0] in tables:
            return place(file_part(tables[dims[0]]).file)
        return place(values_of(item))

    def placed(found: Place) -> Place:
        as_typed = found.moved(dataset.root, typed)
        if as_typed.file == manifest or not found.is_below(dataset.root):
            return table
        return as_typed if as_typed.within else replace(as_typed, item=item.identifier)

    def known(_: OpenedAssembly) -> Known:
        return Known(
            place(values_of(item)),
            item.assembly_class,
            place_of,
            table,
            item.stimulus_set,
            *_stimuli(dataset, item, find),
        )

    find = partial(locate_file, dataset, where=manifest, fetch=fetch)
    named = [name for _, name in names_in(item.model_dump(by_alias=True), dataset.root)]
    try:
        return _looked_at(partial(open_assembly, item, find, named), known, table, placed)
    except _NotHereError as away:
        return UnfetchedAssembly(manifest, table, away.source)


def _looked_at(
    opening: Callable[[], OpenedAssembly],
    known: Callable[[OpenedAssembly], Known],
    place: Place,
    placed: Callable[[Place], Place],
) -> Facts:
    """Open and inspect an assembly; where it cannot be, say why, at the place that the error names.

    `placed` gives that as the user would type it, if it is in the dataset; else `place` stands.
    """
    try:
        with closing(opening()) as opened:
            return inspected(opened, known(opened))
    except (BrainScoreDataError, *UNREADABLE) as error:
        return _unopened(error, place, placed)


def _unopened(
    error: BaseException, place: Place, placed: Callable[[Place], Place]
) -> UnopenedAssembly:
    message, hint = f"{type(error).__name__}: {error}", COPY_AGAIN
    if isinstance(error, BrainScoreDataError):
        message, hint = error.message, error.hint or hint
        place = placed(error.place) if error.place else place
    if isinstance(error, DataVariablesError):
        return UnopenedAssembly(place, "variables", message, hint)
    is_name = isinstance(error, UnsafeNameError)
    return UnopenedAssembly(
        place, "names" if is_name else "unreadable", message, hint, rule_of_repository(error)
    )


def values_of(item: Assembly) -> str:
    """Name the file that the measurements are in."""
    if isinstance(item, NetcdfAssembly):
        return item.data
    named = getattr(item, item.form)
    return file_part(named if isinstance(named, str) else named[0]).file


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
    except (BrainScoreDataError, _NotHereError, *UNREADABLE):
        return None, None, None  # rules about stimulus metadata say what is wrong with it
