"""Folders for the time of one run, and what killed runs leave of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from brainscore_data.base.work_folders import work_folder

STARTED = """
import pathlib, sys, time
from brainscore_data.base.work_folders import work_folder
with work_folder(pathlib.Path(sys.argv[1])) as folder:
    (folder / "large.nc").write_bytes(bytes(1000))
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def started(tmp_path):
    """Another process, at work in a folder that it made."""
    with subprocess.Popen(
        [sys.executable, "-c", STARTED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        process.stdout.readline()
        yield process
        process.kill()


def kill(process):
    process.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
    process.wait()


def age(folder, seconds=3600):
    for path in (folder / "in-use.lock", folder):
        os.utime(path, (time.time() - seconds,) * 2)


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_a_work_folder_is_empty_and_gone_in_the_end_whatever_happened(tmp_path):
    with pytest.raises(ZeroDivisionError), work_folder(tmp_path) as folder:  # noqa: PT012
        assert names(folder) == []
        (folder / "a.nc").write_bytes(b"rates")
        raise ZeroDivisionError
    assert names(tmp_path) == []


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path, started):
    kill(started)
    (left,) = tmp_path.iterdir()
    assert (left / "work" / "large.nc").exists()
    age(left)
    with work_folder(tmp_path):
        assert not left.exists()


def test_the_folder_of_a_run_that_still_works_stays_however_old_it_is(tmp_path, started):
    (used,) = tmp_path.iterdir()
    age(used)
    with work_folder(tmp_path):
        pass
    assert (used / "work" / "large.nc").exists()
    assert started.poll() is None


def left_folder(parent, name="brainscore-data-abcdefgh", *, seconds=3600):
    folder = parent / name
    folder.mkdir()
    (folder / "in-use.lock").touch()
    age(folder, seconds)
    return folder


def test_a_folder_that_is_younger_than_a_minute_stays(tmp_path):
    young, old = (
        left_folder(tmp_path, seconds=30),
        left_folder(tmp_path, "brainscore-data-12345678"),
    )
    with work_folder(tmp_path):
        assert young.exists()
        assert not old.exists()


@pytest.mark.parametrize("name", ["brainscore-data-of-my-thesis", "brainscore-data", "abcdefgh"])
def test_a_folder_of_another_name_stays(tmp_path, name):
    other = left_folder(tmp_path, name)
    with work_folder(tmp_path):
        assert other.exists()


def test_a_folder_without_our_lock_stays(tmp_path):
    (other := tmp_path / "brainscore-data-abcdefgh").mkdir()
    os.utime(other, (0, 0))
    with work_folder(tmp_path):
        assert other.exists()


@pytest.mark.skipif(os.name == "nt", reason="the temporary folder is each user's own")
def test_the_folder_of_another_user_stays(tmp_path, monkeypatch):
    other = left_folder(tmp_path)
    monkeypatch.setattr(os, "getuid", lambda: other.stat().st_uid + 1)
    with work_folder(tmp_path):
        assert other.exists()


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_what_a_link_leads_to_stays(tmp_path):
    elsewhere = left_folder(tmp_path, "elsewhere")
    (parent := tmp_path / "temporary").mkdir()
    (parent / "brainscore-data-abcdefgh").symlink_to(elsewhere)
    with work_folder(parent):
        assert elsewhere.exists()


def test_where_there_are_no_locks_there_is_still_a_folder_and_nobody_takes_it_for_left(
    tmp_path, monkeypatch
):
    def no_locks(self, *_, **__):
        raise NotImplementedError

    monkeypatch.setattr("filelock.FileLock.acquire", no_locks)
    with work_folder(tmp_path) as folder:
        assert names(folder.parent) == ["work"]
    assert names(tmp_path) == []
