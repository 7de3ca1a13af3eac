"""GitHub's id tokens: a signed statement of what a job is, made anew each time it is asked for.

A job with ``permissions: id-token: write`` finds an address and a bearer token in its environment,
and gets a statement which repository, branch, environment and workflow it is of [1]_. No token is ever
written anywhere.

.. [1] https://docs.github.com/en/actions/reference/security/oidc
"""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from brainscore_data.base.errors import UsageError

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


def shown(said: Mapping[str, Any]) -> dict[str, Any]:
    """Pick of a token's claims those that messages show."""
    return {name: said[name] for name in SHOWN_CLAIMS if name in said}


def payload_of(token: str) -> dict[str, Any]:
    """Read all that a token says, expiry included; nothing where it is no token."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        payload = urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        found = json.loads(payload)
    except (binascii.Error, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _not_minted(reason: str) -> UsageError:
    return UsageError(
        f"GitHub gave no id token ({reason})",
        hint="run the job again; if it stays like this, look at https://www.githubstatus.com and "
        "at the job's permissions",
    )
