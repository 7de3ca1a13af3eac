"""Try what publishing comes to on a server that is not AWS, with a small object of our own.

AWS documents what it does, and nothing is written there. Elsewhere each rehearsal adds two or three
versions, of some bytes, to ``.brainscore-data/check``: a server may have been upgraded since the last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.store.interface import Answer, Capabilities
from brainscore_data.store.s3.capabilities import is_owner_checked
from brainscore_data.store.s3.connection import Calls, S3Connection
from brainscore_data.store.s3.errors import says_condition_failed
from brainscore_data.store.s3.integrity import integrity, sums_of
from brainscore_data.store.s3.listing import listed_versions
from brainscore_data.store.s3.objects import put_tags, tags_in, takes_conditions

CHECK_KEY = ".brainscore-data/check"
_CONTENT = b"brainscore-data tries here what the server does with large files and replacements\n"
_TAGS = {"visibility": "private"}


def rehearse(connection: S3Connection, prefix: str, found: Capabilities) -> tuple[Answer, ...]:
    """Try a file in parts, a replacement, and a bucket of another owner."""
    if connection.endpoint is None or not found.writable:
        return ()
    rehearsal = _Rehearsal(connection, Calls(connection, prefix + CHECK_KEY), found)
    tried: dict[str, Callable[[], Answer]] = {
        "parts": rehearsal.in_parts,
        "replace": rehearsal.replacing,
        "owner": rehearsal.owner,
    }
    return tuple(_answered(question, ask) for question, ask in tried.items())


def _answered(question: str, ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except BrainScoreDataError as error:
        return Answer(question, "no", error.message, error.hint)


class _Rehearsal:
    def __init__(self, connection: S3Connection, calls: Calls, found: Capabilities) -> None:
        self._connection, self._calls, self._found = connection, calls, found

    def in_parts(self) -> Answer:
        """Send a file in one part, as large files are sent in many."""
        version_id = self._sent_in_parts()
        lacks = (
            [] if version_id else ["the answer contains no version id, so the program looks it up"]
        )
        version = {"VersionId": version_id} if version_id else {}
        if self._found.tags and self._tags_of(version) != _TAGS:
            put_tags(self._calls, version_id, _TAGS)
            kept = self._tags_of(version) == _TAGS
            lacks.append("its tags are dropped, " + ("and put on it later" if kept else "always"))
        if lacks:
            return Answer("parts", "no", f"of a large file {', and '.join(lacks)}")
        return Answer(
            "parts", "yes", "a large file keeps its tags, and the server gives its version id"
        )

    def replacing(self) -> Answer:
        """Write on top of what is there, as a replacement does."""
        from botocore.exceptions import ClientError

        if not self._found.versioned:
            return Answer("replace", "no", "a store that keeps no versions replaces nothing")
        try:
            self._calls.patiently("s3:PutObject", self._put_on_top)
        except BrainScoreDataError as error:
            if isinstance(error.__cause__, ClientError) and says_condition_failed(error.__cause__):
                return Answer(
                    "replace",
                    "no",
                    "the server refuses each write on the condition that a version is still the "
                    "latest (If-Match), even while it is: publish refuses to replace anything here",
                )
            raise
        if self._found.conditional:
            return Answer("replace", "yes", "a version is replaced only while it is the latest")
        number = len(listed_versions(self._connection, self._calls.name))
        if number < 2:
            return Answer("replace", "no", "the versions of an object cannot be listed")
        said = "a later version says what it replaces; of two at once, the earlier one counts"
        return Answer("replace", "yes", said)

    def owner(self) -> Answer:
        """Ask for the bucket as one of somebody else's."""
        if is_owner_checked(self._connection):
            return Answer("owner", "yes", "a bucket of another owner than expected is refused")
        return Answer("owner", "no", "--expected-bucket-owner is ignored: it is not enforced here")

    def _sent_in_parts(self) -> str | None:
        where, sums = self._calls.where, sums_of(_CONTENT)
        sends_checksums = self._found.checksums != "refused"
        checksums = {"ChecksumAlgorithm": "SHA256"} if sends_checksums else {}
        tagging = {"Tagging": "visibility=private"} if self._found.tags else {}

        def send(client: Any) -> dict[str, Any]:
            started = client.create_multipart_upload(**where, **checksums, **tagging)
            upload = {**where, "UploadId": started["UploadId"]}
            part = client.upload_part(
                **upload, PartNumber=1, Body=_CONTENT, **integrity(sums, self._found.checksums)
            )
            listed = {name: part[name] for name in ("ETag", "ChecksumSHA256") if name in part}
            parts = {"Parts": [{"PartNumber": 1, **listed}]}
            return dict(client.complete_multipart_upload(**upload, MultipartUpload=parts))

        answer = self._calls.patiently("s3:PutObject", send)
        return str(answer["VersionId"]) if answer.get("VersionId") else None

    def _put_on_top(self, client: Any) -> None:
        there = client.head_object(**self._calls.where)
        holds = takes_conditions(self._found.conditions)
        client.put_object(
            **self._calls.where,
            Body=_CONTENT,
            **integrity(sums_of(_CONTENT), self._found.checksums),
            **({"IfMatch": there["ETag"]} if holds else {}),
        )

    def _tags_of(self, version: dict[str, str]) -> dict[str, str]:
        return self._calls.patiently(
            "s3:GetObjectTagging",
            lambda client: tags_in(client.get_object_tagging(**self._calls.where, **version)),
            writes=False,
        )
