"""Private, public and back on real ways to open a bucket: by tag and by access list, on both servers.

Ceph's gateway honours conditions on tags in policies. moto ignores them, and honours access lists.
"""

from __future__ import annotations

import json
import uuid

import pytest

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.hosting.erasing import erase, planned_erasure, remains
from brainscore_data.hosting.items import hosted_items
from brainscore_data.hosting.retracting import Reason, retract
from brainscore_data.hosting.visibility import carry_out, planned_change, said
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.records.receipts import save_receipts
from brainscore_data.store.tombstones import tombstone_of
from brainscore_data.store.urls import open_store

RUN = Run("majaj", "2015-09-30T12:00:00+00:00")
# Ceph refuses every write where `BlockPublicAcls` is on.
IGNORED = {
    "BlockPublicAcls": False,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": False,
    "RestrictPublicBuckets": False,
}


def statement(bucket, place="*", *, by_tag=False):
    condition = {"StringEquals": {"s3:ExistingObjectTag/visibility": "public"}}
    return {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
        "Resource": f"arn:aws:s3:::{bucket}/{place}",
        **({"Condition": condition} if by_tag else {}),
    }


@pytest.fixture
def bucket_of(request, tmp_path):
    """Make a bucket on a server that opens in one way; gives its store and boto3's client."""

    def make(server, way, *, prefix="data"):
        given = request.getfixturevalue({"moto": "s3_server", "ceph": "ceph_rgw"}[server])
        if server == "moto":
            given = given._replace(keeps_lists=way != "prefix")
        client = given.client()
        if way == "locked":  # which has versions by itself, and can be had from the start only
            bucket = f"bucket-{uuid.uuid4().hex[:16]}"
            client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
        else:
            bucket = given.new_bucket(client=client) if server == "moto" else given.new_bucket()
        if way in {"tag", "prefix", "open"}:
            place = "public/*" if way == "prefix" else "*"
            policy = {"Statement": [statement(bucket, place, by_tag=way == "tag")]}
            text = json.dumps({"Version": "2012-10-17", **policy})
            client.put_bucket_policy(Bucket=bucket, Policy=text)
        elif way == "closed":
            client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=IGNORED)
        store = open_store(f"s3://{bucket}/{prefix}", endpoint_url=given.endpoint_url)
        return store, client, bucket

    return make


def published(bundles, store, visibility="private"):
    folder = bundles.write(
        bundles.stimulus_set("MajajHong2015", b"csv", b"zip", visibility=visibility)
    )
    return publish_bundle(folder, store, run=RUN)


def found(store, folder):
    [item] = hosted_items(store, ["MajajHong2015"], folder)
    return item


def change(store, folder, shall):
    return carry_out(planned_change(store, [found(store, folder)], shall))


SERVERS = [("ceph", "tag"), ("ceph", "acl"), ("moto", "acl")]


@pytest.mark.parametrize(("server", "way"), SERVERS)
def test_private_becomes_public_and_private_again(server, way, bucket_of, bundles, tmp_path):
    store, client, bucket = bucket_of(server, way)
    published(bundles, store)
    before = store.tags("stimulus_MajajHong2015.csv")
    for shall in ("public", "private"):
        [item] = change(store, tmp_path, shall)
        assert {(said(file), file.shown.tag) for file in item.files} == {(shall, shall)}
        fresh = open_store(store.location.url, endpoint_url=store.location.endpoint)
        assert {said(file) for file in found(fresh, tmp_path).files} == {shall}
    assert store.tags("stimulus_MajajHong2015.csv") == before
    grants = client.get_object_acl(Bucket=bucket, Key="data/stimulus_MajajHong2015.csv")["Grants"]
    assert [grant["Permission"] for grant in grants] == ["FULL_CONTROL"]


@pytest.mark.parametrize(("server", "way"), SERVERS)
def test_what_is_published_as_public_is_public_in_the_stores_own_way(
    server, way, bucket_of, bundles
):
    store, _, _ = bucket_of(server, way)
    done = published(bundles, store, "public")
    [item] = done.receipts.items
    assert [file.run.public for file in item.files] == ["yes", "yes"]
    assert done.notices == ()
    assert store.openness(trying=True).mode == way


@pytest.mark.parametrize(("server", "way"), SERVERS)
def test_what_is_retracted_is_closed_and_stays_so_and_says_why(
    server, way, bucket_of, bundles, tmp_path
):
    store, _, _ = bucket_of(server, way)
    published(bundles, store, "public")
    opened = planned_change(store, [found(store, tmp_path)], "private")
    retract(opened, Reason("a name in column 3", "majaj", "2026-11-30T12:00:00+00:00"))

    fresh = open_store(store.location.url, endpoint_url=store.location.endpoint)
    item = found(fresh, tmp_path)
    assert {(said(file), file.shown.tag) for file in item.files} == {("private", "private")}
    for file in item.files:
        assert fresh.tags(file.stored.key)["retracted"] == "2026-11-30"
        with fresh.open(file.stored.key, file.stored.version_id) as stream:
            assert stream.read() in (b"csv", b"zip")
    with pytest.raises(DataError, match="retracted on 2026-11-30 by majaj: a name in column 3"):
        planned_change(fresh, [item], "public")
    receipts = published(bundles, fresh, "public").receipts
    assert [file.run.public for file in receipts.items[0].files] == ["retracted"] * 2


@pytest.mark.parametrize("server", ["ceph", "moto"])
def test_a_closed_store_says_so_and_opens_nothing(server, bucket_of, bundles, tmp_path):
    store, client, bucket = bucket_of(server, "closed")
    done = published(bundles, store, "public")
    assert "closed as a whole" in done.notices[0]
    assert "IgnorePublicAcls" in done.notices[0]
    assert "visibility set public MajajHong2015 --store" in done.notices[1]
    with pytest.raises(UsageError, match="nothing was changed: this store is closed"):
        change(store, tmp_path, "public")
    assert not any(
        "probe-acl" in each["Key"] for each in client.list_objects_v2(Bucket=bucket)["Contents"]
    )


@pytest.mark.parametrize("server", ["ceph", "moto"])
def test_a_store_that_opens_by_prefix_names_the_place(server, bucket_of, bundles, tmp_path):
    store, _, bucket = bucket_of(server, "prefix")
    assert store.openness().mode == "prefix"
    published(bundles, store)
    with pytest.raises(UsageError) as refused:
        change(store, tmp_path, "public")
    assert f"publish public items to s3://{bucket}/public" in refused.value.hint
    there = open_store(f"s3://{bucket}/public", endpoint_url=store.location.endpoint)
    assert there.openness().mode == "open"


@pytest.mark.parametrize("server", ["ceph", "moto"])
def test_in_a_store_that_is_open_nothing_can_be_closed(server, bucket_of, bundles, tmp_path):
    store, _, _ = bucket_of(server, "open")
    published(bundles, store, "public")
    with pytest.raises(UsageError, match="nothing was changed: this store is open as a whole"):
        change(store, tmp_path, "private")
    assert store.tags("stimulus_MajajHong2015.csv")["visibility"] == "public"


def test_a_server_that_keeps_policies_and_ignores_their_conditions_is_found_out(
    bucket_of, bundles, tmp_path
):
    store, _, _ = bucket_of("moto", "tag")
    published(bundles, store, "public")
    with pytest.raises(UsageError, match="keeps policies and does not honour them"):
        change(store, tmp_path, "private")
    store.set_visibility("stimulus_MajajHong2015.csv", None, "private")
    assert "this server ignores it" in str(
        open_store(store.location.url, endpoint_url=store.location.endpoint).openness()
    )


def test_who_else_is_on_an_access_list_stays_on_it(bucket_of, bundles, wire):
    store, client, bucket = bucket_of("moto", "acl")
    published(bundles, store)
    key = {"Bucket": bucket, "Key": "data/stimulus_MajajHong2015.csv"}
    other, everybody = f'id="{"b" * 64}"', 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'
    client.put_object_acl(**key, GrantRead=everybody, GrantReadACP=other)
    through = open_store(store.location.url, endpoint_url=wire.endpoint_url)
    through.set_visibility("stimulus_MajajHong2015.csv", None, "private")
    [put] = [r for r in wire.requests if r.method == "PUT" and r.path.endswith("?acl")]
    assert put.headers["x-amz-grant-read-acp"] == other
    assert "x-amz-grant-read" not in put.headers


def test_an_item_of_which_one_file_cannot_be_opened_stays_closed(
    bucket_of, bundles, tmp_path, wire
):
    store, _, _ = bucket_of("moto", "acl")
    published(bundles, store)
    through = open_store(store.location.url, endpoint_url=wire.endpoint_url)
    wire.before = lambda r: (
        wire.error(403, "AccessDenied") if r.method == "PUT" and ".csv?acl" in r.path else None
    )
    with pytest.raises(UsageError, match=r"nothing stays open: .* may not s3:PutObject"):
        change(through, tmp_path, "public")
    assert {(said(each), each.shown.tag) for each in found(store, tmp_path).files} == {
        ("private", "private")
    }


def test_a_csv_without_its_zip_is_refused_whole(bucket_of, bundles, tmp_path):
    store, client, bucket = bucket_of("moto", "acl")
    published(bundles, store)
    version = store.stat("stimulus_MajajHong2015.zip").version_id
    client.delete_object(Bucket=bucket, Key="data/stimulus_MajajHong2015.zip", VersionId=version)
    with pytest.raises(DataError, match=r"not whole: stimulus_MajajHong2015.zip is not there"):
        change(store, tmp_path, "public")


@pytest.mark.parametrize("server", ["ceph", "moto"])
def test_erased_the_exact_version_is_gone_for_good(bucket_of, bundles, tmp_path, server):
    store, client, bucket = bucket_of(server, "acl")
    receipts = published(bundles, store).receipts
    kept = client.put_object(Bucket=bucket, Key="data/stimulus_MajajHong2015.csv", Body=b"later")
    item = receipts.items[0]
    save_receipts(receipts, tmp_path / "receipts.json")
    [there] = hosted_items(store, ["MajajHong2015"], tmp_path, earlier=True)
    erasure = planned_erasure(store, [there])
    assert any(kept["VersionId"] in line for line in erasure.lines())
    erase(erasure, Reason("names of participants", "majaj", RUN.when))
    left = client.list_object_versions(Bucket=bucket, Prefix="data/stimulus_")
    assert [each["VersionId"] for each in left["Versions"]] == [kept["VersionId"]]
    assert "DeleteMarkers" not in left
    tombstone = tombstone_of(store, "stimulus_MajajHong2015.csv", item.csv.object.version_id)
    assert str(tombstone) == "erased on 2015-09-30 by majaj: names of participants"
    assert "replica" in " ".join(remains(erasure))


@pytest.mark.parametrize("server", ["ceph", "moto"])
def test_object_lock_forbids_it_before_anything_is_erased(bucket_of, bundles, tmp_path, server):
    store, client, bucket = bucket_of(server, "locked")
    published(bundles, store)
    hold = {"Status": "ON"}
    client.put_object_legal_hold(
        Bucket=bucket, Key="data/stimulus_MajajHong2015.csv", LegalHold=hold
    )
    before = client.list_object_versions(Bucket=bucket)["Versions"]
    with pytest.raises(DataError, match=r"csv .*a legal hold is on it"):
        planned_erasure(store, [found(store, tmp_path)])
    assert client.list_object_versions(Bucket=bucket)["Versions"] == before
