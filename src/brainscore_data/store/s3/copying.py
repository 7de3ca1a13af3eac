"""A store whose writes are copies inside of its server: from staging, or from another store there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from brainscore_data.base.errors import DataError
from brainscore_data.base.files import fingerprint
from brainscore_data.base.in_flight import all_side_by_side
from brainscore_data.base.work_folders import work_folder
from brainscore_data.store.interface import (
    NotPermittedError,
    ReadOnlyStoreError,
    Store,
    StoredObject,
    not_stored,
)
from brainscore_data.store.s3.bucket import S3Store
from brainscore_data.store.s3.connection import Calls
from brainscore_data.store.s3.errors import UnsupportedError, says_condition_failed
from brainscore_data.store.s3.grants import PUBLIC_READ
from brainscore_data.store.s3.objects import (
    CRC32_KEY,
    checked_metadata,
    described,
    encoded_tags,
    looked_up,
    put_tags,
    tags_may_be_lost,
    takes_conditions,
)
from brainscore_data.store.s3.writing import Condition
from brainscore_data.store.write import Write

#: What one request can put, and one can copy:
#: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
LARGEST = 5 * 2**30
#: Of what is larger, as much is copied by each request: 10,000 of them are 9.7 TiB.
PART = 2**30


def copying(
    target: Store, source: Store, versions: Mapping[str, str | None]
) -> CopyingStore | None:
    """Give a store whose writes copy these versions; None where the two are not on one server."""
    if not isinstance(target, S3Store) or not isinstance(source, S3Store):
        return None
    if target.connection.endpoint_url != source.connection.endpoint_url:
        return None
    return CopyingStore(target, source, versions, falls_back=True)


class CopyingStore(S3Store):
    """A store whose files are on its server already: they are copied, and not sent.

    Where the server does not let this caller copy, or cannot, it `falls_back` on reading and putting.
    """

    def __init__(
        self,
        store: S3Store,
        source: S3Store,
        versions: Mapping[str, str | None] | None = None,
        *,
        falls_back: bool = False,
    ) -> None:
        super().__init__(store.connection, store.location.prefix.removesuffix("/"))
        self._source = source
        self._versions = versions or {}
        self._falls_back = falls_back

    def _carried_out(
        self, calls: Calls, write: Write, condition: Condition, *, opens: bool
    ) -> StoredObject:
        """Copy the version that has the announced bytes."""
        source = self._approved(write)
        copy = _Copy(calls, self._source, source, write, condition, self._sent_with(write, opens))
        try:
            answer = copy.in_parts() if source.size > LARGEST else copy.at_once()
        except (NotPermittedError, ReadOnlyStoreError, UnsupportedError):
            if not self._falls_back:
                raise
            return self._read_and_put(calls, write, condition, source, opens=opens)
        write.sent(source.size)
        metadata = checked_metadata(write.metadata)
        found = looked_up(calls, {"VersionId": answer.get("VersionId")}, source.size, metadata)
        # Ceph's gateway, up to version 16 at least, does not put the tags that a copy shall have.
        lost = tags_may_be_lost(self._abilities)
        if lost:
            put_tags(calls, found.get("VersionId"), write.tags)
        return replace(described(write.key, found, self._abilities), tagged_later=lost)

    def _sent_with(self, write: Write, opens: bool) -> _SentWith:  # noqa: FBT001
        abilities = self._abilities
        return _SentWith(
            encoded_tags(write.tags) if abilities.tags else "",
            opens,
            sha256=abilities.checksums == "honoured",
            conditions=takes_conditions(abilities.conditions),
            conditions_in_parts=takes_conditions(abilities.complete_conditions),
        )

    def _read_and_put(
        self,
        calls: Calls,
        write: Write,
        condition: Condition,
        source: StoredObject,
        *,
        opens: bool,
    ) -> StoredObject:
        with work_folder() as folder:
            path = folder / write.key.rpartition("/")[2]
            with (
                self._source.open(source.key, source.version_id) as stream,
                path.open("wb") as file,
            ):
                fingerprint(stream, file.write)
            return super()._carried_out(calls, replace(write, path=path), condition, opens=opens)

    def _approved(self, write: Write) -> StoredObject:
        """Find the version, and make sure of its bytes: whoever put it can have put others since.

        What its writer says of it counts for nothing: only the server's own checksum does. Where
        there is none, it is read.
        """
        place = f"{self._source.location.url}/{write.key}"
        vars(self._source)["findings"] = self.findings  # it is the same server
        source = self._source.stat(write.key, self._versions.get(write.key))
        if source is None or source.deleted:
            raise not_stored(place, self._versions.get(write.key))
        expected = write.metadata["sha256"]
        vouched = None if CRC32_KEY in source.metadata else source.sha256
        found = vouched or self._read(source)
        if found != expected:
            raise DataError(
                "the store holds other bytes than those to copy"
                if self._falls_back
                else "the staged bundle has other bytes than the one that was approved",
                where=place,
                hint="run it again, and check who else may write there"
                if self._falls_back
                else "ask for the bundle to be submitted again, and check who else may write there",
            )
        return source

    def _read(self, source: StoredObject) -> str:
        with self._source.open(source.key, source.version_id) as stream:
            return fingerprint(stream).sha256


@dataclass(frozen=True)
class _SentWith:
    """What a server takes beside the bytes."""

    tags: str
    opens: bool
    sha256: bool
    conditions: bool
    conditions_in_parts: bool


@dataclass(frozen=True)
class _Copy:
    """One version that is copied."""

    calls: Calls
    store: S3Store
    source: StoredObject
    write: Write
    condition: Condition
    sent_with: _SentWith
    named: str = field(init=False)

    def __post_init__(self) -> None:
        bucket = self.store.connection.bucket
        named = f"{bucket}/{quote(self.store.location.prefix + self.write.key)}"
        if self.source.version_id is not None:
            named += f"?versionId={quote(self.source.version_id)}"
        object.__setattr__(self, "named", named)

    @property
    def _from(self) -> dict[str, Any]:
        return {"CopySource": self.named, "CopySourceIfMatch": self.source.etag}

    @property
    def _described(self) -> dict[str, Any]:
        tags = {"Tagging": self.sent_with.tags} if self.sent_with.tags else {}
        opened = {"ACL": PUBLIC_READ} if self.sent_with.opens else {}
        return {"Metadata": checked_metadata(self.write.metadata), **tags, **opened}

    def at_once(self) -> dict[str, Any]:
        """Copy it by one request."""

        def copy(client: Any) -> dict[str, Any]:
            return dict(
                client.copy_object(
                    **self.calls.where,
                    **self._from,
                    **self._described,
                    MetadataDirective="REPLACE",
                    TaggingDirective="REPLACE",
                    **({"ChecksumAlgorithm": "SHA256"} if self.sent_with.sha256 else {}),
                    **(self.condition.header if self.sent_with.conditions else {}),
                )
            )

        return self._unless_moved(copy)

    def in_parts(self) -> dict[str, Any]:
        """Copy it part by part: one request cannot copy what is so large."""

        def begin(client: Any) -> str:
            answer = client.create_multipart_upload(**self.calls.where, **self._described)
            return str(answer["UploadId"])

        upload = {"UploadId": self.calls.patiently("s3:PutObject", begin)}
        starts = range(0, self.source.size, PART)

        def part(number: int) -> dict[str, Any]:
            start = starts[number - 1]
            last = min(start + PART, self.source.size) - 1

            def copy(client: Any) -> dict[str, Any]:
                answer = client.upload_part_copy(
                    **self.calls.where,
                    **upload,
                    **self._from,
                    PartNumber=number,
                    CopySourceRange=f"bytes={start}-{last}",
                )
                return {"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]}

            return self.calls.patiently("s3:PutObject", copy)

        def complete(client: Any) -> dict[str, Any]:
            held = self.sent_with.conditions_in_parts
            return dict(
                client.complete_multipart_upload(
                    **self.calls.where,
                    **upload,
                    MultipartUpload={"Parts": parts},
                    **(self.condition.header if held else {}),
                )
            )

        try:
            parts = all_side_by_side(part, range(1, len(starts) + 1))
            return self._unless_moved(complete)
        except BaseException:
            self.calls.patiently(
                "s3:AbortMultipartUpload",
                lambda client: client.abort_multipart_upload(**self.calls.where, **upload),
            )
            raise

    def _unless_moved(self, copy: Any) -> dict[str, Any]:
        from botocore.exceptions import ClientError

        try:
            answer: dict[str, Any] = self.calls.patiently("s3:PutObject", copy)
        except Exception as error:
            cause = error.__cause__
            if isinstance(cause, ClientError) and says_condition_failed(cause):
                raise self.condition.failed from cause
            raise
        return answer
