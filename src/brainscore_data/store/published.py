"""Which version of a key is the published one.

Where a server honours conditions it is the latest. Where it does not, two runs can both have
written: the earliest wins, and a later version only counts if it says that it replaces the one
that stood until then. Whoever looks sees the same list, so all come to the same answer: the runs
themselves, and those who read without a version id.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from brainscore_data.base.errors import UsageError
from brainscore_data.base.in_flight import all_side_by_side
from brainscore_data.store.interface import REPLACES, Store, StoredObject
from brainscore_data.store.tombstones import look_for_tombstones


def standing_versions(
    store: Store, latest: Mapping[str, StoredObject], *, conditional: bool
) -> dict[str, StoredObject]:
    """Find the published versions of many keys, of which the latest are known."""
    found = dict(latest)
    if conditional:
        return found
    standing = all_side_by_side(lambda key: standing_version(store, key, conditional=False), found)
    return {key: stored for key, stored in zip(found, standing, strict=True) if stored is not None}


def standing_version(store: Store, key: str, *, conditional: bool) -> StoredObject | None:
    """Find the published version of a key; a delete marker if one is on top."""
    return store.stat(key) if conditional else standing_among(store, store.versions(key))


def standing_among(store: Store, versions: Sequence[StoredObject]) -> StoredObject | None:
    """Find the published one of all versions of a key, the earliest first."""
    if not versions or versions[-1].deleted:
        return versions[-1] if versions else None
    marks = [number for number, version in enumerate(versions) if version.deleted]
    alive = versions[marks[-1] + 1 :] if marks else versions
    standing = alive[0]
    for version in alive[1:]:
        if _superseded_by(store, version) == standing.version_id:
            standing = version
    return standing


def _superseded_by(store: Store, version: StoredObject) -> str | None:
    """Read which version one superseded; those of earlier versions of this program have it in a tag."""
    return version.replaces or store.tags(version.key, version.version_id).get(REPLACES)


def ask_beforehand(store: Store) -> None:
    """Ask once what all who read from it need to know, and not from each of many threads."""
    _ = store.location
    all_side_by_side(
        lambda ask: ask(store), [lambda store: store.conditions_hold(), look_for_tombstones]
    )


@dataclass(frozen=True)
class PublishedVersion:
    """What readers of a key get who name no version."""

    #: A delete marker if one is on top; None if the key was never written.
    version: StoredObject | None
    #: Later, and not published: another run was first and the store could not refuse it.
    on_top: StoredObject | None = None

    @property
    def notice(self) -> str:
        """What to say of the version on top; empty if there is none."""
        if self.on_top is None or self.version is None:
            return ""
        return (
            f"{self.on_top.key}: version {self.version.version_id} is published; the later "
            f"{self.on_top.version_id}, which lies on top, is not: another run was first, and "
            "this store could not refuse the later write"
        )


def published_version(store: Store, key: str) -> PublishedVersion:
    """Find what readers of a key get who name no version.

    Where that takes a permission that this caller does not have, it is the latest, as for all
    other readers.
    """
    if store.conditions_hold() is True:
        return PublishedVersion(store.stat(key))
    try:
        return published_among(store, store.versions(key))
    except UsageError:
        return PublishedVersion(store.stat(key))


def published_among(store: Store, versions: Sequence[StoredObject]) -> PublishedVersion:
    """Find the same among all versions of a key, the earliest first."""
    if not versions:
        return PublishedVersion(None)
    latest = versions[-1]
    if store.conditions_hold() is True:
        return PublishedVersion(latest)
    standing = standing_among(store, versions)
    return PublishedVersion(standing, None if standing is latest else latest)


def warned(notice: str) -> None:
    """Tell a notice to whoever calls the library; the commands print it instead."""
    warnings.warn(notice, stacklevel=3)


def version_for_readers(
    store: Store, key: str, tell: Callable[[str], None] = warned
) -> StoredObject | None:
    """Find what `published_version` does, and tell of a version that lies on top of it."""
    found = published_version(store, key)
    if found.notice:
        tell(found.notice)
    return found.version


def version_id_for_readers(
    store: Store, key: str, tell: Callable[[str], None] = warned
) -> str | None:
    """Name the version to open for who names none; None where the store gives the right one."""
    if store.conditions_hold() is True:
        return None
    found = version_for_readers(store, key, tell)
    return None if found is None or found.deleted else found.version_id
