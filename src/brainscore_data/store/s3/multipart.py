"""Writing a large file in parts, and going on with an upload that was cut off.

An upload that was cut off stays in the bucket. This computer has recorded which was its own
(`uploads`) and goes on with it; anybody else's is continued only if nobody has sent a part of
it for ten minutes, and where the server completes an upload all at once: two runs that send one
are not told apart. Either way, every part in it must be this file's: of
the planned size, and with the same checksum (or ETag, which is the MD5 of a part unless the bucket
encrypts with KMS). The planned size follows from all that the upload was started with
(`parts`), so that the metadata and tags are the right ones, too; but for the tags that say who
sent it: whoever goes on with an upload puts its own in their place. Somebody else's upload without
any part tells nothing, and is left alone.

An upload that nobody has sent a part of for a day, by the server's own clock, is aborted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from functools import reduce
from threading import Event, Lock
from typing import Any

from brainscore_data.base.door import BLOCK
from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.base.files import Fingerprint
from brainscore_data.base.in_flight import Gate
from brainscore_data.store.interface import Capabilities, StoreUnavailableError
from brainscore_data.store.s3.connection import Calls, was_repeated
from brainscore_data.store.s3.errors import ConflictError, code_of, says_condition_failed
from brainscore_data.store.s3.grants import PUBLIC_READ
from brainscore_data.store.s3.integrity import (
    Sums,
    crc32_of_piece,
    encoded_crc32,
    integrity,
    summed,
)
from brainscore_data.store.s3.objects import (
    allowed_tags,
    encoded_tags,
    found_as_sent,
    put_tags,
    tags_may_be_lost,
    tags_there,
    takes_conditions,
)
from brainscore_data.store.s3.parts import Part, Slice, as_announced, plan_parts, salt_of
from brainscore_data.store.s3.unfinished_uploads import (
    ABANDONED_AFTER,
    ListedPart,
    LostStarts,
    OwnUpload,
    Upload,
    abort,
    are_ours,
    may_be_continued,
    own_upload,
    parts_of,
    served_at,
    untouched,
    uploads_of,
)
from brainscore_data.store.write import Write, unwatched

# At most. Each reads the file in blocks of some kilobytes, so that memory is no concern.
PARTS_AT_ONCE = 64
# Those that differ from run to run: another run may go on with an upload all the same.
TAGS_OF_A_RUN = frozenset({"uploadedBy", "commit", "pull-request", "run"})


@dataclass(frozen=True)
class SentPart:
    """A part that the server holds."""

    part: Part
    etag: str
    crc32: int


@dataclass(frozen=True)
class Completed:
    """The server's answer, and whether an earlier run, here or elsewhere, had started the upload."""

    answer: dict[str, Any]
    started_before: bool


@dataclass(frozen=True)
class Multipart:
    """One file on its way in parts.

    The sha256 in the metadata belongs to the plan; `sums` are those of the whole file: with those of
    its blocks if it was read first; else it is hashed while its parts are sent. `uploads` are those
    of the object that were begun and not completed; None if nobody listed them; it `opens` to
    everybody by its access list.
    """

    calls: Calls
    file: Write
    size: int
    sums: Sums
    abilities: Capabilities
    uploads: Sequence[Upload] | None = None
    opens: bool = False
    _lost: LostStarts = field(default_factory=LostStarts)
    _stop: Event = field(default_factory=Event)
    _counting: Lock = field(default_factory=Lock)

    def complete(self, condition: Mapping[str, str], failed: Exception) -> Completed:
        """Send what is missing, and complete the object; `failed` if the condition does not hold."""
        tags = {name: tag for name, tag in self.file.tags.items() if name not in TAGS_OF_A_RUN}
        salt = salt_of(self.sums.sha256, self.file.metadata, tags)
        connection = self.calls.connection
        with own_upload(connection.endpoint, connection.bucket, self.calls.name, salt) as own:
            return self._write(plan_parts(self.size, salt), own, condition, failed)

    def _write(
        self,
        plan: tuple[Part, ...],
        own: OwnUpload,
        condition: Mapping[str, str],
        failed: Exception,
    ) -> Completed:
        upload, there = self._unfinished(plan, own)
        started_before = upload is not None
        is_ours = upload is None or own.may_continue(upload, [])
        upload = upload or self._start(own)
        try:
            parts = self._send(plan, upload, there, own)
            self._confirm(parts)
            answer = self._complete(upload, parts, condition, failed)
        except KeyboardInterrupt as interrupt:
            interrupt.add_note(
                f"{self.calls.url}: what arrived of it stays in the bucket (upload {upload}), and "
                "the next run continues from there"
            )
            raise
        except Exception as error:
            conflict = isinstance(error, ConflictError)  # S3 asks for a new upload after it
            if is_ours and (conflict or not isinstance(error, StoreUnavailableError)):
                abort(self.calls, upload)
                own.ended()
            if conflict:
                self._count(-self.size)
            raise
        finally:
            self._abort_lost()
        own.ended()
        return Completed(answer, started_before=started_before)

    def _abort_lost(self) -> None:
        """Abort what was begun for this file by requests whose answers got lost."""
        if not self._lost:
            return
        with suppress(BrainScoreDataError):
            for upload in self._lost.among(uploads_of(self.calls)):
                if not parts_of(self.calls, upload):
                    abort(self.calls, upload.upload_id)

    def _unfinished(
        self, plan: tuple[Part, ...], own: OwnUpload
    ) -> tuple[str | None, dict[int, SentPart]]:
        """Find the upload to go on with, and abort those that nobody goes on with any more."""
        best: tuple[str | None, dict[int, SentPart]] = (None, {})
        old: list[str] = []
        try:
            begun = uploads_of(self.calls) if self.uploads is None else self.uploads
            self._lost.were_there(begun)
            for upload in begun:
                listed = parts_of(self.calls, upload)
                if listed is None or own.is_being_sent(upload.upload_id):
                    continue
                if upload.age >= ABANDONED_AFTER and untouched(listed, ABANDONED_AFTER):
                    old.append(upload.upload_id)
                is_ours = own.may_continue(upload.upload_id, listed)
                at_once = self.abilities.completes_at_once
                if not may_be_continued(upload, listed, is_ours=is_ours, at_once=at_once):
                    continue
                there = self._own_parts(plan, upload, listed)
                if there is not None and (is_ours or len(there) > len(best[1])):
                    best = (upload.upload_id, there)
                if there is not None and is_ours:
                    break
        except UsageError:
            return None, {}  # not permitted to list: nothing can be continued, all can be written
        for upload_id in old:
            if upload_id != best[0]:
                abort(self.calls, upload_id)
        return best

    def _own_parts(
        self, plan: tuple[Part, ...], upload: Upload, listed: Sequence[ListedPart]
    ) -> dict[int, SentPart] | None:
        """Compare the parts of an upload with the file's; None if one is not this file's."""
        if self._sends_checksums and not upload.keeps_crc32:
            return None
        if not are_ours(listed, plan):
            return None
        found = {}
        for there in listed:
            part = plan[there.number - 1]
            sums = self._summed(part, md5=there.crc32 is None)
            if there.crc32 not in (None, encoded_crc32(sums.crc32)):
                return None
            if sums.md5 and there.etag.strip('"') != sums.md5:
                return None
            found[part.number] = SentPart(part, there.etag, sums.crc32)
        return found

    def _start(self, own: OwnUpload) -> str:
        checksums = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}
        tagging = encoded_tags(self.file.tags)
        answer = self.calls.patiently(
            "s3:PutObject",
            lambda client: client.create_multipart_upload(
                **self.calls.where,
                **(checksums if self._sends_checksums else {}),
                **({"Tagging": tagging} if tagging and self.abilities.tags else {}),
                **({"ACL": PUBLIC_READ} if self.opens else {}),
                Metadata=dict(self.file.metadata),
            ),
        )
        self._lost.look_at(answer)
        own.begun(str(answer["UploadId"]), served_at(answer))
        return str(answer["UploadId"])

    def _send(
        self, plan: tuple[Part, ...], upload: str, there: dict[int, SentPart], own: OwnUpload
    ) -> list[SentPart]:
        """Send the parts that are not there yet, many at once; hash the file meanwhile."""
        for known in there.values():
            self._count(known.part.size)
        missing = [part for part in plan if part.number not in there]
        gate = Gate(least_bytes=None)

        def send(part: Part) -> SentPart:
            with gate.through(part.size):
                return self._send_part(upload, part, own)

        with ThreadPoolExecutor(PARTS_AT_ONCE) as pool, ThreadPoolExecutor(1) as beside:
            try:
                sending = [pool.submit(send, part) for part in missing]
                begun: list[Future[Any]] = list(sending)
                if not self.sums.blocks:
                    begun.append(beside.submit(self._hash_all))
                done, _ = wait(begun, return_when=FIRST_EXCEPTION)
                for ended in done:
                    ended.result()
            except BaseException:
                self._stop.set()
                gate.close()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
            sent = [*there.values(), *(ended.result() for ended in sending)]
        return sorted(sent, key=lambda known: known.part.number)

    def _hash_all(self) -> None:
        """Make sure that the file is the announced one, before its parts become an object.

        Its SHA-256 says so: SHA-1 and CRC32 are announced for the same bytes.
        """
        sha256, sha1 = hashlib.sha256(), self.file.metadata.get("sha1", "")
        with self.file.open() as file, as_announced(self.file):
            whole = Slice(file, Part(1, 0, self.size), unwatched, self._stop)
            while block := whole.read(BLOCK):
                sha256.update(block)
        self.file.confirm(Fingerprint(sha1, sha256.hexdigest(), self.size))

    def _send_part(self, upload: str, part: Part, own: OwnUpload) -> SentPart:
        sums = self._summed(part, md5=self.abilities.checksums != "honoured")
        with self.file.open() as file, as_announced(self.file):
            body = Slice(file, part, self._count, self._stop)

            def send(client: Any) -> Any:
                body.seek(0)
                return client.upload_part(
                    **self.calls.where,
                    UploadId=upload,
                    PartNumber=part.number,
                    Body=body,
                    **integrity(sums, self.abilities.checksums),
                )

            try:
                answer = self.calls.patiently("s3:PutObject", send)
            except DataError:  # the bytes were damaged on the way, or are others by now
                body.seek(0)
                if summed(body, md5=False).crc32 != sums.crc32:
                    raise self.file.changed() from None
                raise
        own.sent(served_at(answer))
        return SentPart(part, answer["ETag"], sums.crc32)

    def _summed(self, part: Part, *, md5: bool) -> Sums:
        """Sum a part up: from what the first reading of the file found, if that is enough."""
        with self.file.open() as file, as_announced(self.file):
            if md5 or not self.sums.blocks:
                return summed(Slice(file, part, unwatched, self._stop), md5=md5)

            def read(start: int, size: int) -> bytes:
                return Slice(file, Part(part.number, start, size), unwatched, self._stop).read()

            return Sums(crc32_of_piece(self.sums.blocks, part.start, part.size, read))

    def _confirm(self, parts: list[SentPart]) -> None:
        """Make sure that what was sent is what was read first, when it got its hashes."""
        from isal.isal_zlib import crc32_combine

        whole = reduce(
            lambda crc32, known: crc32_combine(crc32, known.crc32, known.part.size), parts, 0
        )
        if whole != self.sums.crc32:
            raise self.file.changed()

    def _complete(
        self,
        upload: str,
        parts: list[SentPart],
        condition: Mapping[str, str],
        failed: Exception,
    ) -> dict[str, Any]:
        from botocore.exceptions import ClientError

        whole = {
            "ChecksumType": "FULL_OBJECT",
            "ChecksumCRC32": encoded_crc32(self.sums.crc32),
            "MpuObjectSize": self.size,
        }
        takes_condition = takes_conditions(self.abilities.complete_conditions)
        listed = [
            {
                "PartNumber": known.part.number,
                "ETag": known.etag,
                **({"ChecksumCRC32": encoded_crc32(known.crc32)} if self._sends_checksums else {}),
            }
            for known in parts
        ]
        try:
            return self.calls.patiently(
                "s3:PutObject",
                lambda client: dict(
                    client.complete_multipart_upload(
                        **self.calls.where,
                        UploadId=upload,
                        MultipartUpload={"Parts": listed},
                        **(whole if self._sends_checksums else {}),
                        **(condition if takes_condition else {}),
                    )
                ),
            )
        except BrainScoreDataError as error:
            cause = error.__cause__
            if not isinstance(cause, ClientError):
                raise
            if code_of(cause) != "NoSuchUpload" and not says_condition_failed(cause):
                raise
            if was_repeated(cause):
                return found_as_sent(
                    self.calls,
                    self.abilities,
                    metadata=self.file.metadata,
                    tags=self.file.tags,
                    size=self.size,
                    crc32=self.sums.crc32,
                    cause=cause,
                )
            if says_condition_failed(cause):
                raise failed from cause
            raise

    def tag(self, completed: Completed, there: Mapping[str, Any]) -> bool:
        """Make sure of the tags: another run's are on what it had started, and a server may drop ours.

        Says whether that took a request of its own.
        """
        if not self.file.tags or not self.abilities.tags:
            return False
        if not completed.started_before:
            if not tags_may_be_lost(self.abilities):
                return False
            if tags_there(self.calls, self.abilities, there) == allowed_tags(self.file.tags):
                return False
        put_tags(self.calls, there.get("VersionId"), self.file.tags)
        return True

    @property
    def _sends_checksums(self) -> bool:
        return self.abilities.checksums != "refused"

    def _count(self, amount: int) -> None:
        with self._counting:
            self.file.sent(amount)
