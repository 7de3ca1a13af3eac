"""What the policies let through and hold back: by AWS's own rules, and on Ceph's gateway.

Ceph's gateway evaluates tags and names. Keys that only AWS knows are evaluated here, by what AWS's
pages say of them; docs/admins.md names them as not tried.
"""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase

import pytest
from botocore.exceptions import ClientError
from staging_lab import Lab

from brainscore_data.base.errors import UsageError
from brainscore_data.hosting.aws.policies import (
    ISSUER,
    BucketPlace,
    TrustedJob,
    document,
    erasing,
    opening,
    publishing,
    reading,
    releasing,
    trust,
    trust_in,
)

PLACE = BucketPlace("lab-data", "vision")
ITEM, PROBE = PLACE.below("assy_a.nc"), PLACE.below(".brainscore-data/probe-private")
JOB = TrustedJob("lab/data", 7, 9)


def listed(value):
    return value if isinstance(value, list) else [value]


def holds(condition, request):
    """Evaluate a condition; every key of every operator has to hold.

    A key that is not in the request: "Null" is what asks for that, and other operators do not hold.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    operators = {
        "Null": lambda key, its: (key not in request) == (its == ["true"]),
        "Bool": lambda key, its: request.get(key) in its,
        "StringEquals": lambda key, its: request.get(key) in its,
    }
    return all(
        operators[operator](key, listed(its))
        for operator, keys in condition.items()
        for key, its in keys.items()
    )


def allowed(statements, action, resource, **request):
    """Evaluate a policy: what is denied is denied, and nothing is allowed by itself.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    """
    effects = {
        each["Effect"]
        for each in statements
        if any(fnmatchcase(action, name) for name in listed(each["Action"]))
        and (
            any(fnmatchcase(resource, name) for name in listed(each.get("Resource", [])))
            or ("NotResource" in each and not fnmatchcase(resource, each["NotResource"]))
        )
        and holds(each.get("Condition", {}), request)
    }
    return effects == {"Allow"}


MAKES = {"s3:ObjectCreationOperation": "true"}
PART = {"s3:ObjectCreationOperation": "false"}
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
CONDITIONS = [
    ("a write without a condition", ITEM, MAKES, False),
    ("one where nobody was first", ITEM, MAKES | {"s3:if-none-match": "*"}, True),
    ("one on top of a known version", ITEM, MAKES | {"s3:if-match": '"e"'}, True),
    ("the start of an upload, and its parts", ITEM, PART, True),
    ("our own probe", PROBE, MAKES, True),
    (
        "a record of what was taken back",
        PLACE.below(".brainscore-data/retracted/a.json"),
        PART,
        False,
    ),
    ("something outside of the prefix", "arn:aws:s3:::lab-data/other/a.nc", PART, False),
]
GIVEN, THERE = "s3:RequestObjectTag/visibility", "s3:ExistingObjectTag/visibility"
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html
TAGS = [
    ("public", {GIVEN: "public"}, True),
    ("private", {GIVEN: "private"}, True),
    ("a word that is none", {GIVEN: "secret"}, False),
    ("no visibility at all", {}, False),
    ("another than it has", {GIVEN: "public", THERE: "private"}, False),
    ("what others left without", {GIVEN: "public"}, True),
]


@pytest.mark.parametrize(
    ("resource", "request_keys", "passes"),
    [c[1:] for c in CONDITIONS],
    ids=[c[0] for c in CONDITIONS],
)
def test_a_publisher_says_who_was_first_with_every_object_that_it_makes(
    resource, request_keys, passes
):
    assert allowed(publishing(PLACE), "s3:PutObject", resource, **request_keys) is passes


@pytest.mark.parametrize(
    ("request_keys", "passes"), [t[1:] for t in TAGS], ids=[t[0] for t in TAGS]
)
def test_a_publisher_gives_a_visibility_once(request_keys, passes):
    for action in ("s3:PutObjectTagging", "s3:PutObjectVersionTagging"):
        assert allowed(publishing(PLACE), action, ITEM, **request_keys) is passes


def test_a_publisher_opens_by_access_list_only_where_that_is_asked_for():
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
    read = {"s3:x-amz-acl": "public-read"}
    with_lists = publishing(PLACE, access_lists=True)
    assert allowed(with_lists, "s3:PutObjectAcl", ITEM, **read)
    assert not allowed(with_lists, "s3:PutObjectAcl", ITEM, **{"s3:x-amz-acl": "public-read-write"})
    assert not allowed(publishing(PLACE), "s3:PutObjectAcl", ITEM, **read)


@pytest.mark.parametrize(
    ("policy", "can", "cannot"),
    [
        (reading, ["s3:GetObjectVersion"], ["s3:PutObject", "s3:PutObjectVersionTagging"]),
        (releasing, ["s3:PutObjectVersionTagging"], ["s3:PutObject", "s3:DeleteObjectVersion"]),
        (erasing, ["s3:DeleteObjectVersion"], ["s3:PutObject", "s3:PutObjectVersionTagging"]),
    ],
    ids=["an audit", "who releases", "who erases"],
)
def test_each_role_does_its_own_work(policy, can, cannot):
    for action in can:
        assert allowed(policy(PLACE), action, ITEM)
        assert not allowed(policy(PLACE), action, "arn:aws:s3:::lab-data/other/a.nc")
    assert not [action for action in cannot if allowed(policy(PLACE), action, ITEM)]


def test_the_bucket_opens_what_is_tagged_public_and_only_by_tls():
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    tls, plain = {"aws:SecureTransport": "true"}, {"aws:SecureTransport": "false"}
    public, private = {THERE: "public"}, {THERE: "private"}
    for action in ("s3:GetObject", "s3:GetObjectVersion"):
        assert allowed(opening(PLACE), action, ITEM, **tls, **public)
        assert not allowed(opening(PLACE), action, ITEM, **tls, **private)
        assert not allowed(opening(PLACE), action, ITEM, **plain, **public)
    assert not allowed(opening(PLACE), "s3:ListBucket", PLACE.arn, **tls)


CLAIMS = {
    "aud": "sts.amazonaws.com",
    "sub": "repo:lab@9/data@7:environment:data",
    "repository_id": "7",
    "environment": "data",
    "ref": "refs/heads/main",
    "job_workflow_ref": "lab/data/.github/workflows/publish-on-merge.yml@refs/heads/main",
}


# https://docs.github.com/en/actions/reference/security/oidc
@pytest.mark.parametrize(
    ("changed", "passes"),
    [
        ({}, True),
        ({"sub": "repo:lab/data:environment:data"}, True),
        ({"aud": "https://github.com/lab"}, False),
        ({"sub": "repo:lab/data:ref:refs/heads/main"}, False),
        ({"repository_id": "8"}, False),
        ({"environment": "other"}, False),
        ({"ref": "refs/pull/7/merge"}, False),
        ({"job_workflow_ref": CLAIMS["job_workflow_ref"].replace("publish", "other")}, False),
        ({"job_workflow_ref": CLAIMS["job_workflow_ref"].replace("main", "other")}, False),
    ],
)
def test_the_role_trusts_one_environments_jobs_and_no_others(changed, passes):
    [statement] = trust(JOB, "the provider")
    request = {f"{ISSUER}:{key}": its for key, its in (CLAIMS | changed).items()}
    assert holds(statement["Condition"], request) is passes
    for key in CLAIMS:  # a token that does not say it is not let in
        assert not holds(
            statement["Condition"], {k: v for k, v in request.items() if not k.endswith(f":{key}")}
        )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"repository": "lab/*"}, "would let in whatever it matches"),
        ({"repository": "*"}, "would let in whatever it matches"),
        ({"environment": "dat?"}, "would let in whatever it matches"),
        ({"branch": "*"}, "would let in whatever it matches"),
        ({"repository": "lab"}, "its form is OWNER/REPO"),
        ({"workflows": ("a.yml", "b.yml", "c.yml")}, "2 are the most"),
        ({"workflows": ("lab/data/.github/workflows/*@refs/heads/main",)}, "would let in"),
        ({"workflows": ("o/r/.github/workflows/publish.yml@v1",)}, "tags can be moved"),
        ({"workflows": ("o/r/.github/workflows/publish.yml@0123456",)}, "full hash"),
    ],
)
def test_who_is_let_in_is_never_a_pattern(given, said):
    with pytest.raises(UsageError) as error:
        TrustedJob(**{"repository": "lab/data", "repository_id": 7, "owner_id": 9} | given)
    assert said in str(error.value)


def test_a_prefix_and_an_admin_are_no_patterns_either():
    with pytest.raises(UsageError, match="would stand for every prefix that it matches"):
        BucketPlace.of("s3://lab-data/vis*")
    for who in ("*", "arn:aws:iam::123456789012:role/*", "123456789012"):
        with pytest.raises(UsageError):
            trust_in(who)


def test_what_no_server_here_evaluates_is_named_as_not_tried(repository_root):
    page = (repository_root / "docs" / "github.md").read_text()
    not_tried = page.partition("Only AWS knows")[2].partition("**We have not tried")[0]
    policies = [
        publishing(PLACE, access_lists=True),
        releasing(PLACE),
        erasing(PLACE),
        opening(PLACE),
    ]
    keys = {
        key
        for statement in (each for policy in policies for each in policy)
        for operator in statement.get("Condition", {}).values()
        for key in operator
    }
    assert keys - {GIVEN, THERE, "s3:x-amz-acl"} == set(
        re.findall(r"`([a-z0-9]+:[A-Za-z-]+)`", not_tried)
    )


class TestOnCeph:
    """The same statements on a server that evaluates them: one request goes through, one does not."""

    @pytest.fixture
    def lab(self, ceph_rgw):
        return Lab(ceph_rgw)

    @pytest.fixture
    def may(self, lab):
        """Give a client of somebody who may do what statements say."""

        def client(policy):
            known = [
                each | {"Action": translated(each)}
                for each in policy(BucketPlace(lab.bucket, "data"))
            ]
            session = lab.session(lab.role(), json.dumps(document(known), separators=(",", ":")))
            return session.client("s3", region_name="us-east-1", **lab.endpoint)

        return client

    def test_a_publisher_writes_below_the_prefix(self, lab, may):
        publisher = may(publishing)
        item = {"Bucket": lab.bucket, "Key": "data/assy_a.nc"}
        publisher.put_object(**item, Body=b"a", Tagging="visibility=private")
        refused(publisher.put_object, **item | {"Key": "other/assy_a.nc"})
        refused(publisher.delete_object, **item)
        assert publisher.get_object(**item)["Body"].read() == b"a"
        assert publisher.list_object_versions(Bucket=lab.bucket)["Versions"]
        records = {"Bucket": lab.bucket, "Key": "data/.brainscore-data/retracted/a.json"}
        refused(publisher.put_object, **records)

    def test_tags_are_given_once(self, lab, may):
        # It does not say what a tagging asks for, only what is there: that half of the condition.
        def half(place):
            [tags] = [each for each in publishing(place) if each["Sid"].startswith("Tags")]
            return [tags | {"Condition": {"Null": tags["Condition"]["Null"]}}]

        publisher = may(half)
        item = {"Bucket": lab.bucket, "Key": "data/assy_a.nc"}
        public = {"Tagging": {"TagSet": [{"Key": "visibility", "Value": "public"}]}}
        lab.server.client().put_object(**item, Body=b"a")
        publisher.put_object_tagging(**item, **public)
        refused(publisher.put_object_tagging, **item, **public)

    def test_a_write_with_a_tag_says_public_or_private(self, lab, may):
        # Here it is writes that say which tags they ask for: the other half, of another action.
        def half(place):
            [tags] = [each for each in publishing(place) if each["Sid"].startswith("Tags")]
            equals = {"StringEquals": tags["Condition"]["StringEquals"]}
            return [tags | {"Action": ["s3:PutObject"], "Condition": equals}]

        publisher = may(half)
        item = {"Bucket": lab.bucket, "Key": "data/assy_a.nc", "Body": b"a"}
        publisher.put_object(**item, Tagging="visibility=private")
        refused(publisher.put_object, **item, Tagging="visibility=secret")
        refused(publisher.put_object, **item)

    def test_an_access_list_opens_for_reading_and_no_further(self, lab, may):
        # Here a write with a list is no more than a write.
        def as_write(place):
            lists = next(
                each for each in publishing(place, access_lists=True) if "List" in each["Sid"]
            )
            return [lists | {"Action": ["s3:PutObject"]}]

        publisher = may(as_write)
        item = {"Bucket": lab.bucket, "Key": "data/assy_a.nc", "Body": b"a"}
        publisher.put_object(**item, ACL="public-read")
        refused(publisher.put_object, **item, ACL="public-read-write")
        refused(publisher.put_object, **item)

    def test_who_releases_tags_and_writes_no_data_and_who_erases_deletes_versions(self, lab, may):
        owner = lab.server.client()
        item = {"Bucket": lab.bucket, "Key": "data/assy_a.nc"}
        version = owner.put_object(**item, Body=b"a")["VersionId"]
        releaser, eraser = may(releasing), may(erasing)
        public = {"Tagging": {"TagSet": [{"Key": "visibility", "Value": "public"}]}}
        releaser.put_object_tagging(**item, VersionId=version, **public)
        refused(releaser.put_object, **item, Body=b"b")
        refused(releaser.delete_object, **item, VersionId=version)
        refused(eraser.put_object, **item, Body=b"b")
        refused(eraser.delete_object, **item)
        eraser.delete_object(**item, VersionId=version)
        assert "Versions" not in owner.list_object_versions(Bucket=lab.bucket)

    def test_an_audit_reads_and_writes_nothing(self, lab, may):
        item = {"Bucket": lab.bucket, "Key": "data/assy_a.nc"}
        lab.server.client().put_object(**item, Body=b"a")
        auditor = may(reading)
        assert auditor.get_object(**item)["Body"].read() == b"a"
        refused(auditor.put_object, **item, Body=b"b")

    def test_everybody_reads_what_is_tagged_public(self, lab):
        import boto3
        from botocore import UNSIGNED
        from botocore.config import Config

        owner = lab.server.client()
        anybody = boto3.client("s3", config=Config(signature_version=UNSIGNED), **lab.endpoint)
        for key, tag in (("data/a", "public"), ("data/b", "private"), ("other/c", "public")):
            owner.put_object(Bucket=lab.bucket, Key=key, Body=b"a", Tagging=f"visibility={tag}")
        by_tag, _ = opening(BucketPlace(lab.bucket, "data"))
        owner.put_bucket_policy(Bucket=lab.bucket, Policy=json.dumps(document([by_tag])))
        assert anybody.get_object(Bucket=lab.bucket, Key="data/a")["Body"].read() == b"a"
        refused(anybody.get_object, Bucket=lab.bucket, Key="data/b")
        refused(anybody.get_object, Bucket=lab.bucket, Key="other/c")


def translated(statement):
    """Leave out what this server knows no name for."""
    return [each for each in statement["Action"] if each != "s3:GetBucketOwnershipControls"]


def refused(call, **request):
    with pytest.raises(ClientError) as error:
        call(**request)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
