"""GitHub's id tokens: asked for, explained where there are none, and read only for messages."""

from __future__ import annotations

import base64
import json

import pytest

from brainscore_data.base.errors import UsageError
from brainscore_data.github.id_tokens import TokenSource, payload_of, shown, token_source


def test_a_pull_request_from_a_fork_is_told_that_a_maintainer_publishes():
    with pytest.raises(UsageError, match="from a fork") as caught:
        token_source({}, from_fork=True)
    assert "maintainer" in caught.value.hint


def test_a_job_without_the_permission_is_shown_the_lines_to_add():
    with pytest.raises(UsageError, match="may not ask") as caught:
        token_source({})
    assert "id-token: write" in caught.value.hint
    assert "called from another workflow" in caught.value.hint


def test_github_is_asked_again_when_it_stumbles(issuer):
    issuer.failures += [503, 500]
    assert token_source(issuer.environment).mint() == issuer.minted[0]


def test_a_refusal_of_github_is_explained(issuer):
    source = TokenSource(issuer.environment["ACTIONS_ID_TOKEN_REQUEST_URL"], "wrong")
    with pytest.raises(UsageError, match="HTTP status 401"):
        source.mint()


def test_an_unreachable_github_is_explained_without_the_address(monkeypatch):
    monkeypatch.setattr("brainscore_data.github.id_tokens._TOKEN_ATTEMPTS", 1)
    with pytest.raises(UsageError) as caught:
        TokenSource("http://127.0.0.1:9/secret-path?x=1", "bearer").mint()
    assert "secret-path" not in str(caught.value)


@pytest.mark.parametrize("token", ["", "a.b", "a.!.c", "a.e30.c", "a.W10.c", "a.AAAA.c"])
def test_a_token_that_cannot_be_read_says_nothing(token):
    assert shown(payload_of(token)) == {}


def test_only_what_trust_policies_look_at_is_shown():
    payload = base64.urlsafe_b64encode(json.dumps({"sub": "s", "jti": "secret"}).encode()).decode()
    assert shown(payload_of(f"a.{payload.rstrip('=')}.c")) == {"sub": "s"}
