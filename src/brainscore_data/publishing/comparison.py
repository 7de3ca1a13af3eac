"""Whether a version in a store has the content of a file that is to be published.

What a writer said about an object is a claim. Bytes are known by the checksum that the store
itself computed, or by reading them. That other bytes have equal content is the word of whoever
merged a receipt that pins them, not of an object's writer: everybody who may write to a store can
say it of any bytes. Receipts that were committed before are evidence: at the base commit in the
action, so that no pull request brings its own, and at HEAD on a laptop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from brainscore_data.base.errors import UsageError
from brainscore_data.base.files import Fingerprint
from brainscore_data.base.git import ask_git
from brainscore_data.base.progress import Progress, Quiet
from brainscore_data.records.bundle import BundledFile
from brainscore_data.records.receipts import FILE_NAME, PublishedObject, Receipts
from brainscore_data.store.hashes import bytes_of
from brainscore_data.store.interface import Store, StoredObject

_LONGEST = 64 * 2**20  # bytes: what is longer is no receipt
_QUIET = Quiet()


@dataclass(frozen=True)
class Committed:
    """The receipts that are committed; they are read when they are first asked about."""

    #: Gives the text of each ``receipts.json``.
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


def committed_at(folder: Path) -> Committed:
    """Give the receipts at HEAD of the repository around a folder; none without git."""
    return Committed(lambda: receipts_in_git(folder, "HEAD") or ())


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


@dataclass(frozen=True)
class Comparison:
    """Compares what is in a store with files."""

    store: Store
    #: The receipts that vouch for equal content in other bytes.
    committed: Committed = NOTHING_COMMITTED
    #: Is told the bytes that are read.
    progress: Progress = _QUIET

    def same_bytes(self, stored: StoredObject, file: BundledFile) -> PublishedObject | None:
        """Confirm that a version has exactly the bytes of a file; None if it has others."""
        return self._confirmed(stored, file.fingerprint, file.digest)

    def same_content(self, stored: StoredObject, file: BundledFile) -> PublishedObject | None:
        """Confirm that a version has the content of a file, if not its bytes.

        Another machine, or a newer writer, packages the same values into other bytes. That these
        are the same values is not for the object to say, whose metadata anybody can have written,
        but for committed receipts that pin this very version and its hash. The hashes that it
        gives are of the *stored* bytes.
        """
        if (exact := self.same_bytes(stored, file)) is not None:
            return exact
        if stored.deleted:
            return None
        for pin in self.committed.pins(self.store, stored):
            pinned = Fingerprint(pin.sha1, pin.sha256, pin.size)
            if pin.digest == file.digest is not None and (
                found := self._confirmed(stored, pinned, file.digest)
            ):
                return found
        return None

    def _confirmed(
        self, stored: StoredObject, expected: Fingerprint, digest: str | None
    ) -> PublishedObject | None:
        if stored.deleted or stored.size != expected.size:
            return None
        sha256 = (
            stored.sha256
            or bytes_of(self.store, stored, self.progress, expected=expected.sha256).sha256
        )
        if sha256 != expected.sha256:
            return None
        return PublishedObject(
            **self.store.location.recorded(stored.key),
            **expected.recorded(),
            version_id=stored.version_id,
            digest=digest,
            verified=stored.verified,
        )


def claims_content(stored: StoredObject, file: BundledFile) -> bool:
    """Whether a version's writer says that it has the content of a file."""
    return file.digest is not None and stored.metadata.get("digest") == file.digest
