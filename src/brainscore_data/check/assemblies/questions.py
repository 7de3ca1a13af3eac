"""What the cage is asked of assemblies: of those of manifests, and of netCDF files that none names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from brainscore_data.base.caching import cache_folder
from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.base.place import Place
from brainscore_data.base.repository import resolved
from brainscore_data.base.text import some
from brainscore_data.check.assemblies.facts import UnopenedAssembly
from brainscore_data.check.assemblies.looking import COPY_AGAIN, Facts, look_at_file, look_at_item
from brainscore_data.check.engine.run import CheckRun, Question
from brainscore_data.check.engine.unreadable import leads_out
from brainscore_data.dataset.assembly_tables import Assembly, NetcdfAssembly
from brainscore_data.dataset.document import identifier_lines, names_in
from brainscore_data.dataset.reading import Dataset, load_dataset
from brainscore_data.dataset.toml import read_manifest
from brainscore_data.sources.pinning import place_in_cache

_BUNDLE = "bundle.json"


def questions(run: CheckRun, loose: Iterable[Path]) -> Iterator[Facts | Question[Facts]]:
    """Ask of the assemblies of each manifest, then of `loose` files that are none's nor a bundle's."""
    named: set[Path] = set()
    for manifest in run.subjects.manifests:
        try:
            dataset = load_dataset(manifest)
            lines = identifier_lines(read_manifest(manifest).text.splitlines(), "assembly")
        except BrainScoreDataError:
            continue  # other rules say what is wrong with it
        for number, item in enumerate(dataset.manifest.assemblies):
            own = [item.data] if isinstance(item, NetcdfAssembly) else []
            named |= {resolved(dataset.root / name) for name in (*own, *item.extras.values())}
            # An array of inline tables has no such lines.
            line = lines[number] if number < len(lines) else None
            entry = f"[[assembly]] {number + 1} ({item.identifier})"
            table = Place(str(dataset.path), line, entry=entry)
            arguments = {"manifest": manifest, "number": number, "table": table}
            arguments |= {"inside": run.inside, "cache": cache_folder()}
            files = _files_of(dataset, item)
            names = list(dict.fromkeys(name for _, name in _named(dataset, item)))
            unknown = partial(_unknown, table, names)
            yield Question(look_at_item, arguments, files, unknown)
    for path in loose:
        if resolved(path) in named:
            continue
        if leads_out(path, run.subjects.repository):
            continue  # the rules about repositories tell of it
        if not path.with_name(_BUNDLE).exists():
            arguments = {"path": path, "inside": run.inside}
            unknown = partial(_unknown, Place(str(path)), [])
            yield Question(look_at_file, arguments, [path], unknown)


def _unknown(place: Place, names: Sequence[str], error: DataError) -> UnopenedAssembly:
    """Say what ended the program that read the files of an assembly; one of them did."""
    which = f"; it was reading {some(names, 3, str)}" if names else ""
    message = f"{error.message}{which}"
    return UnopenedAssembly(place, "unreadable", message, error.hint or COPY_AGAIN)


def _named(dataset: Dataset, item: Assembly) -> Iterator[tuple[str, str]]:
    return names_in(item.model_dump(by_alias=True), dataset.root)


def _files_of(dataset: Dataset, item: Assembly) -> Iterator[Path]:
    """Name the files that are read of an assembly, if they are there."""
    names = [name for _, name in _named(dataset, item)]
    sets = dataset.manifest.stimulus_sets
    names += (each.metadata for each in sets if each.identifier == item.stimulus_set)
    for name in names:
        source = dataset.manifest.sources.get(name)
        yield dataset.root / name if source is None else place_in_cache(name, source)
