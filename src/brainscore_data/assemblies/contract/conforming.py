"""What Brain-Score's readers rely on: an assembly is made to fit, or explained.

The rules were measured with brainscore-core 2.5.0 on xarray 2022.3. Its loaders make an index of
all one-dimensional coordinates of each dimension, and merge the stimulus set's columns into the
``presentation`` dimension; both change some assemblies in silence and fail on others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brainscore_data.assemblies.contract.attributes import checked_attributes
from brainscore_data.assemblies.contract.coordinates import (
    check_names,
    flat_coordinates,
    lone_coordinates,
    netcdf_name_problem,
)
from brainscore_data.assemblies.contract.stored_values import check_values, typed
from brainscore_data.assemblies.contract.variables import COMPANION, logical_dtype
from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place
from brainscore_data.dataset.assembly_classes import DIMS_HINT, dims_problem

if TYPE_CHECKING:
    import xarray as xr


def conform(
    data: xr.DataArray,
    *,
    assembly_class: str,
    identifier: str | None,
    stimulus_set: str | None,
    where: Place | str,
) -> tuple[xr.DataArray, tuple[str, ...]]:
    """Make an assembly fit for Brain-Score's readers.

    Indexes become plain coordinates, and a dimension with one coordinate gets a companion. All
    else is as it was, or an error: nothing is changed or dropped in silence.
    """
    problem = dims_problem(assembly_class, [str(dim) for dim in data.dims])
    if problem:
        raise DataError(problem, where=where, hint=DIMS_HINT)
    names = {"identifier": identifier, "stimulus_set_identifier": stimulus_set}
    return _conform(data, names, where)


def conform_extra(
    data: xr.DataArray,
    *,
    name: str,
    beside: xr.DataArray,
    assembly_class: str,
    where: Place | str,
) -> tuple[xr.DataArray, tuple[str, ...]]:
    """Make one of the extras fit for the group `name` of an assembly's file."""
    problem = netcdf_name_problem(name)
    if name in ("data", *beside.dims, *beside.coords):
        problem = "is the name of a variable or a dimension of the assembly"
    elif name in ("identifier", "stimulus_set", "stimulus_set_identifier", *beside.attrs):
        problem = "is the name of an attribute of the assembly, which readers would replace"
    if problem:
        raise DataError(f"extras {name!r}: the name {problem}", where=where, hint="rename it")
    place = Place(where) if isinstance(where, str) else where
    fit, notices = _conform(data, {}, place.inside(f"extras {name!r}"))
    if assembly_class != "SpikeTimesAssembly":
        notice = (
            f"stored, but Brain-Score's readers show extras of a SpikeTimesAssembly only, not of a "
            f"{assembly_class}"
        )
        notices = (*notices, notice)
    return fit, tuple(f"extras {name!r}: {notice}" for notice in notices)


def _conform(
    data: xr.DataArray, names: dict[str, str | None], where: Place | str
) -> tuple[xr.DataArray, tuple[str, ...]]:
    import xarray as xr

    values = typed(data.variable)
    coordinates = {name: typed(its) for name, its in flat_coordinates(data, where=where).items()}
    check_names(data.dims, {name: its.dims for name, its in coordinates.items()}, where=where)
    own, notices = _own_attributes(data, names)
    own, more = checked_attributes(own, owner="the assembly", where=where)
    notices += more
    _check_dates(values, own, "the data", where)
    check_values(values, what="the data", where=where)
    for name, variable in coordinates.items():
        what = f"coordinate {name!r}"
        attributes, more = checked_attributes(variable.attrs, owner=what, where=where)
        notices += more
        _check_dates(variable, attributes, what, where)
        check_values(variable, what=what, where=where)
        coordinates[name] = variable.copy(deep=False)
        coordinates[name].attrs = attributes
    notices += _unread_attributes(coordinates)
    companions = _companions(data, coordinates)
    notices += tuple(
        f"dimension {dim!r} has one coordinate, whose name readers would lose: added {name!r}, "
        "which is 0 everywhere"
        for name, dim in ((name, its.dims[0]) for name, its in companions.items())
    )
    # By way of a dataset: the assembly may be of a subclass that makes indexes again.
    fit = xr.Dataset({"data": values}, coords={**coordinates, **companions})["data"]
    fit.attrs = own
    return fit, notices


def _own_attributes(
    data: xr.DataArray, names: dict[str, str | None]
) -> tuple[dict[Any, Any], tuple[str, ...]]:
    """Take out the attributes whose values `dataset.toml` decides."""
    own = dict(data.attrs)
    notices = []
    for name, decided in names.items():
        found = own.pop(name, None)
        if found is not None and not (isinstance(found, str) and found == decided):
            instead = "left out" if decided is None else f"stored as {decided!r}"
            notices.append(f"attribute {name!r} is {found!r} in the file: {instead}")
    return own, tuple(notices)


def _check_dates(
    variable: xr.Variable, attributes: dict[str, Any], what: str, where: Place | str
) -> None:
    if "units" in attributes and logical_dtype(variable).kind == "M":
        raise DataError(
            f"{what} holds dates and has an attribute 'units', which readers use to decode them",
            where=where,
            hint="remove the attribute, or rename it",
        )


def _unread_attributes(coordinates: dict[str, xr.Variable]) -> tuple[str, ...]:
    unread = sorted(
        repr(name)
        for name, variable in coordinates.items()
        if variable.attrs and variable.ndim == 1 and variable.dims != (name,)
    )
    if not unread:
        return ()
    names = ", ".join(unread)
    return (f"attributes of coordinates are stored, but readers drop those of {names}",)


def _companions(data: xr.DataArray, coordinates: dict[str, xr.Variable]) -> dict[str, xr.Variable]:
    """Make what keeps the name of a dimension's only coordinate.

    Readers make an index of both. With one small value it took 1.5 s of processor time for 20
    million spikes, nearly all of it for the other coordinate; with one value each it took 10.2 s.
    """
    import numpy as np
    import xarray as xr

    companions = {}
    lone = lone_coordinates(data.dims, {name: its.dims for name, its in coordinates.items()})
    for dim in lone:
        name = f"{dim}_index"
        while name in coordinates or name in data.dims:
            name += "_"
        zeros = np.zeros(data.sizes[dim], dtype="int8")
        companions[name] = xr.Variable((dim,), zeros, encoding=COMPANION)
    return companions
