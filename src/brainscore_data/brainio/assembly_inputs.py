"""What authors have in hand as an assembly, and what the program's packaging makes of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.assemblies.contract.conforming import conform, conform_extra
from brainscore_data.assemblies.contract.coordinates import (
    flat_coordinates,
    id_coordinate,
    require_coordinates,
)
from brainscore_data.assemblies.contract.merging import can_merge, check_merge
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.nearest import did_you_mean
from brainscore_data.dataset.assembly_classes import ASSEMBLY_CLASSES
from brainscore_data.dataset.identifiers import (
    assembly_key,
    is_key_safe,
    require_key_safe,
    stimulus_set_keys,
)
from brainscore_data.dataset.manifest_values import Visibility
from brainscore_data.packaging.netcdf.netcdf_file import write_netcdf
from brainscore_data.records.bundle import BundledAssembly, bundled_file
from brainscore_data.stimuli.readers_csv import read_metadata

if TYPE_CHECKING:
    import xarray as xr

_logger = logging.getLogger("brainscore_data.brainio")
#: Dimension → the name of its only coordinate, of which Brain-Score's classes keep the values.
_ONLY_IDS = {"presentation": "stimulus_id", "neuroid": "neuroid_id"}


def class_name_of(assembly_class: Any) -> str:
    """Give the name of an assembly class, named or handed over.

    Examples
    --------
    >>> class_name_of("NeuronRecordingAssembly")
    'NeuronRecordingAssembly'
    """
    name = getattr(assembly_class, "__name__", assembly_class)
    if name not in ASSEMBLY_CLASSES:
        raise UsageError(
            f"Unknown assembly class: {name}{did_you_mean(str(name), ASSEMBLY_CLASSES)}",
            hint=f"the classes are {', '.join(ASSEMBLY_CLASSES)}",
        )
    return str(name)


def write_assembly(
    data: Any,
    folder: Path,
    *,
    identifier: str,
    stimulus_set: str | None,
    assembly_class: Any,
    extras: Mapping[str, Any] | None,
    visibility: Visibility | None,
    replaces: str | None,
    find: Callable[[str], Path | None],
) -> BundledAssembly:
    """Check an assembly as the program checks one, and write its file; the input stays as it is.

    `find` gives the file of a key that is where the assembly goes, if it is there: its stimulus
    set was mostly packaged before it.
    """
    name = class_name_of(assembly_class)
    if not isinstance(identifier, str):
        raise UsageError(f"the identifier of an assembly is a text, and this is {identifier!r}")
    require_key_safe(identifier)
    where = f"assembly {identifier!r}"
    fit, notices = conform(
        with_own_names(storable(data, where), where),
        assembly_class=name,
        identifier=identifier,
        stimulus_set=stimulus_set,
        where=where,
    )
    there = {each: its.dims for each, its in fit.coords.items()}
    named = stimulus_set is not None
    require_coordinates(fit.dims, there, names_stimulus_set=named, where=where)
    if named and id_coordinate(there) is not None:
        notices += _compared(fit, find, str(stimulus_set), where)
    groups = {}
    for group, extra in (extras or {}).items():
        groups[group], more = conform_extra(
            storable(extra, f"{where}: extras {group!r}"),
            name=group,
            beside=fit,
            assembly_class=name,
            where=where,
        )
        notices += more
    for notice in notices:
        _logger.warning("%s: %s", where, notice)
    key = assembly_key(identifier)
    written = write_netcdf(
        folder / key, fit, groups, identifier=identifier, stimulus_set=stimulus_set
    )
    return BundledAssembly(
        identifier=identifier,
        visibility=visibility,
        assembly_class=name,  # type: ignore[arg-type]  # it is one of the literals
        stimulus_set=stimulus_set,
        merges_stimulus_set=can_merge(fit),
        nc=bundled_file(key, written),
        replaces=replaces,
    )


def _compared(
    data: xr.DataArray, find: Callable[[str], Path | None], stimulus_set: str, where: str
) -> tuple[str, ...]:
    """Compare the stimulus ids with those of the stimulus set, where that is at hand."""
    if not is_key_safe(stimulus_set) or (csv := find(stimulus_set_keys(stimulus_set)[0])) is None:
        unchecked = f"its stimulus ids were not compared with those of {stimulus_set!r}"
        return (f"{unchecked}, which is not where the assembly goes",)
    stimuli = read_metadata(csv)
    return check_merge(
        data,
        stimulus_columns=stimuli.columns,
        stimulus_ids=stimuli.stimulus_ids,
        where=where,
    )


def storable(data: Any, where: str) -> xr.DataArray:
    """Give an assembly without the attributes that brainio leaves out: tables, arrays and None."""
    import pandas as pd
    import xarray as xr

    if isinstance(data, xr.Dataset) and len(data.data_vars) == 1:
        only = next(iter(data.data_vars))
        raise UsageError("this is a Dataset, and an assembly is a DataArray", where=where,
                         hint=f"pass its variable: [{only!r}]")  # fmt: skip
    if not isinstance(data, xr.DataArray):
        raise UsageError(
            f"an assembly is an xarray DataArray, and this is a {type(data).__name__}",
            where=where,
            hint="make one: xarray.DataArray(values, dims=[…], coords={…})",
        )
    if data.size == 0:
        raise DataError("the assembly is empty: " + " x ".join(
            f"{dim}: {size}" for dim, size in data.sizes.items()), where=where)  # fmt: skip
    tables = (pd.DataFrame, xr.DataArray, xr.Dataset)
    left = {
        "hold tables": [name for name, its in data.attrs.items() if isinstance(its, tables)],
        "are None": [name for name, its in data.attrs.items() if its is None],
    }
    for why, names in left.items():
        if names:
            _logger.warning("%s: left out the attributes %s, which %s", where, names, why)
    shallow = data.copy(deep=False)
    left_out = set().union(*left.values())
    shallow.attrs = {name: its for name, its in data.attrs.items() if name not in left_out}
    return shallow


def with_own_names(data: xr.DataArray, where: str) -> xr.DataArray:
    """Give coordinates that are called like their dimension a name that readers keep.

    Brain-Score's classes take the name of a dimension's only coordinate; on presentations and
    neuroids that can only have been their id. Others get ``<dim>_id``, as readers would call
    them ``<dim>_level_0``.
    """
    import xarray as xr

    there = flat_coordinates(data, where=where)
    renamed: dict[Any, str] = {}
    for dim in dict.fromkeys(data.dims):
        if dim not in there or there[dim].dims != (dim,):
            continue
        alone = not any(dim in its.dims for name, its in there.items() if name != dim)
        if alone and type(data) is not xr.DataArray and dim in _ONLY_IDS:
            renamed[dim] = _ONLY_IDS[dim]
        elif f"{dim}_id" not in there and (dim in _ONLY_IDS or not alone):
            renamed[dim] = f"{dim}_id"
    if not renamed:
        return data
    for dim, name in renamed.items():
        _logger.warning(
            "%s: a coordinate of %r is called like its dimension: stored as %r", where, dim, name
        )
    coordinates = {renamed.get(name, name): its.to_base_variable() for name, its in there.items()}
    plain = xr.Dataset({"data": data.variable}, coords=coordinates)["data"]
    plain.attrs = data.attrs
    return plain
