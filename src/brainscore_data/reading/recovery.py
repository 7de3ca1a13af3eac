"""Recover hashes and version ids that were lost, from the store alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Unpack

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.files import Fingerprint
from brainscore_data.dataset.identifiers import assembly_key, require_key_safe, stimulus_set_keys
from brainscore_data.records.receipts import PublishedObject
from brainscore_data.store.hashes import bytes_of, read_bytes
from brainscore_data.store.interface import (
    NotStoredError,
    Store,
    StoredObject,
    StoreUnavailableError,
)
from brainscore_data.store.options import StoreOptions
from brainscore_data.store.published import PublishedVersion, published_among
from brainscore_data.store.urls import opened

Basis = Literal["store checksum", "metadata", "read back"]


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
    verified : {"store checksum", "metadata", "read back"}
        How the hashes are known: ``metadata`` is what the writer said, confirmed by nothing.
    latest : bool
        Whether readers without a version id get this one.
    tags : Mapping of str to str or None
        Who published it, and from where; None if this caller may not read that.
    on_top : bool
        Whether it is later than the published one and is not published: another run was first,
        and the store could not refuse it.
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

    @property
    def object(self) -> PublishedObject | None:
        """What a receipt says of it; None if others wrote it, so that its digest is not known."""
        if self.digest is None:
            return None
        return PublishedObject(
            store=self.store,
            endpoint=self.endpoint,
            region=self.region,
            bucket=self.bucket,
            key=self.key,
            version_id=self.version_id,
            sha1=self.sha1,
            sha256=self.sha256,
            size=self.size,
            digest=self.digest,
            verified="store checksum" if self.verified == "store checksum" else "read back",
        )


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
        ``s3://bucket/prefix`` or ``file:///folder``.
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
        found += [
            _describe(source, version, published, read=read)
            for version in versions
            if not version.deleted
        ]
    if not found:
        raise NotStoredError(
            f"nothing is published as {identifier!r}",
            where=source.location.url,
            hint="check the identifier and the store for a typing error",
        )
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
    place, metadata = source.location, stored.metadata
    return FoundVersion(
        store=place.url,
        endpoint=place.endpoint,
        region=place.region,
        bucket=place.bucket,
        key=place.prefix + stored.key,
        version_id=stored.version_id,
        sha1=hashes.sha1,
        sha256=hashes.sha256,
        size=hashes.size,
        # A digest is its writer's word about certain bytes; of others it says nothing.
        digest=metadata.get("digest") if metadata.get("sha256") == hashes.sha256 else None,
        verified=basis,
        latest=stored is published.version,
        tags=_tags(source, stored),
        on_top=stored is published.on_top,
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
