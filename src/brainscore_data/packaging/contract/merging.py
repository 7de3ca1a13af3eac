"""Whether readers can merge the stimulus set into an assembly, and what would come of it.

The rules were measured with the ``StimulusMergeAssemblyLoader`` of brainscore-core 2.5.0: it takes
the coordinates on ``presentation``, merges the stimulus set's columns with them on
``stimulus_id``, and assigns every column to the assembly as a coordinate on ``presentation``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainscore_data.errors import DataError
from brainscore_data.packaging.netcdf.variables import plain

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy as np
    import xarray as xr

_SHOWN = 5  # of the stimulus ids that are missing


def can_merge(data: xr.DataArray) -> bool:
    """Say whether readers can merge the stimulus set's columns into an assembly.

    They look for ``stimulus_id``, or the older ``image_id``, on the dimension ``presentation``.
    Where there is none, the registration must say ``merge_stimulus_set_meta=False``.
    """
    return _id_coordinate(data) is not None


def check_merge(
    data: xr.DataArray,
    *,
    stimulus_columns: Collection[str],
    stimulus_ids: np.ndarray,
    where: str,
) -> tuple[str, ...]:
    """Make sure that merging the stimulus set into an assembly gives what it should.

    Parameters
    ----------
    data : xarray.DataArray
        As `conform` gave it.
    stimulus_columns : collection of str
        The columns of the stimulus set, as ``pandas.read_csv`` names them.
    stimulus_ids : numpy.ndarray
        Its ``stimulus_id`` column, as ``pandas.read_csv`` reads it.
    where : str
        The file the assembly came from, for messages.

    Returns
    -------
    tuple of str
        What its owner should know.

    Raises
    ------
    DataError
        If readers would fail at the merge, or lose a coordinate or a stimulus there.
    """
    name = _id_coordinate(data)
    if name is None:
        if "presentation" not in data.dims:
            return ("readers do not merge the stimulus set into it: it has no presentations",)
        raise DataError(
            "it has presentations and a stimulus set, but no coordinate 'stimulus_id' on "
            "'presentation'",
            where=where,
            hint="add the id of the stimulus of each presentation as 'stimulus_id'",
        )
    _check_ids(plain(data.coords[name].variable), stimulus_ids, name, where)
    for column in stimulus_columns:
        _check_column(column, data, where)
    return ()


def _id_coordinate(data: xr.DataArray) -> str | None:
    for name in ("stimulus_id", "image_id"):
        if name in data.coords and data.coords[name].dims == ("presentation",):
            return name
    return None


def _check_ids(ids: np.ndarray, stimulus_ids: np.ndarray, name: str, where: str) -> None:
    import pandas as pd

    ours, theirs = _kind(ids), _kind(stimulus_ids)
    if ids.size and stimulus_ids.size and ours != theirs:
        raise DataError(
            f"the ids in coordinate {name!r} are {ours} and those of the stimulus set {theirs}: "
            "readers cannot match them",
            where=where,
            hint="make both the same; ids with leading zeros are texts",
        )
    if pd.Index(stimulus_ids).has_duplicates:
        raise DataError("the stimulus set has an id twice, so readers cannot merge it", where=where)
    missing = pd.Index(ids)[~pd.Index(ids).isin(stimulus_ids)].unique()
    if len(missing):
        shown = ", ".join(repr(value) for value in missing[:_SHOWN].tolist())
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise DataError(
            f"the stimulus set does not have {len(missing)} of the stimulus ids in {name!r}: "
            f"{shown}{more}",
            where=where,
            hint="correct the ids, or add the stimuli to the stimulus set",
        )


def _kind(ids: np.ndarray) -> str:
    if ids.dtype.kind in "iuf":
        return "numbers"
    return "booleans" if ids.dtype.kind == "b" else "texts"


def _check_column(column: str, data: xr.DataArray, where: str) -> None:
    hint = "rename the column or the coordinate"
    if not column or "." in column:
        raise DataError(
            f"the stimulus set has a column named {column!r}, at which readers fail when they "
            "merge it: its name is empty or has a dot",
            where=where,
            hint="rename the column",
        )
    if column in data.dims:
        raise DataError(
            f"the stimulus set's column {column!r} is named like a dimension of the assembly, and "
            "readers fail on it or change its name",
            where=where,
            hint=hint,
        )
    if column in data.coords and data.coords[column].dims != ("presentation",):
        raise DataError(
            f"the stimulus set's column {column!r} would replace the coordinate of that name when "
            "readers merge it",
            where=where,
            hint=hint,
        )
