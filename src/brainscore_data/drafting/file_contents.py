"""What is in one file: each look gives what can become an item or a part of one."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from brainscore_data.base.door import only_inside
from brainscore_data.base.errors import DataError
from brainscore_data.base.text import natural_order
from brainscore_data.base.zipped import files_in
from brainscore_data.dataset.document import MANIFEST_NAME
from brainscore_data.dataset.paths import file_part, path_problem
from brainscore_data.drafting.found import Array, FoundTable, Netcdf, Parts, Recording, Stimuli
from brainscore_data.drafting.matlab_files import matlab_parts
from brainscore_data.media.kinds import EXTENSIONS
from brainscore_data.tables.formats import open_table
from brainscore_data.tables.table import Table

STIMULUS_ENDINGS = frozenset(f".{each}" for each in EXTENSIONS)
# What is listed as stimuli is a csv; of a table of another kind that is not large, one can be made.
_CSV, _MOST_CELLS = frozenset({".csv", ".tsv"}), 200_000
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
    from brainscore_data.stimuli.files import top_folder

    try:
        members = files_in(root / name)
    except DataError as error:
        raise DataError(error.message, where=name, hint=error.hint) from error
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
    with _inside(root):
        table = open_table(root / file, part)
        columns = {column: tuple(table.first_rows(column)) for column in table.columns}
        cells = None
        if (
            isinstance(table, Table)
            and (part is not None or PurePosixPath(name).suffix.lower() not in _CSV)
            and len(table) * len(columns) < _MOST_CELLS
        ):
            cells = tuple(table.rows())
    return FoundTable(name, len(table), columns, cells), table.notices


def _tables_at(
    root: Path, names: Sequence[str]
) -> tuple[tuple[FoundTable, ...], tuple[str, ...], dict[str, str]]:
    """Read several parts of a file; with what is worth knowing, and why some are no tables."""
    tables: list[FoundTable] = []
    notices: list[str] = []
    left: dict[str, str] = {}
    for name in names:
        try:
            table, more = table_at(root, name)
        except DataError as error:
            left[name] = error.message
        else:
            tables.append(table)
            notices += more
    return tuple(tables), tuple(notices), left


@contextmanager
def _inside(root: Path) -> Iterator[None]:
    """Open nothing outside of a folder, and say of a fault where in the folder it is."""
    try:
        with only_inside(root):
            yield
    except DataError as error:
        error.place = error.place and error.place.moved(root, Path())
        raise


def array_at(root: Path, name: str) -> Array:
    """Look at an array of numpy's."""
    from brainscore_data.arrays.npy import UNREADABLE, mapped

    try:
        with only_inside(root):
            values = mapped(root / name)
    except UNREADABLE as error:
        raise DataError(
            "is not an array of numbers as numpy.save writes it",
            where=name,
            hint="convert it to numbers (values.astype(float)) and save it again",
        ) from error
    return Array(name, tuple(values.shape))


def matlab_at(root: Path, name: str) -> Parts:
    """Look at the variables of a MATLAB file."""
    with _inside(root):
        found = matlab_parts(root / name)
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

    with _inside(root):
        sheets = sheets_in(root / name)
    if len(sheets) == 1:
        table, notices = table_at(root, name)
        return Parts((), (table,), notices, {})
    return Parts((), *_tables_at(root, [f"{name}:{sheet}" for sheet in sheets]))


def zip_at(root: Path, name: str) -> Parts:
    """Look at the tables in a zip."""
    from brainscore_data.tables.zipped import tables_in

    with _inside(root):
        members = tables_in(root / name)
    for member in members:
        refuse_unsafe(member)
    return Parts((), *_tables_at(root, [f"{name}:{member}" for member in members]))


def nwb_at(root: Path, name: str) -> Parts:
    """Look at the tables of an NWB file, at what was measured, and at what was shown."""
    from brainscore_data.arrays.nwb_stimuli import parts_in

    with _inside(root):
        found, drawn = parts_in(root / name)
    left = {f"{name}:{part}": what for part, what in found.others.items()}
    left |= {
        f"{name}:{part}": _in_other_files(root, name, part, files)
        for part, files in found.external.items()
    }
    tables, notices, others = _tables_at(root, [f"{name}:{part}" for part in found.tables])
    notices = tuple(f"{name}: {notice}" for notice in notices)
    left |= others
    shown = {table.rows for table in tables if "presentation_id" in table.columns}
    arrays, recordings = [], []
    for part, shape in found.arrays.items():
        if not shown or shown & {*shape}:
            arrays.append(Array(f"{name}:{part}", shape))
        elif channels := found.recordings.get(part):
            recordings.append(Recording(f"{name}:{part}", shape, f"{name}:{channels}"))
        else:
            left[f"{name}:{part}"] = (
                f"it has {' x '.join(map(str, shape))} values, and no axis with one for each of "
                f"{' or '.join(map(str, sorted(shown)))} presentations; what its channels are is not said"
            )
    for each in drawn:
        refuse_unsafe(each)
    pictures = tuple(sorted(drawn, key=natural_order))
    return Parts(tuple(arrays), tables, notices, left, pictures, tuple(recordings))


def _in_other_files(root: Path, name: str, part: str, files: Sequence[str]) -> str:
    """Say where the frames of a film are that a session only names."""
    said = ", ".join(files)
    if not part.startswith("stimulus/"):
        return f"it was recorded, not shown, and is in files of its own: {said}"
    for file in files:
        path = posixpath.normpath(str(PurePosixPath(name).parent / file))
        if path_problem(path) is not None or "\\" in file or ":" in file:
            return f"its frames are in {file}, which is no file in this folder: copy it into a folder here"
        if not (root / path).is_file():
            return f"its frames are in {file}, which is not here: copy it to {path}"
    return f"its frames are in {said}: a stimulus like any other"


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
        raise DataError("is not a netCDF file, or it is damaged", where=name) from error
