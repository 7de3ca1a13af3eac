"""What tables and images say of people; with the base dependencies only, as a hook needs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.selection import is_chosen
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.stimulus_tables import stimulus_tables
from brainscore_data.check.engine.subjects import Subjects
from brainscore_data.check.engine.unreadable import leads_out, unreadable
from brainscore_data.check.people.facts import PeopleInImages, PeopleInTable
from brainscore_data.check.people.image_stripping import why_not_stripped
from brainscore_data.check.people.personal_columns import TABLES, look_at_table
from brainscore_data.check.people.personal_tags import IMAGES, tags_of_file, tags_of_zip
from brainscore_data.check.people.personal_texts import ARRAYS, PARQUET, look_at_binary
from brainscore_data.check.people.staying_home import staying_home
from brainscore_data.dataset.document import manifest_document, names_of

_BUNDLE = "bundle.json"
# The rules that say of a table of stimuli, and of an assembly, that it cannot be read.
_TABLE, _ASSEMBLY = "BSD201", "BSD401"
_FETCHED = "the file is fetched: mend it where it is, and pin it anew with `source add --replace`"


def probe(run: CheckRun) -> Iterator[PeopleInTable | PeopleInImages]:
    """Look at all tables and images, but for those that are neither published nor in git."""
    subjects, settings = run.subjects, run.settings
    doubtful: dict[Path, PeopleInTable | PeopleInImages] = {}
    for path in subjects.files:
        if path.is_symlink() and (not path.is_file() or leads_out(path, subjects.repository)):
            continue
        found = _look_at(path, subjects, settings)
        if found is None:
            continue
        if found.is_clear:
            yield found
        else:
            doubtful[path] = found
    home = staying_home(doubtful)
    yield from (found for path, found in doubtful.items() if path not in home)
    for manifest in subjects.manifests:
        yield from _in_sources(manifest, subjects, settings)


def _in_sources(
    manifest: Path, subjects: Subjects, settings: Settings
) -> Iterator[PeopleInTable | PeopleInImages]:
    """Look at what a manifest names and was fetched already; packaging fetches it, then asks again."""
    sources = manifest_document(manifest).get("sources")
    if not isinstance(sources, dict) or not sources:
        return
    try:
        from brainscore_data.dataset.manifest import Source
        from brainscore_data.sources.pinning import cached_source
    except ModuleNotFoundError:
        return  # a hook for what is committed, which fetches nothing
    for name, source in sources.items():
        try:
            path = cached_source(name, Source.model_validate(source))
        except (BrainScoreDataError, ValueError):
            continue  # other rules say what is wrong with it
        found = None if path is None else _look_at(path, subjects, settings)
        subject = str(manifest.parent / name)
        if isinstance(found, PeopleInTable):
            columns = tuple(replace(each, stays=_FETCHED) for each in found.columns)
            yield replace(found, subject=subject, columns=columns)
        elif found is not None:
            yield replace(found, subject=subject, stays=_FETCHED)


def _look_at(
    path: Path, subjects: Subjects, settings: Settings
) -> PeopleInTable | PeopleInImages | None:
    suffix = path.suffix.lower()
    if suffix in TABLES:
        found = look_at_table(path)
        known = found.unread and _is_told(path, subjects, settings)
        return PeopleInTable(str(path)) if known else found
    if suffix in IMAGES or suffix == ".zip":
        tags = tags_of_zip(path) if suffix == ".zip" else tags_of_file(path)
        return PeopleInImages(str(path), tags, why_not_stripped(path) if tags else None)
    if suffix in PARQUET | ARRAYS:
        try:
            return look_at_binary(path)
        except BrainScoreDataError as error:
            told = _is_told(path, subjects, settings)
            return PeopleInTable(str(path), unread=() if told else (unreadable(error),))
    return None


def _is_told(path: Path, subjects: Subjects, settings: Settings) -> bool:
    """Whether another rule runs that says of a file that it cannot be read."""
    keys = {named.key for named in names_of(path)}
    if "metadata" in keys or path in set(stimulus_tables(subjects)):
        return is_chosen(_TABLE, settings)
    loose = path.suffix == ".nc" and not path.with_name(_BUNDLE).exists()
    return (loose or bool(keys)) and is_chosen(_ASSEMBLY, settings)
