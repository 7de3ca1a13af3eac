"""BrainIO catalogs: a csv with a row for each file, which older installations look things up in.

The format is that of ``brainio.lookup.append`` in https://github.com/brain-score/brainio: an
assembly has one row; a stimulus set two, of which the csv's alone has a class.

It is no table of a contributor's, which `brainscore_data.tables` would read: what is there stays as
it is, byte for byte, with the odd rows that older programs wrote and that a table may not have.
"""

from __future__ import annotations

import csv
import io
import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.files import written_whole
from brainscore_data.records.bundle import BundledAssembly, BundledFile, BundledStimulusSet

COLUMNS = (
    "identifier",
    "lookup_type",
    "class",
    "location_type",
    "location",
    "sha1",
    "stimulus_set_identifier",
)
_ENTRY_POINTS = "brainio_lookups"


#: Column → cell.
CatalogRow = Mapping[str, str]


def rows_of(
    item: BundledStimulusSet | BundledAssembly,
    sha1s: Mapping[str, str],
    location_of: Callable[[str], str],
) -> list[CatalogRow]:
    """List an item's files, of which `sha1s` and `location_of` tell by their names."""
    files: Iterable[tuple[BundledFile, str]]
    if isinstance(item, BundledStimulusSet):
        files, stimulus_set = [(item.csv, "StimulusSet"), (item.zip, "")], None
    else:
        files, stimulus_set = [(item.nc, item.assembly_class)], item.stimulus_set
    return [
        {
            "identifier": item.identifier,
            "lookup_type": item.kind,
            "class": class_name,
            "location_type": "S3",
            "location": location_of(file.name),
            "sha1": sha1s[file.name],
            "stimulus_set_identifier": stimulus_set or "",
        }
        for file, class_name in files
    ]


def find_catalog(catalog: str | os.PathLike[str] | None) -> Path | None:
    """Find the csv of a catalog: at a path, or where an installed package offers one of that name.

    A name that no package has is warned about: brainscore-core takes any and looks at none.

    Examples
    --------
    >>> find_catalog("catalogs/lookup.csv").name
    'lookup.csv'
    """
    if catalog is None:
        return None
    if not isinstance(catalog, (str, os.PathLike)):
        raise UsageError(
            f"a catalog is a name, the path of a csv, or None, and this is a {type(catalog).__name__}"
        )
    name = os.fspath(catalog)
    if name.lower().endswith(".csv"):
        return Path(name)
    found = _installed(name)
    if found is None:
        warnings.warn(
            f"no package that is installed has a BrainIO catalog {name!r}: no row is written to "
            "one. Pass None, or the path of the catalog's csv",
            stacklevel=5,  # of the script: past the packaging function and its decorators
        )
    return found


def _installed(name: str) -> Path | None:
    from importlib.metadata import entry_points

    for entry_point in entry_points(group=_ENTRY_POINTS, name=name):
        catalog: Any = entry_point.load()()
        return Path(catalog.attrs["source_path"])
    return None


def check_rows(path: Path, rows: Iterable[CatalogRow]) -> None:
    """Make sure, before anything is uploaded, that rows can be appended."""
    _, found = _read(path)
    _new(path, found, rows)


def append_rows(path: Path, rows: Iterable[CatalogRow]) -> None:
    """Append the rows that are not there yet; all else stays as it is, byte for byte."""
    text, found = _read(path)
    header = next(csv.reader(io.StringIO(text)), list(COLUMNS))
    added = io.StringIO()
    writer = csv.DictWriter(added, header, restval="", lineterminator="\n")
    if not text:
        writer.writeheader()
    elif not text.endswith(("\n", "\r")):
        added.write("\n")
    writer.writerows(_new(path, found, rows))
    with written_whole(path) as target:
        target.write_text(text + added.getvalue(), encoding="utf-8", newline="")


def _read(path: Path) -> tuple[str, list[dict[str, str]]]:
    if not path.exists():
        return "", []
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            text = stream.read()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"this catalog cannot be read: {error}", where=str(path)) from error
    reader = csv.DictReader(io.StringIO(text))
    if missing := [name for name in COLUMNS if text and name not in (reader.fieldnames or ())]:
        raise DataError(
            f"this is not a BrainIO catalog: it has no column {missing[0]!r}",
            where=str(path),
            hint=f"its columns are {', '.join(COLUMNS)}",
        )
    return text, list(reader)


def _new(
    path: Path, found: Iterable[Mapping[str, str]], rows: Iterable[CatalogRow]
) -> list[CatalogRow]:
    new = []
    there = [{name: row[name] or "" for name in COLUMNS} for row in found]
    for cells in rows:
        if cells in there:
            continue
        ending = cells["location"].rpartition(".")[2]
        for other in there:
            same = all(other[name] == cells[name] for name in ("identifier", "lookup_type"))
            if same and other["location"].endswith(f".{ending}"):
                raise DataError(
                    f"the catalog has another row for {cells['identifier']!r} already: "
                    f"{other['location']}, sha1 {other['sha1']}",
                    where=str(path),
                    hint="choose another identifier, or take that row out",
                )
        new.append(cells)
    return new
