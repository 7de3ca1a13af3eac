"""Drop-in for ``brainio.upload_validator``: whether stimuli and measurements fit together.

What differs from brainscore-core 2.5.0 on purpose is listed in ``docs/brainio-reading.md``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from brainscore_data.assemblies.contract.coordinates import flat_coordinates, id_coordinate
from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.base.place import Place
from brainscore_data.base.text import some
from brainscore_data.brainio.callers import PackagingDataError
from brainscore_data.brainio.stimulus_inputs import id_column, stimulus_paths

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import xarray as xr

__all__ = [
    "ValidationError",
    "get_common_columns",
    "validate_assembly",
    "validate_assembly_only",
    "validate_data_type_compatibility",
    "validate_packaging_data",
    "validate_stimulus_set",
    "validate_stimulus_set_assembly_compatibility",
    "validate_stimulus_set_only",
]

_NOTHING = "nothing"  # what a column is of that has no values


class ValidationError(PackagingDataError):
    """A stimulus set or an assembly cannot be packaged as it is."""


def validate_stimulus_set(stimulus_set: pd.DataFrame, identifier: str = "stimulus_set") -> bool:
    """Make sure that a stimulus set has ids, something about them, and a file for each.

    Parameters
    ----------
    stimulus_set : StimulusSet or pandas.DataFrame
        As `package_stimulus_set` takes it.
    identifier : str
        What messages call it.

    Raises
    ------
    ValidationError
        If not; a DataError, an AssertionError and a ValueError, too.
    """
    with _about(identifier):
        ids = id_column(stimulus_set)
        if list(stimulus_set.columns) == [ids]:
            raise DataError(
                f"it must have at least one column besides {ids!r}",
                hint="add what you know of the stimuli, e.g. what they show",
            )
        if repeated := stimulus_set[ids][stimulus_set[ids].duplicated()].tolist():
            raise DataError(
                f"these stimulus ids are there twice: {some(repeated)}",
                hint="give each stimulus an id of its own",
            )
        stimulus_paths(stimulus_set)
    return True


def validate_assembly(assembly: xr.DataArray, identifier: str = "assembly") -> bool:
    """Make sure that an assembly has measurements, of stimuli, and says something about them.

    Raises
    ------
    ValidationError
        If not.
    """
    from brainscore_data.brainio.assembly_inputs import storable

    with _about(identifier):
        data = storable(assembly, identifier)
        there = _coordinates(data)
        if "stimulus_id" not in there and id_coordinate(there) is None:
            raise DataError(
                "it has no coordinate 'stimulus_id'",
                hint=f"its coordinates are {', '.join(there) or 'none'}",
            )
        if len(there) == 1:
            raise DataError("it must have at least one coordinate besides 'stimulus_id'")
    return True


def get_common_columns(stimulus_set: pd.DataFrame, assembly: xr.DataArray) -> set[str]:
    """Name what is a column of the stimulus set and a coordinate of the assembly."""
    return {str(name) for name in stimulus_set.columns} & set(_coordinates(assembly))


def validate_data_type_compatibility(
    stimulus_set: pd.DataFrame, assembly: xr.DataArray, common_columns: Iterable[str]
) -> bool:
    """Make sure that columns and coordinates of one name hold values of one kind.

    Kinds are texts, numbers of any size (whole or not), truth values and points in time. What
    has no value at all goes with each of them.

    Raises
    ------
    ValidationError
        If one holds another kind.
    """
    for name in sorted(common_columns):
        _require_one_kind(stimulus_set[name], assembly.coords[name])
    return True


def validate_stimulus_set_assembly_compatibility(
    stimulus_set: pd.DataFrame, assembly: xr.DataArray
) -> bool:
    """Make sure that what was measured is about stimuli of the set, and says the same of them.

    Raises
    ------
    ValidationError
        If kinds of values differ, or the set does not have a stimulus that was shown.
    """
    from brainscore_data.assemblies.contract.merging import missing_ids

    with _about("assembly"):
        column = id_column(stimulus_set)
        there = _coordinates(assembly)
        name = id_coordinate(there) or "stimulus_id"
        if name not in there:
            raise DataError("it has no coordinate 'stimulus_id'")
        common = get_common_columns(stimulus_set, assembly)
        validate_data_type_compatibility(stimulus_set, assembly, common)
        _require_one_kind(stimulus_set[column], assembly.coords[name])
        known, shown = stimulus_set[column].to_numpy(), assembly.coords[name].to_numpy().ravel()
        if missing := missing_ids(shown, known):
            raise DataError(
                f"Assembly references stimulus_ids not in stimulus set: {some(missing)}",
                hint="correct the ids, or add the stimuli to the stimulus set",
            )
    return True


def validate_packaging_data(
    stimulus_set: pd.DataFrame,
    assembly: xr.DataArray,
    stimulus_set_identifier: str = "stimulus_set",
    assembly_identifier: str = "assembly",
) -> bool:
    """Make sure that a stimulus set and an assembly can be packaged, and belong together.

    Raises
    ------
    ValidationError
        If not.
    """
    validate_stimulus_set(stimulus_set, stimulus_set_identifier)
    validate_assembly(assembly, assembly_identifier)
    return validate_stimulus_set_assembly_compatibility(stimulus_set, assembly)


#: The other names of `validate_stimulus_set` and `validate_assembly`.
validate_stimulus_set_only = validate_stimulus_set
validate_assembly_only = validate_assembly


@contextlib.contextmanager
def _about(identifier: str) -> Iterator[None]:
    try:
        yield
    except ValidationError:
        raise
    except BrainScoreDataError as error:
        place = Place(identifier)
        if error.place not in (None, place):
            place = place.inside(str(error.where))
        raise ValidationError(error.message, where=place, hint=error.hint) from error


def _coordinates(assembly: xr.DataArray) -> dict[Any, tuple[Any, ...]]:
    """Name the coordinates, those in a MultiIndex one by one, and their dimensions."""
    return {str(name): its.dims for name, its in flat_coordinates(assembly).items()}


def _require_one_kind(column: pd.Series, coordinate: xr.DataArray) -> None:
    kinds = _kind(column.to_numpy()), _kind(coordinate.to_numpy())
    if kinds[0] != kinds[1] and _NOTHING not in kinds:
        other = "" if coordinate.name == column.name else f" in {coordinate.name!r}"
        raise ValidationError(
            f"Data type mismatch for column {column.name!r}: stimulus_set has {kinds[0]} "
            f"({column.dtype}), assembly has {kinds[1]} ({coordinate.dtype}){other}",
            hint="give both the same type; ids with leading zeros are texts",
        )


def _kind(values: np.ndarray) -> str:
    """Tell of what kind values are; how each library stores a text makes no difference.

    >>> import numpy as np
    >>> _kind(np.array(["a"])), _kind(np.array(["a"], dtype=object)), _kind(np.array([1], "uint8"))
    ('texts', 'texts', 'numbers')
    >>> _kind(np.array([None])), _kind(np.array([np.nan]))
    ('nothing', 'nothing')
    """
    import pandas as pd
    from pandas.api.types import infer_dtype

    if pd.isna(values).all():
        return _NOTHING
    found = infer_dtype(values, skipna=True)
    names = {
        "texts": ("string", "categorical", "bytes"),
        "numbers": ("integer", "floating", "mixed-integer-float", "decimal", "complex"),
        "truth values": ("boolean",),
        "points in time": ("datetime64", "datetime", "date"),
    }
    return next((name for name, kinds in names.items() if found in kinds), found)
