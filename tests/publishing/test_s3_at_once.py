"""Several publish to one bucket at once: the same, different content, or one replacement each.

Where the server honours conditions there is no version too many. Where it does not, there can be one
for each of them; but all receipts agree which one stands, and so does whoever runs again.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from how_often import each_by_night
from s3_kinds import on

from brainscore_data.base.errors import DataError, IncompleteError
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.store.published import published_version
from brainscore_data.store.urls import open_store

NC = "assy_MajajHong2015.nc"


@pytest.fixture
def publish(s3_server, wire):
    """Publish bundles to a bucket, each by a publisher of its own, at once; gives what came of them."""
    url = f"s3://{s3_server.new_bucket()}"

    def one(folder, number, meeting=None):
        store = open_store(url, endpoint_url=wire.endpoint_url)
        store.capabilities()  # then all look, and write, at the same time
        if meeting is not None:
            meeting.wait()
        run = Run(f"who-{number}", "2015-09-30T12:00:00+00:00", run_id=f"run-{number}")
        try:
            return publish_bundle(folder, store, run=run).receipts.items[0].nc.object.version_id
        except (DataError, IncompleteError) as error:
            return error

    def at_once(*folders):
        if len(folders) == 1:
            return [one(folders[0], 0)]
        meeting = threading.Barrier(len(folders), timeout=120)
        with ThreadPoolExecutor(len(folders)) as threads:
            return list(
                threads.map(one, folders, range(1, len(folders) + 1), [meeting] * len(folders))
            )

    at_once.store = open_store(url, endpoint_url=wire.endpoint_url)
    return at_once


@pytest.fixture
def agreed(publish):
    """Make sure that all who were told of a version were told of one, which is what readers get."""

    def look(outcomes, before=0):
        told = {each for each in outcomes if isinstance(each, str)}
        stored = publish.store.versions(NC)
        publish.store.capabilities()
        assert told == {published_version(publish.store, NC).version.version_id}
        most = 1 if publish.store.conditions_hold() else len(outcomes)
        assert 1 <= len(stored) - before <= most
        return told.pop()

    return look


on_servers = on("Ceph")  # by day, moto has two publishers in test_s3_faults
by_how_many = pytest.mark.parametrize("number", each_by_night([2, 5], by_day=[2]))


@on_servers
@by_how_many
def test_of_the_same_all_have_the_same_receipt(publish, agreed, bundles, number):
    folder = bundles.write(bundles.assembly("MajajHong2015", b"same"))
    version = agreed(publish(*[folder] * number))

    assert publish(folder) == [version]


@on_servers
@by_how_many
@pytest.mark.parametrize("replacing", [False, True], ids=["different", "replacing"])
def test_of_different_content_one_is_published_and_stays(
    publish, agreed, bundles, number, replacing
):
    facts = {}
    if replacing:
        folder = bundles.write(bundles.assembly("MajajHong2015", b"the first"))
        [first] = publish(folder)
        facts = {"replaces": first}
    folders = [
        bundles.write(bundles.assembly("MajajHong2015", f"content {each}".encode(), **facts))
        for each in range(number)
    ]
    outcomes = publish(*folders)
    version = agreed(outcomes, before=int(replacing))

    assert [each for each in outcomes if isinstance(each, str)] == [version]
    for folder, outcome in zip(folders, outcomes, strict=True):
        [again] = publish(folder)
        assert (again == version) == (outcome == version)
    assert agreed([version], before=len(publish.store.versions(NC)) - 1) == version
