"""What tables and images say of people; with the base dependencies only, as a hook needs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import tee
from pathlib import Path
from typing import TypeVar

from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.check.engine.run import CheckRun, Question
from brainscore_data.check.engine.selection import is_chosen
from brainscore_data.check.engine.unreadable import leads_out, unreadable
from brainscore_data.check.people.facts import PeopleInImages, PeopleInTable, PersonalColumn
from brainscore_data.check.people.image_stripping import why_not_stripped
from brainscore_data.check.people.personal_columns import (
    TABLES,
    TRIALS,
    look_at_table,
    personal_cells,
)
from brainscore_data.check.people.personal_tags import IMAGES, tags_of_file, tags_of_zip
from brainscore_data.check.people.personal_texts import (
    BINARY,
    PACKED,
    look_at_binary,
    look_at_packed,
)
from brainscore_data.check.people.staying_home import staying_home
from brainscore_data.dataset.document import items_in, manifest_document, names_of
from brainscore_data.dataset.paths import file_part
from brainscore_data.dataset.patterns import is_pattern, matching, names_on_disk, starred

_Found = PeopleInTable | PeopleInImages | None
_Label = TypeVar("_Label", str, Path)
_BUNDLE = "bundle.json"
# The rules that say of a table of stimuli, of stimuli, and of an assembly, that it cannot be read.
_TABLE, _STIMULI, _ASSEMBLY = "BSD201", "BSD301", "BSD401"
_FETCHED = (
    "the file is downloaded: fix it at its source, and pin it again with `source add --replace`"
)


def probe(run: CheckRun) -> Iterator[PeopleInTable | PeopleInImages]:
    """Look at all tables and images, but for those that are neither published nor in git."""
    doubtful: list[tuple[Path, PeopleInTable | PeopleInImages]] = []
    root = run.subjects.repository
    files = (
        path
        for path in run.subjects.files
        if not (path.is_symlink() and (not path.is_file() or leads_out(path, root)))
    )
    for path, found in _looked_at(((path, path) for path in files), run):
        if found is None:
            continue
        if found.is_clear:
            yield found
        else:
            doubtful.append((path, found))
    home = staying_home(path for path, _ in doubtful)
    yield from (found for path, found in doubtful if path not in home)
    for manifest in run.subjects.manifests:
        yield from _in_sources(manifest, run)
        yield from _in_names(manifest)


def _in_names(manifest: Path) -> Iterator[PeopleInTable]:
    """Look at what becomes a column of the names of files."""
    for _, _, item in items_in(manifest_document(manifest)):
        column, tables = item.get("from_name"), item.get("table")
        if not isinstance(column, str):
            continue
        said = [
            (None, starred(name, each))
            for name in (tables if isinstance(tables, list) else [tables])
            if isinstance(name, str)
            for each in _all_named(manifest.parent, name)
        ]
        if found := personal_cells(column, said):
            stays = "it renames no files; say in `from_name` only who is who in the tables"
            called = f"column {column!r}, of the names of files"
            yield PeopleInTable(
                str(manifest),
                (PersonalColumn(column, *found, called, left_out=False, stays=stays),),
            )


def _all_named(folder: Path, name: str) -> Iterator[str]:
    """List what `*` stands for in a name: of files, or of what is in a zip, as they are written."""
    file, part = file_part(name)
    if part is None or not is_pattern(part):
        yield from names_on_disk(folder, name)
        return
    from brainscore_data.tables.zipped import tables_in

    with suppress(DataError):  # who reads it says that it cannot be
        yield from (f"{file}:{each}" for each in matching(part, tables_in(folder / file)))


def _in_sources(manifest: Path, run: CheckRun) -> Iterator[PeopleInTable | PeopleInImages]:
    """Look at what a manifest names and was fetched already; packaging fetches it, then asks again."""
    sources = manifest_document(manifest).get("sources")
    if not isinstance(sources, dict) or not sources:
        return
    try:
        from brainscore_data.dataset.manifest import Source
        from brainscore_data.sources.pinning import cached_source
    except ModuleNotFoundError:
        return  # a hook for what is committed, which fetches nothing
    here: dict[str, Path] = {}
    for name, source in sources.items():
        try:
            path = cached_source(name, Source.model_validate(source))
        except (BrainScoreDataError, ValueError):
            continue  # other rules say what is wrong with it
        if path is not None:
            here[name] = path
    for name, found in _looked_at(here.items(), run):
        subject = str(manifest.parent / name)
        if isinstance(found, PeopleInTable):
            columns = tuple(replace(each, stays=_FETCHED) for each in found.columns)
            yield replace(found, subject=subject, columns=columns)
        elif found is not None:
            yield replace(found, subject=subject, stays=_FETCHED)


def _looked_at(
    files: Iterable[tuple[_Label, Path]], run: CheckRun
) -> Iterator[tuple[_Label, _Found]]:
    """Look at files; what is found of one comes with its label."""
    labels, asked = tee((label, look) for label, path in files for look in _looks_at(path, run))
    found = run.answered(look for _, look in asked)
    yield from zip((label for label, _ in labels), found, strict=True)


def _looks_at(path: Path, run: CheckRun) -> Iterator[_Found | Question[_Found]]:
    suffix = path.suffix.lower()
    if suffix in TABLES:
        found = look_at_table(path)
        known = found.unread and _is_told(path, run)
        yield PeopleInTable(str(path)) if known else found
    elif suffix in IMAGES:
        tags = tags_of_file(path)
        yield PeopleInImages(str(path), tags, why_not_stripped(path) if tags else None)
    elif suffix in PACKED:
        yield from _looks_into(path, run)
    elif suffix in BINARY or (suffix in TRIALS and names_of(path)):
        arguments = {"path": path, "inside": run.inside}
        yield Question(look_at_binary, arguments, [path], partial(_unread, path, run))


def _looks_into(path: Path, run: CheckRun) -> Iterator[_Found | Question[_Found]]:
    from brainscore_data.tables.zipped import has_tables

    try:
        if path.suffix.lower() == ".zip":
            tags = tags_of_zip(path)
            yield PeopleInImages(str(path), tags, why_not_stripped(path) if tags else None)
        if not has_tables(path):
            return
    except DataError as error:
        yield _unread(path, run, error)
        return
    told = _is_told(path, run)
    arguments = {"path": path, "inside": run.inside, "is_told": told}
    yield Question(look_at_packed, arguments, [path], partial(_unread, path, run))


def _unread(path: Path, run: CheckRun, error: DataError) -> PeopleInTable:
    told = _is_told(path, run)
    return PeopleInTable(str(path), unread=() if told else (unreadable(error),))


def _is_told(path: Path, run: CheckRun) -> bool:
    """Whether another rule runs that says of a file that it cannot be read."""
    keys = {named.key for named in names_of(path)}
    if "metadata" in keys or path in run.stimulus_tables:
        return is_chosen(_TABLE, run.settings)
    if "files" in keys:
        return is_chosen(_STIMULI, run.settings)
    loose = path.suffix == ".nc" and not path.with_name(_BUNDLE).exists()
    return (loose or bool(keys)) and is_chosen(_ASSEMBLY, run.settings)
