"""A dataset that the disk does not hold goes in rounds: fetched, packaged, sent, deleted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from small_disk import watched_disk
from sourced_dataset import NEURONS, sourced_dataset

import brainscore_data
from brainscore_data.base.caching import cache_folder
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.records.receipts import load_receipts

ROW = 4 * NEURONS  # bytes


@pytest.fixture
def url(tmp_path):
    return (tmp_path / "store").as_uri()


@pytest.fixture
def study(tmp_path):
    return tmp_path / "study"


@pytest.fixture
def small(small_disk, monkeypatch):
    """A disk that downloads and bundles share."""

    def mounted(size):
        place = small_disk(size)
        for name in ("cache", "temporary"):
            (place / name).mkdir()
        monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(place / "cache"))
        monkeypatch.setenv("TMPDIR", str(place / "temporary"))
        monkeypatch.setattr("tempfile.tempdir", None)
        return place

    return mounted


def fetched(web):
    """List what was sent whole, in its order; not what a server was asked the size of."""
    return [asked.path for asked in web.log if asked.headers.get("Range") != "bytes=0-0"]


def kept_in_cache():
    return [path.name for path in (cache_folder() / "sources").rglob("*.npy")]


def published_in(path):
    return [item.identifier for item in load_receipts(path / "receipts.json").items]


def test_forty_megabytes_go_through_a_disk_of_twelve(web, study, url, small):
    place = small(12_000_000)
    largest = 2500 * ROW
    sourced_dataset(study, web, [2500, *[1200] * 14])
    said = []
    with watched_disk(place) as most:
        done = brainscore_data.publish(study, url, say=said.append)
    names = [item.identifier for item in done.receipts.items]
    assert names == [f"Doe2026.part{number}" for number in range(15)]
    assert published_in(study) == sorted(names)
    assert most[0] <= 2.2 * largest + 500_000  # what is known of uploads, and folders
    assert sorted(fetched(web)) == sorted(f"/{number}.npy" for number in range(15))
    assert kept_in_cache() == []
    assert list((place / "temporary").iterdir()) == []
    [told] = said
    assert "this takes 8" in told
    assert "in 8 rounds of 11.0 MB at most" in told


@pytest.mark.night
def test_a_gigabyte_goes_through_a_disk_of_three_hundred_megabytes(web, study, url, small):
    place = small(300_000_000)
    rows = 60_000
    sourced_dataset(study, web, [rows] * 9)
    with watched_disk(place) as most:
        done = brainscore_data.publish(study, url)
    total = sum(file.object.size for item in done.receipts.items for file in item.files)
    print(
        f"{total:,} bytes published, {most[0]:,} of disk, {most[0] / (rows * ROW):.2f} of an item"
    )
    assert 9 * rows * ROW > 1_000_000_000 > total > 800_000_000
    assert most[0] <= 2.2 * rows * ROW


def test_a_disk_that_cannot_hold_the_largest_item_is_refused_before_anything_begins(
    web, study, url, small, tmp_path
):
    small(4_000_000)
    sourced_dataset(study, web, [200, 2000, 200])
    with pytest.raises(UsageError, match=r"Doe2026\.part1 takes 8\.\d MB of disk, and") as refused:
        brainscore_data.publish(study, url)
    assert "nothing was begun" in refused.value.message
    assert "TMPDIR" in refused.value.hint
    assert fetched(web) == []
    assert not (tmp_path / "store").exists()
    assert not (study / "receipts.json").exists()


def test_a_disk_with_a_quota_is_said_and_what_fits_goes_at_once(web, study, url):
    sourced_dataset(study, web, [100, 100, 100])
    said = []
    brainscore_data.publish(study, url, disk=10_000_000, say=said.append, dry_run=True)
    assert said == ["this takes 1.3 MB of disk; 10.0 MB are free"]
    brainscore_data.publish(study, url, disk=500_000, say=said.append, dry_run=True)
    assert "it goes in 3 rounds of" in said[1]
    with pytest.raises(UsageError, match=r"and 100\.0 kB are free: nothing was begun"):
        brainscore_data.publish(study, url, disk=100_000)


def test_what_was_in_the_cache_before_stays_there(web, study, url, tmp_path):
    sourced_dataset(study, web, [300, 300, 300])
    brainscore_data.package(study, tmp_path / "bundle", shard="1/3")
    before = kept_in_cache()
    assert len(before) == 1
    brainscore_data.publish(study, url, disk=1_400_000)
    assert kept_in_cache() == before


def test_an_item_that_the_store_refuses_ends_it_and_what_was_published_stays(
    web, study, url, tmp_path
):
    sourced_dataset(tmp_path / "other", web, [80, 90, 70])
    brainscore_data.publish(tmp_path / "other", url, shard="2/3")
    sourced_dataset(study, web, [300, 300, 300])
    with pytest.raises(DataError, match="taken by other content") as refused:
        brainscore_data.publish(study, url, disk=1_400_000)
    assert refused.value.__notes__ == ["published before, and kept in the receipts: Doe2026.part0"]
    assert published_in(study) == ["Doe2026.part0"]


CHILD = """
import sys
from brainscore_data.cli import main
sys.exit(main(["publish", *sys.argv[1:]]))
"""


def test_a_run_that_is_killed_is_gone_on_with_where_it_was(web, study, url, small):
    place = small(6_000_000)
    pages = sourced_dataset(study, web, [1100, *[900] * 4])
    pages[3].gate, pages[3].open_bytes = threading.Event(), 200_000
    line = [sys.executable, "-c", CHILD, str(study), "--store", url]
    child = subprocess.Popen(
        line, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while "/3.npy" not in fetched(web) and time.monotonic() < deadline:
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    pages[3].gate.set()
    pages[3].gate = None
    before = published_in(study)
    assert before == ["Doe2026.part0", "Doe2026.part1", "Doe2026.part2"]
    web.log.clear()
    with watched_disk(place) as most:
        done = brainscore_data.publish(study, url)
    assert [item.identifier for item in done.receipts.items] == [
        f"Doe2026.part{number}" for number in range(5)
    ]
    assert fetched(web) == ["/3.npy", "/4.npy"]
    assert most[0] < 6_000_000
    assert kept_in_cache() == []
    assert list((place / "temporary").iterdir()) == []
    statuses = [file.run.status for item in done.receipts.items for file in item.files]
    assert statuses == ["new"] * 5


def test_a_source_without_ranges_goes_the_same_way(web, study, url):
    for page in sourced_dataset(study, web, [300, 300, 300]):
        page.ranges = False
    done = brainscore_data.publish(study, url, disk=1_400_000)
    assert len(done.receipts.items) == 3
    assert kept_in_cache() == []
