"""Drop-in for ``brainio.packaging``: the same functions, over the program's own packaging.

Change the import, and a packaging script works as it is, in whichever form it calls. What differs
from brainscore-core 2.5.0 on purpose is listed in ``docs/brainio.md``.

Examples
--------
>>> from brainscore_data.brainio.packaging import package_data_assembly, package_stimulus_set
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.base.errors import UsageError
from brainscore_data.base.files import explained
from brainscore_data.base.work_folders import work_folder
from brainscore_data.brainio.assembly_inputs import write_assembly
from brainscore_data.brainio.callers import accepts_older_forms, fails_as_callers_expect
from brainscore_data.brainio.catalogs import append_rows, check_rows, find_catalog, rows_of
from brainscore_data.brainio.fetch import resolve_assembly_class
from brainscore_data.brainio.item_files import (
    create_stimulus_csv,
    create_stimulus_zip,
    extract_specific,
    write_netcdf,
)
from brainscore_data.brainio.stimulus_checks import (
    check_experiment_stimulus_set,
    check_image_format,
    check_naming_convention,
    check_stimulus_naming_convention,
    check_stimulus_numbers,
)
from brainscore_data.brainio.stimulus_inputs import write_stimulus_set
from brainscore_data.brainio.uploads import Destination, Uploaded, destination_for, get_user_info
from brainscore_data.dataset.manifest_values import Visibility
from brainscore_data.records.bundle import BundledAssembly, BundledStimulusSet

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = [
    "check_experiment_stimulus_set",
    "check_image_format",
    "check_naming_convention",
    "check_stimulus_naming_convention",
    "check_stimulus_numbers",
    "create_stimulus_csv",
    "create_stimulus_zip",
    "extract_specific",
    "get_user_info",
    "package_data_assembly",
    "package_data_assembly_locally",
    "package_stimulus_set",
    "package_stimulus_set_locally",
    "resolve_assembly_class",
    "upload_to_s3",
    "write_netcdf",
]

_STIMULUS_SET_NAMES = {
    "catalog_identifier": "catalog_name",
    "stimulus_set": "proto_stimulus_set",
    "stimulus_set_name": "stimulus_set_identifier",
}
_ASSEMBLY_NAMES = {
    "catalog_name": "catalog_identifier",
    "data_assembly": "proto_data_assembly",
    "data_assembly_name": "assembly_identifier",
    "assembly_name": "assembly_identifier",
    "stimulus_set_name": "stimulus_set_identifier",
    "assembly_class": "assembly_class_name",
}
_EXPERIMENTS = "brainio.requested"


@accepts_older_forms(catalog="catalog_name", renamed=_STIMULUS_SET_NAMES)
@fails_as_callers_expect
def package_stimulus_set(
    catalog_name: str | os.PathLike[str] | None,
    proto_stimulus_set: pd.DataFrame,
    stimulus_set_identifier: str,
    bucket_name: str = "brainio-temp",
    *,
    visibility: Visibility | None = None,
    replaces: Mapping[str, str] | None = None,
    allow_unversioned: bool | None = None,
) -> dict[str, str | None]:
    """Package a stimulus set and publish it.

    Parameters
    ----------
    catalog_name : str, path or None
        A BrainIO catalog to append its two rows to: the name of an installed one, or a csv.
    proto_stimulus_set : StimulusSet or pandas.DataFrame
        A row per stimulus with ``stimulus_id`` (or ``image_id``) and any columns but
        ``filename``; ``.stimulus_paths`` (or ``.image_paths``) is a dict from ids to files. A
        column ``stimulus_path_within_store`` names the files in the zip. It is not mutated.
    stimulus_set_identifier : str
        Its name.
    bucket_name : str
        ``bucket``, ``bucket/prefix``, or the URL of a store. Stimuli for ``brainio.requested``
        are checked with `check_experiment_stimulus_set` first.
    visibility : {"public", "private"}, optional
        A tag for the objects. Nothing is said where nothing is given: the bucket decides.
    replaces : Mapping, optional
        The versions that it supersedes, ``{"csv": …, "zip": …}``.
    allow_unversioned : bool, optional
        Whether a bucket that keeps no versions will do.

    Returns
    -------
    dict
        ``identifier``, ``bucket``, ``csv_sha1``, ``zip_sha1``, ``csv_version_id``,
        ``zip_version_id``.

    Raises
    ------
    DataError
        If readers could not load it, or a key is taken by other content; it is an AssertionError
        and a ValueError, too.
    UsageError
        If an argument, the bucket or the permissions are not as they should be; likewise.
    IncompleteError
        If the store stopped answering: running it again finishes it.
    """
    if os.fspath(bucket_name) == _EXPERIMENTS:
        check_experiment_stimulus_set(proto_stimulus_set)
    destination = destination_for(bucket_name, allow_unversioned=allow_unversioned)
    catalog = find_catalog(catalog_name)
    with work_folder() as folder:
        item = write_stimulus_set(
            proto_stimulus_set, stimulus_set_identifier, folder, visibility, replaces
        )
        done = _published(item, folder, destination, catalog)
    csv, zipped = done[item.csv.name], done[item.zip.name]
    return {
        "identifier": stimulus_set_identifier,
        "bucket": bucket_name,
        "csv_sha1": csv.sha1,
        "zip_sha1": zipped.sha1,
        "csv_version_id": csv.version_id,
        "zip_version_id": zipped.version_id,
    }


@accepts_older_forms(renamed=_STIMULUS_SET_NAMES)
@fails_as_callers_expect
def package_stimulus_set_locally(
    proto_stimulus_set: pd.DataFrame,
    stimulus_set_identifier: str,
    downloads_path: str | os.PathLike[str] | None = None,
) -> dict[str, str]:
    """Package a stimulus set into a folder, by default ``~/Downloads/brainscore_packages``.

    Returns
    -------
    dict
        ``identifier``, ``csv_path``, ``zip_path``, ``csv_sha1``, ``zip_sha1``.
    """
    folder = _downloads(downloads_path)
    item = write_stimulus_set(proto_stimulus_set, stimulus_set_identifier, folder)
    return {
        "identifier": stimulus_set_identifier,
        "csv_path": str(folder / item.csv.name),
        "zip_path": str(folder / item.zip.name),
        "csv_sha1": item.csv.sha1,
        "zip_sha1": item.zip.sha1,
    }


@accepts_older_forms(catalog="catalog_identifier", renamed=_ASSEMBLY_NAMES)
@fails_as_callers_expect
def package_data_assembly(  # noqa: PLR0917 - as brainio has it
    catalog_identifier: str | os.PathLike[str] | None,
    proto_data_assembly: xr.DataArray,
    assembly_identifier: str,
    stimulus_set_identifier: str | None,
    assembly_class_name: str = "NeuroidAssembly",
    bucket_name: str = "brainio-temp",
    extras: Mapping[str, xr.DataArray] | None = None,
    *,
    visibility: Visibility | None = None,
    replaces: str | None = None,
    allow_unversioned: bool | None = None,
) -> dict[str, str | None]:
    """Package an assembly and publish it.

    Parameters
    ----------
    catalog_identifier : str, path or None
        A BrainIO catalog to append its row to: the name of an installed one, or a csv.
    proto_data_assembly : xarray.DataArray
        Of any subclass, with a MultiIndex or without; it is not mutated. Its dimensions are
        those of the class, and ``presentation`` has a coordinate ``stimulus_id``.
    assembly_identifier : str
        Its name.
    stimulus_set_identifier : str or None
        The name of its stimulus set.
    assembly_class_name : str
        Of Brain-Score's classes.
    bucket_name : str
        ``bucket``, ``bucket/prefix``, or the URL of a store.
    extras : Mapping of str to xarray.DataArray, optional
        Group name → what goes into the group of the file.
    visibility, allow_unversioned
        As those of `package_stimulus_set`.
    replaces : str, optional
        The version that it supersedes.

    Returns
    -------
    dict
        ``identifier``, ``version_id``, ``sha1``, ``bucket``, ``cls``.

    Raises
    ------
    DataError, UsageError, IncompleteError
        As `package_stimulus_set` does.
    """
    destination = destination_for(bucket_name, allow_unversioned=allow_unversioned)
    catalog = find_catalog(catalog_identifier)
    with work_folder() as folder:
        item = write_assembly(
            proto_data_assembly,
            folder,
            identifier=assembly_identifier,
            stimulus_set=stimulus_set_identifier,
            assembly_class=assembly_class_name,
            extras=extras,
            visibility=visibility,
            replaces=replaces,
            find=destination.find,
        )
        done = _published(item, folder, destination, catalog)[item.nc.name]
    return {
        "identifier": assembly_identifier,
        "version_id": done.version_id,
        "sha1": done.sha1,
        "bucket": bucket_name,
        "cls": item.assembly_class,
    }


@accepts_older_forms(renamed=_ASSEMBLY_NAMES)
@fails_as_callers_expect
def package_data_assembly_locally(  # noqa: PLR0917 - as brainio has it
    proto_data_assembly: xr.DataArray,
    assembly_identifier: str,
    stimulus_set_identifier: str | None,
    assembly_class_name: str = "NeuroidAssembly",
    downloads_path: str | os.PathLike[str] | None = None,
    extras: Mapping[str, xr.DataArray] | None = None,
) -> dict[str, str]:
    """Package an assembly into a folder, by default ``~/Downloads/brainscore_packages``.

    Returns
    -------
    dict
        ``identifier``, ``path``, ``sha1``, ``cls``.
    """
    folder = _downloads(downloads_path)
    item = write_assembly(
        proto_data_assembly,
        folder,
        identifier=assembly_identifier,
        stimulus_set=stimulus_set_identifier,
        assembly_class=assembly_class_name,
        extras=extras,
        visibility=None,
        replaces=None,
        find=lambda key: folder / key if (folder / key).is_file() else None,
    )
    return {
        "identifier": assembly_identifier,
        "path": str(folder / item.nc.name),
        "sha1": item.nc.sha1,
        "cls": item.assembly_class,
    }


@fails_as_callers_expect
def upload_to_s3(
    source_file_path: str | os.PathLike[str],
    bucket_name: str,
    target_s3_key: str,
    *,
    replaces: str | None = None,
    allow_unversioned: bool | None = None,
) -> dict[str, Any]:
    """Publish one file under a key, whatever is in it.

    Returns
    -------
    dict
        The answer of S3's HeadObject for the version that was published. Of a store that is not
        on S3, and of an upload that is only recorded, what is known of it: ``VersionId`` (where
        versions are kept), ``ContentLength``, ``Metadata``.

    Raises
    ------
    DataError, UsageError, IncompleteError
        As `package_stimulus_set` does.
    """
    source = Path(source_file_path)
    if not source.is_file():
        raise UsageError("there is no such file", where=str(source))
    destination = destination_for(bucket_name, allow_unversioned=allow_unversioned)
    return destination.put_file(source, target_s3_key, replaces=replaces)


def _published(
    item: BundledStimulusSet | BundledAssembly,
    folder: Path,
    destination: Destination,
    catalog: Path | None,
) -> Mapping[str, Uploaded]:
    """Publish an item, and list it in a catalog: what that would refuse is not published."""
    if catalog:
        sha1s = {file.name: file.sha1 for file in item.files}
        check_rows(catalog, rows_of(item, sha1s, destination.location_of))
    done = destination.put(item, folder)
    if catalog:
        sha1s = {name: uploaded.sha1 for name, uploaded in done.items()}
        append_rows(catalog, rows_of(item, sha1s, destination.location_of))
    return done


def _downloads(given: str | os.PathLike[str] | None) -> Path:
    folder = Path.home() / "Downloads" / "brainscore_packages" if given is None else Path(given)
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def __getattr__(name: str) -> Any:
    """Give ``boto3``, which tests of packaging scripts patch here, when it is asked for."""
    if name == "boto3":
        import boto3

        return boto3
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
