"""The way to a bucket: credentials, the bucket's own region, errors put into words, and calls.

boto3's ``standard`` mode repeats what failed on the way and what the server answers with 5xx or
`SlowDown`, each time after a longer, random pause. Left to do here: 429 under any other name, which
only newer versions of boto3 repeat, credentials that expired while a large file was on its way, and
conflicts.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from brainscore_data.base.errors import UsageError
from brainscore_data.base.hints import Hint, Words
from brainscore_data.base.in_flight import MOST
from brainscore_data.base.retry import Result, growing, repeated
from brainscore_data.store.interface import StoreUnavailableError
from brainscore_data.store.options import AddressingStyle
from brainscore_data.store.s3.client_events import ATTEMPTS, Route, look_after, name_owner, note_way
from brainscore_data.store.s3.errors import (
    NOBODY,
    Attempt,
    ConflictError,
    headers_of,
    no_credentials,
    refused,
    says_expired,
    status_of,
    unanswered,
    wrong_region,
)

_REGION = Words("--region", workflow="the input `aws-region`")

# Only where the first question is sent; every region knows where a bucket is.
_ANY_REGION = "us-east-1"
# Clients may be shared by threads, sessions may not be asked by two for a client:
# https://docs.aws.amazon.com/boto3/latest/guide/session.html#multithreading-or-multiprocessing-with-sessions
_ASKING_SESSION = Lock()


@dataclass(frozen=True)
class S3Connection:
    """boto3's low-level client for one bucket, made when it is first needed."""

    bucket: str
    endpoint_url: str | None = None
    given_region: str | None = None
    profile: str | None = None
    addressing_style: AddressingStyle | None = None
    ca_bundle: str | None = None
    expected_bucket_owner: str | None = None
    timeout: float | None = None
    session: Any = None
    anonymous: bool = False
    #: Whether boto3 may send a request again when it got no answer.
    repeats: bool = True
    #: How requests for the bucket's objects go.
    way: Route = field(default_factory=Route, compare=False)

    def __post_init__(self) -> None:
        owner = self.expected_bucket_owner
        if owner is not None and not re.fullmatch(r"[0-9]{12}", owner, re.ASCII):
            raise UsageError(
                f"{owner!r} is not the number of an AWS account",
                where=f"s3://{self.bucket}",
                hint="it has 12 digits; `aws sts get-caller-identity` shows your own",
            )
        if self.ca_bundle is not None and not Path(self.ca_bundle).exists():
            raise UsageError(
                "there is no such file of certificates",
                where=self.ca_bundle,
                hint="name a file in PEM format, as your network's administrators hand it out",
            )

    @cached_property
    def signed(self) -> bool:
        """Whether there are credentials to sign requests with."""
        if self.anonymous:
            return False
        with self.explained("s3:GetObject"):
            return self._session.get_credentials() is not None

    @property
    def credentials(self) -> Any:
        """The keys that requests are signed with, renewed where it is time."""
        return self._session.get_credentials().get_frozen_credentials()

    @cached_property
    def for_everybody(self) -> S3Connection:
        """The same way, as somebody without credentials goes it."""
        with _ASKING_SESSION:  # one, however many threads read back at once
            return vars(self).get("for_everybody") or self._but(anonymous=True)

    @cached_property
    def asking_once(self) -> S3Connection:
        """The same way for writes that nothing would hold back when they come a second time."""
        return self._but(repeats=False)

    def _but(self, **changes: Any) -> S3Connection:
        """Go another way to the same bucket, with what is known of it by now."""
        address = self.way.found and self.way.found[0]
        way = Route((address, None)) if address and changes.get("anonymous") else Route()
        other = replace(self, **changes, way=way)
        vars(other).update(region=self.region, _session=self._session)
        return other

    @cached_property
    def client(self) -> Any:
        """The client, in the bucket's own region; anonymous where there are no credentials."""
        region = self.region or _ANY_REGION
        with _ASKING_SESSION:
            return vars(self).get("client") or self._client(region)

    @cached_property
    def region(self) -> str | None:
        """The region that the bucket is in; None if its server knows none.

        An answer without a region can be a fault that passes, and receipts name the region. So
        the question is repeated; AWS always has one to tell.
        """
        asked = self.given_region or self._session.region_name or _ANY_REGION
        client = self._client(asked)
        attempt = Attempt("s3:ListBucket", self.bucket)
        with self.explained(attempt.action):
            for _ in range(ATTEMPTS):
                found, refused = self._asked_for_region(client)
                if found:
                    break
        if found and self.given_region and found != self.given_region:
            raise wrong_region(attempt, found, self.given_region)
        told = found or self.given_region
        # Who is refused is told the reason by the next answer that has a body.
        if told is None and not refused and _foreign(client.meta.endpoint_url) is None:
            raise StoreUnavailableError(
                "the server does not say which region the bucket is in",
                where=attempt.url,
                hint=Hint("run it again, or name the region with ", _REGION),
            )
        if (told or _ANY_REGION) == asked:
            vars(self).setdefault("client", client)  # to make one takes a tenth of a second
        return told

    def _asked_for_region(self, client: Any) -> tuple[str | None, bool]:
        """Ask once; says also whether the answer was a refusal."""
        from botocore.exceptions import ClientError

        try:
            headers, refused = headers_of(client.head_bucket(Bucket=self.bucket)), False
        except ClientError as error:
            # Forbidden or redirected, S3 still says where the bucket is. Whether what follows is
            # permitted, it says itself.
            headers, refused = headers_of(error.response), True
            if status_of(error) not in {301, 400, 403}:
                raise
        return headers.get("x-amz-bucket-region"), refused

    @cached_property
    def endpoint(self) -> str | None:
        """The server, where it is not AWS's own."""
        return _foreign(self.client.meta.endpoint_url)

    def need_credentials(self, action: str, key: str | None = None) -> None:
        """Make sure that requests will be signed: nothing is written anonymously."""
        if not self.signed:
            raise no_credentials(Attempt(action, self.bucket, key))

    def renew(self, client: Any) -> None:
        """Give a client up whose credentials have expired, and look for new ones.

        boto3's chain is asked again, so that a login in another window counts. A session that was
        handed over renews its credentials when its clock says so; the server has just said so.
        """
        with _ASKING_SESSION:
            if self.__dict__.get("client") is not client:
                return  # another thread has done it
            if self.session is not None:
                renew_credentials(self.session)
            for name in ("client", "_session"):
                self.__dict__.pop(name, None)

    @contextlib.contextmanager
    def explained(
        self, action: str, key: str | None = None, *, writes: bool = False
    ) -> Iterator[None]:
        """Turn what S3 or the network says into an error that a user can act on."""
        from botocore.exceptions import BotoCoreError, ClientError

        owner = self.expected_bucket_owner
        try:
            yield
        except (ClientError, BotoCoreError) as error:
            attempt = Attempt(action, self.bucket, key, writes, owner, self._is_elsewhere)
            if isinstance(error, BotoCoreError):
                raise unanswered(error, attempt) from error
            raise refused(error, attempt, lambda: self.who) from error

    @property
    def _is_elsewhere(self) -> bool:
        """Whether the server is known to be another than AWS's."""
        client = vars(self).get("client")
        return bool(self.endpoint_url or (client and _foreign(client.meta.endpoint_url)))

    @cached_property
    def _session(self) -> Any:
        import boto3

        with self.explained("s3:GetObject"):
            return self.session or boto3.Session(profile_name=self.profile)

    def _client(self, region: str) -> Any:
        from botocore import UNSIGNED
        from botocore.config import Config

        # Servers that are not AWS rarely have a host name for each bucket.
        style = self.addressing_style or ("path" if self.endpoint_url else "auto")
        patience: dict[str, Any] = {"connect_timeout": 10, "retries": {"mode": "standard"}}
        if self.timeout is not None:
            patience = {
                "connect_timeout": self.timeout,
                "read_timeout": self.timeout,
                "retries": {"mode": "standard", "total_max_attempts": 2},
            }
        if not self.repeats:
            patience["retries"] = {"mode": "standard", "total_max_attempts": 1}
        config = Config(
            **patience,
            max_pool_connections=MOST,
            s3={"addressing_style": style},
            signature_version=None if self.signed else UNSIGNED,
            # Every write here names its own checksum. What boto3 would add of itself, CRC32 in a
            # trailer, older servers refuse: https://github.com/boto/boto3/issues/4398
            request_checksum_calculation="when_required",
        )
        try:
            client = self._session.client(
                "s3",
                region_name=region,
                endpoint_url=self.endpoint_url,
                verify=self.ca_bundle,
                config=config,
            )
        except ValueError as error:  # botocore's answer to an endpoint that is not a URL
            raise UsageError(
                str(error), hint="the form of an endpoint is https://host or https://host:port"
            ) from error
        if self.expected_bucket_owner is not None:
            name_owner(client, self.expected_bucket_owner)
        note_way(client, self.bucket, self.way)
        look_after(client)
        return client

    def client_of(self, service: str) -> Any:
        """Make a client of another service of the same server, for the same caller."""
        from botocore.config import Config

        return self._session.client(
            service,
            region_name=self.region or _ANY_REGION,
            endpoint_url=self.endpoint_url,
            verify=self.ca_bundle,
            config=Config(connect_timeout=10, retries={"mode": "standard"}),
        )

    @cached_property
    def who(self) -> str:
        """The caller, as far as that can be found out: on AWS the ARN of the user or role."""
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError

        if not self.signed:
            return NOBODY
        if self.endpoint_url is None:
            config = Config(connect_timeout=5, read_timeout=5, retries={"total_max_attempts": 1})
            region = self._session.region_name or _ANY_REGION
            with contextlib.suppress(BotoCoreError, ClientError):
                sts = self._session.client(
                    "sts", region_name=region, verify=self.ca_bundle, config=config
                )
                return str(sts.get_caller_identity()["Arn"])
        return f"the owner of the access key …{self._session.get_credentials().access_key[-4:]}"


def _foreign(url: str) -> str | None:
    """Give the address of a server that is not AWS's own; None of one that is."""
    host = urlsplit(url).hostname or ""
    return None if host.endswith((".amazonaws.com", ".amazonaws.com.cn")) else url


def renew_credentials(session: Any) -> None:
    """Renew a session's credentials ahead of their time, if they can be renewed at all.

    botocore has no public call for it; this is what it does itself when they are due.
    """
    from botocore.credentials import RefreshableCredentials

    found = session.get_credentials()
    if isinstance(found, RefreshableCredentials):
        with found._refresh_lock:  # noqa: SLF001
            found._protected_refresh(is_mandatory=True)  # noqa: SLF001


CALL_ATTEMPTS = 4


@dataclass(frozen=True)
class Calls:
    """Makes calls about one object, or about the bucket."""

    connection: S3Connection
    #: The object's key, with the store's prefix.
    name: str

    @property
    def where(self) -> dict[str, Any]:
        """Bucket and key, as every call names them."""
        return {"Bucket": self.connection.bucket, "Key": self.name}

    @property
    def url(self) -> str:
        """The object's place, as the user writes it."""
        return f"s3://{self.connection.bucket}/{self.name}"

    def patiently(
        self, action: str, call: Callable[[Any], Result], *, writes: bool = True
    ) -> Result:
        """Make a call with a client; errors come in the program's words, a ClientError as cause."""
        with self.connection.explained(action, self.name, writes=writes):
            return self.repeated(call)

    def repeated(self, call: Callable[[Any], Result]) -> Result:
        """Make a call with a client, patiently; errors come as boto3 words them."""
        from botocore.exceptions import ClientError

        client: Any = None
        renewed = False

        def act() -> Result:
            nonlocal client
            client = self.connection.client
            return call(client)

        def pause(error: ClientError, attempt: int) -> float | None:
            nonlocal renewed
            if says_expired(error) and not renewed:
                renewed = True
                self.connection.renew(client)
                return 0.0
            again = status_of(error) in self._repeated_here and attempt < CALL_ATTEMPTS
            return growing(attempt) if again else None

        return repeated(act, ClientError, pause)

    @property
    def _repeated_here(self) -> set[int]:
        """Refusals after which nothing was done, and that boto3 does not repeat by itself."""
        return {429} if self.connection.repeats else {429, 503}

    def lost(self, message: str) -> StoreUnavailableError:
        """Say that nobody knows who wrote the key."""
        return StoreUnavailableError(
            message, where=self.url, hint="run it again: it looks at what is there"
        )


def starting_over(write: Callable[[], Result]) -> Result:
    """Write; and again from the start, as S3 advises, when another write was in the way."""
    return repeated(
        write,
        ConflictError,
        lambda _, attempt: growing(attempt) if attempt < CALL_ATTEMPTS else None,
    )


def was_repeated(error: Any) -> bool:
    """Tell whether boto3 had sent the request before, so that the first may have succeeded."""
    return bool(error.response.get("ResponseMetadata", {}).get("RetryAttempts"))
