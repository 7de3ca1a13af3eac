"""The coordinate `repetition`: how often the same was there before, counted in the order of presentations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place
from brainscore_data.base.text import some

if TYPE_CHECKING:
    import xarray as xr

NAME = "repetition"
_DIM = "presentation"


def with_repetitions(
    data: xr.DataArray, columns: Sequence[str], identifier: str
) -> tuple[xr.DataArray, tuple[str, ...]]:
    """Count, from 0, the presentations that are the same in all these columns."""
    import pandas as pd

    where = Place(identifier, item=NAME)
    if NAME in data.coords:
        raise DataError(
            "there is a column `repetition`, and dataset.toml has it counted",
            where=where,
            hint="remove the line `repetition = …` from dataset.toml, or rename the column",
        )
    known = [str(name) for name, coord in data.coords.items() if coord.dims == (_DIM,)]
    if missing := [column for column in columns if column not in known]:
        raise DataError(
            f"there is no column {missing[0]!r} for each presentation to count by",
            where=where,
            hint=f"name some of {some(known, 12)} in `repetition`, e.g. "
            'repetition = ["stimulus_id"]',
        )
    codes = {number: pd.factorize(data[column].values)[0] for number, column in enumerate(columns)}
    counted = pd.DataFrame(codes).groupby([*codes], sort=False).cumcount().to_numpy()
    close = data.close
    data = data.assign_coords({NAME: (_DIM, counted.astype("int64"))})
    data.set_close(close)
    by = " and ".join(repr(column) for column in columns)
    said = f"'repetition' is counted for each {by}, in the order of rows: 0 to {counted.max(initial=0)}"
    return data, (f"{identifier}: {said}",)
