"""Recover hashes and version ids that were lost, from the store alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Unpack

from brainscore_data.dataset.identifiers import assembly_key, require_key_safe, stimulus_set_keys
from brainscore_data.errors import UsageError
from brainscore_data.files import Fingerprint, fingerprint
from brainscore_data.store.interface import NotStoredError
from brainscore_data.store.opening import opened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brainscore_data.store.interface import Store, StoredObject
    from brainscore_data.store.options import StoreOptions

Basis = Literal["store checksum", "metadata", "read back"]


@dataclass(frozen=True)
class FoundVersion:
    """One version of one file, as a store has it.

    Attributes
    ----------
    store : str
        The store's URL.
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
    """

    store: str
    key: str
    version_id: str | None
    sha1: str
    sha256: str
    size: int
    digest: str | None
    verified: Basis
    latest: bool
    tags: Mapping[str, str] | None


def lookup(
    identifier: str,
    *,
    store: str | Store,
    read: bool = False,
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
        always read.
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
        versions = source.versions(key)
        found += [
            _describe(source, version, latest=version is versions[-1], read=read)
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


def _describe(source: Store, stored: StoredObject, *, latest: bool, read: bool) -> FoundVersion:
    hashes, basis = _hashes(source, stored, read=read)
    return FoundVersion(
        store=source.location.url,
        key=source.location.prefix + stored.key,
        version_id=stored.version_id,
        sha1=hashes.sha1,
        sha256=hashes.sha256,
        size=hashes.size,
        digest=stored.metadata.get("digest"),
        verified=basis,
        latest=latest,
        tags=_tags(source, stored),
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
    if claimed.sha1 and claimed.sha256:
        if stored.sha256 == claimed.sha256:
            return claimed, "store checksum"
        if stored.sha256 is None and not read:
            return claimed, "metadata"
    with source.open(stored.key, stored.version_id) as stream:
        return fingerprint(stream), "read back"
