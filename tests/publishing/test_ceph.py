"""Publishing to a real server that is not AWS's: Ceph's gateway, which ignores conditions."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

import brainscore_data
from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.store.published import published_version
from brainscore_data.store.urls import open_store

NC = "assy_MajajHong2015.nc"


@pytest.fixture
def store(ceph_rgw, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", ceph_rgw.endpoint_url)
    return open_store(f"s3://{ceph_rgw.new_bucket()}", endpoint_url=ceph_rgw.endpoint_url)


@pytest.fixture
def client(ceph_rgw):
    client = ceph_rgw.client()
    yield client
    client.close()


@pytest.fixture
def bucket(store):
    return store.location.bucket


def published(bundles, store, content, who="majaj", **facts):
    folder = bundles.write(bundles.assembly("MajajHong2015", content, **facts))
    return publish_bundle(folder, store, run=Run(who, "2015-09-30T12:00:00+00:00"))


def test_what_is_published_is_handed_out_and_a_later_version_is_told(
    bundles, store, client, bucket, tmp_path
):
    [item] = published(bundles, store, b"first").receipts.items
    client.put_object(Bucket=bucket, Key=NC, Body=b"by hand")
    told = []
    [path] = brainscore_data.fetch("MajajHong2015", store=store, into=tmp_path, tell=told.append)
    assert path.read_bytes() == b"first"
    [notice] = told
    assert f"version {item.nc.object.version_id} is published" in notice


def test_the_same_again_is_unchanged_and_other_content_is_refused(bundles, store):
    first = published(bundles, store, b"first")
    again = published(bundles, store, b"first")
    assert again.receipts.items[0].nc.object == first.receipts.items[0].nc.object
    with pytest.raises(DataError, match="taken by other content"):
        published(bundles, store, b"other", who="hong")
    assert len(store.versions(NC)) == 1


def test_what_was_deleted_by_hand_stays_taken(bundles, store, client, bucket):
    """The gateway answers for it as if there had never been anything."""
    published(bundles, store, b"first")
    client.delete_object(Bucket=bucket, Key=NC)
    fresh = open_store(store.location.url, endpoint_url=store.location.endpoint)
    with pytest.raises(DataError, match=r"a delete marker .* is on top: the key is taken"):
        published(bundles, fresh, b"second")
    assert [version.deleted for version in store.versions(NC)] == [False, True]


def test_a_deleted_version_that_is_closed_later_is_not_what_readers_get(
    bundles, store, client, bucket
):
    """Tags give a version another time, after that of the delete marker on it."""
    first = published(bundles, store, b"first").receipts.items[0].nc.object.version_id
    client.delete_object(Bucket=bucket, Key=NC)
    by_hand = client.put_object(Bucket=bucket, Key=NC, Body=b"by hand")["VersionId"]
    store.set_visibility(NC, first, "private")
    assert [version.version_id for version in store.versions(NC)[::2]] == [first, by_hand]
    assert published_version(store, NC).version.version_id == by_hand
    client.delete_object(Bucket=bucket, Key=NC)
    store.set_visibility(NC, by_hand, "private")
    assert published_version(store, NC).version.deleted


@pytest.fixture(params=[False, True], ids=["one piece", "parts"])
def in_parts(request, monkeypatch):
    if request.param:
        monkeypatch.setattr("brainscore_data.store.s3.writing.SINGLE_PUT_BYTES", 0)
        monkeypatch.setattr("brainscore_data.store.s3.bucket.SINGLE_PUT_BYTES", 0)
    return request.param


def test_a_replacement_adds_one_version_however_often_it_is_published(bundles, store, in_parts):
    first = published(bundles, store, b"first").receipts.items[0].nc.object.version_id
    runs = [
        published(bundles, store, b"second", replaces=first).receipts.items[0].nc for _ in range(3)
    ]

    assert [file.run.status for file in runs] == ["replaced", "unchanged", "unchanged"]
    assert [version.version_id for version in store.versions(NC)] == [
        first,
        runs[0].object.version_id,
    ]
    assert {file.object.version_id for file in runs} == {runs[0].object.version_id}


@pytest.mark.parametrize("in_parts", [True], indirect=True)
def test_a_large_public_file_is_public_where_the_bucket_opens_by_tag(
    bundles, store, ceph_rgw, bucket, in_parts
):
    ceph_rgw.open_to_all(bucket)
    file = published(bundles, store, b"first").receipts.items[0].nc
    assert (file.run.tagged, file.run.public) == ("after the write", "yes")
    url = f"{ceph_rgw.endpoint_url}/{bucket}/{NC}?versionId={file.object.version_id}"
    assert requests.get(url, timeout=60).content == b"first"


@pytest.mark.parametrize("in_parts", [True], indirect=True)
def test_a_large_file_gets_its_tags_afterwards_and_the_receipt_says_so(
    bundles, store, client, bucket, in_parts
):
    first = published(bundles, store, b"first").receipts.items[0].nc
    version = {"Key": NC, "VersionId": first.object.version_id}
    client.delete_object_tagging(Bucket=bucket, **version)  # as if it had been killed
    again = published(bundles, store, b"first").receipts.items[0].nc

    assert (first.run.tagged, again.run.tagged) == ("after the write", "after the write")
    assert store.tags(NC, first.object.version_id)["visibility"] == "public"
    assert published(bundles, store, b"first").receipts.items[0].nc.run.tagged is None


def test_of_two_at_once_one_is_published_and_all_agree_which(bundles, store, tmp_path):
    meeting = threading.Barrier(2, timeout=60)

    def publish(content):
        own = open_store(store.location.url, endpoint_url=store.location.endpoint)
        meeting.wait()
        try:
            return published(bundles, own, content).receipts.items[0].nc.object.version_id
        except BrainScoreDataError as error:
            return error

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(publish, (b"one", b"other")))
    [winner] = [each for each in outcomes if isinstance(each, str)]
    [loser] = [each for each in outcomes if isinstance(each, BrainScoreDataError)]
    assert loser.exit_code in {1, 3}
    [path] = brainscore_data.fetch("MajajHong2015", store=store, into=tmp_path, tell=lambda _: None)
    assert path.read_bytes() == store.open(NC, winner).read()
    for content in (b"one", b"other"):
        try:
            again = published(bundles, store, content).receipts.items[0].nc.object.version_id
        except DataError:
            continue
        assert again == winner
