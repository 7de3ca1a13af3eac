"""What is particular to a store in an S3 bucket."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode

import pytest

from brainscore_data.base import retry
from brainscore_data.base.errors import UsageError
from brainscore_data.store.interface import (
    KeyTakenError,
    NotStoredError,
    StoreUnavailableError,
    VersionMovedError,
)
from brainscore_data.store.published import standing_version
from brainscore_data.store.s3 import parts as s3_parts
from brainscore_data.store.s3 import writing as s3_writing
from brainscore_data.store.urls import open_store
from brainscore_data.store.write import Write

KEY = "assy_MajajHong2015_public.nc"


@pytest.fixture
def store(s3_server, bucket):
    return open_store(f"s3://{bucket}/brainio", endpoint_url=s3_server.endpoint_url)


def read(store, key=KEY, version_id=None):
    with store.open(key, version_id) as stream:
        return stream.read()


class TestWhatIsWritten:
    def test_a_key_goes_below_the_prefix(self, store, client, bucket, source):
        created = store.write(Write(KEY, source, {"writer": "w"}, {"visibility": "public"}))

        found = client.get_object(Bucket=bucket, Key=f"brainio/{KEY}")
        assert found["Body"].read() == b"spikes"
        assert (found["VersionId"], found["Metadata"]) == (created.version_id, {"writer": "w"})
        assert store.location.url == f"s3://{bucket}/brainio"
        assert (store.location.bucket, store.location.prefix) == (bucket, "brainio/")

    def test_the_write_carries_its_condition_and_its_checksum(self, through, wire, source, other):
        created = through.write(Write(KEY, source))
        through.write(Write(KEY, other, expected_version=created.version_id))

        first, second = [r.headers for r in wire.requests if r.method == "PUT"]
        checksums = [b64encode(hashlib.sha256(p.read_bytes()).digest()) for p in (source, other)]
        assert [first["x-amz-checksum-sha256"], second["x-amz-checksum-sha256"]] == [
            checksum.decode() for checksum in checksums
        ]
        assert first["If-None-Match"] == "*"
        assert second["If-Match"] == f'"{hashlib.md5(b"spikes").hexdigest()}"'  # noqa: S324

    def test_a_write_is_one_request_after_one_look(self, through, wire, source):
        through.write(Write(KEY, source, tags={"visibility": "public"}))

        assert [request.method for request in wire.requests] == ["HEAD", "PUT"]

    def test_reading_a_version_is_one_request(self, through, wire, source):
        version_id = through.write(Write(KEY, source)).version_id
        wire.requests.clear()

        assert read(through, version_id=version_id) == b"spikes"
        assert [request.method for request in wire.requests] == ["GET"]

    def test_characters_that_s3_refuses_in_tags_become_underscores(self, store, source):
        tags = {"uploadedBy": "Mária <m@lab.edu>", "dataset": "a&b=c d/e", "run": ""}
        store.write(Write(KEY, source, tags=tags))

        assert store.tags(KEY) == {
            "uploadedBy": "Mária _m@lab.edu_",
            "dataset": "a_b=c d/e",
            "run": "",
        }

    @pytest.mark.parametrize(
        "tags", [{str(n): "x" for n in range(11)}, {"k" * 129: "v"}, {"k": "v" * 257}]
    )
    def test_more_tags_than_s3_keeps_are_refused(self, store, source, tags):
        with pytest.raises(UsageError, match="tag"):
            store.write(Write(KEY, source, tags=tags))

        assert store.versions(KEY) == []

    @pytest.mark.parametrize(
        "metadata",
        [{"author": "Mária"}, {"Writer": "w"}, {"a": " b"}, {"a": "b\nc"}, {"a": "b" * 2048}],
    )
    def test_metadata_that_s3_would_change_or_refuse_is_refused(self, store, source, metadata):
        with pytest.raises(UsageError, match="metadata"):
            store.write(Write(KEY, source, metadata))

        assert store.versions(KEY) == []

    def test_a_file_that_s3_does_not_take_in_one_object_is_refused(
        self, store, source, monkeypatch
    ):
        monkeypatch.setattr(s3_writing, "SINGLE_PUT_BYTES", 5)
        monkeypatch.setattr(s3_parts, "OBJECT_BYTES", 5)

        with pytest.raises(UsageError, match="in one object"):
            store.write(Write(KEY, source))

        assert store.versions(KEY) == []


class TestWhatOthersWrote:
    def test_it_has_no_metadata_and_no_sha256(self, store, client, bucket):
        client.put_object(Bucket=bucket, Key=f"brainio/{KEY}", Body=b"spikes")

        found = store.stat(KEY)

        assert (found.size, found.metadata, found.sha256) == (6, {}, None)
        assert read(store) == b"spikes"

    def test_a_multipart_checksum_is_not_taken_for_one_of_the_bytes(self, store, client, bucket):
        where = {"Bucket": bucket, "Key": f"brainio/{KEY}"}
        upload = client.create_multipart_upload(**where, ChecksumAlgorithm="SHA256")["UploadId"]
        part = client.upload_part(
            **where, UploadId=upload, PartNumber=1, Body=b"spikes", ChecksumAlgorithm="SHA256"
        )
        parts = [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]}]
        client.complete_multipart_upload(**where, UploadId=upload, MultipartUpload={"Parts": parts})

        assert store.stat(KEY).size == 6
        assert store.stat(KEY).sha256 is None

    def test_many_versions_are_listed_over_several_pages(
        self, store, client, bucket, source, monkeypatch
    ):
        monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
        for name in (f"{KEY}.bak", "aaa"):
            client.put_object(Bucket=bucket, Key=f"brainio/{name}", Body=b"")
        written = [
            client.put_object(Bucket=bucket, Key=f"brainio/{KEY}", Body=b"x")["VersionId"]
            for _ in range(5)
        ]

        assert [version.version_id for version in store.versions(KEY)] == written


class TestADeleteMarkerOnTop:
    @pytest.fixture
    def deleted(self, store, client, bucket, source):
        created = store.write(Write(KEY, source))
        marker = client.delete_object(Bucket=bucket, Key=f"brainio/{KEY}")["VersionId"]
        return created, marker

    def test_it_is_told(self, store, deleted):
        _, marker = deleted

        for found in (store.stat(KEY), store.stat(KEY, marker)):
            assert (found.version_id, found.deleted, found.size) == (marker, True, 0)
        assert [version.deleted for version in store.versions(KEY)] == [False, True]

    def test_what_others_put_on_top_of_it_is_listed_last(
        self, through, wire, client, bucket, deleted
    ):
        """AWS lists versions and markers apart, and dates them to the second."""
        created, marker = deleted
        top = client.put_object(Bucket=bucket, Key=f"brainio/{KEY}", Body=b"x")["VersionId"]

        def date_to_the_second(request, answer):
            answer.body = re.sub(
                rb"<LastModified>[^<]*", b"<LastModified>2015-09-30T13:42:18.000Z", answer.body
            )
            answer.headers.pop("Content-Length", None)

        wire.after = date_to_the_second

        found = [version.version_id for version in through.versions(KEY)]
        assert found == [created.version_id, marker, top]

    def test_one_below_another_version_is_told_on_ceph_too(self, ceph_rgw, source):
        """A HEAD of it is answered there as if there were nothing."""
        bucket, client = ceph_rgw.new_bucket(), ceph_rgw.client()
        store = open_store(f"s3://{bucket}/brainio", endpoint_url=ceph_rgw.endpoint_url)
        store.write(Write(KEY, source))
        client.delete_object(Bucket=bucket, Key=f"brainio/{KEY}")
        by_hand = client.put_object(Bucket=bucket, Key=f"brainio/{KEY}", Body=b"by hand")
        client.close()

        assert [version.deleted for version in store.versions(KEY)] == [False, True, False]
        assert standing_version(store, KEY, conditional=False).version_id == by_hand["VersionId"]

    def test_the_key_counts_as_taken(self, store, deleted, other):
        created, marker = deleted

        with pytest.raises(KeyTakenError, match="deleted"):
            store.write(Write(KEY, other))
        for expected in (created.version_id, marker):
            with pytest.raises(VersionMovedError):
                store.write(Write(KEY, other, expected_version=expected))

    def test_pinned_versions_stay_readable(self, store, deleted):
        created, marker = deleted

        assert read(store, version_id=created.version_id) == b"spikes"
        for version_id in (None, marker):
            with pytest.raises(NotStoredError):
                store.open(KEY, version_id)


class TestABucketThatIsNotVersioned:
    @pytest.fixture(params=["never", "suspended"])
    def bucket(self, request, s3_server, client):
        name = s3_server.new_bucket(versioned=request.param == "suspended")
        if request.param == "suspended":
            client.put_bucket_versioning(
                Bucket=name, VersioningConfiguration={"Status": "Suspended"}
            )
        return name

    def test_it_says_so(self, store):
        found = store.capabilities()

        assert (found.writable, found.versioned) == (True, False)

    def test_what_is_created_has_no_version_id(self, store, source):
        created = store.write(Write(KEY, source, {"writer": "w"}))

        assert created.version_id is None
        assert store.stat(KEY) == created
        assert [version.version_id for version in store.versions(KEY)] == [None]
        assert read(store) == b"spikes"

    def test_nothing_is_replaced(self, store, source, other):
        store.write(Write(KEY, source))

        for expected in ("null", ""):
            with pytest.raises(UsageError, match="not versioned"):
                store.write(Write(KEY, other, expected_version=expected))
        assert read(store) == b"spikes"

    def test_a_pin_on_null_stays_readable_when_versioning_is_enabled(
        self, store, client, bucket, source, other
    ):
        store.write(Write(KEY, source))
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        store.write(Write(KEY, other, expected_version="null"))

        assert (read(store, version_id="null"), read(store)) == (b"spikes", b"other spikes")


class TestTwoWritersAtOnce:
    @pytest.fixture
    def beaten(self, wire, client, bucket):
        """Another writer is always faster: it writes between the look and the write."""

        def write_first(request):
            if request.method == "PUT":
                client.put_object(Bucket=bucket, Key=f"brainio/{KEY}", Body=b"theirs")

        wire.before = write_first

    def test_the_later_create_is_told_that_the_key_is_taken(self, through, beaten, source):
        with pytest.raises(KeyTakenError, match="another writer"):
            through.write(Write(KEY, source))

        assert read(through) == b"theirs"
        assert len(through.versions(KEY)) == 1

    def test_the_later_replace_is_told_that_the_version_moved(
        self, store, through, beaten, source, other
    ):
        first = store.write(Write(KEY, source))

        with pytest.raises(VersionMovedError, match="another writer"):
            through.write(Write(KEY, other, expected_version=first.version_id))

        assert read(through) == b"theirs"

    def test_two_writes_at_the_same_moment_are_to_be_tried_again(
        self, through, wire, source, monkeypatch
    ):
        monkeypatch.setattr(retry, "sleep", lambda seconds: None)
        wire.before = lambda r: (
            wire.error(409, "ConditionalRequestConflict") if r.method == "PUT" else None
        )

        with pytest.raises(StoreUnavailableError, match="ConditionalRequestConflict"):
            through.write(Write(KEY, source))
