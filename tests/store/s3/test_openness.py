"""How a bucket opens what is public: what its settings say, and what may not be asked."""

from __future__ import annotations

import json

import pytest
from wire_servers import refuses_tags

from brainscore_data.store.s3.bucket_settings import BucketSettings, settings_of
from brainscore_data.store.urls import open_store

BY_TAG = {"StringEquals": {"s3:ExistingObjectTag/visibility": "public"}}
READS = ["s3:GetObject", "s3:GetObjectVersion"]


@pytest.fixture
def opened(through, client, bucket):
    """Give a function that puts a policy of one statement, and says how the store opens then."""

    def put(**said):
        statement = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": READS,
            "Resource": f"arn:aws:s3:::{bucket}/*",
        }
        statement |= said
        statement = {name: value for name, value in statement.items() if value is not None}
        text = json.dumps({"Version": "2012-10-17", "Statement": statement})
        client.put_bucket_policy(Bucket=bucket, Policy=text.replace("BUCKET", bucket))
        return through.openness()

    return put


@pytest.mark.parametrize(
    ("said", "mode"),
    [
        ({"Condition": BY_TAG}, "tag"),
        ({"Condition": BY_TAG, "Principal": {"AWS": ["*"]}, "Action": "s3:Get*"}, "tag"),
        ({}, "open"),
        ({"Resource": ["arn:aws:s3:::BUCKET/brainio/*"]}, "open"),
        ({"Resource": "arn:aws:s3:::BUCKET/public/*"}, "prefix"),
        ({"Resource": "arn:aws:s3:::BUCKET/brainio/public/*"}, "prefix"),
        # Neither of these opens what is here to everybody.
        ({"Resource": "arn:aws:s3:::BUCKET/brainio/assy_One.nc"}, "closed"),
        ({"Resource": "arn:aws:s3:::another/*"}, "closed"),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}, "closed"),
        ({"Effect": "Deny"}, "closed"),
        ({"Action": "s3:ListBucket"}, "closed"),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, "closed"),
        ({"Condition": BY_TAG | {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, "closed"),
    ],
)
def test_a_policy_is_read_for_what_it_opens_to_everybody(opened, said, mode):
    assert opened(**said).mode == mode


def test_a_policy_that_forgets_pinned_versions_is_told(opened):
    found = opened(Condition=BY_TAG, Action="s3:GetObject")
    assert found.mode == "tag"
    assert "lacks s3:GetObjectVersion" in found.because


def test_who_may_not_ask_is_told_which_permissions_that_takes(through, wire):
    wire.before = lambda r: (
        wire.error(403, "AccessDenied")
        if any(f"?{each}" in r.path for each in ("policy", "ownershipControls"))
        else None
    )
    found = through.openness(trying=True)
    assert found.mode == "unknown"
    assert found.because == "you may not s3:GetBucketPolicy or s3:GetBucketOwnershipControls"
    assert not any(request.method == "PUT" for request in wire.requests)


def test_a_server_without_such_settings_has_none_of_them(through, wire):
    wire.before = lambda r: wire.error(501, "NotImplemented") if r.path.count("?") else None
    assert settings_of(through.connection) == BucketSettings("", frozenset(), ())


@pytest.mark.parametrize("ownership", ["BucketOwnerPreferred", "ObjectWriter"])
def test_where_lists_count_but_may_not_be_written_nothing_is_opened(
    through, wire, client, bucket, ownership
):
    client.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]}
    )
    wire.before = lambda r: wire.error(403, "AccessDenied") if "x-amz-acl" in r.headers else None
    found = through.openness(trying=True)
    assert found.mode == "closed"
    assert "s3:PutObjectAcl" in found.because


def test_what_the_account_forbids_shows_when_it_is_tried(wire, client, bucket):
    """Its own Block Public Access is in no setting of the bucket."""
    client.delete_bucket_ownership_controls(Bucket=bucket)
    wire.before = lambda r: (
        None if "Authorization" in r.headers else wire.error(403, "AccessDenied")
    )
    store = open_store(f"s3://{bucket}/brainio", endpoint_url=wire.endpoint_url)
    assert store.openness().mode == "acl"
    assert store.openness(trying=True).mode == "closed"


def test_lists_count_on_a_server_without_tags_too(through, wire, client, bucket):
    client.delete_bucket_ownership_controls(Bucket=bucket)
    wire.server.insert(0, refuses_tags)
    assert through.openness(trying=True).mode == "acl"
