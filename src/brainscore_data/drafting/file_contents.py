"""What is in one file: each look gives what can become an item or a part of one."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path, PurePosixPath

from brainscore_data.base.door import only_inside
from brainscore_data.base.errors import DataError
from brainscore_data.base.text import natural_order
from brainscore_data.base.zipped import opened_zip
from brainscore_data.dataset.document import MANIFEST_NAME
from brainscore_data.dataset.paths import file_part, path_problem
from brainscore_data.drafting.found import Array, FoundTable, Netcdf, Parts, Stimuli
from brainscore_data.drafting.matlab_files import matlab_parts
from brainscore_data.media.kinds import EXTENSIONS
from brainscore_data.tables.formats import open_table

STIMULUS_ENDINGS = frozenset(f".{each}" for each in EXTENSIONS)
#: What systems put beside files, and into archives.
NOT_STIMULI = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})
# Bytes that are not UTF-8, as Python has them in names.
_NOT_UTF8 = re.compile(r"[\ud800-\udfff]")


def refuse_unsafe(name: str) -> None:
    """Refuse a name that no manifest can have."""
    reason = "has bytes that are not UTF-8" if _NOT_UTF8.search(name) else path_problem(name)
    if reason is not None:
        raise DataError(
            f"this name cannot stand in {MANIFEST_NAME}: it {reason.partition(':')[0]}",
            where=ascii(name),
            hint="rename it: letters, digits, '.', '_' and '-' are safe everywhere",
        )


def archive_at(root: Path, name: str) -> Stimuli:
    """List the stimuli in a zip."""
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
        and not NOT_STIMULI & set(PurePosixPath(member).parts)
        and not PurePosixPath(member).name.startswith(".")
    ]
    top = top_folder(members)  # as packaging names them
    kept = [
        name.removeprefix(top)
        for name in members
        if PurePosixPath(name).suffix.lower() in STIMULUS_ENDINGS
    ]
    for member in kept:
        refuse_unsafe(member)
    return Stimuli(name, tuple(sorted(kept, key=natural_order)))


def table_at(root: Path, name: str) -> tuple[FoundTable, tuple[str, ...]]:
    """Read a table, or a part that is one; with what is worth knowing of it."""
    file, part = file_part(name)
    try:
        with only_inside(root):
            table = open_table(root / file, part)
            columns = {column: tuple(table.first_rows(column)) for column in table.columns}
    except DataError as error:
        error.place = error.place and error.place.moved(root, Path())
        raise
    return FoundTable(name, len(table), columns), table.notices


def array_at(root: Path, name: str) -> Array:
    """Look at an array of numpy's."""
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


def matlab_at(root: Path, name: str) -> Parts:
    """Look at the variables of a MATLAB file."""
    try:
        with only_inside(root):
            found = matlab_parts(root / name)
    except DataError as error:
        error.place = error.place and error.place.moved(root, Path())
        raise
    tables = [table_at(root, f"{name}:{part}") for part in found.tables]
    notices = [notice for _, more in tables for notice in more]
    return Parts(
        tuple(Array(f"{name}:{part}", shape) for part, shape in found.arrays.items()),
        tuple(table for table, _ in tables),
        tuple(notices),
        {f"{name}:{part}": why for part, why in found.others.items()},
    )


def workbook_at(root: Path, name: str) -> Parts:
    """Look at the sheets of a workbook."""
    from brainscore_data.tables.excel import sheets_in

    tables: list[FoundTable] = []
    notices: list[str] = []
    left: dict[str, str] = {}
    try:
        with only_inside(root):
            sheets = sheets_in(root / name)
    except DataError as error:
        error.place = error.place and error.place.moved(root, Path())
        raise
    for sheet in sheets:
        named = name if len(sheets) == 1 else f"{name}:{sheet}"
        try:
            table, more = table_at(root, named)
        except DataError as error:
            if len(sheets) == 1:
                raise
            left[named] = f"{error.where}: {error.message}"
        else:
            tables.append(table)
            notices += more
    return Parts((), tuple(tables), tuple(notices), left)


def nwb_at(root: Path, name: str) -> Parts:
    """Look at the tables of an NWB file, and at what was measured in each trial or by each unit."""
    from brainscore_data.arrays.nwb import parts_in

    try:
        with only_inside(root):
            found = parts_in(root / name)
    except DataError as error:
        error.place = error.place and error.place.moved(root, Path())
        raise
    read = [table_at(root, f"{name}:{part}") for part in found.tables]
    tables = [table for table, _ in read]
    left = {f"{name}:{part}": what for part, what in found.others.items()}
    shown = {table.rows for table in tables if "presentation_id" in table.columns}
    arrays = []
    for part, shape in found.arrays.items():
        if shown and not shown & {*shape}:
            left[f"{name}:{part}"] = (
                f"it has {' x '.join(map(str, shape))} values, and no axis with one for each of "
                f"{' or '.join(map(str, sorted(shown)))} presentations: cut it at their onsets first"
            )
        else:
            arrays.append(Array(f"{name}:{part}", shape))
    notices = tuple(f"{name}: {notice}" for _, more in read for notice in more)
    pictures = tuple(sorted(found.pictures, key=natural_order))
    for each in pictures:
        refuse_unsafe(f"{each}.png")
    return Parts(tuple(arrays), tuple(tables), notices, left, pictures)


def netcdf_at(root: Path, name: str) -> Netcdf:
    """Look at the header of a netCDF file, and at the ids in it."""
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
