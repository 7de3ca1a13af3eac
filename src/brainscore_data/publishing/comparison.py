"""Whether a version in a store has the content of a file that is to be published.

What a writer said about an object is a claim. Bytes are known by the checksum that the store
itself computed, or by reading them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainscore_data.files import Fingerprint
from brainscore_data.store.known_bytes import bytes_of

if TYPE_CHECKING:
    from brainscore_data.packaging.bundle import BundledFile
    from brainscore_data.progress import Progress
    from brainscore_data.receipts import Verified
    from brainscore_data.store.interface import Store, StoredObject


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
    """Confirm that a version has exactly the bytes of a file.

    Returns
    -------
    ConfirmedVersion or None
        None if it has others.
    """
    if stored.deleted or stored.size != file.size:
        return None
    found = stored.sha256 or bytes_of(store, stored, progress).sha256
    ours = Fingerprint(file.sha1, file.sha256, file.size)
    return _confirmed(stored, ours, file) if found == file.sha256 else None


def same_content(
    store: Store, stored: StoredObject, file: BundledFile, progress: Progress
) -> ConfirmedVersion | None:
    """Confirm that a version has the content of a file, if not its bytes.

    Another machine, or a newer writer, packages the same values into other bytes. The stored
    object's digest is its writer's word; it counts for the bytes that the writer gave the
    checksum of, so those are read and must be the ones that are there.

    Returns
    -------
    ConfirmedVersion or None
        With the *stored* bytes' hashes; None if the content is other, or not known to be equal.
    """
    if stored.deleted:
        return None
    ours = Fingerprint(file.sha1, file.sha256, file.size)
    if stored.sha256 == file.sha256:
        return _confirmed(stored, ours, file)
    claims_content = stored.metadata.get("digest") == file.digest
    may_be_ours = stored.sha256 is None and stored.size == file.size
    if not claims_content and not may_be_ours:
        return None
    there = bytes_of(store, stored, progress)
    if there == ours:
        return _confirmed(stored, ours, file)
    is_as_written = there.sha256 == stored.metadata.get("sha256")
    if claims_content and is_as_written and stored.sha256 in (None, there.sha256):
        return _confirmed(stored, there, file)
    return None


def _confirmed(stored: StoredObject, found: Fingerprint, file: BundledFile) -> ConfirmedVersion:
    return ConfirmedVersion(stored.version_id, found, file.digest, stored.verified)
