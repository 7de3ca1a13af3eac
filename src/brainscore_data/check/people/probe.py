"""What tables and images say of people; with the base dependencies only, as a hook needs it.

Parquet, netCDF, HDF5 and npy files need the extra that reads them; where it is not there, that is
said of each.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.check.engine.places import Unreadable, leads_out, unreadable
from brainscore_data.check.engine.selection import is_chosen
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.stimulus_tables import stimulus_tables
from brainscore_data.check.engine.subjects import Subjects
from brainscore_data.check.people.exif import PersonalTag
from brainscore_data.check.people.image_originals import why_not_stripped
from brainscore_data.check.people.personal_columns import (
    TABLES,
    PeopleInTable,
    PersonalColumn,
    look_at_table,
    personal_columns,
    published_columns,
)
from brainscore_data.check.people.personal_tags import IMAGES, tags_of_file, tags_of_zip
from brainscore_data.check.people.staying_home import staying_home
from brainscore_data.check.people.unopened import Texts
from brainscore_data.dataset.lfs import refuse_pointer
from brainscore_data.dataset.named_files import manifest_above, manifest_document, named_files
from brainscore_data.dataset.repository import resolved
from brainscore_data.tables.csv_text import ROWS_AT_ONCE

_PARQUET = frozenset({".parquet", ".pq"})
_ARRAYS = frozenset({".nc", ".nc4", ".h5", ".hdf5", ".npy"})
_BUNDLE = "bundle.json"
# The rules that say of a table of stimuli, and of an assembly, that it cannot be read.
_TABLE, _ASSEMBLY = "BSD201", "BSD401"
_FETCHED = "the file is fetched: mend it where it is, and pin it anew with `source add --replace`"
_EXPORT_AGAIN = "export it again, with plain texts in it"


@dataclass(frozen=True)
class PeopleInImages:
    """What the metadata of an image, or of the images in a zip, says of people.

    Attributes
    ----------
    subject : str
        The file.
    tags : tuple of PersonalTag
        What leads to people.
    stays : str or None
        Why `--fix` leaves it alone; None if it does not.
    """

    subject: str
    tags: tuple[PersonalTag, ...]
    stays: str | None = None

    @property
    def is_clear(self) -> bool:
        """Whether nothing was found."""
        return not self.tags


def probe(subjects: Subjects, settings: Settings) -> Iterator[PeopleInTable | PeopleInImages]:
    """Look at all tables and images, but for those that are neither published nor in git."""
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
    document = manifest_document(manifest)
    sources = document.get("sources")
    if not isinstance(sources, dict) or not sources:
        return
    try:
        from brainscore_data.dataset.manifest import Source
        from brainscore_data.sources.fetching import cached_source
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
    if suffix in _PARQUET | _ARRAYS:
        texts_in = _parquet_texts if suffix in _PARQUET else _array_texts
        try:
            return _in_binary(path, texts_in)
        except BrainScoreDataError as error:
            told = _is_told(path, subjects, settings)
            return PeopleInTable(str(path), unread=() if told else (unreadable(error),))
    return None


def _is_told(path: Path, subjects: Subjects, settings: Settings) -> bool:
    """Whether another rule runs that says of a file that it cannot be read."""
    manifest = manifest_above(path)
    keys = {
        each.key
        for each in (named_files(manifest) if manifest else ())
        if resolved(each.path) == resolved(path)
    }
    if "metadata" in keys or path in set(stimulus_tables(subjects)):
        return is_chosen(_TABLE, settings)
    loose = path.suffix == ".nc" and not path.with_name(_BUNDLE).exists()
    return (loose or bool(keys)) and is_chosen(_ASSEMBLY, settings)


def _column_in_batches(texts: Iterable[str]) -> Iterator[Any]:
    taken = iter(texts)
    while batch := list(itertools.islice(taken, ROWS_AT_ONCE)):
        yield [None] * len(batch), [(text,) for text in batch]


def _in_binary(
    path: Path, texts_in: Callable[[Path], Iterator[Texts | Unreadable]]
) -> PeopleInTable:
    """Look at a file that needs a library to be read.

    Raises
    ------
    BrainScoreDataError
        If it cannot be opened.
    """
    from brainscore_data.check.people.unopened import UnopenedError

    columns: list[PersonalColumn] = []
    unread: list[Unreadable] = []
    kept = published_columns(path)
    try:
        refuse_pointer(path)
        for each in texts_in(path):
            if isinstance(each, Unreadable):
                unread.append(each)
                continue
            try:
                found = personal_columns([each.name], _column_in_batches(each.values))
            except DataError as error:
                unread.append(Unreadable(error.message, error.hint or _EXPORT_AGAIN))
                continue
            columns += (
                PersonalColumn(
                    name,
                    holds,
                    None,
                    each.called,
                    left_out=kept is not None and name not in kept,
                    stays="it mends csv and tsv files",
                )
                for name, (holds, _) in found.items()
            )
    except ModuleNotFoundError as error:
        return PeopleInTable(str(path), missing=error.name)
    except UnopenedError:
        raise
    except DataError:
        return PeopleInTable(str(path))  # not there, or in LFS: for the repository's rules
    return PeopleInTable(str(path), tuple(columns), tuple(unread))


def _parquet_texts(path: Path) -> Iterator[Texts | Unreadable]:
    from brainscore_data.check.people.texts_in_parquet import texts_of

    return texts_of(path)


def _array_texts(path: Path) -> Iterator[Texts | Unreadable]:
    from brainscore_data.check.people.texts_in_arrays import texts_of

    return texts_of(path)
