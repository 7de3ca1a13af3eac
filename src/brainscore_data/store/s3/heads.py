"""Asking for an object without its bytes."""

from __future__ import annotations

from typing import Any

from brainscore_data.base.errors import UsageError
from brainscore_data.store.s3.connection import S3Connection
from brainscore_data.store.s3.direct_calls import answered
from brainscore_data.store.s3.errors import headers_of, status_of
from brainscore_data.store.s3.listing import listed_versions


def head(connection: S3Connection, name: str, version_id: str | None) -> dict[str, Any] | None:
    """Ask for a version, or the latest; a delete marker has ``DeleteMarker`` set."""
    from botocore.exceptions import ClientError

    if (found := answered(connection, "HeadObject", name, version_id)) is not None:
        return found or None
    version = {} if version_id is None else {"VersionId": version_id}
    client, asked = connection.client, {"Bucket": connection.bucket, "Key": name, **version}
    with connection.explained("s3:GetObject", name):
        try:
            response: dict[str, Any] = client.head_object(**asked, ChecksumMode="ENABLED")
        except ClientError as error:
            headers = headers_of(error.response)
            if headers.get("x-amz-delete-marker") == "true":
                which = version_id or headers.get("x-amz-version-id")
                return {"DeleteMarker": True, "VersionId": which}
            if status_of(error) == 404:
                return None
            if status_of(error) not in {400, 403}:
                raise
        else:
            return response
        # The answer to a HEAD has no body that would say what was wrong; that to a GET has.
        try:
            response = client.get_object(**asked, ChecksumMode="ENABLED")
        except ClientError as error:
            if says_absent(error):
                return None
            raise
        response["Body"].close()
        return response


def marker_on_top(connection: S3Connection, name: str) -> dict[str, Any] | None:
    """Find the delete marker of an object that is not there; a HEAD tells of it on AWS.

    Ceph's gateway, up to version 16 at least, answers for it as if there had never been anything.
    """
    if connection.endpoint is None:
        return None
    try:
        listed = listed_versions(connection, name)
    except UsageError:  # not permitted, or not known there
        return None
    deleted = bool(listed) and listed[-1][1]
    return {"DeleteMarker": True, "VersionId": listed[-1][0]} if deleted else None


def says_absent(error: Any) -> bool:
    """Tell whether an answer says that there is no such object, or no such version of it."""
    code = error.response.get("Error", {}).get("Code", "")
    message = str(error.response.get("Error", {}).get("Message", ""))
    # A delete marker that is asked for by its own version id answers 405.
    return (
        (status_of(error) == 404 and code != "NoSuchBucket")
        or status_of(error) == 405
        or (code == "InvalidArgument" and "version id" in message.lower())
    )
