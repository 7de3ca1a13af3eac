"""A trial of a bucket, and of the server that it is on: what may be done there, and what it can do.

Of AWS that is documented, and only permissions are tried, by starting and aborting a multipart
upload, which writes nothing. Servers that only speak AWS's language differ: some honour If-Match
and ignore If-None-Match [1]_, or honour both only where the key has an object [2]_, or only for a
file in one piece [3]_; some do or refuse either, as they are set up [4]_; some refuse checksums
[5]_. So all is tried on an empty object of our own, ``.brainscore-data/probe``, which stays. If
the server gives in where it should not, the object's metadata says so, and later runs do not try
that again: there are never more than a few versions of it. By the same record those who only read
know that the latest version of a key need not be the published one.

.. [1] https://github.com/open-rails/contentkit/releases/tag/v0.58.1 (Ceph RGW)
.. [2] https://github.com/minio/minio/issues/21526
.. [3] https://github.com/ministackorg/ministack/pull/1435
.. [4] https://docs.netapp.com/us-en/storagegrid/release-notes/changes-to-s3-rest-api.html
.. [5] https://www.backblaze.com/docs/cloud-storage-s3-compatible-api
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.store.interface import (
    Capabilities,
    Handling,
    NotPermittedError,
    ReadOnlyStoreError,
    Versioning,
)
from brainscore_data.store.s3.connection import Calls, S3Connection
from brainscore_data.store.s3.errors import (
    UnsupportedError,
    code_of,
    says_condition_failed,
    says_nothing_of_request,
    status_of,
)
from brainscore_data.store.s3.integrity import integrity, sums_of
from brainscore_data.store.s3.unfinished_uploads import LostStarts, Upload, old_ones, uploads_below

PROBE_KEY = ".brainscore-data/probe"

# The key in the probe's metadata, and its words.
RECORD = "probe"
_IGNORES_CONDITIONS, _IGNORES_IN_PARTS = "ignores-conditions", "ignores-conditions-in-parts"
_REFUSES_CONDITIONS = "refuses-conditions"
NOT_HELD = {_IGNORES_CONDITIONS, _IGNORES_IN_PARTS, _REFUSES_CONDITIONS}
_REFUSES_CHECKSUMS = "refuses-checksums"
_ETAG_OF_NOTHING = '"00000000000000000000000000000000"'
_TAGGING = "visibility=private"
# What servers answer to a header that they do not know, e.g. AWS's own word for conditions it does
# not have: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_UNKNOWN_HEADER = {
    "NotImplemented",
    "InvalidArgument",
    "InvalidRequest",
    "MissingContentLength",
    "XAmzContentChecksumMismatch",
}

Action = Literal["write", "tag", "resume", "abort", "versioning"]


@dataclass(frozen=True)
class _TriedUpload:
    """An upload that was started to try things out, and its part."""

    #: None if it may not be started.
    upload: str | None
    part: Mapping[str, Any] = field(default_factory=dict)
    checksums: Handling = "unknown"
    #: Whether the server has such uploads.
    supported: bool = True


class Trial:
    """Tries one thing after another on the probe's key, and keeps what was refused."""

    def __init__(self, connection: S3Connection, prefix: str) -> None:
        self._connection = connection
        self._prefix, self._name = prefix, prefix + PROBE_KEY
        self._where = {"Bucket": connection.bucket, "Key": self._name}
        self._sends_checksums = True
        self.problems: dict[Action, BrainScoreDataError] = {}
        self.uploads: list[Upload] | None = None
        self._lost = LostStarts()
        self._begun: set[str] = set()

    def versioning(self) -> Versioning:
        """Ask for the bucket's state of versioning."""
        states: dict[str | None, Versioning] = {"Enabled": "enabled", "Suspended": "suspended"}
        found: dict[str, Any] | None = None
        with self._kept("versioning"), self._connection.explained("s3:GetBucketVersioning"):
            found = self._connection.client.get_bucket_versioning(Bucket=self._connection.bucket)
        return "unknown" if found is None else states.get(found.get("Status"), "never enabled")

    def on_aws(self) -> Capabilities:
        """Try the permissions; what the server can do is documented."""
        found = Capabilities(writable=True, versioning="unknown")
        with ThreadPoolExecutor(1) as beside:
            listing = beside.submit(self._list_unfinished)
            upload = self._start()
            if upload is not None:
                with self._kept("resume"), self._asking("s3:ListMultipartUploadParts"):
                    self._connection.client.list_parts(**self._where, UploadId=upload)
                self._abort(upload)
        if upload is None:
            return replace(found, writable=False, tags=False, obstacle=self.obstacle("write"))
        listing.result()
        self._forget_abandoned()
        return self._with_tags(found)

    def elsewhere(self) -> Capabilities:
        """Try permissions and abilities."""
        found = Capabilities(
            writable=False,
            versioning="unknown",
            conditions="unknown",
            complete_conditions="unknown",
            checksums="unknown",
            completes_at_once=False,
            tags=False,
        )
        with ThreadPoolExecutor(4) as beside:
            listing = beside.submit(self._list_unfinished)
            before = self._known_from_before()
            if before is not None and _REFUSES_CHECKSUMS in before:
                self._sends_checksums = False
            try:
                tried = self._tried(replace(found, writable=True), before, beside)
                listing.result()
                self._forget_abandoned()
                refuses = "refused" in {tried.conditions, tried.complete_conditions}
                if refuses and NOT_HELD.isdisjoint(before or ()):
                    self._put(_REFUSES_CONDITIONS)  # what is ignored is on record already
            except (NotPermittedError, ReadOnlyStoreError) as error:
                self.problems.setdefault("write", error)
                return replace(found, obstacle=self.obstacle("write"))
        return tried

    def _tried(
        self, found: Capabilities, before: list[str] | None, beside: ThreadPoolExecutor
    ) -> Capabilities:
        """Find out about a file in one piece, and at the same time about one in parts.

        Where nobody was before, one after the other: the first write tells whether checksums are
        refused, without which no other is understood.
        """
        sends_checksums = self._sends_checksums
        known = set(before or ())
        completes = known.isdisjoint({_IGNORES_CONDITIONS, _IGNORES_IN_PARTS})
        begun = None
        if before is not None:
            begun = beside.submit(self._begin, beside, completes=completes)
        try:
            found = replace(found, conditions=self._conditions(before))
        except BaseException:
            if begun is not None and begun.exception() is None:
                self._drop(begun.result())
            raise
        if begun is None:
            parts = self._begin(beside, completes=found.conditions == "honoured")
        elif sends_checksums == self._sends_checksums:
            parts = begun.result()
        else:  # the server was changed since: it refuses checksums now
            if begun.exception() is None:
                self._drop(begun.result())
            parts = self._begin(beside, completes=completes)
        return self._in_parts(found, parts, known_to_ignore=_IGNORES_IN_PARTS in known)

    def _with_tags(self, found: Capabilities) -> Capabilities:
        problem = self.problems.get("tag")
        if problem is None:
            return replace(found, tags=True)
        if isinstance(problem, UnsupportedError):
            return replace(found, tags=False)
        # A write carries its tags: it would be refused.
        return replace(found, tags=False, writable=False, obstacle=self.obstacle("tag"))

    def obstacle(self, action: Action) -> str | None:
        """Say why something was not found out, or may not be done."""
        problem = self.problems.get(action)
        return None if problem is None else problem.message

    def _known_from_before(self) -> list[str] | None:
        """Read what earlier runs recorded; None if there is no probe yet."""
        from botocore.exceptions import ClientError

        with self._asking("s3:GetObject"):
            try:
                there = self._connection.client.head_object(**self._where)
            except ClientError as error:
                if status_of(error) in {403, 404, 405}:
                    return None
                raise
        return str(there.get("Metadata", {}).get(RECORD, "")).split()

    def _conditions(self, before: list[str] | None) -> Handling:
        """Find out about a file in one piece, with two writes on top of an object that is there."""
        if _IGNORES_CONDITIONS in (before or ()):
            return "ignored"
        if before is None and self._put("", IfNoneMatch="*") == "refused":
            return "refused"
        for name, value in (("IfNoneMatch", "*"), ("IfMatch", _ETAG_OF_NOTHING)):
            answer = self._put(_IGNORES_CONDITIONS, **{name: value})
            if answer != "held back":
                return "ignored" if answer == "written" else "refused"
        return "honoured"

    def _put(self, record: str, **condition: str) -> Literal["written", "held back", "refused"]:
        from botocore.exceptions import ClientError

        with self._asking("s3:PutObject", writes=True):
            try:
                self._connection.client.put_object(
                    **self._where,
                    Body=b"",
                    Metadata=self._metadata(record),
                    **self._integrity(b""),
                    **condition,
                )
            except ClientError as error:
                if says_condition_failed(error) or code_of(error) == "ConditionalRequestConflict":
                    return "held back"
                if not _says_unknown_header(error):
                    raise
                if not self._sends_checksums:
                    return "refused"
                self._sends_checksums = False
                return self._put(record, **condition)
        return "written"

    def _begin(self, beside: ThreadPoolExecutor, *, completes: bool) -> _TriedUpload:
        """Start an upload; send a part with a wrong checksum, which nobody sees, and the right one."""
        try:
            upload = self._start()
        except UnsupportedError:
            return _TriedUpload(None, supported=False)
        if upload is None:
            return _TriedUpload(None)
        try:
            wrong = beside.submit(self._wrong_checksum, upload) if self._sends_checksums else None
            part = self._sent_part(upload) if completes else {}
            return _TriedUpload(upload, part, "refused" if wrong is None else wrong.result())
        except BaseException:
            self._abort(upload)
            raise

    def _in_parts(
        self, found: Capabilities, parts: _TriedUpload, *, known_to_ignore: bool
    ) -> Capabilities:
        """Find out about a file in parts."""
        if parts.upload is None:
            handling: Handling = "unknown" if parts.supported else "refused"
            return replace(found, complete_conditions=handling, tags=False)
        completed = False
        try:
            handling = found.conditions
            if handling == "honoured" and known_to_ignore:
                handling = "ignored"
            elif handling == "honoured":
                handling, completed = self._complete(parts.upload, parts.part)
        finally:
            if not completed:
                self._abort(parts.upload)
        found = self._with_tags(found)
        return replace(found, complete_conditions=handling, checksums=parts.checksums)

    def _drop(self, parts: _TriedUpload) -> None:
        if parts.upload is not None:
            self._abort(parts.upload)

    def _wrong_checksum(self, upload: str) -> Handling:
        from botocore.exceptions import ClientError

        with self._asking("s3:PutObject", writes=True):
            try:
                self._part(upload, 2, b"probe", self._integrity(b"other"))
            except ClientError as error:
                if status_of(error) in {411, 501}:
                    return "refused"
                if status_of(error) == 400 and not says_nothing_of_request(error):
                    return "honoured"
                raise
        return "ignored"

    def _sent_part(self, upload: str) -> dict[str, Any]:
        """Send the one part of the upload; gives what its completion says of it."""
        with self._asking("s3:PutObject", writes=True):
            part = self._part(upload, 1, b"", self._integrity(b""))
        return {name: part[name] for name in ("ETag", "ChecksumSHA256") if name in part}

    def _complete(self, upload: str, part: Mapping[str, Any]) -> tuple[Handling, bool]:
        """Complete an upload on the key that has an object: it must be held back."""
        from botocore.exceptions import ClientError

        with self._asking("s3:PutObject", writes=True):
            try:
                self._connection.client.complete_multipart_upload(
                    **self._where,
                    UploadId=upload,
                    MultipartUpload={"Parts": [{"PartNumber": 1, **part}]},
                    IfNoneMatch="*",
                )
            except ClientError as error:
                if says_condition_failed(error):
                    return "honoured", False
                if _says_unknown_header(error):
                    return "refused", False
                raise
        return "ignored", True

    def _part(
        self, upload: str, number: int, body: bytes, integrity: dict[str, str]
    ) -> dict[str, Any]:
        part: dict[str, Any] = self._connection.client.upload_part(
            **self._where, UploadId=upload, PartNumber=number, Body=body, **integrity
        )
        return part

    def _start(self) -> str | None:
        """Start an upload with a tag, or without one where that is refused; None if it may not."""
        request: dict[str, Any] = {
            **self._where,
            "Metadata": self._metadata(_IGNORES_IN_PARTS),
            **({"ChecksumAlgorithm": "SHA256"} if self._sends_checksums else {}),
        }
        started = self._started("tag", {**request, "Tagging": _TAGGING})
        if started is None:
            started = self._started("write", request)
        if "write" in self.problems:  # the tag was not what it failed for
            self.problems.pop("tag", None)
        return started

    def _started(self, action: Action, request: dict[str, Any]) -> str | None:
        permission = "s3:PutObjectTagging" if action == "tag" else "s3:PutObject"
        started: dict[str, Any] | None = None
        with self._kept(action), self._asking(permission, writes=True):
            started = self._connection.client.create_multipart_upload(**request)
        if started is None:
            return None
        self._lost.look_at(started)
        upload = str(started["UploadId"])
        self._begun.add(upload)
        return upload

    def _abort(self, upload: str) -> None:
        with self._kept("abort"), self._asking("s3:AbortMultipartUpload", writes=True):
            self._connection.client.abort_multipart_upload(**self._where, UploadId=upload)

    def _list_unfinished(self) -> None:
        """List what was begun, of all keys, for those who go on with theirs or clear away after them."""
        with self._kept("resume"):
            self.uploads = uploads_below(Calls(self._connection, self._prefix))

    def _forget_abandoned(self) -> None:
        """Abort uploads of this key that an earlier run could not: it was killed."""
        if self._lost:  # it was listed before that was begun
            self._list_unfinished()
        others = [each for each in self.uploads or () if each.upload_id not in self._begun]
        ours = [upload for upload in others if upload.name == self._name]
        for upload in {*old_ones(ours), *self._lost.among(ours)}:
            self._abort(upload.upload_id)

    def _metadata(self, record: str) -> dict[str, str]:
        words = [record] if record else []
        words += [] if self._sends_checksums else [_REFUSES_CHECKSUMS]
        return {RECORD: " ".join(words)} if words else {}

    def _integrity(self, body: bytes) -> dict[str, str]:
        return integrity(sums_of(body), "honoured" if self._sends_checksums else "refused")

    def _asking(self, action: str, *, writes: bool = False) -> AbstractContextManager[None]:
        return self._connection.explained(action, self._name, writes=writes)

    @contextmanager
    def _kept(self, action: Action) -> Iterator[None]:
        """Keep the error of what is done in it, if that is not permitted or not supported."""
        try:
            yield
        except (NotPermittedError, ReadOnlyStoreError, UnsupportedError) as error:
            if isinstance(error, UnsupportedError) and action == "write":
                raise
            self.problems.setdefault(action, error)


def _says_unknown_header(error: Any) -> bool:
    code = error.response.get("Error", {}).get("Code", "")
    return code in _UNKNOWN_HEADER or status_of(error) in {411, 501}
