"""AWS credentials without a stored key: a role, assumed with GitHub's id token.

botocore fetches and refreshes the credentials; each refresh mints a token of its own, because a
token lives for minutes and an upload may take hours [1]_.

.. [1] https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.retry import growing, repeated
from brainscore_data.github.id_tokens import TokenSource, payload_of, shown

_METHOD = "github-oidc"
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
# Ceph's have a tenant in place of an account, or nothing: https://docs.ceph.com/en/latest/radosgw/role/
_ROLE_ELSEWHERE = re.compile(r"arn:aws[a-z-]*:iam::\w*:role/[\w+=,.@/-]+", re.ASCII)
# RoleSessionName: 2 to 64 of these characters.
_NOT_IN_SESSION_NAMES = re.compile(r"[^\w+=,.@-]", re.ASCII)
_SHORTEST, _LONGEST = 900, 43200
# What passes by itself. "Couldn't retrieve verification key" is AWS asking GitHub for its keys.
_PASSING = frozenset(
    {"IDPCommunicationError", "InternalFailure", "ServiceUnavailable", "Throttling"}
)
_ATTEMPTS = 6


@dataclass(frozen=True)
class Role:
    """Which role is assumed, and how."""

    arn: str
    session_name: str  # what AWS's logs call the run
    seconds: int = 3600
    region: str = "us-east-1"
    sts_endpoint_url: str | None = None

    def __post_init__(self) -> None:
        form = _ROLE if self.sts_endpoint_url is None else _ROLE_ELSEWHERE
        if not form.fullmatch(self.arn):
            raise UsageError(
                f"{self.arn!r} is not the name of a role",
                where="role-to-assume",
                hint="its form is arn:aws:iam::123456789012:role/brainscore-data; where the input "
                "`sts-endpoint-url` names a server that is not AWS, arn:aws:iam:::role/NAME or "
                "arn:aws:iam::TENANT:role/NAME",
            )
        if not _SHORTEST <= self.seconds <= _LONGEST:
            raise UsageError(
                f"{self.seconds} seconds cannot be: AWS allows {_SHORTEST} to {_LONGEST}",
                where="role-duration-seconds",
                hint="leave it out for an hour; credentials are renewed during longer uploads",
            )

    @property
    def server(self) -> str:
        """Who gives the credentials."""
        return self.sts_endpoint_url or "AWS"


def session_name(run_id: str, attempt: str) -> str:
    """Name a session after the workflow run, so that AWS's logs lead back to it.

    >>> session_name("123456", "2")
    'brainscore-data-123456-2'
    """
    return _NOT_IN_SESSION_NAMES.sub("-", f"brainscore-data-{run_id}-{attempt}")[:64]


def session_with_role(
    role: Role,
    tokens: TokenSource,
    *,
    sleep: Callable[[float], object] = time.sleep,
    now: Callable[[], Any] | None = None,
) -> Any:
    """Make a boto3 session whose credentials are the role's, renewed as long as it is used."""
    import boto3
    import botocore.session
    from botocore.credentials import (
        AssumeRoleWithWebIdentityCredentialFetcher,
        DeferredRefreshableCredentials,
    )

    # It logs a failed renewal with a traceback, and raises the same error, which is explained.
    logging.getLogger("botocore.credentials").addHandler(logging.NullHandler())
    session = botocore.session.get_session()
    last = _LastToken(tokens)
    fetcher = AssumeRoleWithWebIdentityCredentialFetcher(
        client_creator=partial(_impatient_client, session, role),
        web_identity_token_loader=last.mint,
        role_arn=role.arn,
        extra_args={"RoleSessionName": role.session_name, "DurationSeconds": role.seconds},
        cache=_Forgetful(),
    )
    refresh = partial(_fetched, fetcher.fetch_credentials, role, last, sleep, tokens.mask)
    clock = {} if now is None else {"time_fetcher": now}
    credentials = DeferredRefreshableCredentials(refresh, _METHOD, **clock)
    resolver = session.get_component("credential_provider")
    resolver.providers.insert(0, _Provider(credentials))
    return boto3.Session(botocore_session=session, region_name=role.region)


def _impatient_client(session: Any, role: Role, service: str, config: Any) -> Any:
    """Make a client that asks once: a repetition needs another token, so it is made here."""
    from botocore.config import Config

    once = Config(retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=30)
    return session.create_client(
        service,
        region_name=role.region,
        endpoint_url=role.sts_endpoint_url,
        config=config.merge(once),
    )


class _Forgetful(dict[str, Any]):
    """The fetcher's cache, left empty: when S3 says that credentials have expired, they have.

    The fetcher would give out once more what by its own clock still is valid.
    """

    def __setitem__(self, key: str, value: Any) -> None:
        pass


@dataclass
class _Provider:
    """First in botocore's chain: nothing else that lies around is used by mistake."""

    credentials: Any
    METHOD: str = _METHOD
    CANONICAL_NAME: str | None = None

    def load(self) -> Any:
        return self.credentials


@dataclass
class _LastToken:
    """Remembers what the last token said, for the message when it is refused."""

    tokens: TokenSource
    claims: dict[str, Any] = field(default_factory=dict)
    expires: float | None = None  # seconds since 1970

    def mint(self) -> str:
        token = self.tokens.mint()
        said = payload_of(token)
        self.claims = shown(said)
        self.expires = said["exp"] if isinstance(said.get("exp"), int | float) else None
        return token


def _fetched(
    fetch: Callable[[], dict[str, Any]],
    role: Role,
    last: _LastToken,
    sleep: Callable[[float], object],
    mask: Callable[[str], object],
) -> dict[str, Any]:
    """Fetch credentials, each attempt with a token of its own; refusals are explained."""
    from botocore.exceptions import BotoCoreError, ClientError

    def pause(error: Exception, attempt: int) -> float:
        if isinstance(error, ClientError):
            if attempt == _ATTEMPTS or not _passes(error):
                raise _explained(error, role, last) from None
        elif attempt == _ATTEMPTS:
            raise UsageError(
                f"{role.server} could not be asked for credentials: {error}",
                where=role.arn,
                hint="run the job again",
            ) from None
        return growing(attempt)

    credentials = repeated(fetch, (ClientError, BotoCoreError), pause, sleep)
    for name in ("secret_key", "token"):
        mask(str(credentials[name]))
    return credentials


def _passes(error: Any) -> bool:
    code = error.response.get("Error", {}).get("Code", "")
    message = str(error.response.get("Error", {}).get("Message", "")).lower()
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return code in _PASSING or status >= 500 or "retrieve verification key" in message


def _explained(error: Any, role: Role, last: _LastToken) -> BrainScoreDataError:
    code = error.response.get("Error", {}).get("Code", "")
    message = str(error.response.get("Error", {}).get("Message") or "")
    claims, asked = last.claims, last.tokens.audience
    if "DurationSeconds" in message:
        return UsageError(
            f"the role allows sessions of less than {role.seconds} seconds",
            where=role.arn,
            hint="lower role-duration-seconds, or raise the role's maximum session duration; "
            "credentials are renewed during longer uploads anyway",
        )
    if "audience" in message.lower() or claims.get("aud", asked) != asked:
        given = claims.get("aud", asked)
        beside = "as was asked for" if given == asked else f"and {asked!r} was asked for"
        return UsageError(
            f"{role.server} does not accept the audience of GitHub's id token: it is {given!r}, "
            f"{beside}",
            where=role.arn,
            hint=f"the identity provider there has to list {asked!r}; or name in the input "
            "`oidc-audience` one that it lists",
        )
    if code == "InvalidIdentityToken" and "provider" in message.lower():
        return UsageError(
            f"{role.server} does not know GitHub in this account: {message}",
            where=role.arn,
            hint="its admin adds the identity provider "
            "https://token.actions.githubusercontent.com with the audience sts.amazonaws.com "
            "(docs/github.md shows how)",
        )
    if code == "ExpiredTokenException" or _had_expired(error, last.expires):
        until = "" if last.expires is None else f" on {_date(last.expires)}"
        return UsageError(
            f"GitHub's id token has expired{until}, by the clock of {role.server} or of this runner",
            where=role.arn,
            hint="one of the clocks may be wrong: correct it and run the job again",
        )
    said = "\n".join(f"    {name}: {claims[name]}" for name in claims) or "    nothing readable"
    reason = ": ".join(filter(None, [code, message]))
    return UsageError(
        f"{role.server} does not let this job assume the role"
        + (f" ({reason})" if reason else "")
        + f". The job says of itself:\n{said}",
        where=role.arn,
        hint=_trust_hint(claims),
    )


def _had_expired(error: Any, expires: float | None) -> bool:
    """Compare a token's end with the server's clock and ours: Ceph says of it that access is denied."""
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    theirs = parsedate_to_datetime(headers["date"]).timestamp() if headers.get("date") else 0.0
    return expires is not None and expires < max(theirs, time.time())


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%d %B %Y at %H:%M:%S UTC")


def _trust_hint(claims: dict[str, Any]) -> str:
    """Say what a trust policy usually demands, beside what this job has."""
    subject = str(claims.get("sub", "repo:OWNER/REPO:environment:data"))
    lines = [
        "the role's trust policy has to allow that. Usual are:",
        f'    "token.actions.githubusercontent.com:aud": "{claims.get("aud", "sts.amazonaws.com")}"',
        f'    "token.actions.githubusercontent.com:sub": "{subject}"',
    ]
    if ":pull_request" in subject:
        lines.append("  this run belongs to a pull request: those should not be allowed to publish")
    elif ":environment:" not in subject:
        lines.append(
            "  it names no environment: give the job `environment: data` if the policy asks for one"
        )
    has_ids = "@" in subject.partition(":")[2].partition(":")[0]
    other = "repo:OWNER/REPO:…" if has_ids else "repo:OWNER@ID/REPO@ID:…"
    lines.append(
        f"  repositories made or renamed after July 2026 have numbers in `sub`, older ones have "
        f"not: look whether the policy has the form {other} instead"
    )
    return "\n".join(lines)
