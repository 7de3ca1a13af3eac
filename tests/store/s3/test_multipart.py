"""Files that are sent in parts, over a good line and over a bad one."""

from __future__ import annotations

import hashlib
import os
import re
from base64 import b64encode
from zlib import crc32

import pytest
from in_parts import (
    KEY,
    METADATA,
    PART,
    SIZE,
    TAGS,
    at,
    create,
    encoded,
    every,
    operation,
    operations,
    read,
    uploads,
)

from brainscore_data.base import files
from brainscore_data.base.door import BLOCK
from brainscore_data.base.errors import DataError
from brainscore_data.github.aws_role import Role, session_with_role
from brainscore_data.github.id_tokens import token_source
from brainscore_data.store.interface import Capabilities, ReadOnlyStoreError, StoreUnavailableError
from brainscore_data.store.s3 import multipart as s3_multipart
from brainscore_data.store.s3 import writing as s3_writing
from brainscore_data.store.s3.capabilities import Findings
from brainscore_data.store.s3.parts import Slice
from brainscore_data.store.urls import open_store
from brainscore_data.store.write import Write

pytestmark = pytest.mark.usefixtures("small_parts", "as_aws")


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

    def test_of_a_part_no_more_than_two_blocks_are_held_in_memory(
        self, through, large, monkeypatch
    ):
        """So that a file of any size takes as much."""
        held, read_on = [], Slice.read

        def read_and_count(piece, size=-1):
            block = read_on(piece, size)
            held.append(len(block))
            return block

        monkeypatch.setattr(Slice, "read", read_and_count)
        create(through, large)

        assert max(held) < 2 * BLOCK
        assert sum(held) >= SIZE

    def test_a_replacement_is_bound_to_the_version_it_replaces(
        self, through, wire, source, large, content
    ):
        first = through.write(Write(KEY, source))
        second = through.write(Write(KEY, large, expected_version=first.version_id))

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
        through.write(Write(KEY, path))

        assert operations(wire) == ["head", "put"]
        assert read(through) == content[:PART]

    def test_it_is_told_how_much_is_on_its_way(self, through, wire, large, client, bucket):
        counted = []
        wire.after = at("part", lambda request, answer: wire.LOST, number=2)
        through.write(Write(KEY, large, METADATA, TAGS, sent=counted.append))

        assert sum(counted) == SIZE
        assert min(counted) > 0

    def test_who_sent_it_is_said_when_it_is_begun(self, through, wire, large):
        """From the first moment: a run that is killed later cannot leave it out."""
        tags = {**TAGS, "uploadedBy": "hvm (lab)", "run": "1", "commit": "c" * 40}
        created = through.write(Write(KEY, large, METADATA, tags))

        assert "tag" not in operations(wire)
        assert through.tags(KEY, created.version_id) == {**tags, "uploadedBy": "hvm _lab_"}

    @pytest.mark.parametrize("handling", ["refused", "unknown"])
    def test_another_server_gets_a_content_md5_for_each_part(
        self, through, wire, large, content, monkeypatch, handling
    ):
        known = Capabilities(
            writable=True,
            versioning="enabled",
            checksums=handling,
            complete_conditions="refused",
            tags=False,
        )
        monkeypatch.setitem(vars(through), "findings", Findings(known))
        sums = []
        wire.before = every(
            "part",
            lambda r: sums.append(b64encode(hashlib.md5(r.body).digest()).decode()),  # noqa: S324
        )
        through.write(Write(KEY, large, METADATA, {**TAGS, "run": "1"}))

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

    def test_a_lost_answer_to_its_beginning_leaves_nothing_behind(
        self, through, wire, large, client, bucket
    ):
        wire.after = at("create", lambda request, answer: wire.LOST)

        create(through, large)

        assert operations(wire).count("create") == 2
        assert uploads(client, bucket) == []

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

        created = through.write(Write(KEY, large, METADATA, tags))

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

    @pytest.mark.parametrize("place", [SIZE - 1, SIZE * 2 // 3])
    def test_a_file_that_changes_meanwhile_is_not_stored(
        self, through, wire, large, client, bucket, one_at_a_time, place
    ):
        def write_to_it(request):
            with large.open("r+b") as file:
                file.seek(place)
                there = file.read(1)
                file.seek(place)
                file.write(bytes([there[0] ^ 1]))

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
        def measured_then_shrunk(path):
            found = files.measured(path)
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

    def test_those_of_a_session_that_was_handed_over_are_renewed_ahead_of_their_time(
        self, s3_server, bucket, wire, large, content, sts, issuer
    ):
        role = Role("arn:aws:iam::123456789012:role/publisher", "run-77", sts_endpoint_url=sts.url)
        tokens = token_source(issuer.environment, mask=lambda secret: None)
        session = session_with_role(role, tokens, sleep=lambda seconds: None)
        store = open_store(f"s3://{bucket}", endpoint_url=wire.endpoint_url, session=session)
        store.location  # noqa: B018 - it asks for the region
        wire.before = at("part", lambda request: wire.error(400, "ExpiredToken"), number=2)

        create(store, large)

        assert read(store) == content
        assert len(sts.bodies) == len(issuer.minted) == 2

    def test_credentials_that_stay_expired_are_told(self, through, wire, large):
        wire.before = every("part", lambda request: wire.error(400, "ExpiredToken"))

        with pytest.raises(Exception, match="credentials have expired"):
            create(through, large)
