"""Drop-in for ``brainio.s3``: load what a store has, with the sha1 always verified.

Where brainscore-core takes a ``bucket``, these take the URL of a store as well.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.files import digests, written_whole
from brainscore_data.base.in_flight import all_side_by_side
from brainscore_data.brainio.callers import fails_as_callers_expect
from brainscore_data.brainio.uploads import store_url
from brainscore_data.dataset.identifiers import require_key_safe
from brainscore_data.store.interface import Store
from brainscore_data.store.published import version_id_for_readers
from brainscore_data.store.s3.kind import s3_parts
from brainscore_data.store.urls import open_store
from brainscore_data.store.verified_copy import cached

__all__ = [
    "download_file_if_not_exists",
    "get_path",
    "load_assembly_from_s3",
    "load_file",
    "load_file_from_s3",
    "load_folder_from_s3",
    "load_stimulus_set_from_s3",
    "load_weight_file",
    "sha1_hash",
]

_R = TypeVar("_R")

# S3's words for a caller who would be let in without a name:
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_REFUSED = frozenset({400, 401, 403})


@fails_as_callers_expect
def get_path(
    identifier: str,
    file_type: str,
    bucket: str,
    version_id: str | None,
    sha1: str | None,
    filename_prefix: str | None = None,
    folder_name: str | None = None,
) -> str:
    """Download a file of an assembly or a stimulus set, unless a verified copy is there.

    Parameters
    ----------
    identifier : str
        Its name.
    file_type : {"nc", "csv", "zip"}
        Which file.
    bucket : str
        ``bucket``, ``bucket/prefix``, or the URL of a store.
    version_id, sha1 : str or None
        The version, and the hash that its bytes must have. Without a hash the bytes are compared
        with what the store says of them.
    filename_prefix : str, optional
        ``assy_`` or ``stimulus_`` where nothing is given.
    folder_name : str, optional
        A prefix below that of the bucket.

    Returns
    -------
    str
        The path of the copy.

    Raises
    ------
    DataError
        If it is not there, or its bytes have another hash; a ValueError, too.
    UsageError
        If the store cannot be reached or read; likewise.
    """
    if filename_prefix is None:
        filename_prefix = "stimulus_" if file_type in ("csv", "zip") else "assy_"
    name = f"{filename_prefix}{require_key_safe(identifier).replace('.', '_')}.{file_type}"
    key = f"{folder_name.strip('/')}/{name}" if folder_name else name
    return str(cached_object(bucket, key, version_id=version_id, sha1=sha1))


@fails_as_callers_expect
def load_assembly_from_s3(
    identifier: str,
    version_id: str | None,
    sha1: str | None,
    bucket: str,
    cls: type | None,
    stimulus_set_loader: Callable[[], Any] | None = None,
    merge_stimulus_set_meta: bool = True,
) -> Any:
    """Load an assembly as `brainscore_data.load_assembly` does.

    Parameters
    ----------
    identifier : str
        Its name.
    version_id, sha1, bucket
        As those of `get_path`.
    cls : type or None
        An assembly class; None for a plain array.
    stimulus_set_loader : callable, optional
        Gives the stimulus set that the assembly is about.
    merge_stimulus_set_meta : bool
        Whether the stimulus set's columns become coordinates of ``presentation``.

    Returns
    -------
    xarray.DataArray
        Of class `cls`.

    Raises
    ------
    DataError, UsageError
        As `get_path` does.
    """
    from brainscore_data.reading.loading import assembly_in_file

    return assembly_in_file(
        Path(get_path(identifier, "nc", bucket, version_id, sha1)),
        identifier,
        cls=cls,
        stimulus_set_loader=stimulus_set_loader,
        merge_stimulus_set_meta=merge_stimulus_set_meta,
    )


@fails_as_callers_expect
def load_stimulus_set_from_s3(
    identifier: str,
    bucket: str,
    csv_sha1: str | None,
    zip_sha1: str | None,
    csv_version_id: str | None,
    zip_version_id: str | None,
    filename_prefix: str | None = None,
) -> Any:
    """Load a stimulus set as `brainscore_data.load_stimulus_set` does.

    Returns
    -------
    StimulusSet
        With ``identifier`` and ``stimulus_paths``.

    Raises
    ------
    DataError, UsageError
        As `get_path` does; also if csv and zip do not belong together.
    """
    from brainscore_data.brainio.installed import classes_from
    from brainscore_data.reading.loading import stimulus_set_in_files

    pins = ("csv", csv_version_id, csv_sha1), ("zip", zip_version_id, zip_sha1)
    csv, archive = all_side_by_side(
        lambda pin: Path(get_path(identifier, pin[0], bucket, pin[1], pin[2], filename_prefix)),
        pins,
    )
    cls = classes_from("stimuli", "StimulusSet")
    return stimulus_set_in_files(csv, archive, identifier, cls=cls)


@fails_as_callers_expect
def load_file_from_s3(
    bucket: str,
    path: str,
    local_filepath: str | os.PathLike[str],
    sha1: str | None = None,
    version_id: str | None = None,
) -> None:
    """Download any object to a path; a file that is there and has the hash stays.

    Raises
    ------
    DataError, UsageError
        As `get_path` does.
    """
    copied_object(bucket, path, Path(local_filepath), version_id=version_id, sha1=sha1)


def load_folder_from_s3(
    bucket: str,
    folder_path: str,
    filename_version_sha: Iterable[tuple[str, str | None, str | None]],
    save_directory: str | os.PathLike[str],
) -> None:
    """Download several objects with `load_file_from_s3`."""
    for name, version_id, sha1 in filename_version_sha:
        load_file_from_s3(
            bucket, f"{folder_path}/{name}", Path(save_directory) / name, sha1, version_id
        )


def load_file(
    bucket: str, relative_path: str, version_id: str | None, folder_name: str | None = None
) -> Path:
    """Download an object below ``$BRAINSCORE_HOME``, by default ``~/.brain-score``.

    Parameters
    ----------
    folder_name : str, optional
        Where it is in the bucket, and below that folder; ``$BRAINSCORE_S3_WEIGHT_FOLDER``, or
        ``models``, where nothing is given.

    Returns
    -------
    Path
        The file.
    """
    return load_weight_file(bucket, relative_path, version_id, None, folder_name)


def load_weight_file(
    bucket: str,
    relative_path: str,
    version_id: str | None,
    sha1: str | None,
    folder_name: str | None = None,
) -> Path:
    """Download an object as `load_file` does, and verify its sha1."""
    home = os.environ.get("BRAINSCORE_HOME") or Path.home() / ".brain-score"
    folder = folder_name or os.environ.get("BRAINSCORE_S3_WEIGHT_FOLDER", "models")
    target = Path(home) / folder / relative_path
    load_file_from_s3(bucket, f"{folder}/{relative_path}", target, sha1, version_id)
    return target


def download_file_if_not_exists(
    local_path: str | os.PathLike[str], bucket: str, remote_filepath: str
) -> None:
    """Download the latest version of an object to a path where there is no file yet."""
    load_file_from_s3(bucket, remote_filepath, local_path)


def sha1_hash(file_path: str | os.PathLike[str]) -> str:
    """Give the SHA-1 of a file's bytes."""
    return digests(Path(file_path), ["sha1"])["sha1"]


def cached_object(
    bucket: str, key: str, *, version_id: str | None = None, sha1: str | None = None
) -> Path:
    """Give the path of a verified copy of an object."""
    url, name = _split(bucket, key)
    return _as_anybody(url, lambda store: cached(store, name, version_id=version_id, sha1=sha1))


def copied_object(
    bucket: str, key: str, target: Path, *, version_id: str | None = None, sha1: str | None = None
) -> None:
    """Download an object to a path; nothing unverified is there, at any time.

    What is there already stays if it has the hash, or if there is none to compare it with.
    """
    if target.is_file() and (sha1 is None or sha1_hash(target) == sha1):
        return
    url = store_url(bucket).removesuffix("/")
    name = "/".join(filter(None, key.split("/")))

    def copy(store: Store) -> None:
        version = version_id or version_id_for_readers(store, name)
        with store.open(name, version) as stream, written_whole(target) as partial:
            with partial.open("wb") as file:
                found = digests(stream, ["sha1"] if sha1 else [], file.write).get("sha1")
            if found != sha1:
                raise DataError(
                    f"SHA1 mismatch: its sha1 is {found}, but {sha1} is expected",
                    where=f"{url}/{name}" + (f" version {version_id}" if version_id else ""),
                    hint="if the hash was copied by hand, compare it with the receipt",
                )

    _as_anybody(url, copy, any_name=True)


def _split(bucket: str, key: str) -> tuple[str, str]:
    """Make the folder of a key part of the store, as for all that readers find by identifier."""
    folder, _, name = "/".join(filter(None, key.split("/"))).rpartition("/")
    url = store_url(bucket).removesuffix("/")
    return f"{url}/{folder}" if folder else url, name


def _as_anybody(url: str, ask: Callable[[Store], _R], *, any_name: bool = False) -> _R:
    """Ask with the credentials that there are; where those are refused, without any.

    Public data is for whoever's key has expired, too.
    """
    store = open_store(url)
    if not url.startswith("s3://"):
        return ask(store)
    try:
        return ask(_opened(url, any_name=any_name))
    except UsageError as error:
        if _status(error) not in _REFUSED:
            raise
        with contextlib.suppress(UsageError):
            return ask(_opened(url, any_name=any_name, anonymous=True))
        raise


def _opened(url: str, *, any_name: bool, anonymous: bool = False) -> Store:
    """Open a bucket, for what readers find by identifier or for objects of any name.

    Weights and features have names that those of items cannot be: ``net+noise.pth``,
    ``identifier=alexnet.nc``.
    """
    from brainscore_data.store.s3.bucket import S3Store
    from brainscore_data.store.s3.connection import S3Connection

    class Objects(S3Store):
        def _name(self, key: str) -> str:
            return self._prefix + key

    bucket, prefix = s3_parts(url)
    connection = S3Connection(bucket, anonymous=anonymous)
    return Objects(connection, prefix) if any_name else S3Store(connection, prefix)


def _status(error: BaseException) -> int | None:
    response = getattr(error.__cause__, "response", {})
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return None if status is None else int(status)
