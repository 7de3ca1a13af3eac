"""A repository with plugins, and a bucket that they pin."""

from __future__ import annotations

import json

import pytest
from auditing_lab import Lab


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(params=[True])
def lab(request, s3_server, client, tmp_path, capsys, receipts_of):
    bucket = s3_server.new_bucket(versioned=request.param)
    return Lab(tmp_path / "vision", bucket, s3_server, client, capsys, receipts_of)


@pytest.fixture
def everybody_may_read(lab):
    """Give the bucket a policy; moto honours it, without its conditions."""
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
        "Resource": f"arn:aws:s3:::{lab.bucket}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    lab.client.put_bucket_policy(Bucket=lab.bucket, Policy=policy)
