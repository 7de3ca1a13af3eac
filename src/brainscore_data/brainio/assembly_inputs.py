"""What authors have in hand as an assembly, and what the program's packaging makes of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from brainscore_data.dataset.assembly_classes import ASSEMBLY_CLASSES
from brainscore_data.dataset.identifiers import assembly_key, require_key_safe
from brainscore_data.errors import DataError, UsageError
from brainscore_data.nearest import did_you_mean
from brainscore_data.packaging.bundle import BundledAssembly, bundled_file
from brainscore_data.packaging.contract.conforming import conform, conform_extra
from brainscore_data.packaging.contract.merging import can_merge
from brainscore_data.packaging.netcdf.writing import write_netcdf

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import xarray as xr

    from brainscore_data.dataset.manifest import Visibility

_logger = logging.getLogger("brainscore_data.brainio")


def class_name_of(assembly_class: Any) -> str:
    """Give the name of an assembly class, named or handed over.

    Raises
    ------
    UsageError
        If Brain-Score has no such class; the message has the nearest.

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
) -> BundledAssembly:
    """Check an assembly as the program checks one, and write its file; the input stays as it is.

    Raises
    ------
    DataError
        If readers would not get back what is in it.
    UsageError
        If it, its class or its identifier is none.
    """
    name = class_name_of(assembly_class)
    if not isinstance(identifier, str):
        raise UsageError(f"the identifier of an assembly is a text, and this is {identifier!r}")
    require_key_safe(identifier)
    where = f"assembly {identifier!r}"
    fit, notices = conform(
        storable(data, where),
        assembly_class=name,
        identifier=identifier,
        stimulus_set=stimulus_set,
        where=where,
    )
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


def storable(data: Any, where: str) -> xr.DataArray:
    """Give an assembly without the attributes that brainio leaves out: tables, arrays and None.

    Raises
    ------
    UsageError
        If it is no xarray DataArray, of whichever subclass.
    """
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
    kept = {
        name: value
        for name, value in data.attrs.items()
        if value is not None and not isinstance(value, (pd.DataFrame, xr.DataArray, xr.Dataset))
    }
    if left := [
        name for name, value in data.attrs.items() if name not in kept and value is not None
    ]:
        _logger.warning("%s: left out the attributes %s, which hold tables", where, left)
    shallow = data.copy(deep=False)
    shallow.attrs = kept
    return shallow
