"""Buckets, and files to put there."""

from __future__ import annotations

import sys
import time
from types import SimpleNamespace

import pytest

from brainscore_data.store.interface import Capabilities
from brainscore_data.store.s3.capabilities import Findings
from brainscore_data.store.urls import open_store


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch):
    """Neither this program nor boto3 before it tries again."""
    without = SimpleNamespace(sleep=lambda seconds: None, time=time.time)
    monkeypatch.setattr("brainscore_data.base.retry.sleep", without.sleep)
    if "botocore.endpoint" in sys.modules:
        monkeypatch.setattr("botocore.endpoint.time", without)


@pytest.fixture
def bucket(s3_server):
    return s3_server.new_bucket()


@pytest.fixture
def through(wire, bucket, monkeypatch):
    """A store in the bucket, reached through the wire."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    store = open_store(f"s3://{bucket}/brainio", endpoint_url=wire.endpoint_url)
    assert store.location.region == "us-east-1"  # asked for once, and not counted below
    wire.requests.clear()
    return store


@pytest.fixture
def as_aws(through, monkeypatch):
    """Let the store rely on what AWS does, where moto behind the wire does the same."""
    known = Capabilities(writable=True, versioning="enabled")
    monkeypatch.setitem(vars(through), "findings", Findings(known))


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "assembly.nc"
    path.write_bytes(b"spikes")
    return path


@pytest.fixture
def other(tmp_path):
    path = tmp_path / "other.nc"
    path.write_bytes(b"other spikes")
    return path
