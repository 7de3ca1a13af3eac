"""What is asked of a store before anything is published, and how each "no" is told."""

from __future__ import annotations

import pytest
from wire_servers import drops_tags_in_parts, refuses_if_match, tells_no_version

import brainscore_data
from brainscore_data.base.errors import UsageError
from brainscore_data.hosting.aws.policies import BucketPlace, publishing
from brainscore_data.store.preflight import preflight
from brainscore_data.store.urls import open_store


@pytest.fixture
def on_aws(wire, bucket, playing_aws, monkeypatch):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    playing_aws(wire.endpoint_url)
    return open_store(f"s3://{bucket}/brainio")


@pytest.fixture
def deny(wire):
    """Refuse what is asked for in a way that only one permission covers."""

    def start(chosen):
        wire.before = lambda r: wire.error(403, "AccessDenied") if chosen(r) else None

    return start


def answered(found):
    return {each.question: each for each in found.answers}


PERMISSIONS = {
    "s3:ListBucket": ("list", lambda r: "list-type=2" in r.path),
    "s3:ListBucketVersions": ("list", lambda r: "?versions" in r.path),
    "s3:GetObject": ("read", lambda r: r.method == "GET" and r.path.endswith("/probe")),
    "s3:GetObjectVersion": ("read", lambda r: "versionId=" in r.path),
    "s3:PutObject": ("write", lambda r: r.method == "POST"),
    "s3:PutObjectTagging": ("tag", lambda r: "x-amz-tagging" in r.headers),
    "s3:GetObjectTagging": ("tag", lambda r: "?tagging" in r.path),
    "s3:ListBucketMultipartUploads": (
        "resume",
        lambda r: "?uploads" in r.path and r.method == "GET",
    ),
    "s3:ListMultipartUploadParts": (
        "resume",
        lambda r: "uploadId=" in r.path and r.method == "GET",
    ),
    "s3:AbortMultipartUpload": ("resume", lambda r: r.method == "DELETE"),
    "s3:GetBucketVersioning": ("versioning", lambda r: "?versioning" in r.path),
}
# Publishing goes on without these.
_SPARED = {
    "s3:ListBucketMultipartUploads",
    "s3:ListMultipartUploadParts",
    "s3:AbortMultipartUpload",
    "s3:GetObjectTagging",
}


def test_the_written_policy_has_every_permission_that_is_asked_for():
    allowed = [each for each in publishing(BucketPlace("lab")) if each["Effect"] == "Allow"]
    assert set(PERMISSIONS) <= {action for statement in allowed for action in statement["Action"]}


class TestAws:
    def test_with_all_permissions_all_is_well_and_nothing_is_written(
        self, on_aws, client, bucket, wire
    ):
        found = preflight(on_aws)

        assert found.publishes
        # A new bucket on AWS is closed, and has no policy that would open anything.
        assert [each.question for each in found.answers if each.verdict != "yes"] == ["public"]
        assert answered(found)["who"].detail == "arn:aws:sts::123456789012:user/moto"
        assert answered(found)["bucket"].detail == f"{bucket} is in us-east-1, on AWS"
        assert "'conditional write'" in found.conclusion
        assert "'store checksum'" in found.conclusion
        assert "Versions" not in client.list_object_versions(Bucket=bucket)
        assert "Uploads" not in client.list_multipart_uploads(Bucket=bucket)
        assert not any(request.method == "PUT" for request in wire.requests)

    @pytest.mark.parametrize("action", PERMISSIONS)
    def test_each_missing_permission_is_named(self, on_aws, deny, action):
        question, is_denied = PERMISSIONS[action]
        deny(is_denied)
        found = preflight(on_aws)

        answer = answered(found)[question]
        assert answer.verdict == ("unknown" if question == "versioning" else "no")
        assert action in answer.detail
        assert "the bucket's owner" in answer.hint
        assert found.publishes == (action in _SPARED)
        others = {q for q, a in answered(found).items() if a.verdict != "yes"}
        others -= {question, "public"}
        assert others == ({"tag", "resume"} if action == "s3:PutObject" else set())

    @pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"])
    def test_a_refusal_names_action_resource_and_caller(self, on_aws, deny, action, bucket):
        question, is_denied = PERMISSIONS[action]
        deny(is_denied)

        assert (
            f"arn:aws:sts::123456789012:user/moto may not {action} on "
            f"arn:aws:s3:::{bucket}/brainio/" in answered(preflight(on_aws))[question].detail
        )

    @pytest.mark.parametrize(
        ("code", "words"),
        [
            ("InvalidAccessKeyId", "does not know the access key"),
            ("SignatureDoesNotMatch", "secret key does not fit"),
            ("ExpiredToken", "credentials have expired"),
        ],
    )
    def test_wrong_credentials_are_one_error(self, on_aws, wire, code, words):
        wire.before = lambda r: wire.error(400 if "Token" in code else 403, code)

        with pytest.raises(UsageError, match=words):
            preflight(on_aws)


class TestAServerThatIsNotAws:
    @pytest.fixture
    def elsewhere(self, wire, bucket):
        return open_store(f"s3://{bucket}/brainio", endpoint_url=wire.endpoint_url)

    def test_what_stands_in_for_a_missing_guarantee_is_told(self, elsewhere, wire):
        def strip(request):
            request.headers = {
                name: value for name, value in request.headers.items() if not name.startswith("If-")
            }

        wire.before = strip
        wire.server = []  # moto itself does not compare checksums
        found = preflight(elsewhere)

        assert found.publishes
        assert answered(found)["conditions"].verdict == "no"
        assert (
            "they are ignored, so the program lists versions"
            in answered(found)["conditions"].detail
        )
        assert "'versions listed'" in found.conclusion
        assert "'read back'" in found.conclusion

    def test_what_the_server_does_not_support_is_no_missing_permission(self, elsewhere, wire):
        """Cloudflare R2: https://developers.cloudflare.com/r2/api/s3/api/."""
        wire.before = lambda r: (
            wire.error(501, "NotImplemented")
            if "x-amz-tagging" in r.headers or "?tagging" in r.path or "?versioning" in r.path
            else None
        )
        found = preflight(elsewhere)

        assert "does not support" in answered(found)["tag"].detail
        assert answered(found)["tag"].hint is None
        assert answered(found)["versioning"].verdict == "unknown"
        assert not found.publishes
        assert preflight(elsewhere, allow_unversioned=True).publishes

    def test_what_people_run_into_is_tried_and_told(self, elsewhere, wire):
        wire.server = [drops_tags_in_parts, tells_no_version, refuses_if_match, *wire.server]
        found = answered(preflight(elsewhere))

        assert found["parts"].verdict == found["replace"].verdict == found["owner"].verdict == "no"
        assert "contains no version id" in found["parts"].detail
        assert "tags are dropped, and put on it later" in found["parts"].detail
        assert "refuses to replace anything" in found["replace"].detail
        assert "not enforced" in found["owner"].detail

    def test_where_all_of_it_works_that_is_told(self, elsewhere, wire):
        wire.before = lambda r: (
            wire.error(403, "AccessDenied") if r.header("x-amz-expected-bucket-owner") else None
        )
        found = answered(preflight(elsewhere))

        assert found["parts"].verdict == found["replace"].verdict == found["owner"].verdict == "yes"

    def test_who_is_refused_everything_may_have_a_wrong_key_and_publishing_says_the_same(
        self, elsewhere, deny, bundles
    ):
        """Ceph's gateway answers so to a wrong key, secret or token, where it has STS."""
        deny(lambda r: True)
        found = answered(preflight(elsewhere))
        assert {found[question].verdict for question in ("list", "read", "write")} == {"no"}
        assert {found[question].verdict for question in ("tag", "resume")} == {"unknown"}
        folder = bundles.write(bundles.assembly("MajajHong2015", b"rates"))
        for dry in (False, True):
            with pytest.raises(UsageError, match=r"may not .*, or the key may be wrong") as error:
                brainscore_data.publish(folder, elsewhere, dry_run=dry)
            assert "check the access key" in error.value.hint
        assert "key may be wrong" in found["write"].detail
        assert "check the access key" in found["write"].hint

    def test_somebody_who_may_only_read_is_told_so(self, elsewhere, deny):
        deny(lambda r: r.method in {"PUT", "POST", "DELETE"})
        found = preflight(elsewhere)

        assert not found.publishes
        verdicts = {question: answer.verdict for question, answer in answered(found).items()}
        assert (verdicts["read"], verdicts["list"], verdicts["write"]) == ("yes", "yes", "no")
        assert {verdicts["conditions"], verdicts["checksums"], verdicts["tag"]} == {"unknown"}
        assert "a permission is missing" in found.conclusion


class TestPublishing:
    @pytest.mark.parametrize("action", ["s3:PutObject", "s3:PutObjectTagging"])
    def test_without_a_permission_to_write_it_is_one_message_and_nothing_is_written(
        self, on_aws, deny, bundles, client, bucket, action
    ):
        deny(PERMISSIONS[action][1])
        folder = bundles.write(bundles.assembly("MajajHong2015", b"rates"))

        with pytest.raises(UsageError) as error:
            brainscore_data.publish(folder, on_aws)

        assert f"arn:aws:sts::123456789012:user/moto may not {action} on" in error.value.message
        assert "Versions" not in client.list_object_versions(Bucket=bucket)
        assert not (folder / "receipts.json").exists()

    @pytest.mark.parametrize(
        "action", ["s3:ListBucketMultipartUploads", "s3:ListMultipartUploadParts"]
    )
    def test_where_unfinished_uploads_may_not_be_listed_that_is_noted_once(
        self, on_aws, deny, bundles, action
    ):
        deny(PERMISSIONS[action][1])
        folder = bundles.write(
            bundles.assembly("MajajHong2015", b"rates"), bundles.assembly("Other2015", b"others")
        )

        published = brainscore_data.publish(folder, on_aws)

        assert sum("starts again from the beginning" in notice for notice in published.notices) == 1

    def test_where_the_server_keeps_no_tags_that_is_noted(self, wire, bucket, bundles, client):
        wire.before = lambda r: (
            wire.error(501, "NotImplemented") if "x-amz-tagging" in r.headers else None
        )
        folder = bundles.write(bundles.assembly("MajajHong2015", b"rates"))
        store = open_store(f"s3://{bucket}", endpoint_url=wire.endpoint_url)
        published = brainscore_data.publish(folder, store)

        assert any("keeps no tags" in notice for notice in published.notices)
        assert store.tags("assy_MajajHong2015.nc") == {}

    def test_a_server_that_refuses_conditions_is_published_to_with_versions_listed(
        self, wire, bucket, bundles
    ):
        """https://docs.netapp.com/us-en/storagegrid/release-notes/changes-to-s3-rest-api.html."""
        wire.before = lambda r: (
            wire.error(501, "NotImplemented")
            if any(name.lower().startswith("if-") for name in r.headers)
            else None
        )
        folder = bundles.write(bundles.assembly("MajajHong2015", b"rates"))
        store = open_store(f"s3://{bucket}", endpoint_url=wire.endpoint_url)
        (item,) = brainscore_data.publish(folder, store).receipts.items

        assert (item.nc.run.guard, item.nc.object.verified) == ("versions listed", "read back")
