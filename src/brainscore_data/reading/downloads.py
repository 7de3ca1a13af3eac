"""Fetch the files of an identifier into a folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Unpack

from brainscore_data.base.errors import UsageError
from brainscore_data.base.files import written_whole
from brainscore_data.base.progress import Reporter, quiet
from brainscore_data.dataset.identifiers import assembly_key, require_key_safe, stimulus_set_keys
from brainscore_data.store.interface import NotStoredError, Store
from brainscore_data.store.options import StoreOptions
from brainscore_data.store.published import warned
from brainscore_data.store.urls import opened
from brainscore_data.store.verified_copy import cached


def fetch(
    identifier: str,
    *,
    store: str | Store,
    into: str | os.PathLike[str] = ".",
    report: Reporter = quiet,
    tell: Callable[[str], None] = warned,
    version_id: str | None = None,
    sha1: str | None = None,
    csv_version_id: str | None = None,
    zip_version_id: str | None = None,
    csv_sha1: str | None = None,
    zip_sha1: str | None = None,
    **options: Unpack[StoreOptions],
) -> list[Path]:
    """Download the files of an assembly or a stimulus set; nothing unverified gets a name.

    Parameters
    ----------
    identifier : str
        Of an assembly, a stimulus set, or both.
    store : str or Store
        ``s3://bucket/prefix`` or ``file:///folder``.
    into : path
        The folder that the files go into.
    report : Reporter, optional
        Shows how far the work has come, e.g. :class:`brainscore_data.base.progress.Reported`.
    tell : callable, optional
        Is told of a later version on top of the published one; by default a warning says it.
    version_id, sha1 : str, optional
        Of the assembly; without a version it is the published one.
    csv_version_id, zip_version_id, csv_sha1, zip_sha1 : str, optional
        Of the stimulus set. If only one of the two kinds is pinned, only that kind is fetched.
    **options
        How to reach the store: :class:`brainscore_data.store.options.StoreOptions`.

    Returns
    -------
    list of Path
        The files, named like their keys.

    Raises
    ------
    NotStoredError
        If nothing of that name is there, or not in that version.
    DataError
        If the bytes have another hash.
    """
    csv_key, zip_key = stimulus_set_keys(require_key_safe(identifier))
    source = opened(store, **options)
    pins = {
        csv_key: (csv_version_id, csv_sha1),
        zip_key: (zip_version_id, zip_sha1),
        assembly_key(identifier): (version_id, sha1),
    }
    pinned = {key for key, pin in pins.items() if any(pin)}
    if pinned & {csv_key, zip_key}:
        pinned |= {csv_key, zip_key}
    wanted = [key for key in pins if key in pinned] or _latest(source, list(pins), identifier)
    folder = Path(into)
    if folder.exists() and not folder.is_dir():
        raise UsageError("this is a file, not a folder", where=str(folder))
    with report(f"downloading {identifier}", 0) as progress:
        progress.expect_files(len(wanted))
        copies = {
            key: cached(
                source,
                key,
                version_id=pins[key][0],
                sha1=pins[key][1],
                progress=progress,
                tell=tell,
            )
            for key in wanted
        }
    for key, copy in copies.items():
        with written_whole(folder / key) as path:
            shutil.copyfile(copy, path)
    return [folder / key for key in wanted]


def _latest(source: Store, keys: list[str], identifier: str) -> list[str]:
    there = [key for key in keys if (stored := source.stat(key)) is not None and not stored.deleted]
    if not there:
        raise NotStoredError(
            f"nothing is published as {identifier!r}",
            where=source.location.url,
            hint="check the identifier and the store for a typing error",
        )
    return there
