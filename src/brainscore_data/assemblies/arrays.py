"""An assembly from an array and one table for each of its dimensions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.arrays.formats import open_array_file, with_dimensions
from brainscore_data.assemblies.contract.coordinates import check_names
from brainscore_data.assemblies.lazy import lazy, with_coordinates
from brainscore_data.assemblies.trials import derived_id
from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place
from brainscore_data.base.read_once import keep, kept
from brainscore_data.dataset.assembly_tables import (
    ArrayAssembly,
    BinnedSeries,
    BinnedSpikes,
    DerivedStimulusId,
)
from brainscore_data.dataset.paths import file_part
from brainscore_data.tables.columns import typed_column, typed_stimulus_ids
from brainscore_data.tables.formats import open_table
from brainscore_data.tables.rows import require_columns
from brainscore_data.tables.table import Table

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr


# Of a small table's columns; those of a large one are typed one by one, in less memory.
_CELLS_AT_ONCE = 1 << 16
_ID = "stimulus_id"
_BYTES_PER_OBJECT = 64  # what a short text takes, roughly


def open_array(
    item: ArrayAssembly, find: Callable[[str], Path]
) -> tuple[xr.DataArray, tuple[str, ...]]:
    """Open an array and give its dimensions the columns of their tables as coordinates."""
    file, part = file_part(item.values)
    path = find(file)
    values = with_dimensions(open_array_file(path, part), len(item.dims))
    where = Place(str(path), item=item.identifier)
    if len(values.shape) != len(item.dims):
        raise DataError(
            f"the array has {len(values.shape)} dimensions, of lengths {values.shape}, and `dims` names "
            f"{len(item.dims)}: {', '.join(item.dims)}",
            where=where,
            hint="name each dimension once, in the order of the array's axes, e.g. dims = "
            + json.dumps(_usual_dims(len(values.shape))),
        )
    tables = {dim: coordinate_table(name, find) for dim, name in item.coords.items()}
    coords, notices = coordinates_of(tables, item.dims, values.shape, item)
    data = lazy(values.shape, values.dtype, values.read)
    return with_coordinates(data, item.dims, coords), notices


def _usual_dims(number: int) -> list[str]:
    usual = ["presentation", "neuroid", "time_bin"]
    return [*usual, *(f"dim_{each}" for each in range(3, number))][: max(1, number)]


def coordinates_of(
    tables: Mapping[str, Table],
    dims: Sequence[str],
    shape: tuple[int, ...],
    item: ArrayAssembly | BinnedSpikes | BinnedSeries,
) -> tuple[dict[str, tuple[str, np.ndarray]], tuple[str, ...]]:
    """Make coordinates of the columns of tables, one table for a dimension; and notices."""
    coords: dict[str, tuple[str, np.ndarray]] = {}
    notices: tuple[str, ...] = ()
    for dim, table in tables.items():
        _match(table, dims.index(dim), dim, shape)
        check_names([dim], dict.fromkeys(table.columns, (dim,)), where=str(table.path))
        found, more = _typed(table, item.missing)
        if dim == "presentation" and item.stimulus_id != _ID:
            found[_ID], also = _stimulus_ids(table, item.id_source)
            more += also
        for column, cells in found.items():
            _refuse_taken(column, dim, coords, dims, table)
            coords[column] = (dim, cells)
        notices += table.notices + more
    return coords, notices


def _stimulus_ids(table: Table, source: DerivedStimulusId) -> tuple[np.ndarray, tuple[str, ...]]:
    """Take the stimulus ids from another column, which stays a coordinate beside them."""
    require_columns([source.column], table.columns, where=str(table.path), asked_by=_ID)
    notices: tuple[str, ...] = ()
    if _ID in table.columns and source.column != _ID:
        said = f"stimulus ids come from the column {source.column!r}, as the manifest says"
        notices = (f"{table.path.name}: {said}; the column {_ID!r} is not published",)
    ids = [derived_id(cell, source.take) for cell in table.texts(source.column)]
    return typed_stimulus_ids(table, ids), notices


def coordinate_table(name: str, find: Callable[[str], Path]) -> Table:
    """Open a table whose cells are text, as a manifest names it."""
    file, part = file_part(name)
    table = open_table(find(file), part)
    if not isinstance(table, Table):
        raise DataError(
            "coordinates cannot be read from this format",
            where=str(table.path),
            hint="save them as csv, a row for each element",
        )
    return table


def _match(table: Table, axis: int, dim: str, shape: tuple[int, ...]) -> None:
    if len(table) != shape[axis]:
        raise DataError(
            f"the table has {len(table)} rows, and the dimension {dim!r} (axis {axis} of the "
            f"array, counted from 0) has the length {shape[axis]}",
            where=str(table.path),
            hint=f"one row for each element is needed; the array's lengths are {shape}"
            + (
                f". Axis {shape.index(len(table))} has as many: is the order of `dims` right?"
                if len(table) in shape
                else ""
            ),
        )


def _typed(table: Table, missing: str | None) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Type the columns of a table: once in a run, as many arrays can have the same coordinates."""
    kind = _typed, table.path.name, table.part, missing
    before: tuple[dict[str, np.ndarray], tuple[str, ...]] | None = kept(table.path, kind)
    if before is not None:
        return _copied(before[0]), before[1]
    found = {}
    notices: tuple[str, ...] = ()
    at_once = max(1, _CELLS_AT_ONCE // len(table))
    for first in range(0, len(table.columns), at_once):
        columns = table.columns[first : first + at_once]
        texts = [table.texts(column) for column in columns]
        typed = table.values(columns, texts)
        for column, cells, values in zip(columns, texts, typed, strict=True):
            if column == _ID:
                # As in the csv of their stimulus set, which knows no types.
                known = None if column in table.text_columns else values
                found[column] = typed_stimulus_ids(table, cells, values=known)
                continue
            found[column], more = typed_column(table, column, cells, missing=missing, values=values)
            notices += more
    size = sum(_BYTES_PER_OBJECT * values.size for values in found.values())
    keep(table.path, kind, (found, notices), size)
    return _copied(found), notices


def _copied(found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Copy what is kept for others: older versions of pandas look into no array that is read-only."""
    return {column: values.copy() for column, values in found.items()}


def _refuse_taken(
    column: str,
    dim: str,
    coords: dict[str, tuple[str, np.ndarray]],
    dims: Sequence[str],
    table: Table,
) -> None:
    if column in coords:
        raise DataError(
            f"the dimension {coords[column][0]!r} has a coordinate {column!r}, too",
            where=str(table.path),
            hint="rename the column in one of the two tables",
        )
    if column in dims and column != dim:
        raise DataError(
            f"the column {column!r} is called like another dimension",
            where=str(table.path),
            hint="rename the column",
        )
