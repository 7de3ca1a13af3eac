"""What lies in a contributor's folder: tables, arrays, netCDF files and stimuli.

Facts only; what they are good for is guessed in :mod:`brainscore_data.drafting.drafts`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

from brainscore_data.arrays.formats import CONVERTIBLE
from brainscore_data.base.door import only_inside
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.repository import is_gits_own
from brainscore_data.base.text import natural_order
from brainscore_data.base.zipped import LEFT_BY_SYSTEMS
from brainscore_data.cage.limits import Limits, size_of
from brainscore_data.cage.workers import Workers
from brainscore_data.check.people.image_stripping import is_for_originals
from brainscore_data.check.people.personal_columns import copy_of
from brainscore_data.dataset.document import MANIFEST_NAME
from brainscore_data.dataset.paths import file_part, refuse_gits_own
from brainscore_data.drafting.file_contents import (
    STIMULUS_ENDINGS,
    archive_at,
    array_at,
    matlab_at,
    netcdf_at,
    nwb_at,
    refuse_unsafe,
    table_at,
    workbook_at,
    zip_at,
)
from brainscore_data.drafting.found import Array, FoundTable, Netcdf, Parts, Recording, Stimuli
from brainscore_data.tables.formats import endings_with_parts, table_endings
from brainscore_data.tables.zipped import is_packed_table

Found = TypeVar("Found")

_TABLES = [ending for ending in table_endings() if ending not in endings_with_parts()]
_LIGHT = frozenset({".csv", ".tsv"})
_DATA_ENDINGS = STIMULUS_ENDINGS | {*table_endings(), ".npy", ".nc"}
# What this program and Python write themselves.
_NOT_DATA = frozenset({"__pycache__", "bundle"})
_PARTS_AT = {
    ".mat": matlab_at,
    ".nwb": nwb_at,
    ".zip": zip_at,
    **dict.fromkeys((".xlsx", ".xlsm"), workbook_at),
}
_MOST_NAMED = 3
# Why something is passed over, whatever is in it; the first that holds is said.
_PASSED_OVER: dict[str, Callable[[os.DirEntry[str]], bool]] = {
    "its name begins with a dot, so it is hidden": lambda entry: entry.name.startswith("."),
    "a program wrote it for itself": lambda entry: entry.name in LEFT_BY_SYSTEMS | _NOT_DATA,
    "it is a symlink; put the file itself there": lambda entry: entry.is_symlink(),
    "it is not a file": lambda entry: not entry.is_dir() and not entry.is_file(),
    "it is git's own": lambda entry: entry.is_dir() and is_gits_own(Path(entry.path)),
    "it has the originals of images with people's data": (
        lambda entry: entry.is_dir() and is_for_originals(entry.name)
    ),
    "it is a dataset of its own": (
        lambda entry: entry.is_dir() and Path(entry.path, MANIFEST_NAME).exists()
    ),
}


@dataclass(frozen=True)
class FolderInventory:
    """All that was found in a folder."""

    tables: tuple[FoundTable, ...]
    unreadable: Mapping[str, DataError]  # what is called a table and is none
    arrays: tuple[Array, ...]
    recordings: tuple[Recording, ...]
    netcdfs: tuple[Netcdf, ...]
    stimuli: tuple[Stimuli, ...]
    size: int  # of all files that count as data, in bytes
    notices: tuple[str, ...]  # what is worth knowing of those
    left: Mapping[str, str]  # what was seen and is not used → why


def take_inventory(root: Path) -> FolderInventory:
    """Look at all files of a folder and of its subfolders; hidden ones and symlinks excepted."""
    if not root.is_dir():
        raise UsageError("there is no such folder", where=str(root), hint="check the path")
    refuse_gits_own(root)
    # One program: it starts if there is something to parse, and most of that is headers.
    with Workers(1, readable=[root]) as workers, only_inside(root):
        return _inventory(root, workers)


def _inventory(root: Path, workers: Workers) -> FolderInventory:
    notices: list[str] = []
    left: dict[str, str] = {}
    files = sorted(_files(root, root, left), key=natural_order)
    by_ending: dict[str, list[str]] = {}
    for name in files:
        by_ending.setdefault(_ending(name), []).append(name)
    left |= _of_other_kinds(by_ending)
    parts: dict[str, Parts] = {}
    tables, arrays, unreadable = _tables_and_arrays(
        root, by_ending, workers, notices=notices, left=left, parts=parts
    )
    drawn = [
        Stimuli("stimuli", each.pictures, name) for name, each in parts.items() if each.pictures
    ]
    stimuli = _folders_of_stimuli(files)
    for name in by_ending.get(".zip", []):
        archive = archive_at(root, name)
        if name[: -len(".zip")] in {folder.name for folder in stimuli}:
            left[name] = "there is a folder of that name"
        elif archive.members:
            stimuli.append(archive)
        elif not any(file_part(table.name).file == name for table in tables):
            left.setdefault(name, "there are neither stimuli nor tables in it")
    for each in drawn[: len(drawn) if stimuli else 0] or drawn[1:]:
        left[f"{each.session}:stimulus"] = "there are stimuli elsewhere, too"
    stimuli += [] if stimuli else drawn[:1]
    return FolderInventory(
        tables=tuple(tables),
        unreadable=unreadable,
        arrays=tuple(arrays),
        recordings=tuple(one for each in parts.values() for one in each.recordings),
        netcdfs=tuple(
            _looked_at(netcdf_at, root, name, workers) for name in by_ending.get(".nc", [])
        ),
        stimuli=tuple(stimuli),
        size=sum((root / name).stat().st_size for name in files if _ending(name) in _DATA_ENDINGS),
        notices=tuple(notices),
        left=left,
    )


def _of_other_kinds(by_ending: Mapping[str, list[str]]) -> dict[str, str]:
    """Say of each file that can be no data why; many of one kind in one folder are said together."""
    left: dict[str, str] = {}
    for ending in by_ending.keys() - _DATA_ENDINGS:
        folders: dict[PurePosixPath, list[str]] = {}
        for name in by_ending[ending]:
            folders.setdefault(PurePosixPath(name).parent, []).append(name)
        for folder, names in folders.items():
            many = len(names) > _MOST_NAMED
            called = [f"{folder / f'*{ending}'} ({len(names)} files)"] if many else names
            why = CONVERTIBLE.get(ending, "no kind of file that data is read from")
            left |= dict.fromkeys(called, why)
    return left


def _tables_and_arrays(
    root: Path,
    by_ending: Mapping[str, list[str]],
    workers: Workers,
    *,
    notices: list[str],
    left: dict[str, str],
    parts: dict[str, Parts],
) -> tuple[list[FoundTable], list[Array], dict[str, DataError]]:
    tables: list[FoundTable] = []
    unreadable: dict[str, DataError] = {}
    for name in (name for ending in _TABLES for name in by_ending.get(ending, [])):
        if (root / copy_of(Path(name))).exists():
            left[name] = f"{copy_of(Path(name)).name} has pseudonyms in it"
            continue
        if _ending(name) == ".gz" and not is_packed_table(name[: -len(".gz")]):
            left[name] = CONVERTIBLE[".gz"]
            continue
        try:
            table, remarks = _looked_at(table_at, root, name, workers)
        except DataError as error:
            if _ending(name) == ".json":  # which most anything can be
                left[name] = error.message
                continue
            unreadable[name] = error
        else:
            tables.append(table)
            notices += remarks
    arrays = [_looked_at(array_at, root, name, workers) for name in by_ending.get(".npy", [])]
    for name in (name for ending in endings_with_parts() for name in by_ending.get(ending, [])):
        if (root / copy_of(Path(name))).exists():
            left[name] = f"{copy_of(Path(name)).name} has pseudonyms in it"
            continue
        look = _PARTS_AT[_ending(name)]
        try:
            found = _looked_at(look, root, name, workers)
        except DataError as error:
            unreadable[name] = error
        else:
            arrays += found.arrays
            tables += found.tables
            notices += found.notices
            left |= found.left
            parts[name] = found
    return tables, arrays, unreadable


def _looked_at(
    look: Callable[[Path, str], Found], root: Path, name: str, workers: Workers
) -> Found:
    """Look at a file in the cage, unless the standard library suffices for it."""
    if _ending(name) in _LIGHT:
        return look(root, name)
    limits = Limits.of(size_of([root / name]))
    found: Found = workers.call(look, limits=limits, where=name, root=root, name=name)
    return found


def _files(root: Path, folder: Path, left: dict[str, str]) -> Iterator[str]:
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        name = Path(entry.path).relative_to(root).as_posix()
        if (reason := _why_not(entry)) is not None:
            left[name] = reason
        elif entry.is_dir():
            yield from _files(root, Path(entry.path), left)
        elif entry.is_file():
            if _ending(name) in _DATA_ENDINGS:
                refuse_unsafe(name)
            yield name


def _why_not(entry: os.DirEntry[str]) -> str | None:
    """Say why a file or folder is passed over, whatever is in it; None if it is not."""
    if entry.name.startswith("~$"):
        return f"Excel has {entry.name[2:]} open; close it there"
    return next((why for why, holds in _PASSED_OVER.items() if holds(entry)), None)


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _folders_of_stimuli(files: list[str]) -> list[Stimuli]:
    below: dict[str, list[PurePosixPath]] = {}
    for path in map(PurePosixPath, files):
        if _ending(path.name) in STIMULUS_ENDINGS:
            below.setdefault(path.parts[0] if len(path.parts) > 1 else ".", []).append(path)
    found = []
    for paths in below.values():
        # stimuli/cats and stimuli/dogs are one set; data/stimuli alone is data/stimuli's.
        folder = PurePosixPath(os.path.commonpath([path.parent for path in paths]))
        found.append(Stimuli(str(folder), tuple(str(path.relative_to(folder)) for path in paths)))
    return found
