"""Files that are whole or not there."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainscore_data.base import files
from brainscore_data.base.errors import UsageError
from brainscore_data.base.files import (
    BLOCK,
    digests,
    explained,
    fingerprint,
    joined_blocks,
    linked,
    measured,
    written_whole,
)


@pytest.mark.parametrize("size", [0, 1, BLOCK, 3 * BLOCK + 1])
def test_only_the_hashes_that_are_asked_for_are_computed(size):
    content = hashlib.shake_128(b"spikes").digest(size)
    assert digests(io.BytesIO(content), ["sha256"]) == {
        "sha256": hashlib.sha256(content).hexdigest()
    }
    assert digests(io.BytesIO(content), []) == {}


@pytest.mark.parametrize("refused", [True, False])
def test_a_second_name_takes_no_second_copy_where_that_can_be(tmp_path, monkeypatch, refused):
    def refuse(*_):
        raise OSError(errno.EXDEV, "another file system")

    if refused:
        monkeypatch.setattr("os.link", refuse)
    original, second = tmp_path / "rates.nc", tmp_path / "second.nc"
    original.write_bytes(b"rates")
    second.write_bytes(b"in its place")
    linked(original, second)
    assert second.read_bytes() == b"rates"
    assert second.samefile(original) is not refused


def test_a_fingerprint_is_that_of_the_bytes(tmp_path):
    content = os.urandom(3_000_000)
    (tmp_path / "rates.nc").write_bytes(content)
    found = fingerprint(tmp_path / "rates.nc")
    assert found.sha1 == hashlib.sha1(content).hexdigest()  # noqa: S324
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert found.size == len(content)


@given(content=st.binary(max_size=100), length=st.integers(1, 40))
def test_the_crc32_of_a_file_follows_from_those_of_its_blocks(content, length):
    starts = range(0, len(content), length)
    blocks = [zlib.crc32(content[start : start + length]) for start in starts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "BLOCK", length)
        assert joined_blocks(blocks, len(content)) == zlib.crc32(content)


def _touched_long_ago(monkeypatch):
    now = time.time()
    monkeypatch.setattr("brainscore_data.base.files.time.time", lambda: now + 60)


def test_a_file_that_nobody_touched_is_not_hashed_again(tmp_path, monkeypatch):
    path = tmp_path / "rates.nc"
    path.write_bytes(b"rates")
    _touched_long_ago(monkeypatch)
    found = measured(path)
    monkeypatch.setattr("brainscore_data.base.files.fingerprint", None)

    assert measured(path) is found
    assert found.crc32 == zlib.crc32(b"rates")


def test_a_file_that_was_touched_is_hashed_again_though_it_looks_the_same(tmp_path, monkeypatch):
    path = tmp_path / "rates.nc"
    path.write_bytes(b"rates")
    times = path.stat()
    _touched_long_ago(monkeypatch)
    measured(path)
    path.write_bytes(b"RATES")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    assert measured(path).fingerprint == fingerprint(path)


def test_a_file_that_was_touched_a_moment_ago_is_hashed_again(tmp_path, monkeypatch):
    """It may change again within one tick of the file system's clock."""
    path = tmp_path / "rates.nc"
    path.write_bytes(b"rates")
    monkeypatch.setattr("brainscore_data.base.files.time.time", lambda: path.stat().st_mtime)
    found = measured(path)

    assert measured(path) is not found


def test_a_block_that_raises_leaves_the_old_file_and_no_other(tmp_path):
    target = tmp_path / "receipts.json"
    target.write_text("old")

    def write_half():
        with written_whole(target) as path:
            path.write_text("ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert [path.name for path in tmp_path.iterdir()] == ["receipts.json"]
    assert target.read_text() == "old"


def test_while_it_is_written_the_final_name_is_not_there(tmp_path):
    with written_whole(tmp_path / "bundle.json") as path:
        path.write_text("{}")
        assert not (tmp_path / "bundle.json").exists()
    assert (tmp_path / "bundle.json").read_text() == "{}"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_a_new_file_can_be_read_by_whom_the_user_lets_read_files(tmp_path):
    before = os.umask(0o027)
    try:
        with written_whole(tmp_path / "a.csv") as path:
            path.write_text("")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.csv").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission"),
        (errno.EFBIG, "larger"),
    ],
)
def test_what_the_system_says_becomes_what_to_do(tmp_path, number, reason):
    with pytest.raises(UsageError, match=reason) as caught, explained(tmp_path):
        raise OSError(number, os.strerror(number))
    assert caught.value.where == str(tmp_path)
    assert caught.value.hint


def test_an_error_that_nobody_can_act_on_stays_what_it_is(tmp_path):
    with pytest.raises(OSError, match="Input/output"), explained(tmp_path):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
