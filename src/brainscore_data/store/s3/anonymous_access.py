"""Who can read an object: tried as somebody without credentials, not concluded from policies.

Whether a bucket's policy is honoured, and what it and the access lists come to together, only
the server knows. Some servers keep policies and do not evaluate them.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.in_flight import all_side_by_side
from brainscore_data.store.s3.connection import S3Connection
from brainscore_data.store.s3.direct_calls import answered, sent, version_of
from brainscore_data.store.s3.errors import UnsupportedError, status_of
from brainscore_data.store.s3.objects import encoded_tags, tags_in

PROBE_CONTENT = b"brainscore-data tries here whether objects with these tags are readable by all\n"


# In the probe's metadata: for those who may write tags and not read them.
_TAGGED = "tags"


def readable_by_all(connection: S3Connection, name: str, version_id: str | None) -> bool:
    """Try to read an object that exists without credentials: its first byte."""
    from botocore.exceptions import ClientError

    status = _status_for_everybody(connection, name, version_id)
    if status in {206, 401, 403}:
        return status == 206
    # No answer, or one that does not tell: boto3 knows what to ask again, and how to word it.
    everybody = connection.for_everybody
    version = {} if version_id is None else {"VersionId": version_id}
    with everybody.explained("s3:GetObject", name):
        try:
            response = everybody.client.get_object(
                Bucket=connection.bucket, Key=name, Range="bytes=0-0", **version
            )
        except ClientError as error:
            status = status_of(error)
            if status in {401, 403}:
                return False
            if status == 416:  # an object without bytes has no first one
                return True
            if status not in {400, 404, 405}:
                raise
            raise UsageError(
                "asked without credentials, the server says neither that everybody may read "
                f"this nor that nobody may (HTTP status {status})",
                where=f"s3://{connection.bucket}/{name}",
                hint="ask the server's owner who can read from it without credentials",
            ) from error
        response["Body"].close()
        return True


def _status_for_everybody(
    connection: S3Connection, name: str, version_id: str | None
) -> int | None:
    """Ask for an object's first byte without credentials; None if that has to be left to boto3."""
    first = {"Range": "bytes=0-0"}
    version = version_of(version_id)
    answer = sent(connection, "GET", name, version, first, as_anybody=True)
    if answer is None:
        return None
    if answer.status_code == 200:
        answer.raw.close()  # a server can give all bytes
    else:
        answer.raw.drain_conn()  # the connection is used again
    return int(answer.status_code)


def shown_to_all(connection: S3Connection, name: str, version_id: str) -> dict[str, Any] | None:
    """Ask for a version, without its bytes and without credentials; None where that is not enough.

    Who gets this answer gets the bytes: it takes the same permission [1]_. Only where AWS's key
    service encrypts them, they take one more.

    .. [1] https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    """
    found = answered(connection.for_everybody, "HeadObject", name, version_id)
    if not found or str(found.get("ServerSideEncryption", "")).startswith("aws:"):
        return None
    return found


def probe_readable_by_all(connection: S3Connection, name: str, tags: Mapping[str, str]) -> bool:
    """Try it on a small object with given tags, by its name and by its version.

    The two are different permissions (``s3:GetObject`` and ``s3:GetObjectVersion`` [1]_). The
    object of an earlier run is used again, so that no versions pile up.

    .. [1] https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    version_id = _kept_probe(connection, name, tags)
    asked = [None] if version_id is None else [None, version_id]
    return any(all_side_by_side(partial(readable_by_all, connection, name), asked))


def _kept_probe(connection: S3Connection, name: str, tags: Mapping[str, str]) -> str | None:
    """Make sure of the probe; give its version id, or None where there are no versions."""
    from botocore.exceptions import ClientError

    client, where = connection.client, {"Bucket": connection.bucket, "Key": name}
    found: dict[str, Any] | None = None
    with ThreadPoolExecutor(1) as beside, connection.explained("s3:GetObject", name):
        tagged = beside.submit(_tags_of_probe, connection, where)
        try:
            found = client.head_object(**where)
        except ClientError as error:
            # 403 is what those who may not list are told of what is not there.
            if status_of(error) not in {403, 404}:
                raise
    if found is None or not _has_tags(tagged.result(), tags, found.get("Metadata", {})):
        found = write_probe(connection, name, tags, Metadata={_TAGGED: encoded_tags(tags)})
    return found.get("VersionId")


def write_probe(
    connection: S3Connection, name: str, tags: Mapping[str, str], **how: Any
) -> dict[str, Any]:
    """Write a small object with tags; without them on a server that has none."""
    action = "s3:PutObject and s3:PutObjectAcl" if "ACL" in how else "s3:PutObject"

    def put(**tagging: str) -> dict[str, Any]:
        with connection.explained(action, name, writes=True):
            return dict(
                connection.client.put_object(
                    Bucket=connection.bucket, Key=name, Body=PROBE_CONTENT, **tagging, **how
                )
            )

    try:
        return put(Tagging=encoded_tags(tags))
    except UnsupportedError:
        return put()


def _tags_of_probe(connection: S3Connection, where: dict[str, str]) -> dict[str, str] | None:
    try:
        with connection.explained("s3:GetObjectTagging", where["Key"]):
            return tags_in(connection.client.get_object_tagging(**where))
    except BrainScoreDataError:  # not there, not permitted, or not known here
        return None


def _has_tags(
    found: Mapping[str, str] | None, tags: Mapping[str, str], metadata: Mapping[str, str]
) -> bool:
    """Compare the tags, or where they are not told, those that the probe was written with."""
    if found is None:
        return metadata.get(_TAGGED) == encoded_tags(tags)
    return found == dict(tags)
