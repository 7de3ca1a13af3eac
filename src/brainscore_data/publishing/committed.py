"""What committed receipts pin: the word of whoever merged them, not of an object's writer.

Everybody who may write to a store can say of any bytes that they have a certain content. Receipts
that were committed before are evidence: at the base commit in the action, so that no pull request
brings its own, and at HEAD on a laptop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from brainscore_data.base.errors import UsageError
from brainscore_data.base.git import ask_git
from brainscore_data.records.receipts import FILE_NAME, PublishedObject, Receipts
from brainscore_data.store.interface import Store, StoredObject

_LONGEST = 64 * 2**20  # bytes: what is longer is no receipt


@dataclass(frozen=True)
class Committed:
    """The receipts that are committed; they are read when they are first asked about.

    Attributes
    ----------
    read : callable
        Gives the text of each ``receipts.json``.
    """

    read: Callable[[], Iterable[bytes]]

    def pins(self, store: Store, stored: StoredObject) -> list[PublishedObject]:
        """List what the receipts say of a version."""
        place = store.location
        key = place.prefix + stored.key
        return [
            each
            for each in self._objects
            if (each.bucket, each.key, each.version_id) == (place.bucket, key, stored.version_id)
        ]

    @cached_property
    def _objects(self) -> list[PublishedObject]:
        found = []
        for text in self.read():
            try:
                receipts = Receipts.model_validate_json(text)
            except ValidationError:  # of another program, or a later version
                continue
            found += [file.object for item in receipts.items for file in item.files]
        return found


#: Where nobody committed any.
NOTHING_COMMITTED = Committed(tuple)


def committed_at(folder: Path, commit: str = "HEAD", *, anybodys: bool = False) -> Committed:
    """Give the receipts that a commit of the repository around a folder has; none without git."""
    return Committed(lambda: receipts_in_git(folder, commit, anybodys=anybodys) or ())


def receipts_in_git(folder: Path, commit: str, *, anybodys: bool = False) -> list[bytes] | None:
    """Read every ``receipts.json`` of a commit; None if git does not have it."""
    try:
        tree = ask_git(
            folder, "ls-tree", "-r", "-z", "-l", "--full-tree", commit, anybodys=anybodys
        )
        blobs = list(_blobs(tree))
        content = ask_git(folder, "cat-file", "--batch", given=b"".join(blobs), anybodys=anybodys)
    except UsageError:
        return None
    return list(_contents(content))


def _blobs(tree: bytes) -> Iterator[bytes]:
    for entry in filter(None, tree.split(b"\0")):
        about, _, path = entry.partition(b"\t")
        mode, _, name, size = about.split()
        is_receipts = path.rpartition(b"/")[2] == FILE_NAME.encode()
        if is_receipts and mode.startswith(b"100") and int(size) <= _LONGEST:
            yield name + b"\n"


def _contents(batch: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(batch):
        end = batch.index(b"\n", start)
        size = int(batch[start:end].split()[2])
        yield batch[end + 1 : end + 1 + size]
        start = end + 1 + size + 1
