"""Files that are sent in parts, uploads that are cut off, and who goes on with them."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import threading
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zlib import crc32

import pytest

from brainscore_data.errors import DataError
from brainscore_data.store import s3_calls, s3_integrity, s3_multipart, s3_parts, s3_writing
from brainscore_data.store.interface import (
    KeyTakenError,
    ReadOnlyStoreError,
    StoreUnavailableError,
    VersionMovedError,
)
from brainscore_data.store.s3_abilities import Abilities
from brainscore_data.store.urls import open_store

KEY = "assy_MajajHong2015_public.nc"
METADATA = {"identifier": "MajajHong2015.public", "writer": "w"}
TAGS = {"visibility": "public"}
SIZE = 12_000_000
PART = 5 * 2**20  # the least that S3 takes


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """Three parts of a file of 12 MB, and nobody waits between attempts."""
    monkeypatch.setattr(s3_writing, "SINGLE_PUT_BYTES", PART)
    monkeypatch.setattr(s3_parts, "PART_BYTES", PART)
    monkeypatch.setattr(s3_parts, "SPREAD", 4096)
    monkeypatch.setattr(s3_calls, "sleep", lambda seconds: None)


@pytest.fixture
def one_at_a_time(monkeypatch):
    monkeypatch.setattr(s3_multipart, "PARTS_AT_ONCE", 1)


@pytest.fixture(scope="module")
def content():
    return os.urandom(SIZE)


@pytest.fixture
def large(tmp_path, content):
    path = tmp_path / "large.nc"
    path.write_bytes(content)
    return path


def encoded(number):
    return b64encode(number.to_bytes(4, "big")).decode()


def read(store, version_id=None):
    with store.open(KEY, version_id) as stream:
        return stream.read()


def operation(request):
    """Name a request by S3's word for it."""
    query = parse_qs(urlsplit(request.path).query, keep_blank_values=True)
    known = {
        ("POST", True, False): "create",
        ("PUT", False, True): "part",
        ("POST", False, True): "complete",
        ("DELETE", False, True): "abort",
        ("GET", True, False): "list uploads",
        ("GET", False, True): "list parts",
    }
    if "tagging" in query and request.method == "PUT":
        return "tag"
    found = known.get((request.method, "uploads" in query, "uploadId" in query))
    return found or {"PUT": "put", "HEAD": "head"}.get(request.method, request.method)


def operations(wire):
    return [operation(request) for request in wire.requests]


def at(wanted, do, number=1):
    """Do something at the n-th request of a kind."""
    seen = []

    def hook(request, *answer):
        if operation(request) != wanted:
            return None
        seen.append(request)
        return do(request, *answer) if len(seen) == number else None

    return hook


def every(wanted, do):
    return lambda request, *answer: do(request, *answer) if operation(request) == wanted else None


def begun(ago):
    """Let uploads be as old as is said; moto has them all begin in 2010."""
    date = (datetime.now(UTC) - ago).strftime("%Y-%m-%dT%H:%M:%S.000Z").encode()

    def hook(request, answer):
        if operation(request) == "list uploads":
            answer.body = re.sub(rb"<Initiated>[^<]*", b"<Initiated>" + date, answer.body)
            answer.headers.pop("Content-Length", None)

    return hook


def uploads(client, bucket):
    return [u["UploadId"] for u in client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])]


def create(store, path):
    return store.create(KEY, path, METADATA, TAGS)


class TestWhatIsSent:
    def test_it_comes_back_whole_and_vouched_for(self, through, large, content):
        created = create(through, large)

        assert read(through) == read(through, created.version_id) == content
        assert created == through.stat(KEY) == through.stat(KEY, created.version_id)
        assert created.sha256 == hashlib.sha256(content).hexdigest()
        assert created.metadata == {
            **METADATA,
            "sha1": hashlib.sha1(content).hexdigest(),  # noqa: S324
            "sha256": hashlib.sha256(content).hexdigest(),
            "crc32": encoded(crc32(content)),
        }
        assert through.tags(KEY) == TAGS

    def test_every_part_and_the_whole_carry_a_checksum_and_the_last_call_the_condition(
        self, through, wire, large, content
    ):
        sums, bodies = [], []

        def sum_up(request):
            if operation(request) == "part":
                sums.append(encoded(crc32(request.body)))
            bodies.append(request.body if operation(request) == "complete" else b"")

        wire.before = sum_up
        create(through, large)

        started, *parts, completed = [
            r for r in wire.requests if operation(r) in {"create", "part", "complete"}
        ]
        assert started.headers["x-amz-checksum-algorithm"] == "CRC32"
        assert started.headers["x-amz-checksum-type"] == "FULL_OBJECT"
        assert {r.headers["x-amz-checksum-crc32"] for r in parts} == set(sums)
        assert completed.headers["x-amz-checksum-crc32"] == encoded(crc32(content))
        assert completed.headers["x-amz-checksum-type"] == "FULL_OBJECT"
        assert completed.headers["x-amz-mp-object-size"] == str(SIZE)
        assert completed.headers["If-None-Match"] == "*"
        assert b"".join(bodies).count(b"<ChecksumCRC32>") == len(parts) == 3

    def test_a_replacement_is_bound_to_the_version_it_replaces(
        self, through, wire, source, large, content
    ):
        first = through.create(KEY, source, {}, {})
        second = through.replace(KEY, large, {}, {}, expected_version=first.version_id)

        completed = next(r for r in wire.requests if operation(r) == "complete")
        assert completed.headers["If-Match"] == f'"{hashlib.md5(b"spikes").hexdigest()}"'  # noqa: S324
        assert [v.version_id for v in through.versions(KEY)] == [
            first.version_id,
            second.version_id,
        ]
        assert read(through) == content

    def test_the_checksum_in_the_answer_is_enough(self, through, wire, large, content):
        """As AWS answers; moto gives the checksum to those only who ask."""

        def answer_like_aws(request, answer):
            checksum = f"<ChecksumCRC32>{encoded(crc32(content))}</ChecksumCRC32>".encode()
            answer.body = answer.body.replace(b"<ETag>", checksum + b"<ETag>")
            answer.headers.pop("Content-Length", None)

        wire.after = every("complete", answer_like_aws)
        through.stat(KEY)
        wire.requests.clear()
        created = create(through, large)

        assert created.sha256 == hashlib.sha256(content).hexdigest()
        assert operations(wire)[:2] == ["list uploads", "create"]
        assert sorted(operations(wire)[2:]) == ["complete", "part", "part", "part"]

    def test_a_server_that_keeps_no_checksum_vouches_for_nothing(self, through, wire, large):
        def forget(request, answer):
            for name in list(answer.headers):
                if name.lower().startswith("x-amz-checksum"):
                    del answer.headers[name]

        wire.after = every("head", forget)

        assert create(through, large).sha256 is None

    def test_the_last_byte_that_is_not_large_goes_in_one_request(
        self, through, wire, tmp_path, content
    ):
        path = tmp_path / "limit.nc"
        path.write_bytes(content[:PART])
        through.create(KEY, path, {}, {})

        assert operations(wire) == ["head", "put"]
        assert read(through) == content[:PART]

    def test_it_is_told_how_much_is_on_its_way(self, through, wire, large, client, bucket):
        counted = []
        wire.after = at("part", lambda request, answer: wire.LOST, number=2)
        through.create(KEY, large, METADATA, TAGS, sent=counted.append)

        assert sum(counted) == SIZE
        assert min(counted) > 0

    def test_who_sent_it_is_said_when_it_is_complete(self, through, wire, large):
        tags = {**TAGS, "uploadedBy": "hvm (lab)", "run": "1", "commit": "c" * 40}
        created = through.create(KEY, large, METADATA, tags)

        started = next(r for r in wire.requests if operation(r) == "create")
        assert started.headers["x-amz-tagging"] == "visibility=public"
        done = operations(wire)
        assert done[done.index("complete") + 1] == "tag"
        assert through.tags(KEY, created.version_id) == {**tags, "uploadedBy": "hvm _lab_"}

    @pytest.mark.parametrize("handling", ["refused", "unknown"])
    def test_another_server_gets_a_content_md5_for_each_part(
        self, through, wire, large, content, monkeypatch, handling
    ):
        abilities = Abilities(checksums=handling, complete_conditions="refused", tags=False)
        monkeypatch.setitem(vars(through), "_abilities", abilities)
        sums = []
        wire.before = every(
            "part",
            lambda r: sums.append(b64encode(hashlib.md5(r.body).digest()).decode()),  # noqa: S324
        )
        through.create(KEY, large, METADATA, {**TAGS, "run": "1"})

        sent = [r for r in wire.requests if operation(r) in {"create", "part", "complete"}]
        assert sorted(r.headers["Content-MD5"] for r in sent[1:-1]) == sorted(sums)
        for request in (sent[0], sent[-1]):
            assert ("x-amz-checksum-type" in request.headers) == (handling == "unknown")
        assert "If-None-Match" not in sent[-1].headers
        assert (read(through), through.tags(KEY)) == (content, {})


class TestTheWayIsBad:
    @pytest.mark.parametrize("fault", ["lost", "500", "503", "429"])
    @pytest.mark.parametrize("call", ["create", "part", "complete"])
    def test_a_call_that_fails_once_is_made_again(
        self, through, wire, large, content, client, bucket, fault, call
    ):
        answer = wire.LOST if fault == wire.LOST else wire.error(int(fault), "TooMany")
        wire.before = at(call, lambda request: answer, number=2 if call == "part" else 1)

        created = create(through, large)

        assert read(through, created.version_id) == content
        assert uploads(client, bucket) == []
        assert len(through.versions(KEY)) == 1

    def test_an_error_inside_a_good_answer_is_an_error(self, through, wire, large):
        error = b"<Error><Code>InternalError</Code><Message>try again</Message></Error>"

        def fail(request):
            found = wire.error(200, "InternalError")
            found.body = b'<?xml version="1.0" encoding="UTF-8"?>\n   ' + error
            return found

        wire.before = every("complete", fail)

        with pytest.raises(StoreUnavailableError, match="InternalError"):
            create(through, large)
        assert through.versions(KEY) == []

        wire.before = at("complete", fail)
        assert create(through, large) == through.stat(KEY)

    @pytest.mark.parametrize(
        ("status", "code"), [(412, "PreconditionFailed"), (404, "NoSuchUpload")]
    )
    def test_an_object_whose_confirmation_got_lost_is_recognised(
        self, through, wire, large, content, status, code
    ):
        wire.after = at("complete", lambda request, answer: wire.LOST)
        wire.before = at("complete", lambda request: wire.error(status, code), number=2)
        tags = {**TAGS, "run": "1"}

        created = through.create(KEY, large, METADATA, tags)

        assert [created] == through.versions(KEY)
        assert through.tags(KEY, created.version_id) == tags
        assert read(through) == content

    def test_anothers_object_is_not_taken_for_the_one_whose_confirmation_got_lost(
        self, through, wire, large, client, bucket
    ):
        def write_first(request):
            client.put_object(Bucket=bucket, Key=f"brainio/{KEY}", Body=b"theirs")

        wire.before = at("complete", write_first)
        wire.after = at("complete", lambda request, answer: wire.LOST)

        with pytest.raises(StoreUnavailableError, match="answer got lost"):
            create(through, large)

        assert read(through) == b"theirs"

    @pytest.mark.parametrize("call", ["part", "complete"])
    def test_an_upload_that_another_run_ended_is_to_be_looked_at(self, through, wire, large, call):
        wire.before = at(call, lambda request: wire.error(404, "NoSuchUpload"))

        with pytest.raises(StoreUnavailableError, match="another run has ended the upload"):
            create(through, large)

    def test_bytes_that_change_on_the_way_are_refused_and_nothing_stays(
        self, through, wire, large, client, bucket
    ):
        wire.before = at("part", lambda request: wire.error(400, "BadDigest"))

        with pytest.raises(DataError, match="not those that were announced"):
            create(through, large)

        assert through.versions(KEY) == []
        assert uploads(client, bucket) == []

    def test_a_file_that_changes_meanwhile_is_not_stored(
        self, through, wire, large, client, bucket, one_at_a_time
    ):
        def write_to_it(request):
            with large.open("r+b") as file:
                file.seek(SIZE - 1)
                last = file.read(1)
                file.seek(SIZE - 1)
                file.write(bytes([last[0] ^ 1]))

        wire.before = at("part", write_to_it)

        with pytest.raises(DataError, match="the file changed while it was being stored"):
            create(through, large)

        assert "complete" not in operations(wire)
        assert through.versions(KEY) == []
        assert uploads(client, bucket) == []

    def test_a_file_that_shrinks_meanwhile_is_not_stored(
        self, through, wire, large, client, bucket, one_at_a_time
    ):
        wire.before = at("part", lambda request: os.truncate(large, PART + 9))

        with pytest.raises(DataError, match="the file changed while it was being stored"):
            create(through, large)

        assert through.versions(KEY) == []
        assert uploads(client, bucket) == []

    def test_a_small_file_that_shrinks_meanwhile_is_not_stored(self, through, source, monkeypatch):
        def measured_then_shrunk(stream, **options):
            found = s3_integrity.measured(stream, **options)
            source.write_bytes(b"s")
            return found

        monkeypatch.setattr(s3_writing, "measured", measured_then_shrunk)

        with pytest.raises(DataError, match="the file changed while it was being stored"):
            create(through, source)

        assert through.versions(KEY) == []

    @pytest.mark.parametrize("call", ["create", "part", "complete"])
    def test_what_is_forbidden_fails_at_once(self, through, wire, bucket, large, call):
        wire.before = every(call, lambda request: wire.error(403, "AccessDenied", "no"))

        with pytest.raises(ReadOnlyStoreError, match=f"may not s3:PutObject on .*{bucket}.*{KEY}"):
            create(through, large)

        assert operations(wire).count(call) <= s3_multipart.PARTS_AT_ONCE

    def test_it_can_be_written_where_listing_is_forbidden(self, through, wire, large, content):
        wire.before = every("list uploads", lambda request: wire.error(403, "AccessDenied", "no"))

        create(through, large)

        assert read(through) == content

    def test_credentials_that_expire_are_renewed(
        self, through, wire, large, content, monkeypatch, one_at_a_time
    ):
        def expire(request):
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", "renewed")
            return wire.error(400, "ExpiredToken")

        wire.before = at("part", expire, number=2)

        create(through, large)

        assert read(through) == content
        keys = [
            re.search(r"Credential=(\w+)/", r.headers["Authorization"])[1] for r in wire.requests
        ]
        assert keys[0] == "testing"
        assert keys[-1] == "renewed"

    def test_credentials_that_stay_expired_are_told(self, through, wire, large):
        wire.before = every("part", lambda request: wire.error(400, "ExpiredToken"))

        with pytest.raises(Exception, match="credentials have expired"):
            create(through, large)


class TestTwoWritersAtOnce:
    def test_the_later_is_told_that_the_key_is_taken(self, through, wire, large, client, bucket):
        def write_first(request):
            client.put_object(Bucket=bucket, Key=f"brainio/{KEY}", Body=b"theirs")

        wire.before = at("complete", write_first)

        with pytest.raises(KeyTakenError, match="another writer"):
            create(through, large)

        assert read(through) == b"theirs"
        assert uploads(client, bucket) == []

    def test_the_later_replacement_is_told_that_the_version_moved(
        self, through, wire, large, source
    ):
        """Moto does not look at If-Match on the last call; AWS answers like this."""
        first = through.create(KEY, source, {}, {})
        wire.before = at("complete", lambda request: wire.error(412, "PreconditionFailed"))

        with pytest.raises(VersionMovedError, match="another writer"):
            through.replace(KEY, large, {}, {}, expected_version=first.version_id)

    def test_a_conflict_starts_over_with_a_new_upload(
        self, through, wire, large, content, client, bucket
    ):
        wire.before = at("complete", lambda request: wire.error(409, "ConditionalRequestConflict"))

        create(through, large)

        assert operations(wire).count("create") == 2
        assert read(through) == content
        assert uploads(client, bucket) == []

    def test_a_conflict_on_a_small_file_is_tried_again(self, through, wire, source):
        wire.before = at("put", lambda request: wire.error(409, "ConditionalRequestConflict"))

        assert through.create(KEY, source, {}, {}) == through.stat(KEY)
        assert operations(wire).count("put") == 2

    def test_a_conflict_that_stays_is_told(self, through, wire, source):
        wire.before = every("put", lambda request: wire.error(409, "ConditionalRequestConflict"))

        with pytest.raises(StoreUnavailableError, match="in the way each time"):
            through.create(KEY, source, {}, {})

    def test_two_runs_that_share_an_upload_store_it_once(
        self, through, wire, s3_server, bucket, large, content
    ):
        """The second run finds the first one's parts while the first is still at work."""
        ended = []

        def run_another():
            store = open_store(f"s3://{bucket}/brainio", endpoint_url=s3_server.endpoint_url)
            ended.append(create(store, large))

        def let_it_run(request):
            other = threading.Thread(target=run_another)
            other.start()
            other.join()

        wire.before = at("complete", let_it_run)
        created = create(through, large)

        assert through.versions(KEY) == [created] == ended
        assert read(through) == content


class TestAnUploadThatWasCutOff:
    @pytest.fixture
    def cut_off(self, through, wire, large, one_at_a_time):
        """The line breaks for good after two of three parts."""
        seen = []

        def fail(request):
            if operation(request) == "part":
                seen.append(request)
            return wire.LOST if len(seen) > 2 else None

        wire.before = fail
        with pytest.raises(StoreUnavailableError):
            create(through, large)
        wire.before = lambda request: None
        wire.requests.clear()

    @pytest.mark.parametrize("hours", [0, 30])
    def test_the_next_run_sends_what_is_missing(
        self, through, wire, large, content, client, bucket, cut_off, hours
    ):
        wire.after = begun(timedelta(hours=hours))
        counted = []
        tags = {**TAGS, "run": "the next"}
        created = through.create(KEY, large, METADATA, tags, sent=counted.append)

        assert operations(wire).count("part") == 1
        assert "create" not in operations(wire)
        assert sum(counted) == SIZE
        assert through.tags(KEY, created.version_id) == tags
        assert read(through, created.version_id) == content
        assert created.sha256 == hashlib.sha256(content).hexdigest()
        assert uploads(client, bucket) == []

    def test_parts_are_compared_by_the_servers_checksum_where_it_gives_one(
        self, through, wire, large, content, cut_off
    ):
        """As AWS lists them, and with ETags that are no MD5, as with KMS."""

        def list_like_aws(request, answer):
            sums = iter(sums_of_parts)
            answer.body = re.sub(
                rb"<ETag>[^<]*</ETag>",
                lambda found: (
                    b"<ETag>&quot;kms&quot;</ETag><ChecksumCRC32>%b</ChecksumCRC32>" % next(sums)
                ),
                answer.body,
            )
            answer.headers.pop("Content-Length", None)

        def stop(request):
            return wire.error(403, "AccessDenied")  # moto does not know these ETags

        salt = s3_parts.salt_of(
            hashlib.sha256(content).hexdigest(),
            {
                **METADATA,
                "sha1": hashlib.sha1(content).hexdigest(),  # noqa: S324
                "sha256": hashlib.sha256(content).hexdigest(),
                "crc32": encoded(crc32(content)),
            },
            TAGS,
        )
        plan = s3_parts.plan_parts(SIZE, salt)
        sums_of_parts = [
            encoded(crc32(content[part.start : part.start + part.size])).encode() for part in plan
        ]
        wire.after = every("list parts", list_like_aws)
        wire.before = every("complete", stop)
        with pytest.raises(ReadOnlyStoreError):
            create(through, large)
        assert operations(wire).count("part") == 1

        sums_of_parts[1] = sums_of_parts[0]
        wire.requests.clear()
        with pytest.raises(ReadOnlyStoreError):
            create(through, large)
        assert operations(wire).count("part") == 3

    @pytest.mark.parametrize("what", ["end", "metadata", "tags"])
    def test_another_file_that_begins_alike_is_not_mixed_with_it(
        self, through, wire, large, content, client, bucket, cut_off, what
    ):
        wire.after = begun(timedelta(hours=1))
        left = uploads(client, bucket)
        metadata, tags = METADATA, TAGS
        if what == "end":
            large.write_bytes(content[:-1] + b"!")
        elif what == "metadata":
            metadata = {**METADATA, "writer": "another"}
        else:
            tags = {"visibility": "private"}
        created = through.create(KEY, large, metadata, tags)

        assert operations(wire).count("part") == 3
        assert read(through) == large.read_bytes()
        assert created.sha256 == hashlib.sha256(large.read_bytes()).hexdigest()
        assert created.metadata["writer"] == metadata["writer"]
        assert through.tags(KEY) == tags
        assert uploads(client, bucket) == left

    @pytest.mark.parametrize(("hours", "stays"), [(23, True), (25, False)])
    def test_another_runs_upload_is_aborted_after_a_day_only(
        self, through, wire, large, client, bucket, hours, stays
    ):
        where = {"Bucket": bucket, "Key": f"brainio/{KEY}"}
        upload = client.create_multipart_upload(**where)["UploadId"]
        client.upload_part(**where, UploadId=upload, PartNumber=1, Body=b"theirs")
        empty = client.create_multipart_upload(**where)["UploadId"]
        wire.after = begun(timedelta(hours=hours))

        create(through, large)

        assert uploads(client, bucket) == ([upload, empty] if stays else [])

    @pytest.mark.parametrize("days", [-3, 3])
    def test_the_age_is_by_the_servers_clock(
        self, through, wire, large, client, bucket, monkeypatch, days
    ):
        from brainscore_data.store import s3_leftovers

        class WrongClock(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.now(tz) + timedelta(days=days)

        monkeypatch.setattr(s3_leftovers, "datetime", WrongClock)
        where = {"Bucket": bucket, "Key": f"brainio/{KEY}"}
        young = client.create_multipart_upload(**where)["UploadId"]
        wire.after = begun(timedelta(hours=1))
        create(through, large)

        assert uploads(client, bucket) == [young]

    def test_uploads_of_keys_that_begin_alike_are_left_alone(self, through, large, client, bucket):
        for name in (f"brainio/{KEY}.old", KEY, "other"):
            client.create_multipart_upload(Bucket=bucket, Key=name)

        create(through, large)
        through.tidy([KEY])

        assert len(uploads(client, bucket)) == 3

    @pytest.mark.parametrize(("hours", "stays"), [(23, 1), (25, 0)])
    def test_tidying_needs_no_write(self, through, wire, client, bucket, hours, stays):
        client.create_multipart_upload(Bucket=bucket, Key=f"brainio/{KEY}")
        wire.after = begun(timedelta(hours=hours))

        through.tidy([KEY])

        assert len(uploads(client, bucket)) == stays

    def test_tidying_is_left_to_the_owner_where_it_is_forbidden(self, through, wire):
        wire.before = lambda request: wire.error(403, "AccessDenied", "no")

        through.tidy([KEY])

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
    def test_an_interrupted_one_says_that_the_next_run_goes_on(
        self, through, wire, large, client, bucket, content, one_at_a_time
    ):
        wire.before = at("part", lambda request: os.kill(os.getpid(), signal.SIGINT), number=2)

        with pytest.raises(KeyboardInterrupt) as interrupt:
            create(through, large)

        assert "the next run goes on from there" in interrupt.value.__notes__[0]
        assert len(uploads(client, bucket)) == 1
        wire.requests.clear()
        create(through, large)
        assert operations(wire).count("part") <= 2
        assert read(through) == content


def test_what_was_looked_at_is_not_looked_at_again(through, wire, source):
    through.stat(KEY)
    wire.requests.clear()

    created = through.create(KEY, source, {}, {})

    assert operations(wire) == ["put"]
    wire.requests.clear()
    with pytest.raises(KeyTakenError):
        through.create(KEY, source, {}, {})
    assert operations(wire) == ["head"]
    assert through.versions(KEY) == [created]
