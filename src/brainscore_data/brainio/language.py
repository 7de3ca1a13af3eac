"""Drop-in for ``brainscore_language.utils.s3``, whose functions Brain-Score's AWS tutorial uses.

Source: https://github.com/brain-score/language/blob/main/brainscore_language/utils/s3.py, before
and after the move to the bucket ``brainscore-storage``.
"""

from __future__ import annotations

import os
import re
import warnings
from typing import TYPE_CHECKING, Any

from brainscore_data.base.errors import UsageError
from brainscore_data.base.work_folders import work_folder
from brainscore_data.brainio.callers import fails_as_callers_expect
from brainscore_data.dataset.identifiers import assembly_key, require_key_safe

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["load_from_s3", "upload_data_assembly"]

_BUCKET = "brainscore-storage"
_FOLDER = "brainscore-language"
_OLDER_BUCKET = "brainscore-language"  # its readers look for keys without a folder

_SHA1 = re.compile(r"[0-9a-f]{40}", re.ASCII)


@fails_as_callers_expect
def upload_data_assembly(
    assembly: xr.DataArray,
    assembly_identifier: str,
    bucket_name: str | os.PathLike[str] = _BUCKET,
    assembly_prefix: str = "assy_",
    *,
    replaces: str | None = None,
    allow_unversioned: bool | None = None,
) -> dict[str, Any]:
    """Write an assembly as netCDF-4 and publish it.

    Parameters
    ----------
    assembly : xarray.DataArray
        Of any subclass and any dimensions; it is not mutated.
    assembly_identifier : str
        Its name.
    bucket_name : str
        A bucket, in which it goes into the folder ``brainscore-language``; or ``bucket/prefix``
        or the URL of a store, where it goes just there.
    assembly_prefix : str
        What its key begins with; language's ceilings have ``ceiling_``.
    replaces : str, optional
        The version that it supersedes.
    allow_unversioned : bool, optional
        Whether a bucket that keeps no versions will do.

    Returns
    -------
    dict
        ``sha1``, and what `upload_to_s3` returns: the answer of S3's HeadObject.

    Raises
    ------
    DataError
        If readers would not get back what is in it, or the key is taken by other content; it is
        an AssertionError and a ValueError, too.
    UsageError
        If an argument, the bucket or the permissions are not as they should be; likewise.
    IncompleteError
        If the store stopped answering: running it again finishes it.
    """
    import xarray as xr

    from brainscore_data.brainio.packaging import upload_to_s3, write_netcdf

    bucket, key = _place(str(bucket_name), assembly_identifier, assembly_prefix)
    named = assembly
    if isinstance(assembly, xr.DataArray):  # what is not one, write_netcdf refuses
        named = assembly.copy(deep=False)
        named.attrs = {**assembly.attrs, "identifier": assembly_identifier}
    with work_folder() as folder:
        path = folder / key.rpartition("/")[2]
        sha1 = write_netcdf(named, path)
        response = upload_to_s3(
            path, bucket, key, replaces=replaces, allow_unversioned=allow_unversioned
        )
    # Of what is stored: that may be an earlier upload of the same content.
    return {**response, "sha1": response.get("Metadata", {}).get("sha1", sha1)}


@fails_as_callers_expect
def load_from_s3(
    identifier: str,
    sha1: str,
    version_id: str | None = None,
    assembly_prefix: str = "assy_",
    cls: Any = None,
    *,
    bucket_name: str | os.PathLike[str] = _BUCKET,
) -> Any:
    """Load an assembly, verified.

    Parameters
    ----------
    identifier : str
        Its name.
    sha1 : str
        The hash that its bytes must have.
    version_id : str, optional
        The version. The older order, version before hash, is understood.
    assembly_prefix, bucket_name
        As those of `upload_data_assembly`.
    cls : type
        The assembly's class, NeuroidAssembly where nothing is given. One that Brain-Score's
        loader makes from an array (e.g. its Score) will do.

    Returns
    -------
    xarray.DataArray
        Of class `cls`.

    Raises
    ------
    DataError
        If it is not there, or its bytes have another hash; a ValueError, too.
    UsageError
        If the store cannot be reached or read; likewise.
    """
    from brainscore_data.brainio.installed import classes_from
    from brainscore_data.brainio.s3 import cached_object

    sha1, version_id = _in_order(sha1, version_id)
    bucket, key = _place(str(bucket_name), identifier, assembly_prefix)
    path = cached_object(bucket, key, version_id=version_id, sha1=sha1)
    if cls is None:
        cls = classes_from("assemblies", "NeuroidAssembly")
    assembly = classes_from("assemblies", "AssemblyLoader")(cls=cls, file_path=path).load()
    assembly.attrs["identifier"] = identifier
    return assembly


def _place(bucket_name: str, identifier: str, prefix: str) -> tuple[str, str]:
    if not isinstance(identifier, str):
        raise UsageError(f"the identifier of an assembly is a text, and this is {identifier!r}")
    name = assembly_key(require_key_safe(identifier), prefix)
    given_in_full = ":" in bucket_name or "/" in bucket_name or bucket_name == _OLDER_BUCKET
    return bucket_name, name if given_in_full else f"{_FOLDER}/{name}"


def _in_order(sha1: str, version_id: str | None) -> tuple[str, str | None]:
    """Tell the hash from the version: older registrations pass them the other way round."""
    if version_id is not None and _is_sha1(version_id) and not _is_sha1(sha1):
        warnings.warn(
            "load_from_s3 takes the hash before the version id today: "
            f"load_from_s3(identifier, sha1={version_id!r}, version_id={sha1!r})",
            DeprecationWarning,
            stacklevel=4,
        )
        return version_id, sha1
    if not _is_sha1(sha1):
        raise UsageError(
            f"{sha1!r} is not a sha1",
            hint="it has 40 of the characters 0-9 and a-f; the receipt has it",
        )
    return sha1, version_id


def _is_sha1(text: Any) -> bool:
    return isinstance(text, str) and _SHA1.fullmatch(text) is not None
