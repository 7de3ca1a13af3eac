"""Versions that others wrote are read once."""

from __future__ import annotations

import hashlib

import pytest

import brainscore_data
from brainscore_data.errors import DataError
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.runs import Run

RUN = Run("majaj", "2015-09-30T12:00:00+00:00")
NAME = "brainio/assy_MajajHong2015.nc"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(folder))
    return folder


@pytest.fixture
def by_hand(client, bucket):
    """Write as the reference does: without metadata, and with no checksum that tells anything."""
    return [
        client.put_object(Bucket=bucket, Key=NAME, Body=body)["VersionId"]
        for body in (b"v1", b"v2")
    ]


def reads(wire):
    return [r.path for r in wire.requests if r.method == "GET" and "/assy_" in r.path]


def test_lookup_reads_each_version_once(through, wire, by_hand):
    found = brainscore_data.lookup("MajajHong2015", store=through)
    assert [version.version_id for version in found] == by_hand
    assert [version.sha256 for version in found] == [
        hashlib.sha256(body).hexdigest() for body in (b"v1", b"v2")
    ]
    assert {version.verified for version in found} == {"read back"}
    wire.requests.clear()
    assert brainscore_data.lookup("MajajHong2015", store=through) == found
    assert [path for path in reads(wire) if "tagging" not in path] == []


def test_who_asks_for_it_has_them_read_again(through, wire, by_hand):
    brainscore_data.lookup("MajajHong2015", store=through)
    wire.requests.clear()
    brainscore_data.lookup("MajajHong2015", store=through, read=True)
    assert len([path for path in reads(wire) if "tagging" not in path]) == 2


@pytest.mark.parametrize("damage", ["", "{}", "[1]", '{"sha1": "x", "sha256": "y", "size": 2}'])
def test_a_damaged_memory_is_no_memory(through, by_hand, cache, damage):
    found = brainscore_data.lookup("MajajHong2015", store=through)
    for path in (cache / "hashes").iterdir():
        path.write_text(damage)
    assert brainscore_data.lookup("MajajHong2015", store=through) == found


def test_a_cache_that_cannot_be_written_is_no_obstacle(through, by_hand, cache):
    cache.write_text("a file, not a folder")
    assert len(brainscore_data.lookup("MajajHong2015", store=through)) == 2


def test_publishing_recognises_what_others_wrote_and_reads_it_once(through, wire, by_hand, bundles):
    folder = bundles.write(bundles.assembly("MajajHong2015", b"v2"))
    for expected in (1, 0):
        wire.requests.clear()
        (item,) = publish_bundle(folder, through, run=RUN).receipts.items
        assert (item.nc.run.status, item.nc.object.version_id) == ("unchanged", by_hand[-1])
        # One more is the attempt to read it back without credentials.
        assert len(reads(wire)) == expected + 1


def test_other_content_of_others_is_not_overwritten(through, by_hand, bundles, client, bucket):
    with pytest.raises(DataError, match="taken by other content"):
        publish_bundle(bundles.write(bundles.assembly("MajajHong2015", b"v3")), through, run=RUN)
    listed = client.list_object_versions(Bucket=bucket)["Versions"]
    assert len([version for version in listed if version["Key"] == NAME]) == 2
