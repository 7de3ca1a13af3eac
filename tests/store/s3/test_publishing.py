"""Publishing to S3: how much is asked, and two runs at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Condition

import pytest

from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.store.urls import open_store

RUN = Run("majaj", "2015-09-30T12:00:00+00:00")
KEYS = ["stimulus_hvm.zip", "stimulus_hvm.csv", "assy_MajajHong2015.nc"]


def objects(published):
    return [file.object for item in published.receipts.items for file in item.files]


def versions(client, bucket):
    found = client.list_object_versions(Bucket=bucket).get("Versions", [])
    return sorted(version["Key"] for version in found if "probe" not in version["Key"])


@pytest.fixture
def many(bundles):
    names = [f"Bench2026_{number}" for number in range(60)]
    return bundles.write(*(bundles.assembly(name, name.encode()) for name in names))


class Together:
    """Answers no request of a group until one for each operation in it has arrived."""

    def __init__(self, *groups):
        self._groups, self._changed = [set(group) for group in groups], Condition()
        self.in_turn = []

    def __call__(self, request):
        with self._changed:
            for group in self._groups:
                if request.operation in group:
                    group.discard(request.operation)
                    self._changed.notify_all()
                    if not self._changed.wait_for(lambda group=group: not group, timeout=30):
                        self.in_turn.append(request.operation)
                    return


@pytest.mark.parametrize("aws", [True, False], ids=["AWS", "elsewhere"])
def test_what_does_not_depend_on_another_answer_is_asked_at_once(
    wire, bucket, many, aws, playing_aws
):
    """Over a long line each answer that is waited for takes a tenth of a second."""
    if aws:
        playing_aws(wire.endpoint_url)
    options = {} if aws else {"endpoint_url": wire.endpoint_url}
    open_store(f"s3://{bucket}/brainio", **options).capabilities()
    looking = {"GetBucketVersioning", "ListMultipartUploads", "ListObjectVersions", "ListObjectsV2"}
    together = Together(
        looking | {"CreateMultipartUpload" if aws else "HeadObject"},
        *([] if aws else [{"PutObject", "CreateMultipartUpload"}]),
    )
    wire.before = together
    publish_bundle(many, open_store(f"s3://{bucket}/brainio", **options), run=RUN)
    assert together.in_turn == []


def test_whether_private_files_would_be_open_is_tried_beside_what_may_be_done(
    wire, bucket, bundles, playing_aws
):
    playing_aws(wire.endpoint_url)
    folder = bundles.write(bundles.assembly("Bench2026", b"spikes", visibility="private"))
    together = Together({"ListParts", "HeadObject"})
    wire.before = together
    publish_bundle(folder, open_store(f"s3://{bucket}/brainio"), run=RUN)
    assert together.in_turn == []


@pytest.mark.parametrize(("visibility", "read_back"), [("private", 0), ("public", 200)])
def test_a_file_costs_one_request_and_a_run_a_few(
    wire, bucket, bundles, client, visibility, read_back
):
    """What is public is tried without credentials, too: each file for itself."""
    names = [f"Bench2026_{number:03}" for number in range(200)]
    folder = bundles.write(
        *(bundles.assembly(name, name.encode(), visibility=visibility) for name in names)
    )
    for number in range(20):
        client.put_object(Bucket=bucket, Key=f"brainio/assy_Other{number}.nc", Body=b"x")
    store = open_store(f"s3://{bucket}/brainio", endpoint_url=wire.endpoint_url)
    publish_bundle(folder, store, run=RUN)
    writes = [r for r in wire.requests if r.method == "PUT" and "assy_Bench2026" in r.path]
    unsigned = [r for r in wire.requests if "Authorization" not in r.headers and "assy_" in r.path]
    assert (len(writes), len(unsigned)) == (200, read_back)
    assert len(wire.requests) <= 1.1 * 200 + read_back


def test_a_second_run_writes_nothing_and_asks_once_for_each_file(
    through, wire, bucket, many, client
):
    first = publish_bundle(many, through, run=RUN)
    before = versions(client, bucket)
    wire.requests.clear()
    again = open_store(f"s3://{bucket}/brainio", endpoint_url=wire.endpoint_url)
    assert objects(publish_bundle(many, again, run=RUN)) == objects(first)
    assert versions(client, bucket) == before
    asked = [r for r in wire.requests if "assy_Bench2026" in r.path and r.method == "HEAD"]
    # And once before as somebody without credentials, who is refused here.
    assert ["Authorization" in r.headers for r in asked].count(True) == 60
    assert len(asked) == 120


def test_without_the_permission_to_list_each_key_is_looked_at(through, wire, many, client, bucket):
    wire.before = lambda request: (
        wire.error(403, "AccessDenied") if "versions&" in request.path else None
    )
    publish_bundle(many, through, run=RUN)
    assert len(versions(client, bucket)) == 60
    assert len([r for r in wire.requests if r.method == "HEAD" and "assy_" in r.path]) == 60


def test_a_delete_marker_among_many_keys_is_found(through, many, client, bucket):
    name = "brainio/assy_Bench2026_7.nc"
    client.put_object(Bucket=bucket, Key=name, Body=b"x")
    client.delete_object(Bucket=bucket, Key=name)
    with pytest.raises(DataError, match=r"assy_Bench2026_7.nc: a delete marker"):
        publish_bundle(many, through, run=RUN)
    assert versions(client, bucket) == [name]


def test_a_key_that_is_taken_after_the_listing_is_not_overwritten(
    through, wire, many, client, bucket
):
    name = "brainio/assy_Bench2026_7.nc"

    def overtake(request):
        if request.method == "PUT" and request.path.endswith(name):
            wire.before = lambda request: None
            client.put_object(Bucket=bucket, Key=name, Body=b"theirs", Tagging="uploadedBy=hong")

    wire.before = overtake
    with pytest.raises(DataError, match="uploaded by hong"):
        publish_bundle(many, through, run=RUN)
    assert versions(client, bucket).count(name) == 1


@pytest.mark.parametrize("contents", [(b"v1", b"v1"), (b"one", b"other")])
def test_threads_that_publish_to_one_bucket(s3_server, bundles, client, contents):
    folders = [
        bundles.write(
            bundles.stimulus_set("hvm", b"csv " + content, b"zip " + content),
            bundles.assembly("MajajHong2015", b"nc " + content),
        )
        for content in contents
    ]
    for _ in range(4):
        bucket, barrier = s3_server.new_bucket(), Barrier(2)

        def publish(folder, who, bucket=bucket, barrier=barrier):
            store = open_store(f"s3://{bucket}", endpoint_url=s3_server.endpoint_url)
            barrier.wait()
            try:
                return objects(publish_bundle(folder, store, run=Run(who, "now")))
            except BrainScoreDataError as error:
                return error

        with ThreadPoolExecutor(2) as threads:
            results = list(threads.map(publish, folders, ["majaj", "hong"]))
        assert versions(client, bucket) == sorted(KEYS)
        if len(set(contents)) == 1:
            assert results[0] == results[1]
            continue
        told = [str(result) for result in results if isinstance(result, DataError)]
        assert len(told) == 1
        winner = "hong" if isinstance(results[0], DataError) else "majaj"
        assert f"uploaded by {winner}" in told[0]
