"""AWS credentials from GitHub's id tokens: minted fresh, renewed, explained, never shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from brainscore_data.base.errors import UsageError
from brainscore_data.github.aws_role import Role, session_name, session_with_role
from brainscore_data.github.id_tokens import token_source

ARN = "arn:aws:iam::123456789012:role/brainscore-data"


@pytest.fixture
def assume(issuer, sts):
    """Give what makes a session; the secrets that were masked, and the naps, are recorded."""

    class Assumed:
        masked: list[str] = []  # noqa: RUF012 - a new class for each test
        naps: list[float] = []  # noqa: RUF012

        def __call__(self, *, role=None, **options):
            tokens = token_source(issuer.environment, mask=self.masked.append)
            role = role or Role(ARN, session_name("77", "1"), sts_endpoint_url=sts.url)
            return session_with_role(role, tokens, sleep=self.naps.append, **options)

    return Assumed()


def frozen(session):
    return session.get_credentials().get_frozen_credentials()


def test_a_role_is_assumed_with_a_token_for_aws(assume, issuer, sts):
    assert frozen(assume()).access_key
    (token,) = issuer.minted
    assert issuer.verified(token)["sub"] == issuer.claims["sub"]
    (asked,) = sts.bodies
    assert asked["Action"] == ["AssumeRoleWithWebIdentity"]
    assert asked["RoleArn"] == [ARN]
    assert asked["RoleSessionName"] == ["brainscore-data-77-1"]
    assert asked["DurationSeconds"] == ["3600"]
    assert asked["WebIdentityToken"] == [token]


def test_nothing_is_asked_before_credentials_are_needed(assume, issuer):
    assume()
    assert issuer.minted == []


def test_the_role_comes_before_keys_that_lie_around(assume, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIALEFTBEHIND")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "left behind")
    assert frozen(assume()).access_key != "AKIALEFTBEHIND"


def test_an_upload_of_three_hours_goes_on_with_fresh_tokens(assume, issuer, sts, monkeypatch):
    start = datetime.now(UTC)
    clock = {"now": start}
    sts.now = lambda: clock["now"]
    monkeypatch.setattr("botocore.credentials._local_now", sts.now)  # of what it caches
    session = assume(now=sts.now)
    tokens = []
    for minutes in range(0, 181, 10):
        clock["now"] = start + timedelta(minutes=minutes)
        tokens.append(frozen(session).token)
    assert 3 <= len(issuer.minted) == len(set(issuer.minted)) <= 5


def test_what_passes_is_tried_again_with_a_fresh_token(assume, issuer, sts):
    sts.refuse(
        400,
        "InvalidIdentityToken",
        "Couldn't retrieve verification key from your identity provider",
    )
    sts.refuse(400, "IDPCommunicationError", "The identity provider could not be reached")
    assert frozen(assume()).access_key
    assert len(set(issuer.minted)) == 3
    assert len(assume.naps) == 2


def test_a_refusal_is_not_repeated_and_shows_what_the_job_is(assume, issuer, sts):
    sts.refuse(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
    with pytest.raises(UsageError) as caught:
        frozen(assume())
    said = str(caught.value)
    assert len(issuer.minted) == 1
    assert "sub: repo:brain-score@1/vision@2:environment:data" in said
    assert "repository_id: 2" in said
    assert "job_workflow_ref: brain-score/vision/.github/workflows/publish.yml" in said
    assert "aud: sts.amazonaws.com" in said
    assert issuer.minted[0] not in said
    assert "repo:OWNER/REPO:" in said, "the other form of the subject is named"


def test_a_pull_requests_own_run_is_told_apart(assume, issuer, sts):
    issuer.claims["sub"] = "repo:brain-score/vision:pull_request"
    sts.refuse(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
    with pytest.raises(UsageError, match="belongs to a pull request"):
        frozen(assume())


def test_an_account_that_does_not_know_github_is_told_so(assume, sts):
    sts.refuse(
        400,
        "InvalidIdentityToken",
        "No OpenIDConnect provider found in your account for https://token.actions.githubusercontent.com",
    )
    with pytest.raises(UsageError, match="does not know GitHub"):
        frozen(assume())


def test_a_duration_over_the_roles_maximum_is_told_so(assume, sts):
    sts.refuse(
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )
    with pytest.raises(UsageError, match="less than 3600 seconds"):
        frozen(assume())


def test_an_sts_that_stays_away_is_given_up(assume, sts):
    sts.refuse(503, "ServiceUnavailable", "later", times=100)
    with pytest.raises(UsageError, match="ServiceUnavailable"):
        frozen(assume())
    assert len(assume.naps) == 5


def test_secrets_are_masked_before_they_are_used(assume, issuer):
    credentials = frozen(assume())
    assert assume.masked[0] == "bearer-of-the-job"
    assert {issuer.minted[0], credentials.secret_key, credentials.token} <= set(assume.masked)


def test_nothing_secret_is_printed(assume, sts, issuer, capfd):
    sts.refuse(403, "AccessDenied", "no")
    with pytest.raises(UsageError):
        frozen(assume())
    frozen(assume())
    said = "".join(capfd.readouterr())
    assert "Traceback" not in said
    assert not any(token in said for token in issuer.minted)
    assert "bearer-of-the-job" not in repr(token_source(issuer.environment))


@pytest.mark.parametrize("arn", ["", "brainscore-data", "arn:aws:iam::1:role/x", f"{ARN} "])
def test_a_misspelt_role_is_refused_at_once(arn):
    with pytest.raises(UsageError, match="not the name of a role"):
        Role(arn, "s")


@pytest.mark.parametrize("seconds", [0, 899, 43201])
def test_a_duration_that_aws_never_allows_is_refused_at_once(seconds):
    with pytest.raises(UsageError, match="AWS allows 900 to 43200"):
        Role(ARN, "s", seconds=seconds)


def test_a_role_of_another_server_may_be_without_an_account(assume, sts):
    for arn in ("arn:aws:iam:::role/publisher", "arn:aws:iam::lab:role/ours/publisher"):
        with pytest.raises(UsageError, match="not the name of a role"):
            Role(arn, "s")
        assert Role(arn, "s", sts_endpoint_url=sts.url).arn == arn


def test_a_token_that_has_expired_is_called_so_by_a_server_that_says_only_no(assume, issuer, sts):
    """Ceph's gateway answers AccessDenied without a word more."""
    issuer.now = lambda: datetime(2015, 9, 30, 12, tzinfo=UTC).timestamp()
    sts.refuse(403, "AccessDenied", "")
    with pytest.raises(UsageError, match="has expired on 30 September 2015 at 12:05:00 UTC"):
        frozen(assume())


def test_an_audience_that_is_not_accepted_is_named(assume, sts):
    sts.refuse(400, "InvalidIdentityToken", "Incorrect token audience")
    with pytest.raises(UsageError, match=r"'sts\.amazonaws\.com', as was asked for") as caught:
        frozen(assume())
    assert "oidc-audience" in caught.value.hint


def test_a_refusal_without_a_reason_has_no_empty_brackets(assume, sts):
    sts.refuse(403, "", "")
    with pytest.raises(UsageError, match=r"assume the role\. The job says"):
        frozen(assume())
