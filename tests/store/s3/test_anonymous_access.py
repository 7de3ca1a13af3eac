"""Private means private, public is read back: on servers that honour policies and on others."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import wire_faults as faults
from wire_servers import refuses_tags

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.store.interface import StoreUnavailableError
from brainscore_data.store.s3.trial import PROBE_KEY
from brainscore_data.store.urls import open_store

RUN = Run("majaj", "2015-09-30T12:00:00+00:00")
GET, GET_VERSION = "s3:GetObject", "s3:GetObjectVersion"
HEAD = "s3:HeadObject"  # so moto calls for a HEAD what is s3:GetObject on AWS
KEY = "assy_MajajHong2015.nc"
PROBE = "brainio/.brainscore-data/probe-private"


def allowed(actions, **tags):
    """Write the statement of a policy that lets everybody read what has these tags."""
    condition = {f"s3:ExistingObjectTag/{name}": value for name, value in tags.items()}
    return {
        "Effect": "Allow",
        "Principal": "*",
        "Action": actions,
        "Resource": "arn:aws:s3:::BUCKET/*",
        **({"Condition": {"StringEquals": condition}} if condition else {}),
    }


@pytest.fixture
def keep_policy(client, bucket):
    """Give the bucket a policy of some statements; moto keeps it, but ignores conditions."""

    def keep(*statements):
        policy = {"Version": "2012-10-17", "Statement": list(statements)}
        text = json.dumps(policy).replace("BUCKET", bucket)
        client.put_bucket_policy(Bucket=bucket, Policy=text)

    return keep


@pytest.fixture
def honours_conditions(wire, client, bucket):
    """Make the server evaluate its policies' conditions on tags, as AWS does [1]_.

    .. [1] https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html
    """

    def tags_of(key, version_id):
        version = {"VersionId": version_id} if version_id else {}
        found = client.get_object_tagging(Bucket=bucket, Key=key, **version)["TagSet"]
        return {f"s3:ExistingObjectTag/{tag['Key']}": tag["Value"] for tag in found}

    def evaluate(request):
        parts = urlsplit(request.path)
        key = unquote(parts.path).removeprefix(f"/{bucket}").lstrip("/")
        if "Authorization" in request.headers or not key:
            return None
        version_id = parse_qs(parts.query).get("versionId", [None])[0]
        action, tags = GET_VERSION if version_id else GET, tags_of(key, version_id)
        statements = json.loads(client.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
        fits = any(
            action in statement["Action"]
            and statement.get("Condition", {}).get("StringEquals", {}).items() <= tags.items()
            for statement in statements
        )
        return None if fits else wire.error(403, "AccessDenied")

    wire.before = evaluate


@pytest.fixture
def assembly(bundles):
    def of(visibility, content=b"spikes", **facts):
        return bundles.write(
            bundles.assembly("MajajHong2015", content, visibility=visibility, **facts)
        )

    return of


def keys(client, bucket):
    listed = client.list_object_versions(Bucket=bucket).get("Versions", [])
    names = [version["Key"].removeprefix("brainio/") for version in listed]
    return [name for name in names if name != PROBE_KEY]


def public(published):
    return [file.run.public for item in published.receipts.items for file in item.files]


class TestABucketWhosePolicyDecidesByTheTag:
    @pytest.fixture(autouse=True)
    def policy(self, keep_policy, honours_conditions):
        keep_policy(allowed([GET, GET_VERSION, HEAD], visibility="public"))

    def test_private_items_are_published_after_a_probe(self, through, assembly, client, bucket):
        assert public(publish_bundle(assembly("private"), through, run=RUN)) == [None]
        assert keys(client, bucket) == [".brainscore-data/probe-private", "assy_MajajHong2015.nc"]

    def test_public_items_are_read_back(self, through, assembly, client, bucket):
        assert public(publish_bundle(assembly("public"), through, run=RUN)) == ["yes"]
        assert keys(client, bucket) == ["assy_MajajHong2015.nc"]

    @pytest.fixture
    def published_before(self, through, bundles):
        several = [
            bundles.assembly(f"Doe2026.r{number}", b"spikes", visibility="public")
            for number in range(8)
        ]
        folder = bundles.write(*several)
        publish_bundle(folder, through, run=RUN)
        return folder

    def again(self, folder, through, wire):
        """Publish it again from another computer; gives what was asked about the files."""
        store = open_store(through.location.url, endpoint_url=wire.endpoint_url)
        wire.requests.clear()
        published = publish_bundle(folder, store, run=RUN)
        assert public(published) == ["yes"] * 8
        about_files = [request for request in wire.requests if ".nc" in request.path]
        return sorted((each.method, "Authorization" in each.headers) for each in about_files)

    def test_one_question_tells_that_a_public_file_is_unchanged_and_everybodys(
        self, published_before, through, wire
    ):
        assert self.again(published_before, through, wire) == [("HEAD", False)] * 8

    def test_where_a_key_service_encrypts_them_bytes_are_asked_for_too(
        self, published_before, through, wire
    ):
        def encrypted(request, answer):
            answer.headers["x-amz-server-side-encryption"] = "aws:kms"

        wire.after = encrypted
        asked = self.again(published_before, through, wire)
        assert asked.count(("HEAD", True)) == asked.count(("GET", False)) == 8

    def test_the_probe_of_an_earlier_run_is_used_again(
        self, through, bundles, assembly, client, bucket
    ):
        publish_bundle(assembly("private"), through, run=RUN)
        publish_bundle(
            bundles.write(bundles.assembly("Kar2019", b"x", visibility="private")), through, run=RUN
        )
        assert keys(client, bucket).count(".brainscore-data/probe-private") == 1

    def test_on_a_server_without_tags_it_is_tried_without(
        self, through, wire, bundles, assembly, client, bucket
    ):
        wire.server.insert(0, refuses_tags)
        publish_bundle(assembly("private"), through, run=RUN)
        publish_bundle(
            bundles.write(bundles.assembly("Kar2019", b"x", visibility="private")), through, run=RUN
        )
        assert keys(client, bucket).count(".brainscore-data/probe-private") == 1

    def test_a_probe_that_lost_its_tag_is_written_again(self, through, assembly, client, bucket):
        client.put_object(Bucket=bucket, Key=PROBE, Body=b"x", Tagging="visibility=public")
        publish_bundle(assembly("private"), through, run=RUN)
        assert "assy_MajajHong2015.nc" in keys(client, bucket)

    def test_the_tag_is_on_the_object_with_the_write(self, through, wire, assembly):
        publish_bundle(assembly("private"), through, run=RUN)
        written = next(
            request for request in wire.requests if "assy_" in request.path and request.body
        )
        assert "visibility=private" in written.headers["x-amz-tagging"]

    def test_what_became_public_by_mistake_is_told(self, through, assembly):
        publish_bundle(assembly("public"), through, run=RUN)
        written = through.stat(KEY).written
        with pytest.raises(DataError, match=f"everybody can read it .* since {re.escape(written)}"):
            publish_bundle(assembly("private"), through, run=RUN)

    def test_what_was_published_as_private_waits_for_its_release(self, through, assembly):
        publish_bundle(assembly("private"), through, run=RUN)
        found = public(publish_bundle(assembly("public"), through, run=RUN))
        assert found == ["waits for its release"]


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param([allowed([GET, GET_VERSION])], id="everything"),
        pytest.param(
            [allowed([GET], visibility="public"), allowed([GET_VERSION])], id="every version"
        ),
        pytest.param(
            [allowed([GET_VERSION], visibility="public"), allowed([GET])], id="every latest version"
        ),
    ],
)
def test_private_items_are_refused_where_everybody_could_read_them(
    through, assembly, client, bucket, keep_policy, honours_conditions, policy
):
    keep_policy(*policy)
    with pytest.raises(UsageError, match="MajajHong2015 is private") as refused:
        publish_bundle(assembly("private"), through, run=RUN)
    assert "nothing was published" in refused.value.message
    assert "aws policy` writes the policy" in refused.value.hint
    assert keys(client, bucket) == [".brainscore-data/probe-private"]


def test_private_items_are_refused_on_a_server_that_ignores_the_conditions_of_policies(
    through, assembly, client, bucket, keep_policy
):
    keep_policy(allowed([GET, GET_VERSION], visibility="public"))  # to moto: everything
    with pytest.raises(UsageError, match="without credentials"):
        publish_bundle(assembly("private"), through, run=RUN)
    assert keys(client, bucket) == [".brainscore-data/probe-private"]


def test_one_private_item_stops_the_public_ones_too(through, bundles, client, bucket, keep_policy):
    keep_policy(allowed([GET, GET_VERSION]))
    folder = bundles.write(
        bundles.stimulus_set("hvm", b"csv", b"zip"),
        bundles.assembly("MajajHong2015", b"nc", visibility="private"),
    )
    with pytest.raises(UsageError, match="private"):
        publish_bundle(folder, through, run=RUN)
    assert keys(client, bucket) == [".brainscore-data/probe-private"]


def test_without_a_policy_public_items_are_not_yet_public(through, assembly):
    assert public(publish_bundle(assembly("public"), through, run=RUN)) == ["not yet"]


def test_an_object_without_bytes_is_readable_too(through, assembly, keep_policy):
    keep_policy(allowed([GET, GET_VERSION]))
    assert public(publish_bundle(assembly("public", b""), through, run=RUN)) == ["yes"]


@pytest.mark.parametrize(
    ("status", "error"), [(404, UsageError), (400, UsageError), (503, StoreUnavailableError)]
)
def test_an_answer_that_says_neither_is_no_proof_of_being_private(
    through, wire, assembly, client, bucket, status, error
):
    wire.before = lambda request: (
        wire.error(status, "Strange") if "Authorization" not in request.headers else None
    )
    with pytest.raises(error):
        publish_bundle(assembly("private"), through, run=RUN)
    assert keys(client, bucket) == [".brainscore-data/probe-private"]


def test_a_read_back_without_an_answer_does_not_undo_what_is_published(through, wire, assembly):
    wire.before = lambda request: (
        wire.error(503, "SlowDown") if "Authorization" not in request.headers else None
    )
    assert public(publish_bundle(assembly("public"), through, run=RUN)) == ["not yet"]


def test_in_a_bucket_without_versions_the_probe_is_read_by_its_name(
    wire, s3_server, client, assembly
):
    bucket = s3_server.new_bucket(versioned=False)
    store = open_store(f"s3://{bucket}/brainio", endpoint_url=wire.endpoint_url)
    publish_bundle(assembly("private"), store, run=RUN, allow_unversioned=True)
    unsigned = [r.path for r in wire.requests if "Authorization" not in r.headers]
    assert unsigned == [f"/{bucket}/{PROBE}"]


class TestReadingPublicData:
    @pytest.fixture
    def version_id(self, client, bucket, keep_policy):
        keep_policy(allowed([GET, GET_VERSION]))
        return client.put_object(Bucket=bucket, Key=f"brainio/{KEY}", Body=b"spikes")["VersionId"]

    def read(self, store, version_id):
        with store.open(KEY, version_id) as stream:
            return stream.read()

    @pytest.mark.parametrize(
        ("status", "code"),
        [(403, "InvalidAccessKeyId"), (403, "AccessDenied"), (400, "ExpiredToken")],
    )
    def test_credentials_that_do_not_serve_are_left_aside(
        self, through, wire, version_id, status, code
    ):
        wire.before = lambda request: (
            wire.error(status, code) if "Authorization" in request.headers else None
        )
        assert self.read(through, version_id) == b"spikes"

    def test_without_credentials_a_pinned_version_is_one_request(
        self, through, wire, version_id, client, bucket, monkeypatch
    ):
        client.delete_object(Bucket=bucket, Key=f"brainio/{KEY}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        everybody = open_store(f"s3://{bucket}/brainio", endpoint_url=wire.endpoint_url)
        assert everybody.location.bucket == bucket
        wire.requests.clear()
        assert self.read(everybody, version_id) == b"spikes"
        assert [(r.method, "Authorization" in r.headers) for r in wire.requests] == [("GET", False)]

    def test_what_nobody_may_read_is_refused_in_the_words_for_the_callers_credentials(
        self, through, wire, version_id
    ):
        wire.before = lambda request: wire.error(403, "AccessDenied")
        with pytest.raises(
            UsageError, match=r"the owner of the access key .* may not s3:GetObject"
        ):
            self.read(through, version_id)


class TestHundredsOfFilesThatAreReadBack:
    """After the first, over connections that are open and without boto3's call around each."""

    OWNER = "123456789012"  # moto's own

    @pytest.fixture
    def store(self, wire, bucket, client):
        prefix = "the-lab's(1)!*"
        for visibility, acl in [("public", "public-read"), ("private", "private")]:
            where = {"Bucket": bucket, "Key": f"{prefix}/{visibility}.nc"}
            client.put_object(**where, Body=b"spikes", ACL=acl)
        store = open_store(
            f"s3://{bucket}/{prefix}",
            endpoint_url=wire.endpoint_url,
            expected_bucket_owner=self.OWNER,
        )
        assert store.readable_by_all("public.nc")
        wire.requests.clear()
        return store

    def plain(self, wire):
        """Tell which requests boto3 did not make."""
        assert not any(request.header("Authorization") for request in wire.requests)
        return [request.header("amz-sdk-invocation-id") is None for request in wire.requests]

    def test_one_request_tells_who_can_read_a_version(self, store, wire):
        version_id = store.stat("public.nc").version_id
        wire.requests.clear()

        assert store.readable_by_all("public.nc", version_id)
        assert not store.readable_by_all("private.nc")

        assert self.plain(wire) == [True, True]
        first = wire.requests[0]
        assert first.query == {"versionId": version_id}
        assert first.header("Range") == "bytes=0-0"
        assert first.header("x-amz-expected-bucket-owner") == self.OWNER

    def test_an_answer_that_does_not_tell_is_asked_for_again_by_boto3(self, store, wire):
        for fault in (faults.loses_request, faults.slow_down, faults.error_inside):
            wire.requests.clear()
            wire.faults = [faults.AtCall(1, fault, "GetObject")]
            assert not store.readable_by_all("private.nc")
            assert self.plain(wire)[:2] == [True, False]

        wire.before = lambda request: request.without("range")  # all bytes come, with 200
        assert store.readable_by_all("public.nc")
        with pytest.raises(
            UsageError, match="neither that everybody may read this nor that nobody may"
        ):
            store.readable_by_all("gone.nc")
