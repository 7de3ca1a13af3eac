"""Signatures are those that botocore makes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from brainscore_data.store.s3.signing import signed


class Noon(datetime):
    """The same time for both."""

    @classmethod
    def now(cls, tz=UTC):
        return cls(2026, 11, 30, 12, tzinfo=tz)


QUERY = "?tagging=&versionId=a.b_c-d~"


@pytest.mark.parametrize("token", [None, "the/token+="])
@pytest.mark.parametrize(
    "url",
    [
        "https://bucket.s3.eu-central-1.amazonaws.com/assy_A.nc",
        f"https://s3.example.org:9000/bucket/a%20folder/M%C3%A1ria~.nc{QUERY}",
        f"http://[::1]:7480/bucket/x{QUERY}",
    ],
)
def test_a_signature_is_botocores(url, token, monkeypatch):
    keys = ReadOnlyCredentials("an-id", "a secret/+", token)
    headers = {"x-amz-checksum-mode": "ENABLED", "Range": "bytes=0-7"}
    theirs = AWSRequest("GET", url, headers=headers)
    monkeypatch.setattr("brainscore_data.store.s3.signing.datetime", Noon)
    monkeypatch.setattr("botocore.auth.get_current_datetime", Noon.now)
    S3SigV4Auth(keys, "s3", "eu-central-1").add_auth(theirs)

    ours = signed("GET", url, headers, keys, "eu-central-1")

    assert ours["authorization"] == theirs.headers["Authorization"]
    assert ours["x-amz-date"] == theirs.headers["X-Amz-Date"] == "20261130T120000Z"
    assert ours.get("x-amz-security-token") == token
