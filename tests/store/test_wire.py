"""The server that tests put in front of S3: it refuses and loses what it is said to."""

from __future__ import annotations

import io
import zlib
from base64 import b64encode

import boto3
import pytest
import wire_faults as faults
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ResponseStreamingError
from wire_servers import (
    ChecksChecksums,
    dates_uploads,
    forgets_checksums,
    ignores_conditions,
    refuses_trailers,
)

BODY = b"spikes" * 1000
ONCE = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})


def sha256_of_other_bytes():
    return b64encode(b"0" * 32).decode()


def code_of(caught):
    return caught.value.response["Error"]["Code"]


@pytest.fixture
def near(wire):
    client = boto3.client("s3", endpoint_url=wire.endpoint_url, config=ONCE)
    yield client
    client.close()


@pytest.fixture
def over_tls(wire_over_tls):
    client = boto3.client("s3", endpoint_url=wire_over_tls.endpoint_url, config=ONCE)
    yield client
    client.close()


@pytest.fixture
def put(near, bucket):
    return lambda **more: near.put_object(Bucket=bucket, Key="a.nc", Body=BODY, **more)


@pytest.mark.parametrize(
    "announced",
    [
        {"ChecksumSHA256": sha256_of_other_bytes()},
        {"ChecksumSHA1": b64encode(b"0" * 20).decode()},
        {"ChecksumCRC32": b64encode(b"0" * 4).decode()},
        {"ContentMD5": b64encode(b"0" * 16).decode()},
    ],
)
def test_bytes_that_are_not_the_announced_ones_are_refused(put, client, bucket, announced):
    with pytest.raises(ClientError) as refused:
        put(**announced)

    assert code_of(refused) == "BadDigest"
    assert "Contents" not in client.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_a_bit_flipped_on_the_way_is_noticed_by_every_checksum(wire, put, algorithm):
    put(ChecksumAlgorithm=algorithm)
    wire.faults = [faults.flips_a_bit]

    with pytest.raises(ClientError) as refused:
        put(ChecksumAlgorithm=algorithm)

    assert code_of(refused) == "BadDigest"


def test_a_checksum_in_a_trailer_is_checked_too(wire_over_tls, over_tls, bucket):
    def put_stream():
        over_tls.put_object(Bucket=bucket, Key="a.nc", Body=io.BytesIO(BODY))

    put_stream()
    assert over_tls.get_object(Bucket=bucket, Key="a.nc")["Body"].read() == BODY
    assert wire_over_tls.requests[0].header("x-amz-trailer") == "x-amz-checksum-crc32"
    wire_over_tls.faults = [faults.flips_a_bit]
    with pytest.raises(ClientError) as refused:
        put_stream()
    assert code_of(refused) == "BadDigest"


@pytest.mark.parametrize("code", ["MissingContentLength", "NotImplemented"])
def test_a_server_can_refuse_trailers(wire_over_tls, over_tls, bucket, code):
    wire_over_tls.server.insert(0, refuses_trailers(code))

    with pytest.raises(ClientError) as refused:
        over_tls.put_object(Bucket=bucket, Key="a.nc", Body=io.BytesIO(BODY))
    assert code_of(refused) == code
    over_tls.put_object(
        Bucket=bucket,
        Key="a.nc",
        Body=io.BytesIO(BODY),
        ChecksumCRC32=b64encode(zlib.crc32(BODY).to_bytes(4)).decode(),
    )


@pytest.fixture
def multipart(near, bucket, monkeypatch):
    """Upload three parts; `complete` takes what is announced of the whole."""
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1)
    where = {"Bucket": bucket, "Key": "a.nc"}
    where["UploadId"] = near.create_multipart_upload(
        **where, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT"
    )["UploadId"]
    parts = [
        {
            "PartNumber": number,
            "ETag": near.upload_part(**where, PartNumber=number, Body=body)["ETag"],
        }
        for number, body in enumerate((BODY[:1000], BODY[1000:5999], BODY[5999:]), start=1)
    ]
    return lambda **whole: near.complete_multipart_upload(
        **where, MultipartUpload={"Parts": parts}, ChecksumType="FULL_OBJECT", **whole
    )


def test_a_checksum_of_a_whole_multipart_upload_is_checked(multipart, client, bucket):
    for whole, code in [
        ({"ChecksumCRC32": b64encode(b"0000").decode()}, "BadDigest"),
        ({"MpuObjectSize": len(BODY) + 1}, "InvalidRequest"),
    ]:
        with pytest.raises(ClientError) as refused:
            multipart(**whole)
        assert code_of(refused) == code

    right = b64encode(zlib.crc32(BODY).to_bytes(4)).decode()
    multipart(ChecksumCRC32=right, MpuObjectSize=len(BODY))
    assert client.get_object(Bucket=bucket, Key="a.nc")["Body"].read() == BODY


def test_a_server_that_is_not_aws_knows_neither_conditions_nor_checksums(wire, put, client, bucket):
    wire.server = [ignores_conditions, forgets_checksums, ChecksChecksums()]
    first = put(IfNoneMatch="*", ChecksumSHA256=sha256_of_other_bytes())
    put(IfNoneMatch="*")

    assert "ChecksumSHA256" not in first
    assert len(client.list_object_versions(Bucket=bucket)["Versions"]) == 2
    with pytest.raises(ClientError) as refused:
        put(ContentMD5=b64encode(b"0" * 16).decode())
    assert code_of(refused) == "BadDigest"


def test_a_multipart_upload_is_possible_without_checksums(wire, near, multipart, client, bucket):
    wire.server = [ignores_conditions, forgets_checksums, ChecksChecksums()]
    answer = multipart(ChecksumCRC32=b64encode(b"0000").decode())

    assert not any("Checksum" in name for name in answer)
    assert client.get_object(Bucket=bucket, Key="a.nc")["Body"].read() == BODY


def test_uploads_can_be_made_older(wire, near, multipart, bucket):
    wire.server.insert(0, dates_uploads("2015-09-30T12:00:00.000Z"))

    (listed,) = near.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert listed["Initiated"].year == 2015


def test_a_fault_happens_at_the_call_it_is_meant_for(wire, put, client, bucket):
    fault = faults.AtCall(2, faults.loses_answer, "PutObject", key="a.nc")
    wire.faults = [fault]

    put()
    assert not fault.happened
    with pytest.raises(ConnectionClosedError):
        put()
    put()
    assert fault.happened
    assert len(client.list_object_versions(Bucket=bucket)["Versions"]) == 3
    assert wire.operations() == ["PutObject"] * 3


def test_a_connection_can_be_reset_while_the_body_is_sent(wire, near, client, bucket):
    wire.cuts = lambda request: request.operation == "PutObject"

    with pytest.raises(ConnectionClosedError):
        near.put_object(Bucket=bucket, Key="a.nc", Body=b"x" * 20_000_000)
    assert "Contents" not in client.list_objects_v2(Bucket=bucket)


def test_an_answer_can_come_before_the_body(wire, near, client, bucket):
    wire.early = lambda r: wire.error(503, "SlowDown") if r.operation == "PutObject" else None

    with pytest.raises(ClientError) as refused:
        near.put_object(Bucket=bucket, Key="a.nc", Body=b"x" * 20_000_000)
    assert code_of(refused) == "SlowDown"
    assert wire.requests[0].size == 0
    assert "Contents" not in client.list_objects_v2(Bucket=bucket)


def test_an_answer_can_break_off(wire, put, near, bucket):
    put()
    wire.faults = [faults.breaks_answer_off]

    with pytest.raises(ResponseStreamingError):
        near.get_object(Bucket=bucket, Key="a.nc")["Body"].read()


def test_large_bodies_are_counted_and_not_kept(wire, near, bucket):
    near.put_object(Bucket=bucket, Key="a.nc", Body=bytes(3_000_000))

    assert (wire.requests[0].size, wire.requests[0].body) == (3_000_000, b"")
