"""What is noticed of a client's requests."""

from __future__ import annotations

from collections import Counter
from io import BytesIO

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from urllib3 import HTTPResponse

from brainscore_data.store.s3.client_events import (
    Route,
    note_way,
    repeat_all_that_was_lost,
    send_at_once_what_is_small,
)


def client_of(endpoint_url=None, style="auto"):
    config = Config(
        s3={"addressing_style": style},
        request_checksum_calculation="when_required",
        retries={"mode": "standard"},
    )
    session = boto3.Session("key", "secret", region_name="us-east-2")
    return session.client("s3", endpoint_url=endpoint_url, config=config)


def answered(request, **_):
    """Play the server."""
    return AWSResponse(request.url, 200, {}, HTTPResponse(BytesIO(), preload_content=False))


@pytest.mark.parametrize(
    ("endpoint_url", "style", "address"),
    [
        (None, "auto", "https://lab.s3.us-east-2.amazonaws.com/"),
        (None, "path", "https://s3.us-east-2.amazonaws.com/lab/"),
        ("http://localhost:9000", "path", "http://localhost:9000/lab/"),
        ("https://gateway.example/s3", "path", "https://gateway.example/s3/lab/"),
        ("https://s3.example", "virtual", "https://lab.s3.example/"),
        ("https://s3.example/lab", "path", "https://s3.example/lab/lab/"),
        ("https://s3.example/lab", "virtual", "https://lab.s3.example/lab/"),
        ("https://lab.example", "path", "https://lab.example/lab/"),
    ],
)
def test_the_address_of_a_buckets_objects_is_read_off_a_request_for_one(
    endpoint_url, style, address
):
    """However the server names buckets and is named itself, and whatever is in the key."""
    client = client_of(endpoint_url, style)
    client.meta.events.register("before-send", answered)
    way = Route()
    note_way(client, "lab", way)

    client.head_bucket(Bucket="lab")
    assert way.found is None
    client.get_object(Bucket="lab", Key="of the/lab/data+1.nc", VersionId="v1")
    assert way.found == (address, "us-east-2")


@pytest.mark.parametrize("in_memory", [True, False], ids=["bytes", "a file"])
@pytest.mark.parametrize(
    ("size", "asks"), [(0, False), (2 * 2**20, False), (2 * 2**20 + 1, True), (2**24, True)]
)
def test_only_what_is_large_is_announced_before_it_is_sent(tmp_path, size, asks, in_memory):
    client, sent = client_of(), []
    send_at_once_what_is_small(client)

    def send(request, **_):
        sent.append(request)
        return answered(request)

    client.meta.events.register("before-send", send)
    path = tmp_path / "a.nc"
    path.write_bytes(bytes(size))
    with path.open("rb") as file:
        body = file.read() if in_memory else file
        client.put_object(Bucket="lab", Key="a.nc", Body=body)
        client.upload_part(Bucket="lab", Key="a.nc", UploadId="u", PartNumber=1, Body=body)

    assert ["Expect" in request.headers for request in sent] == [asks, asks]
    assert {request.headers["Content-Length"] for request in sent} == {str(size)}


def test_what_got_no_answer_is_announced_when_it_is_sent_again():
    client, asks = client_of(), []
    send_at_once_what_is_small(client)

    def send(request, **_):
        asks.append("Expect" in request.headers)
        if len(asks) == 1:
            raise ConnectionClosedError(endpoint_url=request.url)
        return answered(request)

    client.meta.events.register("before-send", send)
    client.put_object(Bucket="lab", Key="a.nc", Body=b"spikes")

    assert asks == [False, True]


@pytest.mark.parametrize("said", [None, 500, 503])
def test_what_failed_on_its_way_is_repeated_however_often_others_were(said):
    """botocore stops when so many failed."""
    client, attempts = client_of(), Counter()
    repeat_all_that_was_lost(client)

    def send(request, **_):
        attempts[request.url] += 1
        if "good" in request.url and attempts[request.url] == 3:
            return answered(request)
        if said is None:
            raise ConnectionClosedError(endpoint_url=request.url)
        return AWSResponse(request.url, said, {}, HTTPResponse(BytesIO(), preload_content=False))

    client.meta.events.register("before-send", send)
    for number in range(60):
        with pytest.raises((ClientError, ConnectionClosedError)):
            client.head_object(Bucket="lab", Key=f"bad{number}")
    client.head_object(Bucket="lab", Key="good")

    assert set(attempts.values()) == {3}
