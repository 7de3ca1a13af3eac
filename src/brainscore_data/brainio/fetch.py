"""Drop-in for ``brainio.fetch``: files from stores, and classes by name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.brainio.assembly_inputs import class_name_of
from brainscore_data.brainio.callers import fails_as_callers_expect
from brainscore_data.brainio.installed import classes_from
from brainscore_data.brainio.s3 import cached_object, sha1_hash
from brainscore_data.store.s3.kind import s3_url

if TYPE_CHECKING:
    from brainscore_data.brainio.plain_stimuli import StimulusSetLoader

__all__ = [
    "StimulusSetLoader",
    "fetch_file",
    "get_assembly",
    "get_local_data_path",
    "get_stimulus_set",
    "resolve_assembly_class",
    "resolve_stimulus_set_class",
    "unzip",
    "verify_sha1",
]


def __getattr__(name: str) -> Any:
    """Look a class up when it is asked for (PEP 562)."""
    if name == "StimulusSetLoader":
        return classes_from("stimuli", name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def get_local_data_path() -> str:
    """Name the folder where downloads are kept, each under the hash of its bytes."""
    from brainscore_data.base.caching import cache_folder

    return str(cache_folder())


@fails_as_callers_expect
def fetch_file(
    location_type: str, location: str, sha1: str | None = None, version_id: str | None = None
) -> str:
    """Download a file, unless a verified copy is there.

    Parameters
    ----------
    location_type : str
        ``S3``.
    location : str
        ``https://bucket.s3.amazonaws.com/key``, as BrainIO's catalogs write it,
        ``s3://bucket/key`` or ``file:///folder/key``.
    sha1, version_id : str, optional
        The hash that its bytes must have, and the version.

    Returns
    -------
    str
        The path of the copy.

    Raises
    ------
    DataError
        If it is not there, or its bytes have another hash; a ValueError, too.
    UsageError
        If the location is none of these, or cannot be reached; likewise.
    """
    if location_type != "S3":
        raise UsageError(
            f"Unknown location type {location_type}", hint="what can be fetched is on S3"
        )
    url = s3_url(location) or location
    store, _, key = url.rpartition("/")
    return str(cached_object(store, key, version_id=version_id, sha1=sha1))


@fails_as_callers_expect
def verify_sha1(file_path: str | os.PathLike[str], expected_sha1: str) -> None:
    """Make sure that a file has a hash.

    Raises
    ------
    DataError
        If it has another; a ValueError, too.
    """
    found = sha1_hash(file_path)
    if found != expected_sha1:
        raise DataError(
            f"SHA1 mismatch. Expected: {expected_sha1}, Actual: {found}", where=str(file_path)
        )


@fails_as_callers_expect
def unzip(zip_path: str | os.PathLike[str]) -> str:
    """Unpack the zip of a stimulus set beside it; what is missing or damaged is unpacked again.

    Returns
    -------
    str
        The folder: the zip's path without ``.zip``.

    Raises
    ------
    DataError
        If it is damaged, or not flat; a ValueError, too.
    """
    from brainscore_data.store.verified_copy import unpacked

    return str(unpacked(Path(zip_path)))


@fails_as_callers_expect
def resolve_assembly_class(class_name: str) -> Any:
    """Give an assembly class by its name.

    Raises
    ------
    UsageError
        If there is none of that name; the message has the nearest. A ValueError, too.
    """
    return classes_from("assemblies", class_name_of(class_name))


@fails_as_callers_expect
def resolve_stimulus_set_class(class_name: str | None) -> Any:
    """Give the class of stimulus sets.

    Raises
    ------
    UsageError
        If another is asked for; a ValueError, too.
    """
    if class_name not in ("StimulusSet", None):
        raise UsageError(f"Unknown stimulus set class: {class_name}", hint="it is StimulusSet")
    return classes_from("stimuli", "StimulusSet")


def get_assembly(identifier: str) -> NoReturn:
    """Say what took the place of looking an assembly up in catalogs."""
    raise CatalogsGoneError("get_assembly", identifier, "load_assembly_from_s3")


def get_stimulus_set(identifier: str) -> NoReturn:
    """Say what took the place of looking a stimulus set up in catalogs."""
    raise CatalogsGoneError("get_stimulus_set", identifier, "load_stimulus_set_from_s3")


class CatalogsGoneError(UsageError, NotImplementedError):
    """Something was to be looked up by its name alone, as brainio's catalogs allowed."""

    def __init__(self, function: str, identifier: str, instead: str) -> None:
        super().__init__(
            f"{function} looked things up in BrainIO's catalogs, which no longer exist",
            where=identifier,
            hint=f"name the version: brainscore_data.brainio.s3.{instead}({identifier!r}, …); "
            "`brainscore-data lookup` lists the versions that a store has",
        )
