from __future__ import annotations

import contextlib
import hashlib
import threading
from typing import TYPE_CHECKING

import pytest

from brainscore_data.base.files import Fingerprint
from brainscore_data.packaging import hashing
from brainscore_data.packaging.hashing import Following, HashedRange

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_hashed_while_it_grows_and_so_are_its_parts(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(hashing, "_STEP", 1)
    monkeypatch.setattr(hashing, "TO_DISK", 1)
    path, part = tmp_path / "a.bin", hashlib.sha256()
    with path.open("wb", buffering=0) as stream, Following(path) as behind:
        stream.write(b"head")
        behind.reached(4)
        stream.write(b"content")
        behind.reached(11, HashedRange(5, 10, part))
        stream.write(b"end")
        found = behind.finished(14)
    whole = b"headcontentend"
    sha1 = hashlib.sha1(whole, usedforsecurity=False)
    assert found == Fingerprint(sha1.hexdigest(), hashlib.sha256(whole).hexdigest(), 14)
    assert part.hexdigest() == hashlib.sha256(b"onten").hexdigest()


def test_a_file_that_is_shorter_than_said_is_an_error(tmp_path: Path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"123")
    with Following(path) as behind, pytest.raises(OSError, match="ends after 3 of 4 bytes"):
        behind.finished(4)


def test_an_error_of_the_writer_ends_the_threads(tmp_path: Path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"123")
    before = threading.active_count()
    with contextlib.suppress(KeyboardInterrupt), Following(path) as behind:
        behind.reached(3)
        raise KeyboardInterrupt
    assert threading.active_count() == before
