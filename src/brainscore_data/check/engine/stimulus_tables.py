"""Which files are the metadata of stimulus sets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from brainscore_data.base.errors import DataError
from brainscore_data.base.repository import resolved
from brainscore_data.check.engine.subjects import Subjects
from brainscore_data.dataset.document import (
    manifest_above,
    manifest_of_folder,
    named_files,
    names_of,
)
from brainscore_data.tables.csv_text import opened_csv

ID_COLUMNS = ("stimulus_id", "image_id")


def stimulus_tables(subjects: Subjects) -> Iterator[Path]:
    """Give each table of stimuli once, but for those outside of their dataset; see `rooted_tables`."""
    for path, root in rooted_tables(subjects):
        if resolved(path).is_relative_to(root):
            yield path


def rooted_tables(subjects: Subjects) -> Iterator[tuple[Path, Path]]:
    """Give each table of stimuli once, and the folder that it must not lead out of.

    A manifest says which they are. Where there is none, it is a csv with ids of stimuli and a
    column ``filename``, given by itself or with its folder: a table of trials and what a packaging
    script reads have ids of stimuli as well.
    """
    tables = [
        (resolved(named.path), named)
        for manifest in subjects.manifests
        for named in named_files(manifest)
        if named.key == "metadata"
    ]
    # There can be a million files: only those are looked up that can be one of these.
    names = {where.name for where, _ in tables}
    given = {
        resolved(path): path
        for path in subjects.files
        if tables and (path.name in names or path.is_symlink())
    }
    seen: set[Path] = set()
    for where, named in tables:
        if where not in seen:
            seen.add(where)
            yield given.get(where, named.path), resolved(named.manifest.parent)
    for path in subjects.files:
        if path.suffix.lower() == ".csv" and _is_of_stimuli(path):
            if (where := resolved(path)) in seen:
                continue
            seen.add(where)
            above = manifest_of_folder(path.parent)
            home = path.parent if subjects.repository is None else subjects.repository
            yield path, resolved(home if above is None else above.parent)


def _is_of_stimuli(path: Path) -> bool:
    if manifest_above(path) is not None:
        return any(named.key == "metadata" for named in names_of(path))
    if not path.is_file():
        return False  # opening a pipe would wait for ever
    try:
        with opened_csv(path) as text:
            columns = {name.strip() for name in text.header}
    except DataError:
        return False
    return not columns.isdisjoint(ID_COLUMNS) and "filename" in columns
