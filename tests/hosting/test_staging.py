"""Bundles of somebody who may not publish: put with credentials for hours, approved, and copied.

Ceph's gateway holds to policies of sessions and roles. moto holds to none, and keeps checksums.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from staging_lab import Lab, written

import brainscore_data
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.cli import main
from brainscore_data.publishing.submitting import submit
from brainscore_data.records.bundle import bundle_digest
from brainscore_data.records.receipts import load_receipts
from brainscore_data.store.s3.staging import put_only
from brainscore_data.store.urls import open_store, staging_at

CSV = "stimulus_MajajHong2015.csv"


@pytest.fixture(params=["moto", "ceph"])
def lab(request, tmp_path, monkeypatch):
    server = request.getfixturevalue({"moto": "s3_server", "ceph": "ceph_rgw"}[request.param])
    monkeypatch.chdir(tmp_path)
    return Lab(server)


@pytest.fixture
def bundle(bundles):
    return bundles.write(
        bundles.stimulus_set("MajajHong2015", b"csv", b"zip", visibility="private")
    )


def test_what_is_submitted_and_approved_is_copied_and_has_a_receipt(lab, bundle, capsys):
    done = submit(bundle, lab.place, session=lab.granted(lab.role()), **lab.endpoint)
    assert done.digest == bundle_digest(bundle)
    line = ["publish", done.url, "--store", lab.url, "--endpoint-url", lab.server.endpoint_url]
    assert main(line) == 2
    assert "published if its digest is approved" in capsys.readouterr().err
    assert main([*line, "--approve-digest", done.digest]) == 0
    [item] = load_receipts(Path("receipts.json")).items
    store = open_store(lab.url, **lab.endpoint)
    assert (item.csv.run.status, item.visibility) == ("new", "private")
    for file, content in ((item.csv, b"csv"), (item.zip, b"zip")):
        key = file.object.key.removeprefix("data/")
        with store.open(key, file.object.version_id) as stream:
            assert stream.read() == content
        assert store.tags(key, file.object.version_id)["visibility"] == "private"
        assert store.stat(key).metadata["sha256"] == file.object.sha256
        assert len(store.versions(key)) == 1
    assert main([*line, "--approve-digest", done.digest]) == 0
    [again] = load_receipts(Path("receipts.json")).items
    assert again.csv.object == item.csv.object


def test_what_was_put_in_its_place_after_the_approval_is_not_published(lab, bundle):
    done = submit(bundle, lab.place, **lab.endpoint)
    place = done.url.removeprefix(f"s3://{lab.bucket}/")
    client = lab.server.client()
    client.put_object(
        Bucket=lab.bucket, Key=f"{place}/{CSV}", Body=b"CSV", Metadata={"sha256": "0"}
    )
    with pytest.raises(DataError, match="other bytes than the one that was approved"):
        brainscore_data.publish(done.url, lab.url, approve_digest=done.digest, **lab.endpoint)
    assert f"data/{CSV}" not in lab.names()
    client.put_object(Bucket=lab.bucket, Key=f"{place}/bundle.json", Body=b"{}")
    with pytest.raises(UsageError, match="not the bundle that was approved"):
        brainscore_data.publish(done.url, lab.url, approve_digest=done.digest, **lab.endpoint)


def test_what_admins_grant_can_put_in_one_place_and_do_nothing_else(lab, bundle):
    role = lab.role()
    client = lab.granted(role).client("s3", region_name="us-east-1", **lab.endpoint)
    [statement] = json.loads(put_only(lab.bucket, "data/staging/jane"))["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{lab.bucket}/data/staging/jane/*",
    }
    if not lab.server.keeps_lists:
        return  # moto holds to no policy
    done = submit(bundle, lab.place, session=lab.granted(role), **lab.endpoint)
    key = f"{done.url.removeprefix(f's3://{lab.bucket}/')}/{CSV}"
    for refused in (
        lambda: client.get_object(Bucket=lab.bucket, Key=key),
        lambda: client.list_objects_v2(Bucket=lab.bucket),
        lambda: client.delete_object(Bucket=lab.bucket, Key=key),
        lambda: client.put_object(Bucket=lab.bucket, Key=f"data/{CSV}", Body=b""),
        lambda: client.put_object(Bucket=lab.bucket, Key="data/staging/janet/a", Body=b""),
    ):
        with pytest.raises(ClientError) as error:
            refused()
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_grant_longer_than_its_role_allows_is_refused(lab, capsys):
    role = lab.role(hours=2)
    line = ["grant", "jane", "--store", lab.url, "--role", role]
    line += ["--endpoint-url", lab.server.endpoint_url]
    assert main([*line, "--hours", "3"]) == 2
    told = capsys.readouterr()
    assert "3 hours are longer than the role allows" in told.err
    assert told.out == ""
    assert main([*line, "--hours", "2"]) == 0
    out = capsys.readouterr().out
    assert re.findall(r"^export (\w+)=\S+$", out, re.MULTILINE) == [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ]
    assert f"submit BUNDLE --store {lab.place}" in out


def test_private_items_are_not_put_where_everybody_can_read(lab, bundle):
    policy = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{lab.bucket}/*",
    }
    lab.server.client().put_bucket_policy(Bucket=lab.bucket, Policy=written(policy))
    with pytest.raises(UsageError, match="nothing of the bundle was sent"):
        submit(bundle, lab.place, **lab.endpoint)
    assert [key.rpartition("/")[2] for key in lab.names()] == ["probe"]


@pytest.mark.parametrize("place", ["", "/*", "/staging/.hidden"])
def test_a_place_that_is_more_than_a_place_is_refused(place):
    with pytest.raises(UsageError, match="not a place for staging"):
        staging_at(f"s3://bucket{place}")


def test_what_is_staged_goes_into_its_own_bucket_only(s3_server):
    endpoint = {"endpoint_url": s3_server.endpoint_url}
    staged = staging_at("s3://one/staging/jane", **endpoint)
    with pytest.raises(UsageError, match="only be copied within its own bucket"):
        staged.promoting(open_store("s3://other/data", **endpoint))
    with pytest.raises(UsageError, match="takes no bundles for approval"):
        staging_at("file:///srv/store")
    with pytest.raises(UsageError, match=r"^s3:/one/jane: this is not the URL of a store") as error:
        staging_at("s3:/one/jane", "f" * 64)
    assert error.value.hint == "write s3://one/jane"
