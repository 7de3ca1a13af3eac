"""Writing one object: in one request, or, if it is large, in parts.

What is written is what was packaged: the metadata announces the hashes, the server compares the
bytes that arrive with them, and the file is hashed while it is sent. Where nothing is announced, or
the server compares nothing but Content-MD5, the file is read first. Version id
and checksum are those in the answer to the write itself, so that no other writer's are taken for
ours [1]_; where it lacks one of them, the version is asked for, and must be the one that was
written.

An answer that got lost leaves open who wrote the key, and `StoreUnavailableError` says so. No
secret of the run is kept beside the bytes to tell: metadata says what the content is and nothing
else, so that every run that sends the same bytes would write the same object, and may continue
another's upload. Whoever publishes looks at what is there, and takes it if it has the same content.

.. [1] https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.files import Fingerprint, measured
from brainscore_data.store.interface import (
    Capabilities,
    KeyTakenError,
    StoredObject,
    VersionMovedError,
)
from brainscore_data.store.s3.connection import Calls, starting_over, was_repeated
from brainscore_data.store.s3.errors import says_condition_failed
from brainscore_data.store.s3.grants import PUBLIC_READ
from brainscore_data.store.s3.integrity import Sums, encoded_crc32, integrity, summed
from brainscore_data.store.s3.multipart import Multipart
from brainscore_data.store.s3.objects import (
    CRC32_KEY,
    checked_metadata,
    described,
    encoded_tags,
    looked_up,
    takes_conditions,
)
from brainscore_data.store.s3.parts import Slice, WholeFile, as_announced, plan_parts
from brainscore_data.store.s3.unfinished_uploads import Upload
from brainscore_data.store.write import Write

#: What is larger is sent in parts: those that a cut line loses are sent again, and no others.
SINGLE_PUT_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Condition:
    """What has to hold when a write arrives, as a header, and what to raise when it does not."""

    header: Mapping[str, str]
    failed: KeyTakenError | VersionMovedError


@dataclass(frozen=True)
class Writing:
    """One file on its way to one key.

    `uploads` are those of this key that were begun and not completed; None if nobody listed them.
    """

    calls: Calls
    write: Write
    abilities: Capabilities
    condition: Condition
    uploads: Sequence[Upload] | None = None
    #: Whether everybody is to read it by its access list.
    opens: bool = False

    def done(self) -> StoredObject:
        """Write, and describe the version as the server's answer does.

        `StoreUnavailableError`: the answer was lost, so that it is not known who wrote the key.
        """
        found, sums = self._announced() or self._measured()
        self.write.confirm(found)
        checked_metadata(self.write.metadata)
        encoded_tags(self.write.tags)  # refuses what S3 does not keep, before anything is sent
        if found.size <= SINGLE_PUT_BYTES:
            return self._in_one_request(found, sums)
        plan_parts(found.size, 0)  # refuses what is too large
        return starting_over(lambda: self._in_parts(found, sums))

    def _announced(self) -> tuple[Fingerprint, Sums] | None:
        """Take what is announced for true until the bytes are sent; None if that is not enough."""
        metadata, crc32 = self.write.metadata, self.write.crc32
        with self.write.open() as stream:  # says in words why it cannot be read
            size = os.fstat(stream.fileno()).st_size
        in_parts = size > SINGLE_PUT_BYTES
        enough = crc32 is not None if in_parts else self.abilities.checksums == "honoured"
        if not enough or not {"sha1", "sha256"} <= metadata.keys():
            return None
        found = Fingerprint(metadata["sha1"], metadata["sha256"], size, crc32)
        return found, Sums(int(crc32 or "0", 16), sha256=found.sha256)

    def _measured(self) -> tuple[Fingerprint, Sums]:
        """Hash the file; not twice, where the server compares what arrives with its checksum."""
        with self.write.open() as stream:
            found = measured(self.write.path)
            sums = Sums(found.crc32, blocks=found.blocks)
            if self.abilities.checksums != "honoured":
                sums = summed(stream, md5=True)
        if sums.crc32 != found.crc32:
            raise self.write.changed()
        return found.fingerprint, replace(sums, sha256=found.fingerprint.sha256)

    @property
    def _putting(self) -> Calls:
        """Where no condition holds a second write back, an answer that got lost is looked up."""
        once = self.abilities.conditions in {"ignored", "refused"}
        return Calls(self.calls.connection.asking_once, self.calls.name) if once else self.calls

    def _in_one_request(self, found: Fingerprint, sums: Sums) -> StoredObject:
        from botocore.exceptions import ClientError

        tagging = encoded_tags(self.write.tags)
        takes_condition = takes_conditions(self.abilities.conditions)
        with self.write.open() as file, as_announced(self.write):
            piece: Slice = WholeFile(file, found.size, self.write)

            def put(client: Any) -> dict[str, Any]:
                piece.seek(0)
                return dict(
                    client.put_object(
                        **self.calls.where,
                        Body=piece,
                        Metadata=dict(self.write.metadata),
                        **({"Tagging": tagging} if tagging and self.abilities.tags else {}),
                        **({"ACL": PUBLIC_READ} if self.opens else {}),
                        **integrity(sums, self.abilities.checksums),
                        **(self.condition.header if takes_condition else {}),
                    )
                )

            try:
                answer = starting_over(lambda: self._putting.patiently("s3:PutObject", put))
            except BrainScoreDataError as error:
                cause = error.__cause__
                if not isinstance(cause, ClientError) or not says_condition_failed(cause):
                    raise
                if was_repeated(cause):
                    raise self.calls.lost(
                        "the key was written while the server's answer got lost, by this run or "
                        "by another"
                    ) from cause
                raise self.condition.failed from cause
        if self._lacks_version(answer):
            answer = looked_up(self.calls, answer, found.size, self.write.metadata)
        return self._described(answer, found, self.write.metadata)

    def _in_parts(self, found: Fingerprint, sums: Sums) -> StoredObject:
        metadata = checked_metadata(
            {
                **self.write.metadata,
                "sha1": found.sha1,
                "sha256": found.sha256,
                CRC32_KEY: encoded_crc32(sums.crc32),
            }
        )
        upload = Multipart(
            self.calls,
            replace(self.write, metadata=metadata),
            found.size,
            sums,
            self.abilities,
            self.uploads,
            self.opens,
        )
        completed = upload.complete(self.condition.header, self.condition.failed)
        answer = completed.answer
        if answer.get("ChecksumCRC32") != metadata[CRC32_KEY] or self._lacks_version(answer):
            answer = looked_up(self.calls, answer, found.size, metadata)
        tagged_later = upload.tag(completed, answer)
        return replace(self._described(answer, found, metadata), tagged_later=tagged_later)

    def _lacks_version(self, answer: Mapping[str, Any]) -> bool:
        return not answer.get("VersionId") and self.abilities.versioning != "never enabled"

    def _described(
        self, answer: dict[str, Any], found: Fingerprint, metadata: Mapping[str, str]
    ) -> StoredObject:
        full = {**answer, "ContentLength": found.size, "Metadata": dict(metadata)}
        return described(self.write.key, full, self.abilities)
