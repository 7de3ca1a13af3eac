"""What a store has of an identifier: its versions, and its files, fetched into a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, Unpack

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.files import Fingerprint, linked, written_whole
from brainscore_data.base.in_flight import all_side_by_side
from brainscore_data.base.progress import Reporter, Shared, quiet
from brainscore_data.dataset.identifiers import assembly_key, require_key_safe, stimulus_set_keys
from brainscore_data.records.receipts import PublishedObject
from brainscore_data.records.tombstone import Tombstone
from brainscore_data.store.hashes import bytes_of, read_bytes
from brainscore_data.store.interface import (
    NotStoredError,
    Store,
    StoredObject,
    StoreUnavailableError,
)
from brainscore_data.store.options import StoreOptions
from brainscore_data.store.published import PublishedVersion, published_among, warned
from brainscore_data.store.tombstones import tombstone_of, tombstones_of
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
        ``s3://bucket/prefix``, ``osf://project/folder`` or ``file:///folder``.
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
        shared = Shared(progress)
        copies = all_side_by_side(
            lambda key: cached(
                source,
                key,
                version_id=pins[key][0],
                sha1=pins[key][1],
                progress=shared,
                tell=tell,
            ),
            wanted,
        )
    for key, copy in zip(wanted, copies, strict=True):
        with written_whole(folder / key) as path:
            linked(copy, path)  # the cache hashes what it has whenever that is read
    return [folder / key for key in wanted]


def _latest(source: Store, keys: list[str], identifier: str) -> list[str]:
    _ = source.location  # once, and not by each of the threads
    found = dict(zip(keys, all_side_by_side(source.stat, keys), strict=True))
    there = [key for key, stored in found.items() if stored is not None and not stored.deleted]
    if not there:
        if any(found.values()):
            raise NotStoredError(
                f"{identifier!r} was published here, and deleted",
                where=source.location.url,
                hint=f"`brainscore-data lookup {identifier}` lists its versions: name the one "
                "that you want",
            )
        raise _nothing_published(source, identifier)
    return there


def _nothing_published(source: Store, identifier: str) -> NotStoredError:
    return NotStoredError(
        f"nothing is published as {identifier!r}",
        where=source.location.url,
        hint="check the identifier and the store for a typing error",
    )


Basis = Literal["store checksum", "metadata", "read back", "tombstone"]


@dataclass(frozen=True)
class FoundVersion:
    """One version of one file, as a store has it.

    Attributes
    ----------
    store : str
        The store's URL.
    endpoint, region, bucket : str or None
        As in :class:`brainscore_data.store.interface.Location`.
    key : str
        With the store's prefix.
    version_id : str or None
        None where the store keeps no versions.
    sha1, sha256 : str
        Of the bytes.
    size : int
        In bytes.
    digest : str or None
        Of the content; None if nobody recorded it.
    verified : {"store checksum", "metadata", "read back", "tombstone"}
        How the hashes are known: ``metadata`` is what the writer said, confirmed by nothing, and
        ``tombstone`` what was written down before it was erased.
    latest : bool
        Whether readers without a version id get this one.
    tags : Mapping of str to str or None
        Who published it, and from where; None if this caller may not read that.
    on_top : bool
        Whether it is later than the published one and is not published: another run was first,
        and the store could not refuse it.
    license : str or None
        As its writer said it; None if nobody recorded it.
    taken_back : Tombstone or None
        Why it was retracted, or erased: then this is all that is left of it.
    """

    store: str
    endpoint: str | None
    region: str | None
    bucket: str | None
    key: str
    version_id: str | None
    sha1: str
    sha256: str
    size: int
    digest: str | None
    verified: Basis
    latest: bool
    tags: Mapping[str, str] | None
    on_top: bool = False
    license: str | None = None
    taken_back: Tombstone | None = None

    @property
    def object(self) -> PublishedObject | None:
        """What a receipt says of it; None if others wrote it, so that its digest is not known."""
        if self.digest is None:
            return None
        known = {name: getattr(self, name) for name in PublishedObject.model_fields}
        known["verified"] = "store checksum" if self.verified == "store checksum" else "read back"
        return PublishedObject(**known)


def lookup(
    identifier: str,
    *,
    store: str | Store,
    read: bool = False,
    tell: Callable[[str], None] | None = None,
    **options: Unpack[StoreOptions],
) -> list[FoundVersion]:
    """List all versions of what is published under an identifier.

    Parameters
    ----------
    identifier : str
        Of an assembly, a stimulus set, or both.
    store : str or Store
        ``s3://bucket/prefix``, ``osf://project/folder`` or ``file:///folder``.
    read : bool
        Whether to read and hash what only its writer vouches for. What nobody vouches for is
        read the first time that somebody looks.
    tell : callable, optional
        Is told what could not be seen for want of a permission, and of versions that lie on top of
        published ones.
    **options
        How to reach the store: :class:`brainscore_data.store.options.StoreOptions`.

    Returns
    -------
    list of FoundVersion
        File by file, the earliest version first.

    Raises
    ------
    NotStoredError
        If nothing of that name was ever published there.
    """
    require_key_safe(identifier)
    source = opened(store, **options)
    found: list[FoundVersion] = []
    for key in (*stimulus_set_keys(identifier), assembly_key(identifier)):
        versions = _versions(source, key, tell)
        published = _published(source, versions, tell)
        there = [version for version in versions if not version.deleted]
        found += all_side_by_side(partial(_describe, source, published=published, read=read), there)
        here = {version.version_id for version in there}
        gone = (each for each in tombstones_of(source, key) if each.version_id not in here)
        found += map(partial(_erased, source), gone)
    if not found:
        raise _nothing_published(source, identifier)
    return found


def _versions(source: Store, key: str, tell: Callable[[str], None] | None) -> list[StoredObject]:
    """List the versions of a key; its latest alone, where listing is not permitted."""
    try:
        return source.versions(key)
    except UsageError as refused:
        try:
            latest = source.stat(key)
        except StoreUnavailableError:
            raise
        except BrainScoreDataError:
            raise refused from None
        if tell is not None:
            tell(
                f"{key}: only its latest version is seen, not whether there are others: "
                f"{refused.message}"
            )
        return [] if latest is None else [latest]


def _published(
    source: Store, versions: list[StoredObject], tell: Callable[[str], None] | None
) -> PublishedVersion:
    try:
        found = published_among(source, versions)
    except UsageError as refused:
        latest = versions[-1]
        notice = (
            f"{latest.key}: which of its versions is published is not seen: {refused.message}"
            if len(versions) > 1
            else ""
        )
        found = PublishedVersion(latest)
    else:
        notice = found.notice
    if notice and tell is not None:
        tell(notice)
    return found


def _describe(
    source: Store, stored: StoredObject, published: PublishedVersion, *, read: bool
) -> FoundVersion:
    hashes, basis = _hashes(source, stored, read=read)
    metadata = stored.metadata
    return FoundVersion(
        **source.location.recorded(stored.key),
        **hashes.recorded(),
        version_id=stored.version_id,
        # A digest is its writer's word about certain bytes; of others it says nothing.
        digest=metadata.get("digest") if metadata.get("sha256") == hashes.sha256 else None,
        verified=basis,
        latest=stored is published.version,
        tags=_tags(source, stored),
        on_top=stored is published.on_top,
        license=metadata.get("license"),
        taken_back=tombstone_of(source, stored.key, stored.version_id),
    )


def _erased(source: Store, tombstone: Tombstone) -> FoundVersion:
    """Give what is left of a version that was erased."""
    return FoundVersion(
        **source.location.recorded(tombstone.key),
        version_id=tombstone.version_id,
        sha1=tombstone.sha1 or "",
        sha256=tombstone.sha256 or "",
        size=tombstone.size,
        digest=None,
        verified="tombstone",
        latest=False,
        tags=None,
        taken_back=tombstone,
    )


def _tags(source: Store, stored: StoredObject) -> Mapping[str, str] | None:
    try:
        return source.tags(stored.key, stored.version_id)
    except UsageError:  # readers of public data may rarely read its tags
        return None


def _hashes(source: Store, stored: StoredObject, *, read: bool) -> tuple[Fingerprint, Basis]:
    claimed = Fingerprint(
        stored.metadata.get("sha1", ""), stored.metadata.get("sha256", ""), stored.size
    )
    if re.fullmatch(r"[0-9a-f]{40} [0-9a-f]{64}", f"{claimed.sha1} {claimed.sha256}"):
        if stored.sha256 == claimed.sha256:
            return claimed, "store checksum"
        if stored.sha256 is None and not read:
            return claimed, "metadata"
    return (read_bytes if read else bytes_of)(source, stored), "read back"
