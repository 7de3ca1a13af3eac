"""Delete exact versions for good, for personal data that slipped through; and say what remains.

The rest of the program never deletes a version. Bytes are only the first copy: what else there may
be, a store cannot know, so all of it is named, each with what to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from brainscore_data.base.errors import BrainScoreDataError, DataError, IncompleteError
from brainscore_data.hosting.items import HostedFile, HostedItem
from brainscore_data.hosting.retracting import Reason
from brainscore_data.store.interface import Store
from brainscore_data.store.tombstones import buried


@dataclass(frozen=True)
class Erasure:
    """Which versions are to be deleted, before any is."""

    store: Store
    items: tuple[HostedItem, ...]
    #: Of the same files, and not to be deleted.
    others: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """Say which versions will be gone, and which will not."""
        for item in self.items:
            yield f"{item.identifier} ({item.kind.replace('_', ' ')}), versions by {item.said_by}:"
            for file in item.files:
                yield f"  {file.name}: {file.stored.size:,} bytes, deleted for good"
        for other in self.others:
            yield f"  {other} stays: name it with --version-id to erase it, too"


def planned_erasure(store: Store, items: Sequence[HostedItem]) -> Erasure:
    """Make sure that nothing forbids it; what does is in one error."""
    files = [file for item in items for file in item.files]
    locks = [
        f"{file.name}: {lock}"
        for file in files
        if (lock := store.upkeep.lock(file.stored.key, file.stored.version_id)) is not None
    ]
    if locks:
        raise DataError(
            "nothing was erased: Object Lock keeps versions from being deleted:\n"
            + "\n".join(f"  - {lock}" for lock in locks),
            where=store.location.url,
            count=len(locks),
            hint="retract it, which closes it, until the lock ends. The bucket's owner can end a "
            "legal hold, and a retention in governance mode; nobody can end a retention in "
            "compliance mode",
        )
    return Erasure(store, tuple(items), tuple(_others(store, files)))


def erase(erasure: Erasure, reason: Reason) -> None:
    """Delete the versions. Each has a record before, so that one that is cut off is known."""
    store = erasure.store
    files = [(item, file) for item in erasure.items for file in item.files]
    for item, file in files:
        buried(store, reason.tombstone("erasing", item, file))
    done: list[str] = []
    for item, file in files:
        try:
            store.upkeep.erase(file.stored.key, file.stored.version_id)
            if store.stat(file.stored.key, file.stored.version_id) is not None:
                raise IncompleteError(f"{file.name} is still there", where=store.location.url)
            buried(store, reason.tombstone("erased", item, file))
        except BrainScoreDataError as error:
            error.add_note(f"erased so far: {', '.join(done) or 'nothing'}; run it again")
            raise
        done.append(file.name)


def _others(store: Store, files: Sequence[HostedFile]) -> Iterator[str]:
    meant = {(file.stored.key, file.stored.version_id) for file in files}
    for key in dict.fromkeys(file.stored.key for file in files):
        for each in store.versions(key):
            if not each.deleted and (key, each.version_id) not in meant:
                yield f"{key} version {each.version_id}"


def remains(erasure: Erasure) -> Iterator[str]:
    """Name every copy that there may be, and what to do about each."""
    yield from (f"other versions: {other} is still in the store" for other in erasure.others)
    yield erasure.store.upkeep.copies()
    yield "backups of the bucket: whoever keeps them deletes the same keys and versions"
    yield (
        "what was submitted before it was published: delete its folder below the place for staging, with "
        "all versions"
    )
    hashes = sorted(
        {
            file.stored.metadata["sha1"]
            for item in erasure.items
            for file in item.files
            if "sha1" in file.stored.metadata
        }
    )
    named = f" named {', '.join(hashes)}" if hashes else ""
    yield (
        "caches of readers ($BRAINSCORE_DATA_CACHE, $BRAINIO_HOME or ~/.brainio; clusters, CI): "
        f"ask everybody who loaded it to delete the folders{named}. Access logs say who did"
    )
    yield (
        "artifacts of workflow runs hold the bundle, and previews: delete them on the run's page, or with "
        "`gh api -X DELETE repos/OWNER/NAME/actions/artifacts/ID`"
    )
    yield (
        "commits and pull requests that have the data: take them out of the history (git filter-repo), "
        "and ask GitHub's support to drop cached views; forks and clones keep theirs"
    )
    yield (
        "the contributor's folder, and where the data came from (OSF, [sources]): otherwise the "
        "next publication contains it again"
    )
    yield "its registration and receipts name a version that is gone: take both out"
