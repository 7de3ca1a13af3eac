"""Questions that hundreds are asked of, without boto3's call around each: its answers, and its care."""

from __future__ import annotations

import boto3
import pytest
import wire_faults as faults
from botocore.config import Config
from wire import Answer

from brainscore_data.base.errors import UsageError
from brainscore_data.store.s3.direct_calls import answered
from brainscore_data.store.urls import open_store
from brainscore_data.store.write import Write

KEY = "assy_MajajHong2015.nc"
TAGS = {"visibility": "private", "uploadedBy": "Mária & co"}
METADATA = {"writer": "w", "identifier": "Lab"}


@pytest.fixture
def store(through, source):
    """A store of which boto3 has asked once for an object, so that the way is known."""
    through.write(Write(KEY, source, METADATA, {**TAGS, "uploadedBy": "Maria"}))
    assert through.connection.way.found is not None
    return through


@pytest.fixture
def asked(wire):
    """Tell of each request which operation it was, and whether boto3 made it."""

    def look():
        found = [
            (request.operation, request.header("amz-sdk-invocation-id") is not None)
            for request in wire.requests
        ]
        wire.requests.clear()
        return found

    look()
    return look


@pytest.fixture
def both(store, bucket):
    """Ask a question directly, and through boto3; gives both answers, without what is boto3's own."""
    name = f"brainio/{KEY}"

    def ask(operation, method, version_id=None, **headers):
        version = {} if version_id is None else {"VersionId": version_id}
        direct = answered(store.connection, operation, name, version_id, **headers)
        call = getattr(store.connection.client, method)
        said = {**headers, **({"ChecksumMode": "ENABLED"} if method == "head_object" else {})}
        theirs = call(Bucket=bucket, Key=name, **version, **said)
        for answer in (direct, theirs):
            answer.pop("ResponseMetadata")
        return direct, theirs

    return ask


class TestAnAnswer:
    @pytest.mark.parametrize("by_version", [True, False])
    def test_to_a_head_is_that_of_boto3(self, store, both, by_version):
        version_id = store.stat(KEY).version_id if by_version else None
        direct, theirs = both("HeadObject", "head_object", version_id)

        assert direct == theirs
        assert direct["Metadata"] == METADATA
        assert direct["LastModified"].utcoffset().total_seconds() == 0

    def test_about_tags_is_that_of_boto3(self, both):
        direct, theirs = both("GetObjectTagging", "get_object_tagging")

        assert direct == theirs
        assert {"Key": "uploadedBy", "Value": "Maria"} in direct["TagSet"]

    def test_with_bytes_is_that_of_boto3(self, both):
        direct, theirs = both("GetObject", "get_object", Range="bytes=2-4")
        bodies = [answer.pop("Body") for answer in (direct, theirs)]

        assert direct == theirs
        assert direct["ContentRange"] == "bytes 2-4/6"
        assert [body.read() for body in bodies] == [b"ike", b"ike"]

    def test_takes_one_request_that_boto3_does_not_make(self, store, asked):
        version_id = store.stat(KEY).version_id
        assert dict(store.tags(KEY, version_id))["visibility"] == "private"
        with store.open(KEY, version_id) as stream:
            assert stream.read() == b"spikes"

        assert asked() == [
            ("HeadObject", False),
            ("GetObjectTagging", False),
            ("GetObject", False),
        ]

    def test_of_what_is_not_there_is_one_request_too(self, store, asked):
        """On servers that are not AWS a listing tells whether it was deleted."""
        assert store.stat("assy_gone.nc") is None
        assert asked() == [("HeadObject", False), ("ListObjectVersions", True)]

    def test_tells_a_delete_marker(self, store, client, bucket):
        client.delete_object(Bucket=bucket, Key=f"brainio/{KEY}")
        assert store.stat(KEY).deleted

    def test_without_tags_says_that_there_are_none(self, store, client, bucket):
        client.delete_object_tagging(Bucket=bucket, Key=f"brainio/{KEY}")
        assert dict(store.tags(KEY)) == {}


@pytest.mark.parametrize(
    "fault",
    [
        faults.loses_request,
        faults.loses_answer,
        faults.internal_error,
        faults.slow_down,
        faults.expired,
        faults.error_inside,
    ],
)
def test_what_is_not_answered_is_asked_again_by_boto3(store, wire, asked, fault):
    wire.faults = [faults.AtCall(1, fault, "GetObjectTagging")]

    assert store.tags(KEY)["visibility"] == "private"
    assert [by_boto3 for _, by_boto3 in asked()] == [False, True]


def test_a_refusal_is_worded_as_boto3s(store, wire):
    wire.before = lambda request: wire.error(403, "AccessDenied")
    with pytest.raises(UsageError, match="may not s3:GetObjectTagging"):
        store.tags(KEY)


def test_a_web_page_is_no_answer(store, wire):
    page = Answer(200, {"Content-Type": "text/html"}, b"<html>log in</html>")
    wire.before = lambda _: page
    for ask in (store.stat, store.tags, store.open):
        with pytest.raises(UsageError, match="not an S3 server"):
            ask(KEY)


def test_what_a_server_does_not_understand_is_left_to_boto3(store, wire, asked):
    def refuse(request):
        boto3s = request.header("amz-sdk-invocation-id") is not None
        return None if boto3s else wire.error(501, "NotImplemented")

    wire.before = refuse
    for _ in range(2):
        assert store.tags(KEY)["visibility"] == "private"
    assert [by_boto3 for _, by_boto3 in asked()] == [False, True, True]


def test_session_tokens_and_the_expected_owner_are_sent(wire, bucket, source):
    session = boto3.Session("key", "secret", "the-token", region_name="us-east-1")
    store = open_store(
        f"s3://{bucket}",
        endpoint_url=wire.endpoint_url,
        session=session,
        expected_bucket_owner="123456789012",
    )
    store.write(Write(KEY, source))
    wire.requests.clear()
    store.tags(KEY)

    [request] = wire.requests
    assert request.header("amz-sdk-invocation-id") is None
    assert request.header("x-amz-security-token") == "the-token"
    assert request.header("x-amz-expected-bucket-owner") == "123456789012"
    assert "Credential=key/" in request.header("Authorization")


def test_who_signs_in_another_way_is_left_to_boto3(wire, bucket, source, asked, monkeypatch):
    """SigV2, which old servers want: ``s3 = signature_version = s3`` in ~/.aws/config."""
    made = boto3.Session.client

    def signing_so(session, *names, config, **options):
        return made(session, *names, config=config.merge(Config(signature_version="s3")), **options)

    monkeypatch.setattr(boto3.Session, "client", signing_so)
    store = open_store(f"s3://{bucket}", endpoint_url=wire.endpoint_url)
    store.write(Write(KEY, source, tags=TAGS))
    store.tags(KEY)

    assert store.connection.way.found is None
    assert all(by_boto3 for _, by_boto3 in asked())
