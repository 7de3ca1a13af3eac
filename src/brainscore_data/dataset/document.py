"""What a manifest says and on which lines, without the models: no hook needs more for it.

Nothing is judged here; a manifest that is wrong is for the repository's rules, and names nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.place import Place
from brainscore_data.base.read_once import keep, kept, once, whereabouts
from brainscore_data.base.repository import resolved
from brainscore_data.dataset.identifiers import KINDS, Kind
from brainscore_data.dataset.paths import file_part
from brainscore_data.dataset.patterns import names_on_disk

if TYPE_CHECKING:
    from brainscore_data.dataset.manifest_values import Visibility

MANIFEST_NAME = "dataset.toml"
#: An item: what it is, and its identifier.
Name = tuple[Kind, str]
# Compiled when there is a manifest: most runs of the hook for names have none.
_HEADER = r"\s*(\[\[?)\s*[\"']?([\w-]+)[\"']?\s*\]\]?"
# In errors: ``[dataset]`` or ``[[assembly]] 2``, and ``license`` or ``coords.neuroid``.
_TABLE = r"\[\[?([\w-]+)\]\]?(?: ([0-9]+))?"
_FIRST_KEY = r'"([^"]+)"|([\w-]+)'
_PLACED = 600  # bytes that a name takes with its place, about


class Named(NamedTuple):
    """A file that a manifest names."""

    manifest: Path
    key: str  # metadata, files, table, coords, …
    item: Mapping[str, Any]  # the manifest's table that it is in
    path: Path


def named_files(manifest: Path, *, with_sources: bool = False) -> tuple[Named, ...]:
    """List what a manifest names and is not fetched from elsewhere; that as well, if asked for."""
    document = manifest_document(manifest)
    sources = document.get("sources")
    fetched = set(sources) if isinstance(sources, dict) and not with_sources else set()
    return tuple(
        Named(manifest, key, item, manifest.parent / name)
        for _, _, item in items_in(document)
        for key, name in names_in(item, manifest.parent)
        if name and "\0" not in name and name not in fetched
    )


def names_of(path: Path) -> Sequence[Named]:
    """List where the manifest above a file names it."""
    manifest = manifest_above(path)
    return () if manifest is None else named_by_place(manifest).get(Path(whereabouts(path)), ())


def named_by_place(manifest: Path, *, with_sources: bool = False) -> Mapping[Path, Sequence[Named]]:
    """Sort what `named_files` lists by where it is, links and all: of many files, each looks here."""
    kind = "named by place", manifest, with_sources
    found: dict[Path, list[Named]] | None = kept(manifest, kind)
    if found is None:
        found = {}
        for each in named_files(manifest, with_sources=with_sources):
            found.setdefault(resolved(each.path), []).append(each)
        keep(manifest, kind, found, _PLACED * sum(map(len, found.values())))
    return found


def items_in(document: Mapping[str, Any]) -> Iterator[tuple[Kind, int, Mapping[str, Any]]]:
    """Go through the tables of the items: the kind, the position (from 0) and what it says."""
    for kind in KINDS:
        tables = document.get(kind)
        for index, item in enumerate(tables if isinstance(tables, list) else ()):
            if isinstance(item, dict):
                yield kind, index, item


class Identifier(NamedTuple):
    """An identifier that a manifest gives to an item, and where it stands."""

    kind: Kind
    identifier: str
    place: Place


def identifiers_in(
    file: str, lines: Sequence[str], document: Mapping[str, Any]
) -> Iterator[Identifier]:
    """List the identifiers that are texts; findings about one have its place.

    `lines` is what is written in the manifest, `document` what TOML makes of it.
    """
    numbered = {kind: identifier_lines(lines, kind) for kind in KINDS}
    for kind, index, item in items_in(document):
        if isinstance(identifier := item.get("identifier"), str):
            line = _line(lines, numbered[kind], index, identifier)
            yield Identifier(kind, identifier, Place(file, line, entry=f"[[{kind}]] {index + 1}"))


def stated_visibility(manifest: Path) -> dict[Name, Visibility]:
    """Read who shall be able to load each item that says so, whatever else is wrong in it.

    Where an item is there twice, ``private`` counts.
    """
    from brainscore_data.dataset.toml import read_toml

    found: dict[Name, Visibility] = {}
    for kind, _, item in items_in(read_toml(manifest)):
        identifier, word = item.get("identifier"), item.get("visibility")
        if not isinstance(identifier, str):
            continue
        if word == "private" or (word == "public" and (kind, identifier) not in found):
            found[kind, identifier] = word
    return found


def _line(
    lines: Sequence[str], numbered: list[int | None], index: int, identifier: str
) -> int | None:
    """Give the line that was found, if the identifier is really on it."""
    line = numbered[index] if index < len(numbered) else None
    return line if line is not None and identifier in lines[line - 1] else None


def manifest_above(path: Path) -> Path | None:
    """Find the ``dataset.toml`` of the dataset that a file is in, if it is in any."""
    return once(_manifest_of, os.path.dirname(whereabouts(path)))  # noqa: PTH120 - a text already


def manifest_of_folder(start: Path) -> Path | None:
    """Find the ``dataset.toml`` in a folder or above it, up to the root of the git repository."""
    return once(_manifest_of, os.fspath(start))


def _manifest_of(folder: str) -> Path | None:
    start = resolved(Path(folder))
    for each in (start, *start.parents):
        if (each / MANIFEST_NAME).is_file():
            return each / MANIFEST_NAME
        if (each / ".git").exists():
            return None
    return None


def table_names(item: Mapping[str, Any]) -> Iterator[str]:
    """List the tables that an item names, as they are written: with what is meant of a file, and `*`."""
    for key in ("metadata", "spikes"):
        if isinstance(name := item.get(key), str):
            yield name
    tables, coords = item.get("table"), item.get("coords")
    for names in (
        tables if isinstance(tables, list) else [tables],
        coords.values() if isinstance(coords, dict) else (),
    ):
        yield from (name for name in names if isinstance(name, str))


def names_in(item: Mapping[str, Any], folder: Path) -> Iterator[tuple[str, str]]:
    """List the keys of an item that name files, and the names; what `*` stands for is in a folder."""
    for key in ("metadata", "files", "data", "values", "spikes", "series"):
        if isinstance(name := item.get(key), str):
            yield key, file_part(name).file
    tables = item.get("table")
    for name in tables if isinstance(tables, list) else [tables]:
        if isinstance(name, str):
            yield from (("table", each) for each in names_on_disk(folder, file_part(name).file))
    for key in ("coords", "extras"):
        if isinstance(names := item.get(key), dict):
            yield from (
                (key, file_part(name).file) for name in names.values() if isinstance(name, str)
            )


def identifier_lines(lines: Iterable[str], kind: str) -> list[int | None]:
    """Find the line of each item's identifier in a manifest, by what the lines look like."""
    found: list[int | None] = []
    inside = False
    for number, line in enumerate(lines, start=1):
        header = re.match(_HEADER, line)
        if header and header[1] == "[[" and header[2] in KINDS:
            inside = header[2] == kind
            if inside:
                found.append(None)
        elif inside and found[-1] is None and _has_key(line, "identifier"):
            found[-1] = number
    return found


def header_lines(text: str) -> dict[str, list[int]]:
    """Find the lines on which tables begin, by what the lines look like: name → of each, in order."""
    found: dict[str, list[int]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(_HEADER, line):
            found.setdefault(header[2], []).append(number)
    return found


def line_of(text: str, table: str = "", key: str = "") -> int | None:
    r"""Find the line of a key, or else of its table, by what the lines look like.

    TOML's parser keeps no lines; a table that is written in another way than usual has none here. `table` and
    `key` are as errors name them: ``[[assembly]] 2``, ``coords.neuroid``.

    >>> line_of('schema = 1\n\n[[assembly]]\nclass = "BehavioralAssembly"\n', "[[assembly]] 1", "class")
    4
    """
    wanted = re.match(_TABLE, table)
    first = re.match(_FIRST_KEY, key)
    name = (first[1] or first[2]) if first else None
    found, seen, inside = None, 0, wanted is None
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(_HEADER, line):
            if inside and (found is not None or wanted is None):
                break
            if wanted and header[2] == wanted[1]:
                seen += 1
                inside = seen == int(wanted[2] or 1)
                found = number if inside else None
        elif inside and name and _has_key(line, name):
            return number
    return found


def _has_key(line: str, name: str) -> bool:
    return re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*[=.]", line) is not None


def manifest_document(manifest: Path) -> dict[str, Any]:
    """Give what a manifest says; nothing, if it is none."""
    from brainscore_data.dataset.toml import read_manifest

    try:
        return read_manifest(manifest).document
    except BrainScoreDataError:
        return {}
