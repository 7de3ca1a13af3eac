"""Questions of which a run asks hundreds, without boto3's call around each.

That call takes as long again as to sign the request, to send it and to read the answer. This is left
to botocore here, too: to its signer, the client's own connections, and its parser. What is not
answered as hoped is asked again through boto3: it knows what to repeat, when to renew credentials,
and how to word a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Literal

from brainscore_data.store.s3.connection import S3Connection

Operation = Literal["HeadObject", "GetObject", "GetObjectTagging"]
_CHECKSUMS = {"x-amz-checksum-mode": "ENABLED"}
# The method, what is asked for beside the object and how, and what is in each sound answer: a server
# can say 200 to anything.
_CALLS: dict[Operation, tuple[str, Mapping[str, str], Mapping[str, str], str]] = {
    "HeadObject": ("HEAD", {}, _CHECKSUMS, "ETag"),
    "GetObject": ("GET", {}, _CHECKSUMS, "ETag"),
    "GetObjectTagging": ("GET", {"tagging": ""}, {}, "TagSet"),
}
# With these a server says that it does not know what it is asked with.
_NOT_UNDERSTOOD = {400, 501}


def answered(
    connection: S3Connection,
    operation: Operation,
    name: str,
    version_id: str | None = None,
    **headers: str,
) -> dict[str, Any] | None:
    """Ask about an object; gives what boto3 would, or None where that has to ask.

    So it has to as long as no call of it has found out where the bucket's objects are. Nothing is
    in the answer to a HEAD of what is not there.
    """
    from botocore.endpoint import convert_to_response_dict
    from botocore.httpchecksum import handle_checksum_body, resolve_response_checksum_algorithms
    from botocore.parsers import ResponseParserError

    if operation in connection.way.refused:
        return None
    method, about, usual, sound = _CALLS[operation]
    params = {**about, **version_of(version_id)}
    answer = sent(connection, method, name, params, {**usual, **headers})
    if answer is None:
        return None
    if answer.status_code not in {200, 206}:
        answer.raw.drain_conn()
        marked = "x-amz-delete-marker" in answer.headers
        if answer.status_code == 404 and operation == "HeadObject" and not marked:
            return {}
        if answer.status_code in _NOT_UNDERSTOOD:
            connection.way.refused.add(operation)
        return None
    model = connection.client.meta.service_model.operation_model(operation)
    said, asked = convert_to_response_dict(answer, model), {"context": dict[str, Any]()}
    resolve_response_checksum_algorithms(asked, model, {"ChecksumMode": "ENABLED"})
    handle_checksum_body(answer, said, asked["context"], model)
    try:
        found: dict[str, Any] = _parser().parse(said, model.output_shape)
    except (ResponseParserError, ValueError):
        found = {}
    if sound in found and (operation != "GetObject" or _brings_bytes(answer)):
        return found
    answer.raw.close()
    return None


def sent(
    connection: S3Connection,
    method: str,
    name: str,
    params: Mapping[str, str],
    headers: Mapping[str, str],
    *,
    as_anybody: bool = False,
) -> Any:
    """Send a request about an object; gives the answer, whose bytes are not read if it is of a range.

    None if there was none, or no call of boto3 before that has found out the way.
    """
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.exceptions import BotoCoreError
    from botocore.utils import percent_encode

    way, owner = connection.way.found, connection.expected_bucket_owner
    if way is None and as_anybody:
        way = connection.for_everybody.way.found
    if way is None:
        return None
    address, region = way
    request = AWSRequest(
        method,
        address + percent_encode(name, safe="-._~/"),
        headers={
            **headers,
            "User-Agent": connection.client.meta.config.user_agent,
            **({"x-amz-expected-bucket-owner": owner} if owner else {}),
        },
        params=dict(params),
        stream_output="Range" in headers,  # a server can give more than it was asked for
    )
    try:
        if region is not None and not as_anybody:
            S3SigV4Auth(connection.credentials, "s3", region).add_auth(request)
        return connection.client._endpoint.http_session.send(request.prepare())  # noqa: SLF001
    except BotoCoreError:
        return None


def version_of(version_id: str | None) -> dict[str, str]:
    """Name a version in the query of a request; the latest where there is no name."""
    return {} if version_id is None else {"versionId": version_id}


def _brings_bytes(answer: Any) -> bool:
    """Tell whether the bytes are the object's as they are, and how many is known."""
    said = answer.headers
    return "content-length" in said and "content-encoding" not in said


@cache
def _parser() -> Any:
    from botocore.parsers import ResponseParserFactory

    factory = ResponseParserFactory()
    # dateutil, which takes any form, takes as long as all else that is parsed.
    factory.set_parser_defaults(timestamp_parser=_time)
    return factory.create_parser("rest-xml")


def _time(text: str) -> datetime:
    from botocore.utils import parse_timestamp

    try:
        return parsedate_to_datetime(text)
    except ValueError:
        found: datetime = parse_timestamp(text)
        return found
