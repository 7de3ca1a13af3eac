"""Stores and disks that cannot take what is to be written."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

# Two runs of one command on a small file system that only they see, fixed in between.
ON_A_DISK = """
mount -t tmpfs -o "$2" tmpfs "$1" || exit 77
disk=$1 fixed=$3
shift 3
"$@" >"$disk.out" 2>"$disk.err"
echo $?
cp -R "$disk" "$disk.first"
mount -o "remount,$fixed" "$disk"
"$@" >"$disk.out2" 2>"$disk.err2"
echo $?
cp -R "$disk" "$disk.second"
"""
SMALL, LARGER = "size=96k", "size=16m"


@pytest.fixture
def disk(tmp_path):
    return tmp_path / "disk"


@pytest.fixture
def on_a_disk(disk):
    """Run a command on a faulty disk, and again when it is fixed.

    Gives the first run's exit code, what it said, and what was on the disk after each run.
    """
    if shutil.which("unshare") is None or sys.platform != "linux":
        pytest.skip("mounting a small file system needs Linux")
    disk.mkdir()

    def run(fault, mended, *arguments):
        command = [sys.executable, "-m", "brainscore_data", *map(str, arguments)]
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", ON_A_DISK, "sh", str(disk), fault, mended, *command],
            capture_output=True,
            text=True,
            check=False,
        )
        if not done.stdout:
            pytest.skip("mounting a small file system needs root and `unshare`")
        told = Path(f"{disk}.err").read_text()
        assert Path(f"{disk}.out").read_text() == ""
        assert told.count("error: ") == 1
        assert "Traceback" not in told
        code, second_code = map(int, done.stdout.split())
        assert second_code == 0, Path(f"{disk}.err2").read_text()
        return code, told, Path(f"{disk}.first"), Path(f"{disk}.second")

    return run


@pytest.fixture
def large_study(study):
    """The study with an array that does not fit on a small disk, third of the four items."""
    np.save(study.path("it.npy"), np.random.default_rng(0).normal(size=(3, 2, 20000)))
    study.edit(
        "dataset.toml", '["presentation", "neuroid"]', '["presentation", "neuroid", "time_bin"]'
    )
    study.edit("dataset.toml", '"neuroids.csv" }', '"neuroids.csv", time_bin = "bins.csv" }')
    bins = [f"{start},{start + 1}\n" for start in range(20000)]
    study.path("bins.csv").write_text("".join(["time_bin_start,time_bin_end\n", *bins]))
    return study


def identifiers(receipts):
    return [item["identifier"] for item in json.loads(receipts.read_text())["items"]]


def versions(store):
    return sorted(str(path.relative_to(store)) for path in store.glob("*.versions/*"))


ALL_VERSIONS = [
    f"{name}.versions/00000001"
    for name in (
        "assy_Doe2024_IT.nc",
        "assy_Doe2024_V4.nc",
        "assy_Doe2024_choices.nc",
        "stimulus_Doe2024.csv",
        "stimulus_Doe2024.zip",
    )
]


def test_packaging_onto_a_full_disk_is_two_and_leaves_nothing(
    large_study, on_a_disk, disk, contents
):
    arguments = ("package", large_study.folder, "-o", disk / "bundle")
    code, told, first, second = on_a_disk(SMALL, LARGER, *arguments)
    assert code == 2
    # Items are packaged side by side: a small one can be the one that no longer fits.
    assert re.search(rf"error: {disk}/bundle/\w+\.(nc|csv|zip): the disk is full", told)
    assert "free some space and run it again" in told
    assert contents(first) == {}
    assert (second / "bundle" / "bundle.json").is_file()


def test_a_bundle_on_its_way_to_a_store_can_be_put_elsewhere(
    large_study, on_a_disk, disk, contents, tmp_path, monkeypatch
):
    monkeypatch.setenv("TMPDIR", str(disk))
    arguments = ("publish", large_study.folder, "--store", (tmp_path / "store").as_uri())
    code, told, first, _ = on_a_disk(SMALL, LARGER, *arguments)
    assert code == 2
    assert "Doe2024.IT takes 1.4 MB of disk" in told
    assert "set TMPDIR (for the bundle)" in told
    assert contents(first) == {}
    assert versions(tmp_path / "store") == ALL_VERSIONS


def test_publishing_to_a_full_disk_is_two_and_receipts_are_of_what_is_finished(
    large_study, on_a_disk, disk
):
    publish = ("publish", large_study.folder, "--store", (disk / "store").as_uri())
    code, told, first, second = on_a_disk(SMALL, LARGER, *publish, "--receipts", disk)
    assert code == 2
    assert f"error: {disk}/store: the disk is full" in told
    assert "free some space and run it again" in told
    assert "published so far: Doe2024, Doe2024.V4\n" in told
    assert identifiers(first / "receipts.json") == ["Doe2024", "Doe2024.V4"]
    assert versions(first / "store") == [ALL_VERSIONS[1], *ALL_VERSIONS[3:]]
    assert len(identifiers(second / "receipts.json")) == 4
    assert versions(second / "store") == ALL_VERSIONS


def test_a_read_only_store_is_two_and_nothing_is_published(study, on_a_disk, disk, contents):
    store = (disk / "store").as_uri()
    code, told, first, second = on_a_disk("ro", "rw", "publish", study.folder, "--store", store)
    assert code == 2
    assert f"error: {store}: you may not write to this store" in told
    assert "choose another store with --store" in told
    assert contents(first) == {}
    assert versions(second / "store") == ALL_VERSIONS


def test_a_read_only_folder_for_the_bundle_is_two(study, on_a_disk, disk, contents):
    arguments = ("package", study.folder, "-o", disk / "bundle")
    code, told, first, _ = on_a_disk("ro", "rw", *arguments)
    assert code == 2
    assert f"error: {disk}/bundle: the file system is read-only" in told
    assert "choose a folder that can be written to" in told
    assert contents(first) == {}


def test_receipts_that_cannot_be_kept_stop_the_run_before_anything_is_published(
    study, on_a_disk, disk, tmp_path
):
    publish = ("publish", study.folder, "--store", (tmp_path / "store").as_uri())
    code, told, _, second = on_a_disk("ro", "rw", *publish, "--receipts", disk)
    assert code == 2
    assert f"error: {disk}: receipts cannot be written here" in told
    assert "choose another place with --receipts" in told
    # All four are new to the second run; a row of the receipt is an item.
    assert Path(f"{disk}.out2").read_text().count("| new |") == 4
    assert len(identifiers(second / "receipts.json")) == 4


@pytest.mark.parametrize("cache", [".", "below"])
def test_a_cache_that_cannot_be_written_is_two_and_says_how_to_move_it(
    study, command, on_a_disk, disk, contents, tmp_path, monkeypatch, cache
):
    store = (tmp_path / "store").as_uri()
    assert command("publish", study.folder, "--store", store).code == 0
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(disk / cache))
    into = tmp_path / "into"
    code, told, _, _ = on_a_disk(
        "ro", "rw", "fetch", "Doe2024.V4", "--store", store, "--into", into
    )
    assert code == 2
    assert f"error: {disk / cache}: the file system is read-only" in told
    assert "set BRAINSCORE_DATA_CACHE to a folder elsewhere" in told
    assert list(contents(into)) == ["assy_Doe2024_V4.nc"]  # of the second run


def test_a_bucket_without_versions_is_refused_unless_it_is_allowed(study, command, s3_server):
    bucket = s3_server.new_bucket(versioned=False)
    endpoint = ("--endpoint-url", s3_server.endpoint_url)
    publish = ("publish", study.folder, "--store", f"s3://{bucket}/data", *endpoint)
    refused = command(*publish)
    assert refused.code == 2
    assert refused.explains(
        f"s3://{bucket}/data: ", "keeps no versions", "Bucket Versioning", "--allow-unversioned"
    )
    listed = s3_server.client().list_objects_v2(Bucket=bucket).get("Contents", [])
    assert [each["Key"] for each in listed if not each["Key"].endswith("/probe")] == []
    assert not study.path("receipts.json").exists()
    assert command(*publish, "--allow-unversioned").code == 0


def test_a_bucket_that_is_not_there_is_two(study, command, s3_server):
    endpoint = ("--endpoint-url", s3_server.endpoint_url)
    refused = command("publish", study.folder, "--store", "s3://no-such-bucket/x", *endpoint)
    assert refused.code == 2
    assert refused.explains("s3://no-such-bucket", "check")
    assert not study.path("receipts.json").exists()


def test_a_server_that_does_not_answer_is_three_and_nothing_is_published(
    study, command, s3_server, closed_port
):
    bucket = s3_server.new_bucket()
    publish = ("publish", study.folder, "--store", f"s3://{bucket}/x", "--endpoint-url")
    unanswered = command(*publish, f"http://127.0.0.1:{closed_port}")
    assert unanswered.code == 3
    assert unanswered.explains(
        f"s3://{bucket}", "check the network and the endpoint", "run it again"
    )
    assert not study.path("receipts.json").exists()
    assert command(*publish, s3_server.endpoint_url).code == 0


# What was written for --store → the form that the message gives.
MISSPELT = {
    "s3:/lab-data/x": "write s3://lab-data/x",
    "s3//lab-data/x": "write s3://lab-data/x",
    "https://lab-data.s3.amazonaws.com/x": "write s3://lab-data/x",
    "/data/store": "write file:///data/store",
    "file:/data/store": "write file:///data/store",
    "S4://lab-data/x": "s3://bucket/prefix, file:///folder",
    "s3://": "s3://bucket/prefix, file:///folder",
    "s3://Lab_Data/x": "s3://bucket/prefix",
    "": "s3://bucket/prefix, file:///folder",
}


@pytest.mark.parametrize("command_name", ["publish", "fetch", "lookup"])
@pytest.mark.parametrize(("store", "right"), MISSPELT.items())
def test_a_misspelt_store_is_two_and_the_right_form_is_said(
    study, command, command_name, store, right
):
    subject = study.folder if command_name == "publish" else "Doe2024"
    refused = command(command_name, subject, "--store", store)
    assert refused.code == 2
    assert refused.explains(right)
