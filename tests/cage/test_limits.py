"""What the files of a call take together."""

from __future__ import annotations

import sys

import pytest

from brainscore_data.cage.limits import size_of


def test_files_and_those_in_folders_count_and_what_is_not_there_does_not(tmp_path):
    (tmp_path / "images" / "more").mkdir(parents=True)
    (tmp_path / "images" / "a.png").write_bytes(bytes(3))
    (tmp_path / "images" / "b.png").write_bytes(bytes(4))
    (tmp_path / "images" / "more" / "c.png").write_bytes(bytes(50))
    (tmp_path / "a.csv").write_bytes(bytes(10))
    assert size_of([tmp_path / "images", tmp_path / "a.csv", tmp_path / "gone"]) == 17


@pytest.mark.skipif(sys.platform == "win32", reason="it has no blocks")
def test_holes_of_a_file_are_worth_no_memory(tmp_path):
    (tmp_path / "a.h5").write_bytes(bytes(5000))
    with (tmp_path / "b.h5").open("wb") as file:
        file.write(bytes(5000))
        file.truncate(1 << 40)
    assert size_of([tmp_path / "a.h5"]) == 5000
    assert 5000 <= size_of([tmp_path / "b.h5"]) < 1 << 20
    assert size_of([tmp_path]) < 2 << 20
