"""What is said with every request of a client, so that no call can forget it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from brainscore_data.base.retry import growing
from brainscore_data.store.s3.errors import no_s3_server

#: In the answer to a listing of versions: ``Version`` or ``DeleteMarker``, for each in its order.
LISTED_AS = "ListedAs"
_ASKS_FOR_CHECKSUM = "x-amz-checksum-mode"
_OF_OBJECTS = {"CreateMultipartUpload", "GetObject", "HeadObject", "PutObject"}
# https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
_SIGNATURE = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[^,]*/[0-9]{8}/(?P<region>[^/,]+)/s3/aws4_request,"
)
#: How often a question is sent whose answer makes no sense.
ATTEMPTS = 3
# As AWS's SDK for Kotlin has it:
# https://docs.aws.amazon.com/sdk-for-kotlin/api/latest/s3/aws.sdk.kotlin.services.s3/-s3-client/-config/-builder/continue-header-threshold-bytes.html
_AT_ONCE_BYTES = 2 * 2**20


def look_after(client: Any) -> None:
    """Do with every request of a client what is right for every bucket."""
    forgo_refused_checksums(client)
    send_at_once_what_is_small(client)
    repeat_all_that_was_lost(client)
    distrust_empty_answers(client)
    keep_order_of_versions(client)
    refuse_web_pages(client)


def name_owner(client: Any, account: str) -> None:
    """Send the account that must own the bucket with every request that can carry it."""

    def add(params: dict[str, Any], model: Any, **_: Any) -> None:
        if "ExpectedBucketOwner" in model.input_shape.members:
            params.setdefault("ExpectedBucketOwner", account)

    client.meta.events.register("before-parameter-build.s3", add)


@dataclass
class Route:
    """How requests for a bucket's objects go, as one of boto3's went."""

    #: Where the objects are, and the region that requests are signed for, or None if they are not.
    found: tuple[str, str | None] | None = None
    #: What the server did not understand otherwise than from boto3.
    refused: set[str] = field(default_factory=set)


def note_way(client: Any, bucket: str, way: Route) -> None:
    """Take note of where a bucket's objects are, and how requests are signed, from one for an object.

    Not where they are signed in another way than AWS's fourth: then all are left to boto3.
    """

    def look(request: Any, event_name: str, **_: Any) -> None:
        if way.found is not None or event_name.rpartition(".")[2] not in _OF_OBJECTS:
            return
        signature = request.headers.get("Authorization")
        if isinstance(signature, bytes):
            signature = signature.decode()
        signed = _SIGNATURE.match(signature or "")
        if signature and (signed is None or "x-amz-s3session-token" in request.headers):
            return
        address, endpoint = urlsplit(request.url), urlsplit(client.meta.endpoint_url)
        server = f"{address.scheme}://{address.netloc}{endpoint.path.rstrip('/')}/"
        # A server can be named like the bucket, and its path, too.
        in_host = address.netloc != endpoint.netloc and address.netloc.startswith(f"{bucket}.")
        way.found = (
            server if in_host else f"{server}{bucket}/",
            signed["region"] if signed else None,
        )

    client.meta.events.register_last("before-send", look)


def forgo_refused_checksums(client: Any) -> None:
    """Read without the stored checksums from a server that refuses to be asked for them.

    Backblaze B2 answers a request that asks with 400, ``Unsupported header
    'x-amz-checksum-mode'`` [1]_. It is sent once more without, and so are all that follow.

    .. [1] https://github.com/vatesfr/xen-orchestra/issues/8358
    """
    refused = False
    asked_again = "brainscore_data_asked_again"

    def leave_out(params: dict[str, Any], **_: Any) -> None:
        if refused:
            params["headers"].pop(_ASKS_FOR_CHECKSUM, None)

    def ask_again(response: Any, request_dict: dict[str, Any], **_: Any) -> int | None:
        nonlocal refused
        if response is None or response[0].status_code not in {400, 501}:
            return None
        if _ASKS_FOR_CHECKSUM not in request_dict["headers"]:
            return None
        # The answer to a HEAD does not say what was wrong: that is remembered only if it is told.
        message = str(response[1].get("Error", {}).get("Message", ""))
        refused = refused or _ASKS_FOR_CHECKSUM in message
        # It can be something that passes, and then the checksum must not be missing for it.
        context = request_dict["context"]
        if refused or context.get(asked_again):
            request_dict["headers"].pop(_ASKS_FOR_CHECKSUM)
        context[asked_again] = True
        return 0

    client.meta.events.register("before-call.s3", leave_out)
    client.meta.events.register_first("needs-retry.s3", ask_again)


def send_at_once_what_is_small(client: Any) -> None:
    """Send a small body without asking first whether it may be sent (``Expect: 100-continue``).

    botocore asks for each that can be read like a file, and makes such a one of bytes. To wait for
    the answer takes as long as to send so little. But a server that refuses it without reading it
    can close the connection, and what it said is lost with that: where no answer came, it is asked.
    """
    left_out = "brainscore_data_left_out"

    def look(params: dict[str, Any], **_: Any) -> None:
        from botocore.utils import determine_content_length

        if "Expect" in params["headers"]:
            size = determine_content_length(params["body"])
            if size is not None and size <= _AT_ONCE_BYTES:
                params["context"][left_out] = params["headers"].pop("Expect")

    def ask_first(response: Any, request_dict: dict[str, Any], **_: Any) -> None:
        if response is None and left_out in request_dict["context"]:
            request_dict["headers"]["Expect"] = request_dict["context"][left_out]

    client.meta.events.register_last("before-call.s3", look)
    client.meta.events.register("needs-retry.s3", ask_first)


def repeat_all_that_was_lost(client: Any) -> None:
    """Send again what failed on its way, however many requests did at once.

    botocore stops after 35 or so that have not been answered in the meantime. A line that breaks for
    a moment loses all that are on their way, and these are more.
    """
    most = client.meta.config.retries.get("total_max_attempts", ATTEMPTS)

    def ask_again(
        response: Any, caught_exception: Exception | None, attempts: int, **_: Any
    ) -> float | None:
        from botocore import exceptions

        if response is None:
            lost = exceptions.ConnectionError, exceptions.HTTPClientError
            given_up = isinstance(caught_exception, lost)
        else:
            given_up = response[1].get("ResponseMetadata", {}).get("RetryQuotaReached", False)
        return growing(attempts) if given_up and attempts < most else None

    client.meta.events.register_last("needs-retry.s3", ask_again)  # after botocore's own


def distrust_empty_answers(client: Any) -> None:
    """Take the answer to a HEAD of an object for a fault if it has no ETag.

    S3 can answer an error with status 200 [1]_. botocore finds it in the body, and the answer to
    a HEAD has none: an object without version, checksum and metadata would be all that is seen.

    .. [1] https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
    """

    def look(response_dict: dict[str, Any], **_: Any) -> None:
        if response_dict["status_code"] == 200 and not response_dict["headers"].get("etag"):
            response_dict["status_code"] = 500

    def ask_again(response: Any, attempts: int, **_: Any) -> int | None:
        if response is None or response[0].status_code != 200 or attempts >= ATTEMPTS:
            return None
        return 0 if response[1]["ResponseMetadata"]["HTTPStatusCode"] == 500 else None

    client.meta.events.register("before-parse.s3.HeadObject", look)
    client.meta.events.register_first("needs-retry.s3.HeadObject", ask_again)


def keep_order_of_versions(client: Any) -> None:
    """Have a listing of versions say in which order it has these and delete markers.

    S3 lists both together [1]_; botocore parts them.

    .. [1] https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
    """

    def look(
        response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
    ) -> None:
        kinds = re.findall(rb"<(Version|DeleteMarker)>", response_dict["body"])
        customized_response_dict[LISTED_AS] = [kind.decode() for kind in kinds]

    client.meta.events.register("before-parse.s3.ListObjectVersions", look)


def refuse_web_pages(client: Any) -> None:
    """End with words when a server answers 200 with a web page: it is the wrong one.

    botocore fails to parse some of them, and takes others for a success. What S3 says of an object
    has an ETag, whatever the object is.
    """

    def look(response: Any, operation: Any, **_: Any) -> None:
        answer = None if response is None else response[0]
        # The status as it came: botocore has made 500 of it where it cannot read the body.
        if answer is None or answer.raw.status != 200 or answer.headers.get("etag"):
            return
        if operation.name in {"HeadObject", "GetObject"}:  # their bodies are not read here
            is_page = str(answer.headers.get("content-type", "")).startswith("text/html")
        else:
            start = answer.content.lstrip()[:20].lower()
            is_page = start.startswith((b"<!doctype html", b"<html"))
        if is_page:
            raise no_s3_server(client.meta.endpoint_url)

    client.meta.events.register_first("needs-retry.s3.*", look)
