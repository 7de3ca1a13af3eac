"""An assembly from a ``.npy`` array and one csv for each of its dimensions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.arrays.npy import UNREADABLE, mapped
from brainscore_data.assemblies.contract.coordinates import check_names
from brainscore_data.assemblies.lazy import lazy
from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place
from brainscore_data.tables.columns import (
    inferred_together,
    typed_column,
    typed_stimulus_ids,
)
from brainscore_data.tables.table import Table, read_table

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

    from brainscore_data.dataset.manifest import ArrayAssembly


# Of a small table's columns; those of a large one are typed one by one, in less memory.
_CELLS_AT_ONCE = 1 << 16


def open_array(
    item: ArrayAssembly, find: Callable[[str], Path]
) -> tuple[xr.DataArray, tuple[str, ...]]:
    """Open an array and give its dimensions the columns of their tables as coordinates."""
    import numpy as np
    import xarray as xr

    path = find(item.values)
    values = _mapped(path)
    where = Place(str(path), item=item.identifier)
    if values.ndim != len(item.dims):
        raise DataError(
            f"the array has {values.ndim} dimensions, of lengths {values.shape}, and `dims` names "
            f"{len(item.dims)}: {', '.join(item.dims)}",
            where=where,
            hint="name each dimension once, in the order of the array's axes",
        )
    coords: dict[str, tuple[str, np.ndarray]] = {}
    notices: tuple[str, ...] = ()
    for dim, name in item.coords.items():
        table = read_table(find(name))
        _match(table, item.dims.index(dim), dim, values.shape)
        check_names([dim], dict.fromkeys(table.columns, (dim,)), where=str(table.path))
        found, more = _typed(table, item.missing)
        for column, cells in found.items():
            _refuse_taken(column, dim, coords, item, table)
            coords[column] = (dim, cells)
        notices += table.notices + more
    dtype = values.dtype.newbyteorder("=")  # of this machine

    def read(key: tuple[int | slice, ...]) -> np.ndarray:
        # Each part is mapped for itself: the pages of one mapping would stay, and with them in the
        # end the whole file would be in this process's memory.
        return np.array(_mapped(path)[key], dtype=dtype)

    data = lazy(values.shape, dtype, read)
    return xr.DataArray(data, dims=item.dims, coords=coords, name="data"), notices


def _mapped(path: Path) -> np.ndarray:
    try:
        values = mapped(path)
    except UNREADABLE as error:
        raise DataError(
            f"cannot be read as a plain numpy array: {error}",
            where=str(path),
            hint="save it with np.save(…, allow_pickle=False), and copy it whole",
        ) from error
    if values.dtype.names or values.dtype.kind == "V":
        raise DataError(
            f"the elements are records ({values.dtype}), not numbers",
            where=str(path),
            hint="save the field that is the measurement, and the others as columns of a csv",
        )
    return values


def _match(table: Table, axis: int, dim: str, shape: tuple[int, ...]) -> None:
    if len(table) != shape[axis]:
        raise DataError(
            f"the table has {len(table)} rows, and the dimension {dim!r} (axis {axis} of the "
            f"array, counted from 0) has the length {shape[axis]}",
            where=str(table.path),
            hint=f"one row for each element is needed; the array's lengths are {shape}",
        )


def _typed(table: Table, missing: str | None) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    found = {}
    notices: tuple[str, ...] = ()
    at_once = max(1, _CELLS_AT_ONCE // len(table))
    for first in range(0, len(table.columns), at_once):
        columns = table.columns[first : first + at_once]
        texts = [table.texts(column) for column in columns]
        for column, cells, values in zip(columns, texts, inferred_together(texts), strict=True):
            if column == "stimulus_id":
                found[column] = typed_stimulus_ids(table, cells, values=values)
                continue
            found[column], more = typed_column(table, column, cells, missing=missing, values=values)
            notices += more
    return found, notices


def _refuse_taken(
    column: str,
    dim: str,
    coords: dict[str, tuple[str, np.ndarray]],
    item: ArrayAssembly,
    table: Table,
) -> None:
    if column in coords:
        raise DataError(
            f"the dimension {coords[column][0]!r} has a coordinate {column!r}, too",
            where=str(table.path),
            hint="rename the column in one of the two tables",
        )
    if column in item.dims and column != dim:
        raise DataError(
            f"the column {column!r} is called like another dimension",
            where=str(table.path),
            hint="rename the column",
        )
