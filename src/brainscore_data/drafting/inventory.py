"""What lies in a contributor's folder: tables, arrays, netCDF files and stimuli.

Facts only; what they are good for is guessed in :mod:`brainscore_data.drafting.drafts`.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

from brainscore_data.base.door import only_inside
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.repository import is_gits_own
from brainscore_data.base.text import natural_order
from brainscore_data.base.zipped import opened_zip
from brainscore_data.cage.limits import Limits, size_of
from brainscore_data.cage.workers import Workers
from brainscore_data.check.people.image_stripping import is_for_originals
from brainscore_data.check.people.personal_columns import copy_of
from brainscore_data.dataset.document import MANIFEST_NAME
from brainscore_data.dataset.paths import file_part, path_problem, refuse_gits_own
from brainscore_data.drafting.matlab_files import matlab_parts
from brainscore_data.media.kinds import EXTENSIONS
from brainscore_data.tables.formats import endings_with_parts, open_table, table_endings

Found = TypeVar("Found")

STIMULUS_ENDINGS = frozenset(f".{each}" for each in EXTENSIONS)
_TABLES = [ending for ending in table_endings() if ending not in endings_with_parts()]
_LIGHT = frozenset({".csv", ".tsv"})
_DATA_ENDINGS = STIMULUS_ENDINGS | {*table_endings(), ".npy", ".nc", ".zip"}
# What labs also have, and what to do with it: nothing is passed over in silence.
_CONVERTIBLE = {
    ".xls": "save it as .xlsx, or each sheet as csv",
    ".npz": "save its arrays as .npy",
    ".h5": "save its arrays as .npy",
    ".hdf5": "save its arrays as .npy",
    ".pkl": "save what is in it as .npy and csv",
    ".pickle": "save what is in it as .npy and csv",
    ".feather": "save it as .parquet or csv",
}
_NOT_STIMULI = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})
# What this program and Python write themselves.
_NOT_DATA = frozenset({"__pycache__", "bundle"})
# Bytes that are not UTF-8, as Python has them in names.
_NOT_UTF8 = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True)
class FoundTable:
    """A table; as of all here, its name is what a manifest says: the path from the dataset's folder."""

    name: str
    rows: int
    columns: Mapping[str, tuple[str, ...]]  # the distinct cells, as they come


@dataclass(frozen=True)
class Array:
    """A ``.npy`` file, or an array in a ``.mat`` file."""

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Netcdf:
    """A ``.nc`` file."""

    name: str
    dims: tuple[str, ...]
    variables: tuple[str, ...]  # without coordinates: one, in a file that can be an assembly
    stimulus_ids: frozenset[str] | None  # None if there are none, nor the older image_id
    stimulus_set: str | None  # its attribute stimulus_set_identifier


@dataclass(frozen=True)
class Stimuli:
    """A folder or ``.zip`` with stimuli in it."""

    name: str  # ``.`` is the dataset's folder itself
    members: tuple[str, ...]  # in natural order; with a ``/`` where they are in subfolders


@dataclass(frozen=True)
class Inventory:
    """All that was found in a folder."""

    tables: tuple[FoundTable, ...]
    unreadable: Mapping[str, DataError]  # what is called a table and is none
    arrays: tuple[Array, ...]
    netcdfs: tuple[Netcdf, ...]
    stimuli: tuple[Stimuli, ...]
    size: int  # of all files that count as data, in bytes
    notices: tuple[str, ...]  # what was seen and not taken


def take_inventory(root: Path) -> Inventory:
    """Look at all files of a folder and of its subfolders; hidden ones and symlinks excepted."""
    if not root.is_dir():
        raise UsageError("there is no such folder", where=str(root), hint="check the path")
    refuse_gits_own(root)
    # One program: it starts if there is something to parse, and most of that is headers.
    with Workers(1, readable=[root]) as workers, only_inside(root):
        return _inventory(root, workers)


def _inventory(root: Path, workers: Workers) -> Inventory:
    notices: list[str] = []
    files = sorted(_files(root, root, notices), key=natural_order)
    by_ending: dict[str, list[str]] = {}
    for name in files:
        by_ending.setdefault(_ending(name), []).append(name)
    for ending, advice in _CONVERTIBLE.items():
        notices += [f"{name} is not used: {advice}" for name in by_ending.get(ending, [])]

    tables, arrays, unreadable = _tables_and_arrays(root, by_ending, workers, notices)
    stimuli = _folders_of_stimuli(files)
    for name in by_ending.get(".zip", []):
        archive = _archive(root, name)
        if name[: -len(".zip")] in {folder.name for folder in stimuli}:
            notices.append(f"{name} is not used: there is a folder of that name")
        elif archive.members:
            stimuli.append(archive)
        else:
            notices.append(f"{name} is not used: there are no stimuli in it")
    return Inventory(
        tables=tuple(tables),
        unreadable=unreadable,
        arrays=tuple(arrays),
        netcdfs=tuple(
            _looked_at(_netcdf, root, name, workers) for name in by_ending.get(".nc", [])
        ),
        stimuli=tuple(stimuli),
        size=sum((root / name).stat().st_size for name in files if _ending(name) in _DATA_ENDINGS),
        notices=tuple(notices),
    )


def _tables_and_arrays(
    root: Path, by_ending: Mapping[str, list[str]], workers: Workers, notices: list[str]
) -> tuple[list[FoundTable], list[Array], dict[str, DataError]]:
    tables: list[FoundTable] = []
    unreadable: dict[str, DataError] = {}
    for name in (name for ending in _TABLES for name in by_ending.get(ending, [])):
        if (root / copy_of(Path(name))).exists():
            notices.append(f"{name} is not used: {copy_of(Path(name)).name} has pseudonyms in it")
            continue
        try:
            table, remarks = _looked_at(_table, root, name, workers)
        except DataError as error:
            if _ending(name) == ".json":  # which most anything can be
                notices.append(f"{name} is not used: {error.message}")
                continue
            unreadable[name] = error
        else:
            tables.append(table)
            notices += remarks
    arrays = [_looked_at(_array, root, name, workers) for name in by_ending.get(".npy", [])]
    for name in (name for ending in endings_with_parts() for name in by_ending.get(ending, [])):
        look = _matlab if _ending(name) == ".mat" else _workbook
        try:
            inside, columns, remarks = _looked_at(look, root, name, workers)
        except DataError as error:
            unreadable[name] = error
        else:
            arrays += inside
            tables += columns
            notices += remarks
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


def _files(root: Path, folder: Path, notices: list[str]) -> Iterator[str]:
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        name = Path(entry.path).relative_to(root).as_posix()
        if entry.name.startswith(".") or entry.name in _NOT_STIMULI | _NOT_DATA:
            continue
        if entry.name.startswith("~$"):
            notices.append(f"{name} is not used: Excel has {entry.name[2:]} open; close it there")
            continue
        if entry.is_symlink():
            notices.append(f"{name} is not used: it is a symlink; put the file itself there")
        elif entry.is_dir() and is_gits_own(Path(entry.path)):
            continue
        elif entry.is_dir() and is_for_originals(entry.name):
            notices.append(f"{name} is not used: it has the originals of images with people's data")
        elif entry.is_dir() and Path(entry.path, MANIFEST_NAME).exists():
            notices.append(f"{name} is not used: it is a dataset of its own")
        elif entry.is_dir():
            yield from _files(root, Path(entry.path), notices)
        elif entry.is_file():
            if _ending(name) in _DATA_ENDINGS:
                _refuse_unsafe(name)
            yield name


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _refuse_unsafe(name: str) -> None:
    reason = "has bytes that are not UTF-8" if _NOT_UTF8.search(name) else path_problem(name)
    if reason is not None:
        raise DataError(
            f"this name cannot stand in {MANIFEST_NAME}: it {reason.partition(':')[0]}",
            where=ascii(name),
            hint="rename it: letters, digits, '.', '_' and '-' are safe everywhere",
        )


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


def _archive(root: Path, name: str) -> Stimuli:
    from brainscore_data.stimuli.files import member_name, top_folder

    try:
        with opened_zip(root / name) as archive:
            names = [member_name(info) for info in archive.infolist()]
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise DataError("is no zip file, or a damaged one", where=name) from error
    members = [
        member
        for member in names
        if member
        and not member.endswith("/")
        and not _NOT_STIMULI & set(PurePosixPath(member).parts)
        and not PurePosixPath(member).name.startswith(".")
    ]
    top = top_folder(members)  # as packaging names them
    kept = [name.removeprefix(top) for name in members if _ending(name) in STIMULUS_ENDINGS]
    for member in kept:
        _refuse_unsafe(member)
    return Stimuli(name, tuple(sorted(kept, key=natural_order)))


def _table(root: Path, name: str) -> tuple[FoundTable, tuple[str, ...]]:
    file, part = file_part(name)
    try:
        with only_inside(root):
            table = open_table(root / file, part)
            columns = {column: tuple(table.first_rows(column)) for column in table.columns}
    except DataError as error:
        error.place = error.place and error.place.moved(root, Path())
        raise
    return FoundTable(name, len(table), columns), table.notices


def _array(root: Path, name: str) -> Array:
    from brainscore_data.arrays.npy import UNREADABLE, mapped

    try:
        with only_inside(root):
            values = mapped(root / name)
    except UNREADABLE as error:
        raise DataError(
            "is no array of numbers as numpy.save writes it",
            where=name,
            hint="convert it to numbers (values.astype(float)) and save it again",
        ) from error
    return Array(name, tuple(values.shape))


def _matlab(
    root: Path, name: str
) -> tuple[tuple[Array, ...], tuple[FoundTable, ...], tuple[str, ...]]:
    try:
        with only_inside(root):
            found = matlab_parts(root / name)
    except DataError as error:
        error.place = error.place and error.place.moved(root, Path())
        raise
    tables = [_table(root, f"{name}:{part}") for part in found.tables]
    notices = [notice for _, more in tables for notice in more]
    notices += [f"{name}:{each}, so it is not used" for each in found.others]
    return (
        tuple(Array(f"{name}:{part}", shape) for part, shape in found.arrays.items()),
        tuple(table for table, _ in tables),
        tuple(notices),
    )


def _workbook(
    root: Path, name: str
) -> tuple[tuple[Array, ...], tuple[FoundTable, ...], tuple[str, ...]]:
    from brainscore_data.tables.excel import sheets_in

    tables, notices = [], []
    try:
        with only_inside(root):
            sheets = sheets_in(root / name)
    except DataError as error:
        error.place = error.place and error.place.moved(root, Path())
        raise
    for sheet in sheets:
        named = name if len(sheets) == 1 else f"{name}:{sheet}"
        try:
            table, more = _table(root, named)
        except DataError as error:
            if len(sheets) == 1:
                raise
            notices.append(f"{named} is not used: {error.where}: {error.message}")
        else:
            tables.append(table)
            notices += more
    return (), tuple(tables), tuple(notices)


def _netcdf(root: Path, name: str) -> Netcdf:
    import numpy as np

    from brainscore_data.arrays.hdf5 import open_netcdf4

    try:
        with only_inside(root), open_netcdf4(root / name) as file:
            variables = file.variables
            coordinates = {
                coordinate
                for owner in (file, *variables.values())
                for coordinate in str(getattr(owner, "coordinates", "")).split()
            }
            data = [v for n, v in variables.items() if n not in coordinates | set(v.dimensions)]
            data.sort(key=lambda variable: (variable.name == "data", variable.ndim), reverse=True)
            stimulus_set = getattr(file, "stimulus_set_identifier", None)
            ids = variables.get("stimulus_id", variables.get("image_id"))
            return Netcdf(
                name,
                tuple(data[0].dimensions) if data else (),
                tuple(variable.name for variable in data),
                None if ids is None else frozenset(map(str, np.ravel(ids[...]))),
                None if stimulus_set is None else str(stimulus_set),
            )
    except (OSError, RuntimeError, DataError) as error:
        raise DataError("is no netCDF file, or a damaged one", where=name) from error
