"""The files of stimulus sets and assemblies, written one by one as brainio's functions do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.base.errors import UsageError
from brainscore_data.brainio.assembly_inputs import storable
from brainscore_data.brainio.callers import fails_as_callers_expect
from brainscore_data.brainio.stimulus_inputs import (
    as_table,
    filenames_in_zip,
    require_names,
    specific_columns,
    stimulus_files,
    stimulus_paths,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@fails_as_callers_expect
def write_netcdf(
    assembly: xr.DataArray,
    target_netcdf_file: str | os.PathLike[str],
    append: bool = False,  # noqa: FBT001, FBT002 - as brainio has it
    group: str | None = None,
    compress: bool = True,  # noqa: FBT001, FBT002 - as brainio has it
) -> str:
    """Write an assembly, of whatever dimensions, as netCDF-4.

    Parameters
    ----------
    assembly : xarray.DataArray
        Not mutated.
    target_netcdf_file : path
        Complete or as it was, whatever happens.
    append : bool
        Whether what is in the file stays; then a `group` has to be named.
    group : str, optional
        The group to write to; the root otherwise.
    compress : bool
        Whether values are compressed.

    Returns
    -------
    str
        The SHA-1 of the file.
    """
    from brainscore_data.assemblies.contract.conforming import conform, conform_extra
    from brainscore_data.packaging.netcdf import netcdf_file

    target = Path(target_netcdf_file)
    data = storable(assembly, str(target))
    if group is None and append and target.exists():
        raise UsageError(
            "an assembly cannot be appended to the root of a file that is there",
            where=str(target),
            hint="name a group, or write the whole file again",
        )
    if group is None:
        named = {
            name: value if isinstance(value := data.attrs.get(name), str) else None
            for name in ("identifier", "stimulus_set_identifier")
        }
        identifier, stimulus_set = named.values()
        fit, _ = conform(
            data,
            assembly_class="DataAssembly",
            identifier=identifier,
            stimulus_set=stimulus_set,
            where=str(target),
        )
        return netcdf_file.write_netcdf(
            target, fit, {}, identifier=identifier, stimulus_set=stimulus_set, compress=compress
        ).fingerprint.sha1
    fit, _ = conform_extra(
        data, name=group, beside=data, assembly_class="SpikeTimesAssembly", where=str(target)
    )
    appending = append and target.exists()
    return netcdf_file.write_group(
        target, fit, group=group, append=appending, compress=compress
    ).sha1


@fails_as_callers_expect
def create_stimulus_zip(
    proto_stimulus_set: pd.DataFrame, target_zip_path: str | os.PathLike[str]
) -> tuple[str, list[str]]:
    """Write the zip of a stimulus set.

    Returns
    -------
    sha1 : str
        Of the zip.
    filenames : list of str
        What each row's stimulus is called in it: its id, or ``stimulus_path_within_store``, and
        the file's own ending.
    """
    from brainscore_data.packaging.stimulus_files import write_zip

    target = Path(target_zip_path)
    paths = stimulus_paths(proto_stimulus_set)
    names = filenames_in_zip(proto_stimulus_set, paths)
    require_names(names, where=target.name)
    _, found = write_zip(stimulus_files(target.name, names, paths), names, target)
    return found.sha1, names


def extract_specific(proto_stimulus_set: pd.DataFrame) -> list[str]:
    """Name the columns that are published, in their order."""
    return specific_columns(proto_stimulus_set)


@fails_as_callers_expect
def create_stimulus_csv(
    proto_stimulus_set: pd.DataFrame, target_path: str | os.PathLike[str]
) -> str:
    """Write the csv of a stimulus set, with its columns in their order.

    Returns
    -------
    str
        The SHA-1 of the file.
    """
    from brainscore_data.packaging.stimulus_files import write_table

    target = Path(target_path)
    table = as_table(proto_stimulus_set[specific_columns(proto_stimulus_set)], target.name)
    return write_table(table, target).sha1
