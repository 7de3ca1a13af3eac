"""Whether a version in a store has the content of a file that is to be published.

What a writer said about an object is a claim. Bytes are known by the checksum that the store
itself computed, or by reading them.
"""

from __future__ import annotations

from dataclasses import dataclass

from brainscore_data.base.files import Fingerprint
from brainscore_data.base.progress import Progress
from brainscore_data.publishing.committed import NOTHING_COMMITTED, Committed
from brainscore_data.records.bundle import BundledFile
from brainscore_data.records.receipts import Verified
from brainscore_data.store.interface import Store, StoredObject
from brainscore_data.store.known_bytes import bytes_of


@dataclass(frozen=True)
class ConfirmedVersion:
    """A version of a key whose bytes are known.

    Attributes
    ----------
    version_id : str or None
        None where the store keeps no versions.
    bytes : Fingerprint
        Of the stored bytes, which need not be those of the file it was compared with.
    digest : str
        Of the content.
    verified : {"store checksum", "read back"}
        How the bytes were confirmed.
    """

    version_id: str | None
    bytes: Fingerprint
    digest: str
    verified: Verified


def same_bytes(
    store: Store, stored: StoredObject, file: BundledFile, progress: Progress
) -> ConfirmedVersion | None:
    """Confirm that a version has exactly the bytes of a file."""
    ours = Fingerprint(file.sha1, file.sha256, file.size)
    return _confirmed(store, stored, ours, file.digest, progress)


def same_content(
    store: Store,
    stored: StoredObject,
    file: BundledFile,
    progress: Progress,
    committed: Committed = NOTHING_COMMITTED,
) -> ConfirmedVersion | None:
    """Confirm that a version has the content of a file, if not its bytes.

    Another machine, or a newer writer, packages the same values into other bytes. That these are
    the same values is not for the object to say, whose metadata anybody can have written, but for
    committed receipts that pin this very version and its hash.
    """
    if (exact := same_bytes(store, stored, file, progress)) is not None:
        return exact
    if stored.deleted:
        return None
    for pin in committed.pins(store, stored):
        pinned = Fingerprint(pin.sha1, pin.sha256, pin.size)
        if pin.digest == file.digest and (
            found := _confirmed(store, stored, pinned, file.digest, progress)
        ):
            return found
    return None


def claims_content(stored: StoredObject, file: BundledFile) -> bool:
    """Whether a version's writer says that it has the content of a file."""
    return stored.metadata.get("digest") == file.digest


def _confirmed(
    store: Store, stored: StoredObject, expected: Fingerprint, digest: str, progress: Progress
) -> ConfirmedVersion | None:
    if stored.deleted or stored.size != expected.size:
        return None
    found = stored.sha256 or bytes_of(store, stored, progress, expected=expected.sha256).sha256
    if found != expected.sha256:
        return None
    return ConfirmedVersion(stored.version_id, expected, digest, stored.verified)
