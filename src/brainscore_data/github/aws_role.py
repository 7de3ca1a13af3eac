"""AWS credentials without a stored key: a role, assumed with GitHub's id token.

A job with ``permissions: id-token: write`` finds an address and a bearer token in its environment,
and gets a signed statement of what it is: which repository, branch, environment and workflow [1]_.
botocore fetches and refreshes the credentials; each refresh mints a token of its own, because a
token lives for minutes and an upload may take hours [2]_. No token is ever written anywhere.

References
----------
.. [1] https://docs.github.com/en/actions/reference/security/oidc
.. [2] https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

from __future__ import annotations

import binascii
import json
import logging
import re
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.retry import growing, repeated

URL_VARIABLE = "ACTIONS_ID_TOKEN_REQUEST_URL"
BEARER_VARIABLE = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
AWS_AUDIENCE = "sts.amazonaws.com"
#: The claims by which a trust policy tells jobs apart; the rest is left out of messages.
SHOWN_CLAIMS = (
    *("sub", "aud", "ref", "environment", "repository", "repository_id"),
    "job_workflow_ref",
)
_PERMISSIONS = (
    "give the job that uploads these lines:\n"
    "    permissions:\n"
    "      id-token: write\n"
    "      contents: read\n"
    "  if it is called from another workflow, the job that calls it needs them too"
)
_SECONDS = 10.0
_TOKEN_ATTEMPTS = 5


def unmasked(_secret: str) -> None:
    """Hide nothing: there is no log to hide it from."""


@dataclass(frozen=True)
class TokenSource:
    """Where the id tokens of this job come from."""

    url: str
    bearer: str
    audience: str = AWS_AUDIENCE
    mask: Callable[[str], object] = unmasked

    def __repr__(self) -> str:
        return f"TokenSource(url={self.url!r}, audience={self.audience!r})"

    def mint(self) -> str:
        """Get a fresh token."""
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3.util import Retry

        self.mask(self.bearer)
        retry = Retry(
            total=_TOKEN_ATTEMPTS,
            status_forcelist=(429, 500, 502, 503, 504),
            backoff_factor=0.5,
            backoff_jitter=0.5,
            raise_on_status=False,
        )
        joined = "&" if "?" in self.url else "?"
        url = f"{self.url}{joined}audience={quote(self.audience, safe='')}"
        with requests.Session() as session:
            session.mount(self.url, HTTPAdapter(max_retries=retry))
            try:
                answer = session.get(
                    url,
                    headers={"Authorization": f"bearer {self.bearer}"},
                    timeout=_SECONDS,
                    allow_redirects=False,
                )
                token = answer.json()["value"] if answer.ok else None
            except (requests.RequestException, ValueError, KeyError, TypeError) as error:
                # Its text could hold the address with the token in it.
                raise _not_minted(type(error).__name__) from None
        if not isinstance(token, str):
            raise _not_minted(f"HTTP status {answer.status_code}")
        self.mask(token)
        return token


def token_source(
    environment: Mapping[str, str],
    *,
    audience: str = AWS_AUDIENCE,
    from_fork: bool = False,
    mask: Callable[[str], object] = unmasked,
) -> TokenSource:
    """Find out where this job's id tokens come from.

    Examples
    --------
    >>> token_source({}, from_fork=True)
    Traceback (most recent call last):
    ...
    brainscore_data.base.errors.UsageError: this run was started by a pull request from a fork, and GitHub gives those no id token
      hint: nothing is wrong with the pull request: a maintainer publishes it, with the workflow `publish-on-approval`, or by merging it
    """
    url, bearer = environment.get(URL_VARIABLE), environment.get(BEARER_VARIABLE)
    if url and bearer:
        return TokenSource(url, bearer, audience, mask)
    if from_fork:
        raise UsageError(
            "this run was started by a pull request from a fork, and GitHub gives those no id "
            "token",
            hint="nothing is wrong with the pull request: a maintainer publishes it, with the "
            "workflow `publish-on-approval`, or by merging it",
        )
    raise UsageError("this job may not ask GitHub for an id token", hint=_PERMISSIONS)


def claims_of(token: str) -> dict[str, Any]:
    """Read what a token says, without checking who signed it: only for messages.

    Examples
    --------
    >>> claims_of("no token")
    {}
    """
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        payload = urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        found = json.loads(payload)
    except (binascii.Error, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: found[name] for name in SHOWN_CLAIMS if name in found}


def _not_minted(reason: str) -> UsageError:
    return UsageError(
        f"GitHub gave no id token ({reason})",
        hint="run the job again; if it stays like this, look at https://www.githubstatus.com and "
        "at the job's permissions",
    )


_METHOD = "github-oidc"
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
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
        if not _ROLE.fullmatch(self.arn):
            raise UsageError(
                f"{self.arn!r} is not the name of a role",
                where="role-to-assume",
                hint="its form is arn:aws:iam::123456789012:role/brainscore-data",
            )
        if not _SHORTEST <= self.seconds <= _LONGEST:
            raise UsageError(
                f"{self.seconds} seconds cannot be: AWS allows {_SHORTEST} to {_LONGEST}",
                where="role-duration-seconds",
                hint="leave it out for an hour; credentials are renewed during longer uploads",
            )


def session_name(run_id: str, attempt: str) -> str:
    """Name a session after the workflow run, so that AWS's logs lead back to it.

    Examples
    --------
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

    def mint(self) -> str:
        token = self.tokens.mint()
        self.claims = claims_of(token)
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
                raise _explained(error, role, last.claims) from None
        elif attempt == _ATTEMPTS:
            raise UsageError(
                f"AWS could not be asked for credentials: {error}",
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


def _explained(error: Any, role: Role, claims: dict[str, Any]) -> BrainScoreDataError:
    code = error.response.get("Error", {}).get("Code", "")
    message = str(error.response.get("Error", {}).get("Message", ""))
    if "DurationSeconds" in message:
        return UsageError(
            f"the role allows sessions of less than {role.seconds} seconds",
            where=role.arn,
            hint="lower role-duration-seconds, or raise the role's maximum session duration; "
            "credentials are renewed during longer uploads anyway",
        )
    if code == "InvalidIdentityToken" and "provider" in message.lower():
        return UsageError(
            f"AWS does not know GitHub in this account: {message}",
            where=role.arn,
            hint="its admin adds the identity provider "
            "https://token.actions.githubusercontent.com with the audience sts.amazonaws.com "
            "(docs/github.md shows how)",
        )
    if code == "ExpiredTokenException":
        return UsageError(
            "AWS says that GitHub's id token is out of date",
            where=role.arn,
            hint="the clock of the runner may be wrong: correct it and run the job again",
        )
    said = "\n".join(f"    {name}: {claims[name]}" for name in claims) or "    nothing readable"
    return UsageError(
        f"AWS does not let this job assume the role ({code}: {message}). The job says of itself:\n"
        f"{said}",
        where=role.arn,
        hint=_trust_hint(claims),
    )


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
