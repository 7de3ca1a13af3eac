"""Versions that others wrote are read once."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest
import wire_faults as faults

import brainscore_data
from brainscore_data.base.errors import DataError
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.store.hashes import bytes_of
from brainscore_data.store.interface import StoreUnavailableError

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
        assert len([path for path in reads(wire) if "tagging" not in path]) == expected + 1


def test_other_content_of_others_is_not_overwritten(through, by_hand, bundles, client, bucket):
    with pytest.raises(DataError, match="taken by other content"):
        publish_bundle(bundles.write(bundles.assembly("MajajHong2015", b"v3")), through, run=RUN)
    listed = client.list_object_versions(Bucket=bucket)["Versions"]
    assert len([version for version in listed if version["Key"] == NAME]) == 2


class TestAReadingThatWasDamaged:
    @pytest.fixture
    def damaged(self, wire):
        """Let the n-th readings of the object go wrong, each in a way of its own."""

        def damage(*numbers):
            def make(number):
                def flip(request, ask):
                    answer = ask(request)
                    answer.body = bytes([answer.body[0] ^ number, *answer.body[1:]])
                    for name in [n for n in answer.headers if "checksum" in n.lower()]:
                        del answer.headers[name]
                    return answer

                return flip

            wire.faults = [faults.AtCall(n, make(n), "GetObject") for n in numbers]

        return damage

    def test_is_done_again_and_not_remembered(self, through, by_hand, damaged, bundles):
        damaged(1)
        folder = bundles.write(bundles.assembly("MajajHong2015", b"v2"))

        for _ in range(2):
            (item,) = publish_bundle(folder, through, run=RUN).receipts.items
            assert (item.nc.run.status, item.nc.object.version_id) == ("unchanged", by_hand[-1])

    def test_twice_in_two_ways_tells_nothing(self, through, by_hand, damaged, cache):
        damaged(1, 2)
        stored = through.stat("assy_MajajHong2015.nc", by_hand[0])

        with pytest.raises(StoreUnavailableError, match="different bytes each time"):
            bytes_of(through, stored)
        assert not list(cache.rglob("*.json"))
        assert bytes_of(through, stored).sha256 == hashlib.sha256(b"v1").hexdigest()

    def test_that_older_programs_remembered_does_not_count(self, through, by_hand, cache):
        stored = through.stat("assy_MajajHong2015.nc", by_hand[0])
        right = bytes_of(through, stored)
        (path,) = cache.rglob("*.json")
        path.write_text(f'{{"sha1": "{"0" * 40}", "sha256": "{"0" * 64}", "size": 2}}')

        assert bytes_of(through, stored) == right

    def test_what_nothing_vouches_for_is_told_and_not_remembered(
        self, through, by_hand, wire, cache
    ):
        """As in a bucket that encrypts with KMS, whose ETags are no MD5."""
        stored = dataclasses.replace(
            through.stat("assy_MajajHong2015.nc", by_hand[0]),
            etag='"0123456789abcdef"',
            sha256=None,
        )
        right = hashlib.sha256(b"v1").hexdigest()

        assert bytes_of(through, stored).sha256 == right
        assert not list(cache.rglob("*.json"))
        assert bytes_of(through, stored, expected=right).sha256 == right
        assert len(list(cache.rglob("*.json"))) == 1
