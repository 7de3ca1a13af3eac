"""Whether readers can merge the stimulus set into an assembly, and what would come of it.

The rules were measured with the ``StimulusMergeAssemblyLoader`` of brainscore-core 2.5.0: it takes
the coordinates on ``presentation``, merges the stimulus set's columns with them on
``stimulus_id``, and assigns every column to the assembly as a coordinate on ``presentation``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from brainscore_data.assemblies.contract.coordinates import id_coordinate
from brainscore_data.assemblies.contract.variables import BYTES_PER_TEXT, held, plain, slabs
from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place
from brainscore_data.base.text import some

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr


def can_merge(data: xr.DataArray) -> bool:
    """Say whether readers can merge the stimulus set's columns into an assembly.

    They look for ``stimulus_id``, or the older ``image_id``, on the dimension ``presentation``.
    Where there is none, the registration must say ``merge_stimulus_set_meta=False``.
    """
    return id_coordinate({name: its.dims for name, its in data.coords.items()}) is not None


def check_merge(
    data: xr.DataArray,
    *,
    stimulus_columns: Collection[str],
    stimulus_ids: np.ndarray,
    where: Place | str,
) -> tuple[str, ...]:
    """Make sure that merging the stimulus set into an assembly gives what it should."""
    name = id_coordinate({name: its.dims for name, its in data.coords.items()})
    if name is None:
        if "presentation" not in data.dims:
            return ("readers do not merge the stimulus set into it: it has no presentations",)
        raise DataError(
            "it has presentations and a stimulus set, but no coordinate 'stimulus_id' on "
            "'presentation'",
            where=where,
            hint="add the id of the stimulus of each presentation as 'stimulus_id'",
        )
    _check_ids(data.coords[name].variable, stimulus_ids, name, where)
    dims_of = {str(each): coordinate.dims for each, coordinate in data.coords.items()}
    for problem, hint in column_problems(stimulus_columns, data.dims, dims_of):
        raise DataError(problem, where=where, hint=hint)
    return ()


def missing_ids(ids: np.ndarray | xr.Variable, stimulus_ids: np.ndarray) -> list[Any]:
    """List the stimulus ids of an assembly that the stimulus set does not have, each once."""
    import numpy as np
    import pandas as pd

    values = ids if isinstance(ids, np.ndarray) else held(ids)
    parts = []
    for index in slabs(ids.shape, BYTES_PER_TEXT):
        found = pd.Index(plain(values[index])).unique()
        parts.append(found[~found.isin(stimulus_ids)].to_numpy())
    missing: list[Any] = pd.Index(np.concatenate(parts)).unique().tolist() if parts else []
    return missing


def kind_of_ids(ids: np.ndarray | xr.Variable) -> str:
    """Say what ids are: readers match numbers with numbers only, and texts with texts."""
    if ids.dtype.kind in "iuf":
        return "numbers"
    return "booleans" if ids.dtype.kind == "b" else "texts"


def column_problems(
    columns: Iterable[str], dims: Collection[Any], coordinates: Mapping[str, tuple[Any, ...]]
) -> Iterator[tuple[str, str]]:
    """Find the columns of a stimulus set at whose merge readers fail or lose something."""
    hint = "rename the column or the coordinate"
    for column in columns:
        if not column or "." in column:
            problem = (
                f"the stimulus set has a column named {column!r}, at which readers fail when they "
                "merge it: its name is empty or has a dot"
            )
            yield problem, "rename the column"
        elif column in dims:
            problem = (
                f"the stimulus set's column {column!r} is named like a dimension of the assembly, "
                "and readers fail on it or change its name"
            )
            yield problem, hint
        elif coordinates.get(column, ("presentation",)) != ("presentation",):
            problem = (
                f"the stimulus set's column {column!r} would replace the coordinate of that name "
                "when readers merge it"
            )
            yield problem, hint


def _check_ids(ids: xr.Variable, stimulus_ids: np.ndarray, name: str, where: Place | str) -> None:
    import pandas as pd

    ours, theirs = kind_of_ids(ids), kind_of_ids(stimulus_ids)
    if ids.size and stimulus_ids.size and ours != theirs:
        raise DataError(
            f"the ids in coordinate {name!r} are {ours} and those of the stimulus set {theirs}: "
            "readers cannot match them",
            where=where,
            hint="give both the same type; ids with leading zeros are texts",
        )
    if pd.Index(stimulus_ids).has_duplicates:
        raise DataError("the stimulus set has an id twice, so readers cannot merge it", where=where)
    missing = missing_ids(ids, stimulus_ids)
    if missing:
        raise DataError(
            f"the stimulus set does not have {len(missing)} of the stimulus ids in {name!r}: "
            f"{some(missing)}",
            where=where,
            hint="correct the ids, or add the stimuli to the stimulus set",
        )
