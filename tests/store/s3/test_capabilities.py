"""What is found out about a bucket and its server, and what that leaves behind."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from brainscore_data.base.errors import UsageError
from brainscore_data.store.s3.trial import PROBE_KEY
from brainscore_data.store.urls import open_store
from brainscore_data.store.write import Write

KEY = "assy_MajajHong2015_public.nc"


@pytest.fixture
def store(s3_server, bucket):
    return open_store(f"s3://{bucket}/brainio", endpoint_url=s3_server.endpoint_url)


@pytest.fixture
def again(wire, bucket):
    """The same store, opened by a later run."""
    return lambda: open_store(f"s3://{bucket}/brainio", endpoint_url=wire.endpoint_url)


@pytest.fixture
def on_aws(wire, bucket, playing_aws, monkeypatch):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    playing_aws(wire.endpoint_url)
    return open_store(f"s3://{bucket}/brainio")


@pytest.fixture
def left(client, bucket):
    """What lies in the bucket: the names of all versions, and the uploads that go on."""

    def look():
        versions = client.list_object_versions(Bucket=bucket).get("Versions", [])
        uploads = client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
        return [each["Key"] for each in versions], [each["Key"] for each in uploads]

    return look


def is_part(request):
    return request.method == "PUT" and "partNumber=" in request.path


def is_put(request):
    return request.method == "PUT" and "?" not in request.path


def is_complete(request):
    return request.method == "POST" and "uploadId=" in request.path


def strip(request, *beginnings):
    request.headers = {
        name: value
        for name, value in request.headers.items()
        if not name.lower().startswith(beginnings)
    }


class TestAServerThatIsNotAws:
    def test_one_that_honours_conditions_keeps_one_empty_object(self, again, left):
        assert again().capabilities().conditional
        assert left() == ([f"brainio/{PROBE_KEY}"], [])

        assert again().capabilities().conditional
        assert left() == ([f"brainio/{PROBE_KEY}"], [])

    def test_a_lost_answer_leaves_no_upload(self, again, wire, left):
        lost = []

        def lose(request, _answer):
            if request.operation == "CreateMultipartUpload" and not lost:
                lost.append(request)
                return wire.LOST
            return None

        wire.after = lose
        again().capabilities()

        assert lost
        assert left()[1] == []

    @pytest.mark.parametrize("checks", [True, False])
    def test_an_owner_that_is_not_looked_at_is_found_out(self, wire, bucket, checks):
        def look(request):
            said = request.header("x-amz-expected-bucket-owner")
            refuses = checks and said not in (None, "123456789012")
            return wire.error(403, "AccessDenied") if refuses else None

        wire.before = look
        options = {"endpoint_url": wire.endpoint_url, "expected_bucket_owner": "123456789012"}

        assert open_store(f"s3://{bucket}", **options).capabilities().checks_owner == checks

    def test_it_is_asked_once_per_run(self, again, wire):
        store = again()
        first = store.capabilities()
        wire.requests.clear()

        assert store.capabilities() is first
        assert wire.requests == []

    def test_finding_out_takes_few_requests(self, again, wire):
        again().capabilities()
        wire.requests.clear()
        again().capabilities()

        assert len(wire.requests) <= 11

    def test_moto_compares_no_checksums(self, store, source):
        """So what it says of an object's checksum is not believed."""
        found = store.capabilities()

        assert (found.checksums, found.tags) == ("ignored", True)
        assert store.write(Write(KEY, source)).sha256 is None

    def test_a_checksum_counts_where_checksums_are_compared(self, again, wire, source):
        wire.before = lambda r: (
            wire.error(400, "BadDigest") if is_part(r) and r.body == b"probe" else None
        )
        store = again()

        assert store.capabilities().checksums == "honoured"
        assert store.write(Write(KEY, source)).sha256 is not None

    def test_one_that_ignores_conditions_is_tried_out_once(self, again, wire, left):
        """https://docs.netapp.com/us-en/storagegrid/release-notes/changes-to-s3-rest-api.html."""
        wire.before = lambda request: strip(request, "if-")

        for _ in range(3):
            found = again().capabilities()
            assert (found.conditions, found.complete_conditions) == ("ignored", "ignored")
            assert (found.writable, found.conditional) == (True, False)

        names, uploads = left()
        assert len(names) <= 2
        assert uploads == []

    def test_one_that_honours_if_match_only_is_not_relied_on(self, again, wire, left):
        """Ceph RGW: https://github.com/open-rails/contentkit/releases/tag/v0.58.1."""
        wire.before = lambda request: strip(request, "if-none-match")

        for _ in range(2):
            found = again().capabilities()
            assert (found.conditions, found.conditional) == ("ignored", False)

        assert len(left()[0]) == 2

    def test_one_that_ignores_if_match_without_an_object_honours_conditions(self, again, wire):
        """MinIO until August 2025: https://github.com/minio/minio/issues/21526."""
        there = set()

        def forget(request):
            if is_put(request):
                if request.path not in there:
                    strip(request, "if-")
                there.add(request.path)

        wire.before = forget

        assert again().capabilities().conditional

    def test_one_that_ignores_conditions_on_complete_only_is_not_relied_on(self, again, wire, left):
        """https://github.com/ministackorg/ministack/pull/1435."""
        wire.before = lambda r: strip(r, "if-") if is_complete(r) else None

        for _ in range(3):
            found = again().capabilities()
            assert (found.conditions, found.complete_conditions) == ("honoured", "ignored")
            assert not found.conditional

        names, uploads = left()
        assert len(names) == 2
        assert uploads == []

    def test_one_that_refuses_conditions_gets_a_record_of_that_once(self, again, wire, left):
        """https://docs.netapp.com/us-en/storagegrid/release-notes/changes-to-s3-rest-api.html."""
        wire.before = lambda r: (
            wire.error(501, "NotImplemented")
            if any(name.lower().startswith("if-") for name in r.headers)
            else None
        )
        for _ in range(3):
            found = again().capabilities()
            assert (found.conditions, found.complete_conditions) == ("refused", "refused")
        names, uploads = left()
        assert (len(names), uploads) == (1, [])
        assert again().conditions_hold() is False

    def test_a_reader_learns_from_the_record_what_writers_found(self, again, wire, left):
        assert again().conditions_hold() is True  # nobody has published here
        again().capabilities()
        assert again().conditions_hold() is True
        wire.before = lambda r: strip(r, "if-")
        again().capabilities()
        before = left()
        assert again().conditions_hold() is False
        assert left() == before

    def test_a_reader_who_may_not_read_the_record_does_not_know(self, again, wire):
        wire.before = lambda r: wire.error(403, "AccessDenied") if "probe" in r.path else None
        assert again().conditions_hold() is None

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (400, "InvalidArgument"),
            (501, "NotImplemented"),
            (411, "MissingContentLength"),
            (400, "XAmzContentChecksumMismatch"),
        ],
    )
    def test_one_that_refuses_checksums_is_sent_content_md5(
        self, again, wire, source, status, code
    ):
        """Backblaze B2: https://www.backblaze.com/docs/cloud-storage-s3-compatible-api."""
        wire.before = lambda r: (
            wire.error(status, code, "Unsupported header")
            if any(name.lower().startswith(("x-amz-checksum", "x-amz-sdk")) for name in r.headers)
            and r.method in {"PUT", "POST"}
            else None
        )
        store = again()
        found = store.capabilities()
        wire.requests.clear()
        created = store.write(Write(KEY, source))

        assert (found.checksums, found.conditional) == ("refused", True)
        (put,) = [request for request in wire.requests if request.method == "PUT"]
        assert "Content-MD5" in put.headers
        assert created.sha256 is None

    def test_one_that_refuses_to_tell_checksums_is_read_without_them(self, again, wire, source):
        """Backblaze B2: https://github.com/vatesfr/xen-orchestra/issues/8358."""
        wire.before = lambda r: (
            wire.error(400, "InvalidArgument", "Unsupported header 'x-amz-checksum-mode'")
            if "x-amz-checksum-mode" in {name.lower() for name in r.headers}
            else None
        )
        store = again()
        created = store.write(Write(KEY, source))

        assert store.stat(KEY) == created
        with store.open(KEY) as stream:
            assert stream.read() == b"spikes"
        wire.requests.clear()
        store.open(KEY).close()
        assert len(wire.requests) == 1  # it remembers

    def test_one_without_tags_and_versions_is_told(self, again, wire):
        """Cloudflare R2: https://developers.cloudflare.com/r2/api/s3/api/."""
        wire.before = lambda r: (
            wire.error(501, "NotImplemented")
            if "x-amz-tagging" in {name.lower() for name in r.headers} or "versioning" in r.path
            else None
        )
        found = again().capabilities()

        assert (found.versioning, found.versioned, found.tags) == ("unknown", False, False)
        assert (found.writable, found.conditional) == (True, True)

    def test_what_an_earlier_run_could_not_abort_is_aborted_after_a_day(
        self, again, wire, client, bucket, left
    ):
        client.create_multipart_upload(Bucket=bucket, Key=f"brainio/{PROBE_KEY}")
        client.create_multipart_upload(Bucket=bucket, Key=f"brainio/{KEY}")
        hours = 23

        def age(request, answer):
            started = datetime.now(UTC) - timedelta(hours=hours)
            told = f"<Initiated>{started:%Y-%m-%dT%H:%M:%S.000Z}".encode()
            answer.body = re.sub(rb"<Initiated>[^<]*", told, answer.body)
            answer.headers.pop("Content-Length", None)

        wire.after = age
        again().capabilities()
        assert len(left()[1]) == 2  # another run may be at work

        hours = 25
        again().capabilities()
        assert left()[1] == [f"brainio/{KEY}"]  # the probe's own only

    def test_one_that_may_only_be_read_is_not_writable(self, again, wire):
        wire.before = lambda r: wire.error(403, "AccessDenied") if r.method != "GET" else None

        assert not again().capabilities().writable


class TestAws:
    def test_nothing_is_written(self, on_aws, left, wire):
        found = on_aws.capabilities()

        assert (found.writable, found.versioned, found.conditional) == (True, True, True)
        assert (found.checksums, found.tags) == ("honoured", True)
        assert left() == ([], [])
        assert {request.method for request in wire.requests} == {"HEAD", "GET", "POST", "DELETE"}
        assert on_aws.location.endpoint is None

    def test_without_permission_to_write_it_is_not_writable(self, on_aws, wire):
        wire.before = lambda r: wire.error(403, "AccessDenied") if r.method == "POST" else None

        found = on_aws.findings
        assert not found.capabilities.writable
        assert "may not s3:PutObject on" in str(found.problems["write"])
        assert "tag" not in found.problems

    def test_without_permission_to_tag_it_is_not_writable(self, on_aws, wire, left):
        wire.before = lambda r: (
            wire.error(403, "AccessDenied") if "x-amz-tagging" in r.headers else None
        )

        found = on_aws.findings
        assert (found.capabilities.writable, found.capabilities.tags) == (False, False)
        assert "may not s3:PutObjectTagging on" in found.capabilities.obstacle
        assert left() == ([], [])

    def test_without_permission_to_abort_it_says_so(self, on_aws, wire):
        wire.before = lambda r: wire.error(403, "AccessDenied") if r.method == "DELETE" else None

        found = on_aws.findings
        assert found.capabilities.writable
        assert "may not s3:AbortMultipartUpload on" in str(found.problems["abort"])

    def test_without_permission_to_ask_the_versioning_is_unknown(self, on_aws, wire):
        wire.before = lambda r: wire.error(403, "AccessDenied") if "?versioning" in r.path else None

        found = on_aws.findings
        assert (found.capabilities.versioning, found.capabilities.versioned) == ("unknown", False)
        assert "may not s3:GetBucketVersioning on" in str(found.problems["versioning"])


class TestVersioning:
    @pytest.mark.parametrize(
        ("state", "found"), [("Enabled", "enabled"), ("Suspended", "suspended")]
    )
    def test_it_is_told_in_words(self, s3_server, client, state, found):
        bucket = s3_server.new_bucket()
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": state})
        store = open_store(f"s3://{bucket}", endpoint_url=s3_server.endpoint_url)

        assert store.capabilities().versioning == found

    def test_a_bucket_that_never_had_it_says_so(self, s3_server):
        bucket = s3_server.new_bucket(versioned=False)
        store = open_store(f"s3://{bucket}", endpoint_url=s3_server.endpoint_url)

        assert store.capabilities().versioning == "never enabled"

    def test_a_suspended_bucket_counts_as_unversioned(self, s3_server, client):
        bucket = s3_server.new_bucket()
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
        store = open_store(f"s3://{bucket}", endpoint_url=s3_server.endpoint_url)

        assert not store.capabilities().versioned


class TestOptions:
    def test_the_buckets_owner_is_sent_with_every_request(self, wire, bucket, source, other):
        store = open_store(
            f"s3://{bucket}",
            endpoint_url=wire.endpoint_url,
            expected_bucket_owner="123456789012",
        )
        store.capabilities()
        created = store.write(Write(KEY, source, tags={"run": "1"}))
        store.write(Write(KEY, other, expected_version=created.version_id))
        store.versions(KEY)
        store.tags(KEY)
        store.open(KEY).close()

        assert len(wire.requests) > 15
        said = [r.headers.get("x-amz-expected-bucket-owner") for r in wire.requests]
        # Once it is asked whether another owner's would be refused.
        assert sorted(set(said)) == ["000000000000", "123456789012"]
        assert said.count("000000000000") == 1

    def test_a_bucket_of_another_owner_is_told(self, wire, bucket):
        wire.before = lambda request: wire.error(403, "AccessDenied")
        store = open_store(
            f"s3://{bucket}", endpoint_url=wire.endpoint_url, expected_bucket_owner="123456789012"
        )

        with pytest.raises(UsageError, match="belongs to account 123456789012"):
            store.open(KEY)

    @pytest.mark.parametrize("owner", ["", "123", "12345678901x", "1234-5678-9012"])
    def test_an_owner_that_is_no_account_is_refused(self, owner):
        with pytest.raises(UsageError, match="12 digits"):
            open_store("s3://bucket", expected_bucket_owner=owner)

    def test_a_file_of_certificates_that_is_not_there_is_named(self, tmp_path):
        with pytest.raises(UsageError, match=r"missing\.pem: there is no such file"):
            open_store("s3://bucket", ca_bundle=str(tmp_path / "missing.pem"))

    def test_credentials_can_be_handed_over(self, wire, bucket):
        import boto3

        session = boto3.Session("another-key", "its-secret", region_name="us-east-1")
        open_store(f"s3://{bucket}", endpoint_url=wire.endpoint_url, session=session).stat(KEY)

        assert all("another-key" in r.headers["Authorization"] for r in wire.requests)
