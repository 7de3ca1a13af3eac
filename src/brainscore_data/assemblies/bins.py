"""Time bins as a manifest says them, and the times that are put into them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from brainscore_data.base.errors import DataError
from brainscore_data.dataset.assembly_tables import Bins
from brainscore_data.dataset.paths import file_part
from brainscore_data.tables.rows import require_columns
from brainscore_data.tables.table import Table

if TYPE_CHECKING:
    import numpy as np

#: The dimensions of what was counted or averaged in bins.
BINNED = ("presentation", "neuroid", "time_bin")


def per_unit(name: str) -> int:
    """Say how many of the unit of bins are one of the times in a file.

    Those of NWB are seconds, by its standard, and bins are milliseconds then. Of other files nobody
    knows the unit, and bins have the same.

    >>> per_unit("session.nwb:spikes"), per_unit("spikes.csv")
    (1000, 1)
    """
    return 1000 if PurePosixPath(file_part(name).file).suffix.lower() == ".nwb" else 1


def bin_edges(bins: Bins, per: int = 1) -> np.ndarray:
    """Give where bins begin, and where the last ends: the floats nearest to what is written.

    >>> bin_edges(Bins(start=0, stop=0.3, width=0.1)).tolist()
    [0.0, 0.1, 0.2, 0.3]
    >>> bin_edges(Bins(start=-100, stop=100, width=100), per=1000).tolist()
    [-0.1, 0.0, 0.1]
    """
    import numpy as np

    start, stop, width = (Decimal(str(each)) for each in (bins.start, bins.stop, bins.width))
    count = int((stop - start) / width)
    return np.array([float((start + number * width) / per) for number in range(count + 1)])


def bin_coordinates(bins: Bins) -> dict[str, tuple[str, np.ndarray]]:
    """Give the coordinates that bins make."""
    edges = bin_edges(bins)
    return {"time_bin_start": ("time_bin", edges[:-1]), "time_bin_end": ("time_bin", edges[1:])}


def times_in(table: Table, column: str) -> np.ndarray:
    """Give a column of times, one in each row."""
    import numpy as np

    require_columns([column], table.columns, where=str(table.path), asked_by="spikes, or onset")
    [values] = table.values([column], [table.texts(column)])
    wrong = (
        [row for row, each in enumerate(values.tolist()) if not isinstance(each, (int, float))]
        if values.dtype == object
        else np.flatnonzero(~np.isfinite(values.astype(float))).tolist()
    )
    if wrong:
        raise DataError(
            f"the time in {column!r} is not a number: {table.texts(column)[wrong[0]]!r}",
            where=table.place(wrong[0]),
            hint="each row needs a time; leave out rows that have none",
        )
    return values.astype(float)
