"""Which tables of a file are copied with pseudonyms: those that the manifest names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from brainscore_data.base.errors import DataError
from brainscore_data.base.repository import resolved
from brainscore_data.dataset.document import names_of, table_names
from brainscore_data.dataset.paths import file_part
from brainscore_data.dataset.patterns import is_pattern, matching, names_on_disk
from brainscore_data.tables.formats import open_table
from brainscore_data.tables.zipped import tables_in

_TABLE_KEYS = frozenset({"metadata", "table", "spikes", "coords"})


def why_not_copied(path: Path) -> str | None:
    """Say why no copy is made of a file's tables; None if there is one (in the cage)."""
    others = {named.key for named in names_of(path)} - _TABLE_KEYS
    if others:
        return f"dataset.toml names it in `{min(others)}`, too: save the table in a file of its own"
    try:
        for part in parts_to_copy(path):
            open_table(path, part).close()
    except DataError as error:
        return f"it cannot read the table: {error.message}"
    return None


def parts_to_copy(path: Path) -> list[str | None]:
    """Say which tables of a file the manifest names; None is the only one in it.

    Of a zip that it does not name, all are meant.
    """
    named = [*dict.fromkeys(_named_parts(path))]
    if named:
        return [*named]
    return [*tables_in(path)] if path.suffix.lower() == ".zip" else [None]


def _named_parts(path: Path) -> Iterator[str]:
    here = resolved(path)
    for named in names_of(path):
        folder = named.manifest.parent
        for name in table_names(named.item):
            file, part = file_part(name)
            if part is None or here not in {
                resolved(folder / each) for each in names_on_disk(folder, file)
            }:
                continue
            yield from matching(part, tables_in(path)) if is_pattern(part) else [part]
