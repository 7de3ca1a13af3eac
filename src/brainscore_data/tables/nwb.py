"""Tables in NWB files: trials, units, electrodes, spikes, what was shown, and all others by their path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.arrays.nwb_tables import columns_in
from brainscore_data.base.bounds import Bound
from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place
from brainscore_data.tables.columns import number_text
from brainscore_data.tables.csv_text import refuse_bad_names
from brainscore_data.tables.table import Table, table_of_texts

if TYPE_CHECKING:
    import numpy as np


def read_nwb(path: Path, part: str | None = None) -> Table:
    """Read a table of a file: ``trials``, ``units``, ``electrodes``, ``spikes``, or a path in it."""
    name, columns = columns_in(path, part)
    where = Place(str(path), item=name)
    refuse_bad_names([*columns.values], where)
    rows = len(next(iter(columns.values.values()), ()))
    Bound.CELLS.refuse(rows * len(columns.values), path, path.stat().st_size)
    if not rows:
        raise DataError("the table has no rows", where=where, hint="was it exported whole?")
    texts = {column: _texts(column, cells, where) for column, cells in columns.values.items()}
    text_columns = {column for column, cells in columns.values.items() if cells.dtype.kind in "US"}
    return table_of_texts(
        path, texts, part=name, text_columns=text_columns, notices=columns.notices
    )


def _texts(column: str, cells: np.ndarray, where: Place) -> list[str]:
    if cells.dtype.kind == "f":
        # The shortest text of a float32 is that of the number it is, widened.
        return [number_text(each) for each in cells.astype(float).tolist()]
    found = [str(each) for each in cells.tolist()]
    if any("\0" in each for each in found):
        raise DataError(f"a text in {column} has a NUL character", where=where, hint="take it out")
    return found
