"""Whether a version in a store has the content of a file that is to be published.

What a writer said about an object is a claim. Bytes are known by the checksum that the store
itself computed, or by reading them.
"""

from __future__ import annotations

from dataclasses import dataclass

from brainscore_data.base.files import Fingerprint
from brainscore_data.base.progress import Progress, Quiet
from brainscore_data.publishing.committed import NOTHING_COMMITTED, Committed
from brainscore_data.records.bundle import BundledFile
from brainscore_data.records.receipts import PublishedObject
from brainscore_data.store.interface import Store, StoredObject
from brainscore_data.store.known_bytes import bytes_of

_QUIET = Quiet()


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
        ours = Fingerprint(file.sha1, file.sha256, file.size)
        return self._confirmed(stored, ours, file.digest)

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
            if pin.digest == file.digest and (
                found := self._confirmed(stored, pinned, file.digest)
            ):
                return found
        return None

    def _confirmed(
        self, stored: StoredObject, expected: Fingerprint, digest: str
    ) -> PublishedObject | None:
        if stored.deleted or stored.size != expected.size:
            return None
        sha256 = (
            stored.sha256
            or bytes_of(self.store, stored, self.progress, expected=expected.sha256).sha256
        )
        if sha256 != expected.sha256:
            return None
        location = self.store.location
        return PublishedObject(
            store=location.url,
            endpoint=location.endpoint,
            region=location.region,
            bucket=location.bucket,
            key=location.prefix + stored.key,
            version_id=stored.version_id,
            sha1=expected.sha1,
            sha256=expected.sha256,
            size=expected.size,
            digest=digest,
            verified=stored.verified,
        )


def claims_content(stored: StoredObject, file: BundledFile) -> bool:
    """Whether a version's writer says that it has the content of a file."""
    return stored.metadata.get("digest") == file.digest
