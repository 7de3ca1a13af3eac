"""What the one door opens, and what it never does, however the files change meanwhile."""

from __future__ import annotations

import os
import socket
import sys
import threading
from pathlib import Path

import pytest
from git_repositories import new_repository

from brainscore_data.base import door
from brainscore_data.base.door import RefusedError, content_of, named, only_inside, opened

posix = pytest.mark.skipif(os.name != "posix", reason="no such files there")


@pytest.fixture(params=["walked", "compared"])
def root(tmp_path, request, monkeypatch):
    """Give a dataset's folder, with the door of systems that have descriptors of folders or none."""
    monkeypatch.setattr(door, "_WALKS", request.param == "walked")
    (tmp_path / "dataset" / "images").mkdir(parents=True)
    (tmp_path / "dataset" / "images" / "a.png").write_bytes(b"a")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    with only_inside(tmp_path / "dataset"):
        yield tmp_path / "dataset"


def content(path) -> bytes:
    with opened(path) as stream:
        return stream.read()


def refusal(path) -> str:
    with pytest.raises(RefusedError) as caught:
        content(path)
    assert caught.value.filename == os.fspath(path)
    return str(caught.value.strerror)


def test_a_file_in_the_folder_is_opened(root):
    assert content(root / "images" / "a.png") == b"a"


def test_a_relative_path_is_opened(root, monkeypatch):
    monkeypatch.chdir(root)
    assert content(Path("images/../images/a.png")) == b"a"


def test_a_folder_that_is_spelled_by_a_link_is_the_same_folder(root):
    (root.parent / "linked").symlink_to(root)
    with only_inside(root.parent / "linked"):
        assert content(root.parent / "linked" / "images" / "a.png") == b"a"
        assert content(root / "images" / "a.png") == b"a"


@pytest.mark.parametrize(
    "target", ["images/a.png", "./images//a.png", "images/../images/a.png", "{root}/images/a.png"]
)
def test_a_link_within_the_folder_is_followed(root, target):
    (root / "link.png").symlink_to(target.format(root=root))
    assert content(root / "link.png") == b"a"


def test_a_link_to_a_folder_within_is_followed(root):
    (root / "pictures").symlink_to("images")
    (root / "again").symlink_to("pictures")
    assert content(root / "again" / "a.png") == b"a"


@pytest.mark.parametrize(
    "target", ["../secret.txt", "images/../../secret.txt", "{parent}/secret.txt", "/etc/passwd"]
)
def test_a_link_out_of_the_folder_is_refused(root, target):
    (root / "link.txt").symlink_to(target.format(parent=root.parent))
    assert refusal(root / "link.txt") == "it is a link out of the dataset's folder"


def test_a_folder_that_is_a_link_out_is_refused(root):
    (root / "outside").symlink_to(root.parent)
    assert "out of the dataset's folder" in refusal(root / "outside" / "secret.txt")


def test_a_path_elsewhere_is_refused(root):
    assert refusal(root.parent / "secret.txt") == "it lies out of the dataset's folder"
    assert refusal(root / ".." / "secret.txt") == "it lies out of the dataset's folder"


def test_a_second_folder_may_be_allowed(root):
    with only_inside(root, root.parent):
        assert content(root.parent / "secret.txt") == b"secret"


def test_links_in_a_circle_are_refused(root):
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    with pytest.raises(OSError, match=r"circle|symbolic links|not find|No such"):
        content(root / "a")


@pytest.mark.parametrize("name", [".git", ".GIT", "git~1"])
def test_what_is_gits_is_refused(root, name):
    (root / name).mkdir()
    (root / name / "config").write_text("token")
    assert refusal(root / name / "config") == "it is git's own"
    (root / "link").symlink_to(f"{name}/config")
    assert refusal(root / "link") == "it is git's own"


def test_gits_folder_is_refused_under_another_name(root):
    new_repository(root, "--separate-git-dir", str(root / "data"))
    assert refusal(root / "data" / "config") == "it is git's own"
    assert content(root / "images" / "a.png") == b"a"


@posix
@pytest.mark.parametrize("kind", ["pipe", "socket", "device"])
def test_what_is_no_ordinary_file_is_refused_and_not_waited_for(root, kind, monkeypatch):
    path = root / "special"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        monkeypatch.chdir(root)  # the names of sockets are short
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("special")
    else:
        try:
            os.mknod(path, 0o20666, os.makedev(1, 5))
        except PermissionError:
            pytest.skip("only root makes devices")
    with pytest.raises(OSError, match=r"not an ordinary file|No such device"):
        content(path)


def test_a_folder_is_not_opened(root):
    with pytest.raises(OSError, match=r"not an ordinary file|Is a directory"):
        content(root / "images")
    with pytest.raises(OSError, match=r"not an ordinary file|Is a directory"):
        content(root)


def test_a_file_that_is_not_there_is_what_the_system_says(root):
    with pytest.raises(FileNotFoundError):
        content(root / "images" / "b.png")
    with pytest.raises((NotADirectoryError, FileNotFoundError, RefusedError)):
        content(root / "images" / "a.png" / "b")


def test_a_library_gets_a_name_of_the_very_file_that_was_opened(root):
    path = root / "images" / "a.png"
    if sys.platform != "linux":
        pytest.skip("names by descriptor are Linux's")
    with named(path) as name:
        path.unlink()
        path.symlink_to(root.parent / "secret.txt")
        assert Path(name).read_bytes() == b"a"


def test_where_there_are_no_such_names_a_file_that_took_its_place_is_noticed(root, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    path = root / "images" / "a.png"
    (root / "b.png").write_bytes(b"b")
    with pytest.raises(RefusedError, match="another file took its place"), named(path) as name:
        (root / "b.png").replace(name)


def test_without_a_folder_the_path_is_its_givers_word_but_git_is_gits(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"a")
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")
    assert content(tmp_path / "link.csv") == b"a"
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_bytes(b"token")
    (tmp_path / "config.csv").symlink_to(tmp_path / ".git" / "config")
    assert refusal(tmp_path / "config.csv") == "it is git's own"


@posix
def test_a_pipe_without_a_folder_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    assert refusal(tmp_path / "pipe.csv") == "it is not an ordinary file"


def test_nothing_from_outside_is_read_while_files_are_swapped(root):
    """Somebody puts a link out of the folder in the file's place, and the file back, all the time."""
    if not door._WALKS:
        pytest.skip("who has no descriptors of folders may be outrun")
    path, spare, evil = root / "images" / "a.png", root / "spare", root / "evil"
    outside, kept = root / "outside", root / "kept"
    (root.parent / "images").mkdir()
    (root.parent / "images" / "a.png").write_bytes(b"secret")
    end = threading.Event()

    def swap() -> None:
        while not end.is_set():
            evil.symlink_to(root.parent / "secret.txt")
            spare.write_bytes(b"a")
            evil.replace(path)
            spare.replace(path)
            outside.symlink_to(root.parent / "images")
            (root / "images").rename(kept)
            outside.rename(root / "images")
            (root / "images").unlink()
            kept.rename(root / "images")

    swapping = threading.Thread(target=swap)
    swapping.start()
    seen, refused = set(), 0
    try:
        while len(seen) + refused < 1500 and swapping.is_alive():
            try:
                seen.add((refused, content(path)))
            except OSError:
                refused += 1
    finally:
        end.set()
        swapping.join()
    assert {read for _, read in seen} <= {b"a"}
    assert refused


def test_what_is_read_whole_has_an_end(root):
    path = root / "receipts.json"
    path.write_bytes(b"x" * (2 << 20))
    assert content_of(path) == content_of(path, 2 << 20) == b"x" * (2 << 20)
    with pytest.raises(RefusedError, match="larger than 1 MiB"):
        content_of(path, 1 << 20)
