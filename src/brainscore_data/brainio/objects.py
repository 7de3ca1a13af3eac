"""Single objects of a store, verified: what the drop-in's loaders have in common."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.files import BLOCK, fingerprint, written_whole
from brainscore_data.brainio.uploads import store_url
from brainscore_data.store.interface import Store
from brainscore_data.store.urls import open_store, s3_parts
from brainscore_data.store.verified_copy import cached

_R = TypeVar("_R")

# S3's words for a caller who would be let in without a name:
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_REFUSED = frozenset({400, 401, 403})


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
    if target.is_file() and (sha1 is None or fingerprint(target).sha1 == sha1):
        return
    url = store_url(bucket).removesuffix("/")
    name = "/".join(filter(None, key.split("/")))

    def copy(store: Store) -> None:
        with store.open(name, version_id) as stream, written_whole(target) as partial:
            with partial.open("wb") as file:
                shutil.copyfileobj(stream, file, BLOCK)
            if sha1 is not None and (found := fingerprint(partial).sha1) != sha1:
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
    from brainscore_data.store.s3.connection import S3Connection
    from brainscore_data.store.s3.store import S3Store

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
