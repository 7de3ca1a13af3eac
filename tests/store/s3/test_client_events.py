"""What is noticed of a client's requests."""

from __future__ import annotations

from io import BytesIO

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from urllib3 import HTTPResponse

from brainscore_data.store.s3.client_events import Route, note_way


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
    client = boto3.Session("key", "secret", region_name="us-east-2").client(
        "s3", endpoint_url=endpoint_url, config=Config(s3={"addressing_style": style})
    )
    client.meta.events.register(
        "before-send",
        lambda request, **_: AWSResponse(
            request.url, 200, {}, HTTPResponse(BytesIO(), preload_content=False)
        ),
    )
    way = Route()
    note_way(client, "lab", way)

    client.head_bucket(Bucket="lab")
    assert way.found is None
    client.get_object(Bucket="lab", Key="of the/lab/data+1.nc", VersionId="v1")
    assert way.found == (address, "us-east-2")
