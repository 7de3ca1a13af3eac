"""Which version of a key is the published one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainscore_data.store.interface import REPLACES_TAG

if TYPE_CHECKING:
    from collections.abc import Collection

    from brainscore_data.store.interface import Store, StoredObject


def standing_versions(
    store: Store, keys: Collection[str], *, conditional: bool
) -> dict[str, StoredObject]:
    """Find the published versions of many keys; those that were never written are left out."""
    found = dict(store.latest(keys))
    if conditional:
        return found
    standing = {key: standing_version(store, key, conditional=False) for key in found}
    return {key: stored for key, stored in standing.items() if stored is not None}


def standing_version(store: Store, key: str, *, conditional: bool) -> StoredObject | None:
    """Find the published version of a key; a delete marker if one is on top.

    Where the store honours conditions it is the latest. Where it does not, two runs can both
    have written: the earliest wins, and a later version only counts if it says that it replaces
    the one that stood until then. Both runs see the same list, so both come to the same answer.

    Parameters
    ----------
    conditional : bool
        Whether the store honours conditions.

    Returns
    -------
    StoredObject or None
        None if the key was never written.
    """
    if conditional:
        return store.stat(key)
    versions = store.versions(key)
    if not versions or versions[-1].deleted:
        return versions[-1] if versions else None
    marks = [number for number, version in enumerate(versions) if version.deleted]
    alive = versions[marks[-1] + 1 :] if marks else versions
    standing = alive[0]
    for version in alive[1:]:
        if store.tags(key, version.version_id).get(REPLACES_TAG) == standing.version_id:
            standing = version
    return standing
