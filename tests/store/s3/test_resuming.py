"""Uploads that are cut off, who goes on with them, and two writers at once."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from zlib import crc32

import pytest
import wire_faults as faults
from in_parts import (
    KEY,
    METADATA,
    SIZE,
    TAGS,
    at,
    begun,
    create,
    encoded,
    every,
    operation,
    operations,
    read,
    uploads,
)

from brainscore_data.store.interface import (
    Capabilities,
    KeyTakenError,
    ReadOnlyStoreError,
    StoreUnavailableError,
    VersionMovedError,
)
from brainscore_data.store.s3 import parts as s3_parts
from brainscore_data.store.s3.capabilities import Findings
from brainscore_data.store.s3.connection import Calls
from brainscore_data.store.s3.unfinished_uploads import uploads_below
from brainscore_data.store.urls import open_store
from brainscore_data.store.write import Write

AS_AWS = Capabilities(writable=True, versioning="enabled")

pytestmark = pytest.mark.usefixtures("small_parts", "as_aws")


def _completing(*, at_once):
    return Findings(replace(AS_AWS, completes_at_once=at_once))


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
        first = through.write(Write(KEY, source))
        wire.before = at("complete", lambda request: wire.error(412, "PreconditionFailed"))

        with pytest.raises(VersionMovedError, match="another writer"):
            through.write(Write(KEY, large, expected_version=first.version_id))

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

        assert through.write(Write(KEY, source)) == through.stat(KEY)
        assert operations(wire).count("put") == 2

    def test_a_conflict_that_stays_is_told(self, through, wire, source):
        wire.before = every("put", lambda request: wire.error(409, "ConditionalRequestConflict"))

        with pytest.raises(StoreUnavailableError, match="in the way each time"):
            through.write(Write(KEY, source))

    @pytest.mark.parametrize("where", ["here", "on another computer"])
    def test_two_runs_never_send_one_upload(
        self, through, wire, s3_server, client, bucket, large, content, monkeypatch, tmp_path, where
    ):
        """The second run finds the first one's parts while the first is still at work."""
        ended = []
        if where == "here":  # the lock tells, and not the age of the parts
            wire.server.insert(0, begun(timedelta(minutes=30)))

        def run_another():
            store = open_store(f"s3://{bucket}/brainio", endpoint_url=wire.endpoint_url)
            vars(store)["findings"] = Findings(AS_AWS)
            ended.append(create(store, large).version_id)

        def let_it_run(request):
            if where != "here":
                monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "their cache"))
            other = threading.Thread(target=run_another)
            other.start()
            other.join()

        wire.before = at("complete", let_it_run)
        with pytest.raises(KeyTakenError, match="another writer"):
            create(through, large)

        assert [version.version_id for version in through.versions(KEY)] == ended
        assert read(through) == content
        assert uploads(client, bucket) == []


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
        wire.server.insert(0, begun(timedelta(hours=hours)))
        counted = []
        tags = {**TAGS, "run": "the next"}
        created = through.write(Write(KEY, large, METADATA, tags, sent=counted.append))

        assert operations(wire).count("part") == 1
        assert "create" not in operations(wire)
        assert sum(counted) == SIZE
        assert through.tags(KEY, created.version_id) == tags
        assert read(through, created.version_id) == content
        assert created.sha256 == hashlib.sha256(content).hexdigest()
        assert uploads(client, bucket) == []

    @pytest.mark.parametrize(
        ("minutes", "at_once", "sent"), [(9, True, 3), (11, True, 1), (11, False, 3)]
    )
    def test_another_computers_is_continued_when_nobody_has_sent_a_part_for_ten_minutes(
        self,
        through,
        wire,
        large,
        content,
        client,
        bucket,
        cut_off,
        monkeypatch,
        tmp_path,
        minutes,
        at_once,
        sent,
    ):
        """And where a server completes it all at once, as it can be two that do so."""
        monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "another computer's"))
        monkeypatch.setitem(vars(through), "findings", _completing(at_once=at_once))
        wire.server.insert(0, begun(timedelta(minutes=minutes)))

        created = create(through, large)

        assert operations(wire).count("part") == sent
        assert len(uploads(client, bucket)) == (1 if sent == 3 else 0)
        assert read(through, created.version_id) == content

    def test_two_computers_that_join_it_in_the_same_second_make_one_version(
        self,
        through,
        s3_server,
        wire,
        large,
        content,
        client,
        bucket,
        cut_off,
        monkeypatch,
        tmp_path,
    ):
        monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "another computer's"))
        wire.server.insert(0, begun(timedelta(minutes=11)))
        wire.faults = [
            faults.AtCall(1, faults.waits_for_the_other(), each, onwards=True)
            for each in ("ListParts", "CompleteMultipartUpload")
        ]

        def join(number):
            store = open_store(f"s3://{bucket}/brainio", endpoint_url=wire.endpoint_url)
            vars(store)["findings"] = _completing(at_once=True)
            try:
                return create(store, large).version_id
            except (KeyTakenError, StoreUnavailableError):  # who publishes looks at what is there
                return None

        with ThreadPoolExecutor(2) as computers:
            told = {*computers.map(join, range(2))} - {None}

        parts = [request for request in wire.requests if operation(request) == "part"]
        # A connection that breaks is tried again: how often each was asked for is not the point.
        assert {request.query["partNumber"] for request in parts} == {"3"}
        assert "create" not in operations(wire)
        assert {version.version_id for version in through.versions(KEY)} == told
        assert len(told) == 1
        assert read(through) == content
        assert uploads(client, bucket) == []

    @pytest.mark.parametrize(("hours", "sent"), [(23, 1), (23.9, 3)])
    def test_ones_own_is_left_to_others_to_abort_where_that_could_tear_it(
        self, through, wire, large, content, cut_off, monkeypatch, hours, sent
    ):
        monkeypatch.setitem(vars(through), "findings", _completing(at_once=False))
        wire.server.insert(0, begun(timedelta(hours=hours)))

        create(through, large)

        assert operations(wire).count("part") == sent
        assert read(through) == content

    def test_ones_own_is_not_continued_while_another_computer_does(
        self, through, wire, large, content, cut_off
    ):
        """It has sent parts long after this computer did."""
        wire.server.insert(0, begun(timedelta(minutes=-11)))

        create(through, large)

        assert operations(wire).count("part") == 3
        assert read(through) == content

    def test_an_old_one_to_which_parts_still_come_is_not_aborted(
        self, through, wire, large, client, bucket
    ):
        where = {"Bucket": bucket, "Key": f"brainio/{KEY}"}
        slow = client.create_multipart_upload(**where)["UploadId"]
        client.upload_part(**where, UploadId=slow, PartNumber=1, Body=b"theirs")
        dated = begun(timedelta(hours=30))
        wire.server.insert(
            0, lambda r, ask: dated(r, ask) if r.operation == "ListMultipartUploads" else ask(r)
        )

        create(through, large)
        through.tidy([KEY])

        assert uploads(client, bucket) == [slow]

    def test_ones_own_that_has_no_part_yet_is_continued_too(
        self, through, wire, large, content, client, bucket
    ):
        wire.before = every("part", lambda request: wire.LOST)
        with pytest.raises(StoreUnavailableError):
            create(through, large)
        wire.before = lambda request: None
        wire.requests.clear()

        create(through, large)

        assert "create" not in operations(wire)
        assert read(through) == content
        assert uploads(client, bucket) == []

    def test_where_nothing_can_be_recorded_it_is_sent_all_the_same(
        self, through, large, content, monkeypatch, tmp_path
    ):
        (tmp_path / "file").write_text("no folder")
        monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "file"))

        create(through, large)

        assert read(through) == content

    def test_what_was_listed_when_the_server_was_tried_out_is_not_listed_again(
        self, through, s3_server, bucket, wire, large, content, cut_off
    ):
        there = uploads_below(Calls(through.connection, "brainio/"))
        again = open_store(f"s3://{bucket}/brainio", endpoint_url=wire.endpoint_url)
        vars(again)["findings"] = Findings(AS_AWS, uploads=there)
        wire.requests.clear()

        create(again, large)

        assert operations(wire).count("part") == 1
        assert "list uploads" not in operations(wire)
        assert read(through) == content

    def test_what_this_run_has_begun_since_then_is_found(
        self, through, wire, large, content, client, bucket, monkeypatch, one_at_a_time
    ):
        monkeypatch.setitem(vars(through), "findings", Findings(AS_AWS, uploads=[]))
        wire.before = every("complete", lambda request: wire.LOST)
        with pytest.raises(StoreUnavailableError):
            create(through, large)
        wire.before = lambda request: None
        wire.requests.clear()

        create(through, large)

        assert operations(wire).count("part") == 0
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

    def test_a_part_of_the_right_size_with_other_bytes_is_not_taken(
        self, through, wire, large, content, client, bucket, cut_off
    ):
        """moto lists no checksums: it is seen by the ETag."""
        (upload,) = uploads(client, bucket)
        where = {"Bucket": bucket, "Key": f"brainio/{KEY}", "UploadId": upload}
        size = client.list_parts(**where)["Parts"][0]["Size"]
        client.upload_part(**where, PartNumber=1, Body=bytes(size))

        create(through, large)

        assert operations(wire).count("part") == 3
        assert read(through) == content

    @pytest.mark.parametrize("what", ["end", "metadata", "tags"])
    def test_another_file_that_begins_alike_is_not_mixed_with_it(
        self, through, wire, large, content, client, bucket, cut_off, what
    ):
        wire.server.insert(0, begun(timedelta(hours=1)))
        left = uploads(client, bucket)
        metadata, tags = METADATA, TAGS
        if what == "end":
            large.write_bytes(content[:-1] + b"!")
        elif what == "metadata":
            metadata = {**METADATA, "writer": "another"}
        else:
            tags = {"visibility": "private"}
        created = through.write(Write(KEY, large, metadata, tags))

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
        wire.server.insert(0, begun(timedelta(hours=hours)))

        create(through, large)

        assert uploads(client, bucket) == ([upload, empty] if stays else [])

    @pytest.mark.parametrize("days", [-3, 3])
    def test_the_age_is_by_the_servers_clock(
        self, through, wire, large, client, bucket, monkeypatch, days
    ):
        from brainscore_data.store.s3 import unfinished_uploads as s3_uploads

        class WrongClock(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.now(tz) + timedelta(days=days)

        monkeypatch.setattr(s3_uploads, "datetime", WrongClock)
        where = {"Bucket": bucket, "Key": f"brainio/{KEY}"}
        young = client.create_multipart_upload(**where)["UploadId"]
        wire.server.insert(0, begun(timedelta(hours=1)))
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
        wire.server.insert(0, begun(timedelta(hours=hours)))

        through.tidy([KEY])

        assert len(uploads(client, bucket)) == stays

    def test_tidying_is_left_to_the_owner_where_it_is_forbidden(self, through, wire):
        wire.before = lambda request: wire.error(403, "AccessDenied", "no")

        through.tidy([KEY])

        assert operations(wire)

    @pytest.mark.usefixtures("nothing_collected")
    @pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
    def test_an_interrupted_one_says_that_the_next_run_goes_on(
        self, through, wire, large, client, bucket, content, one_at_a_time
    ):
        wire.before = at("part", lambda request: os.kill(os.getpid(), signal.SIGINT), number=2)

        with pytest.raises(KeyboardInterrupt) as interrupt:
            create(through, large)

        assert "the next run continues from there" in interrupt.value.__notes__[0]
        assert len(uploads(client, bucket)) == 1
        wire.requests.clear()
        create(through, large)
        assert operations(wire).count("part") <= 2
        assert read(through) == content


def test_what_was_looked_at_is_not_looked_at_again(through, wire, source):
    through.stat(KEY)
    wire.requests.clear()

    created = through.write(Write(KEY, source))

    assert operations(wire) == ["put"]
    wire.requests.clear()
    with pytest.raises(KeyTakenError):
        through.write(Write(KEY, source))
    assert operations(wire) == ["head"]
    assert through.versions(KEY) == [created]
