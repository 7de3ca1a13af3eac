"""What S3 and the way to it answer, in words for somebody who does not know S3."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.base.hints import Hint, Words
from brainscore_data.store.interface import (
    NotPermittedError,
    ReadOnlyStoreError,
    StoreUnavailableError,
)

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError, SSLError

_LOG_IN = Words(
    "run `aws sso login`, with --profile if you use one",
    workflow="give the input `role-to-assume`",
)

NOBODY = "a caller without credentials"
# Codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_SKEWED = "RequestTimeTooSkewed"
_CREDENTIALS = {
    "InvalidAccessKeyId": "this server does not know the access key",
    "SignatureDoesNotMatch": "the secret key does not fit the access key",
    "AuthFailure": "the access key or the secret key is wrong",
    "InvalidClientTokenId": "this server does not know the access key",
    "ExpiredToken": "the credentials have expired",
    "InvalidToken": "the session token is not valid",
    "TokenRefreshRequired": "the credentials have expired",
    "ExpiredTokenException": "the credentials have expired",
    _SKEWED: "this computer's clock is wrong, so the server refuses its signatures",
}
_CHANGED = {"BadDigest", "XAmzContentSHA256Mismatch", "InvalidDigest", "IncompleteBody"}
# Ceph's, and MinIO's: https://github.com/minio/minio/blob/master/cmd/api-errors.go
_FULL = ("QuotaExceeded", "StorageFull")
_BUSY = {"SlowDown", "RequestTimeout"}
_CONFLICT = {"OperationAborted", "ConditionalRequestConflict"}
# Somebody else ended a multipart upload, or continued it with parts of other ETags.
_ENDED = {"NoSuchUpload", "InvalidPart"}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"}
_ELSEWHERE = {
    "PermanentRedirect",
    "TemporaryRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
}
CREDENTIALS_HINT = (
    "log in or configure credentials as boto3 expects them: environment variables, "
    "`aws configure`, `aws sso login`, or a profile; docs/aws.md has the steps"
)


class NoSuchBucketError(UsageError):
    """There is no bucket of that name on that server."""


class UnsupportedError(UsageError):
    """The server does not know what it was asked for, which AWS does."""


class ConflictError(StoreUnavailableError):
    """Another write of the same key was under way, and this one was not done."""


@dataclass(frozen=True)
class Attempt:
    """What was asked of S3."""

    #: As IAM policies name it, e.g. ``s3:PutObject``.
    action: str
    bucket: str
    #: With the store's prefix; None where the bucket itself was asked for.
    key: str | None = None
    writes: bool = False
    #: The account that the bucket was said to belong to.
    owner: str | None = None
    #: Whether the server is another than AWS's.
    elsewhere: bool = False

    @property
    def url(self) -> str:
        """The place, as the user writes it."""
        return f"s3://{self.bucket}/{self.key}" if self.key else f"s3://{self.bucket}"

    @property
    def resource(self) -> str:
        """The place, as IAM policies name it."""
        arn = f"arn:aws:s3:::{self.bucket}"
        return f"{arn}/{self.key}" if self.key else arn


def status_of(error: ClientError) -> int:
    """Read the HTTP status off an error."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def code_of(error: ClientError) -> str:
    """Read S3's code off an error, e.g. ``NoSuchKey``."""
    return str(error.response.get("Error", {}).get("Code", ""))


def says_expired(error: ClientError) -> bool:
    """Tell whether the credentials were good until a moment ago."""
    return code_of(error) in _EXPIRED


def says_nothing_of_request(error: ClientError) -> bool:
    """Tell whether another request, or this one a minute later, might be answered alike."""
    return code_of(error) in _BUSY or code_of(error) in _CREDENTIALS


def headers_of(response: dict[str, Any]) -> dict[str, str]:
    """Read the headers off a response or an error; their names are in lower case."""
    headers: dict[str, str] = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return headers


def says_condition_failed(error: ClientError) -> bool:
    """Tell whether a write was held back because the key was not as its condition wants it."""
    # An If-Match on a key that has no object answers 404.
    absent = status_of(error) == 404 and code_of(error) not in {"NoSuchBucket", "NoSuchUpload"}
    return status_of(error) == 412 or absent


def refused(  # noqa: PLR0911 - one for each thing that can be wrong
    error: ClientError, attempt: Attempt, who: Callable[[], str]
) -> BrainScoreDataError:
    """Explain an answer of S3 that is an error."""
    details = error.response.get("Error", {})
    code, status = str(details.get("Code", "")), status_of(error)
    if code == "NoSuchBucket" or (status == 404 and attempt.key is None):
        return NoSuchBucketError(
            f"there is no bucket {attempt.bucket!r}",
            where=attempt.url,
            hint="check the spelling of the store's URL, and the endpoint",
        )
    region = headers_of(error.response).get("x-amz-bucket-region") or details.get("Region")
    if code in _ELSEWHERE or status == 301:
        return wrong_region(attempt, region)
    if code.endswith(_FULL) or status == 507:
        return UsageError(
            f"there is no room left for it, or a quota is used up ({code or status}); nothing was stored",
            where=attempt.url,
            hint="ask the store's owner for more room, then run it again: it continues from here",
        )
    if code in _CREDENTIALS or status in {401, 403}:
        return _not_permitted(error, attempt, who)
    if code == "NotImplemented" or status == 501:
        return UnsupportedError(
            f"this server does not support what {attempt.action} needs: "
            f"{details.get('Message') or code}",
            where=attempt.url,
            hint="`brainscore-data store check` shows what the server can do",
        )
    if code in _CHANGED or "x-amz-checksum" in str(details.get("Message", "")):
        return DataError(
            "the bytes that arrived are not those that were announced; nothing was stored",
            where=attempt.url,
            hint="if the file is still being written, let that finish; then run it again",
        )
    if told_later := _to_be_repeated(code, status, attempt):
        return told_later
    said = [attempt.action + " failed", code, details.get("Message") or f"HTTP status {status}"]
    return UsageError(": ".join(filter(None, said)), where=attempt.url)


def _to_be_repeated(code: str, status: int, attempt: Attempt) -> StoreUnavailableError | None:
    """Explain an answer that another day may be another; None if it is not such a one."""
    if code in _CONFLICT:
        return ConflictError(
            f"another write of the same key was in the way each time ({code})",
            where=attempt.url,
            hint="wait until the other publication is done, then run it again",
        )
    if code in _ENDED:
        return StoreUnavailableError(
            f"another run has ended the upload that this one was sending ({code})",
            where=attempt.url,
            hint="run it again: it looks at what is there",
        )
    # 501 is a server that will never do it.
    if (status >= 500 and status != 501) or status == 429 or code in _BUSY:
        return StoreUnavailableError(
            f"the server is busy or out of order ({code or status})",
            where=attempt.url,
            hint="wait a little, then run it again",
        )
    return None


def wrong_region(attempt: Attempt, right: str | None, given: str | None = None) -> UsageError:
    """Say which region a bucket is in."""
    found = f"is in the region {right}" if right else "is in another region"
    return UsageError(
        f"the bucket {attempt.bucket!r} {found}" + (f", not in {given}" if given else ""),
        where=attempt.url,
        hint=f"give {right} as the region, or none: the program looks it up" if right else None,
    )


def _not_permitted(error: ClientError, attempt: Attempt, who: Callable[[], str]) -> UsageError:
    details = error.response.get("Error", {})
    code = str(details.get("Code"))
    if wrong := _CREDENTIALS.get(code):
        hint = _clock_hint(error) if code == _SKEWED else CREDENTIALS_HINT
        return UsageError(wrong, where=attempt.url, hint=hint)
    message = str(details.get("Message") or "")
    first = ""
    if "is not authorized to perform" not in message:  # AWS says all that itself where it may
        caller = who()
        message = f"{caller} may not {attempt.action} on {attempt.resource}"
        if caller == NOBODY:
            first = (
                "use the credentials of somebody who may (`aws sso login`, `aws configure`), or "
            )
        elif attempt.elsewhere:
            # Some servers say so of a wrong key, too.
            message += ", or the key may be wrong: not every server tells one from the other"
            first = "check the access key, its secret and the session token, which expires; or "
    owned = ""
    if attempt.owner:
        # The same answer whether a permission is missing or the bucket is another account's:
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
        owned = f"make sure that the bucket belongs to account {attempt.owner}; then "
    if attempt.writes:
        return ReadOnlyStoreError(
            message,
            where=attempt.url,
            hint=f"{owned}{first}ask the bucket's owner for that permission, or use other "
            "credentials",
        )
    # S3 answers 403 for a key that does not exist to those who may not list the bucket.
    return NotPermittedError(
        message,
        where=attempt.url,
        hint=f"{owned}{first}ask the bucket's owner for that permission, and for s3:ListBucket: "
        "without it, what is not there looks forbidden too",
    )


def _clock_hint(error: ClientError) -> str:
    theirs = headers_of(error.response).get("date")
    return "set this computer's clock" + (f": the server's clock says {theirs}" if theirs else "")


def no_s3_server(endpoint: str) -> UsageError:
    """Say that what answers is a web page."""
    return UsageError(
        "this is not an S3 server: it answers with a web page",
        where=endpoint,
        hint="check the endpoint: S3 often has another host or port than the pages about it; or log "
        "in to your network, if that shows such a page first",
    )


def unanswered(error: BotoCoreError, attempt: Attempt) -> BrainScoreDataError:
    """Explain an error on the way to S3, or before anything was sent."""
    from botocore import exceptions

    reason = str(error)
    if isinstance(error, exceptions.SSLError) and _was_cut(error):
        reason = "the connection was cut"
    elif isinstance(error, exceptions.SSLError):
        return UsageError(
            f"the connection to the server is not trusted: {reason}",
            where=attempt.url,
            hint=Hint(
                "check the endpoint; or name the file with your network's certificates ",
                Words("with --ca-bundle", workflow="in the input `ca-bundle`"),
                ", or in the variable AWS_CA_BUNDLE",
            ),
        )
    lost = (
        exceptions.ConnectionError,
        exceptions.HTTPClientError,
        exceptions.IncompleteReadError,
        exceptions.FlexibleChecksumError,
        exceptions.ResponseStreamingError,
    )
    if isinstance(error, lost):
        return StoreUnavailableError(
            f"no whole answer from the server: {reason}",
            where=attempt.url,
            hint="check the network and the endpoint, then run it again",
        )
    if isinstance(error, exceptions.NoCredentialsError):
        return no_credentials(attempt)
    if isinstance(error, exceptions.SSOError | exceptions.TokenRetrievalError):
        return UsageError(
            f"you are not logged in: {reason}",
            where=attempt.url,
            hint=Hint(_LOG_IN),
        )
    return UsageError(reason, where=attempt.url, hint="check the AWS settings on this computer")


def _was_cut(error: SSLError) -> bool:
    """Tell whether the server closed the connection, rather than that it is not trusted."""
    return isinstance(error.kwargs["error"].args[0], ssl.SSLEOFError)


def no_credentials(attempt: Attempt) -> UsageError:
    """Say that writing needs credentials and there are none."""
    return UsageError(
        "there are no AWS credentials on this computer",
        where=f"s3://{attempt.bucket}",  # and not the key, which may be one of ours
        hint=CREDENTIALS_HINT,
    )
