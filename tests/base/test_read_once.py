"""What many look at is opened once in a run, and from then on it is what it was."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from brainscore_data.base import read_once
from brainscore_data.base.read_once import keep, kept, once, opened, reading_once, whereabouts


@pytest.fixture
def openings(tmp_path):
    """Paths below the test's folder, as often as they are opened."""
    seen, watching = [], [True]

    def watch(event, args):
        # The door opens within ``open``, which has no mode then.
        if watching and event == "open" and args[1] and str(args[0]).startswith(str(tmp_path)):
            seen.append(Path(args[0]).name)

    sys.addaudithook(watch)  # there is no way to take it out again
    yield seen
    watching.clear()


def content_of(path):
    with opened(path) as stream:
        return stream.read()


@pytest.mark.parametrize("name", ["stimuli.csv", "TRIALS.TSV", "dataset.toml"])
def test_in_a_run_a_table_or_manifest_is_opened_once_whatever_it_is_called(
    tmp_path, openings, name
):
    path = tmp_path / name
    path.write_bytes(b"a,b\n")
    link = tmp_path / f"link_{name}"
    link.symlink_to(path)
    openings.clear()
    with reading_once():
        assert {content_of(each) for each in (path, path, link)} == {b"a,b\n"}
    assert openings == [name]


def test_outside_of_a_run_and_after_it_every_reader_opens_the_file(tmp_path, openings):
    path = tmp_path / "stimuli.csv"
    path.write_bytes(b"a,b\n")
    openings.clear()
    for _ in range(2):
        assert content_of(path) == b"a,b\n"
    with reading_once():
        content_of(path)
        keep(path, "kind", "made", 9)
    assert kept(path, "kind") is None
    content_of(path)
    assert len(openings) == 4


def test_a_file_that_was_changed_is_read_again(tmp_path):
    path = tmp_path / "stimuli.csv"
    path.write_bytes(b"a,b\n")
    with reading_once():
        content_of(path)
        keep(path, "kind", "made", 9)
        assert kept(path, "kind") == "made"
        path.write_bytes(b"other\n")
        assert content_of(path) == b"other\n"
        assert kept(path, "kind") is None


def test_arrays_and_what_is_large_are_never_kept(tmp_path, openings, monkeypatch):
    monkeypatch.setattr(read_once, "_LARGEST", 3)
    for name in ("large.csv", "array.npy"):
        (tmp_path / name).write_bytes(b"a,b\n")
    openings.clear()
    with reading_once():
        for path in sorted([*tmp_path.iterdir()] * 2):
            content_of(path)
            keep(path, "kind", "made", 1)
            assert kept(path, "kind") is None
    assert openings == ["array.npy"] * 2 + ["large.csv"] * 2


def test_what_is_kept_of_an_empty_file_takes_room_too(tmp_path, openings, monkeypatch):
    monkeypatch.setattr(read_once, "_ROOM", 2 * read_once._ENTRY)
    paths = [tmp_path / f"{number}.csv" for number in range(3)]
    for path in paths:
        path.touch()
    openings.clear()
    with reading_once():
        for path in (*paths, paths[2], paths[0]):
            content_of(path)
    assert openings == ["0.csv", "1.csv", "2.csv", "0.csv"]


def test_where_a_folder_leads_is_asked_once_and_a_link_in_it_each_time(tmp_path):
    folder, link = tmp_path / "folder", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)
    (folder / "other.csv").symlink_to(tmp_path / "elsewhere.csv")
    with reading_once():
        asked = [whereabouts(link / name) for name in ("a.csv", "other.csv", "b.csv", "..")]
    home = str(tmp_path.resolve())
    assert asked == [f"{home}/folder/a.csv", f"{home}/elsewhere.csv", f"{home}/folder/b.csv", home]
    seen: list[str] = []
    with reading_once():
        assert [once(seen.append, "folder") for _ in range(2)] == [None, None]
    assert seen == ["folder"]


def test_all_that_is_kept_fits_into_the_room(tmp_path, openings, monkeypatch):
    monkeypatch.setattr(read_once, "_ROOM", 12)
    monkeypatch.setattr(read_once, "_ENTRY", 0)
    paths = [tmp_path / f"{number}.csv" for number in range(4)]
    for path in paths:
        path.write_bytes(b"a,b\n")
    openings.clear()
    with reading_once():
        for path in (*paths[:3], paths[0], paths[3], paths[0], paths[1]):
            content_of(path)
        keep(paths[2], "kind", "too much", 1 << 40)
        assert kept(paths[2], "kind") is None
    # The first was asked for a moment before there was no room for a fourth, the second was not.
    assert openings == ["0.csv", "1.csv", "2.csv", "3.csv", "1.csv"]


def test_a_file_that_cannot_be_opened_is_an_error_as_ever(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    with reading_once():
        with pytest.raises(FileNotFoundError):
            opened(tmp_path / "none.csv")
        with pytest.raises(IsADirectoryError):
            opened(tmp_path / "folder.csv")
