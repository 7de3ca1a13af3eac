from __future__ import annotations

import os

import pytest

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.read_once import reading_once
from brainscore_data.dataset.locating import locate
from brainscore_data.dataset.manifest import Manifest
from brainscore_data.dataset.paths import refuse_escape, refuse_pointer
from brainscore_data.dataset.reading import Dataset

WHERE = "dataset.toml: [[assembly]] 1 (Freeman2013): data"
POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    b"size 12345\n"
)


def no_fetch(name, source):
    pytest.fail(f"{name} was fetched from {source.url}")


@pytest.fixture
def dataset(tmp_path):
    (root := tmp_path / "dataset").mkdir()
    manifest = {
        "schema": 1,
        "dataset": {"license": "CC0-1.0"},
        "sources": {"raw/big.nc": {"url": "https://osf.io/x", "sha256": "0" * 64}},
    }
    return Dataset(root.resolve(), root / "dataset.toml", Manifest.model_validate(manifest))


def test_a_file_and_a_folder_are_found_below_the_dataset(dataset):
    (folder := dataset.root / "raw").mkdir()
    (file := folder / "a.nc").write_bytes(b"x")
    assert locate(dataset, "raw/a.nc", where=WHERE, fetch=no_fetch) == file
    for spelling in ("raw", "raw/", "./raw"):
        assert locate(dataset, spelling, where=WHERE, fetch=no_fetch) == folder
    assert locate(dataset, ".", where=WHERE, fetch=no_fetch) == dataset.root


def test_a_name_among_the_sources_is_fetched_even_if_a_file_has_it(dataset, tmp_path):
    (dataset.root / "raw").mkdir()
    (dataset.root / "raw" / "big.nc").write_bytes(b"not the pinned bytes")
    asked = []

    def fetch(name, source):
        asked.append((name, source.url))
        return tmp_path / "cached"

    assert locate(dataset, "./raw/big.nc", where=WHERE, fetch=fetch) == tmp_path / "cached"
    assert asked == [("raw/big.nc", "https://osf.io/x")]


def test_a_missing_file_is_an_error_that_names_the_entry_and_the_nearest_name(dataset):
    (dataset.root / "raw").mkdir()
    (dataset.root / "raw" / "responses.npy").write_bytes(b"x")
    with pytest.raises(DataError, match=r"there is no 'raw/response\.npy'") as caught:
        locate(dataset, "raw/response.npy", where=WHERE, fetch=no_fetch)
    assert caught.value.where == WHERE
    assert caught.value.hint.startswith("did you mean 'raw/responses.npy'?")


def test_a_missing_file_with_nothing_like_it_points_to_sources(dataset):
    with pytest.raises(DataError) as caught:
        locate(dataset, "raw.npy", where=WHERE, fetch=no_fetch)
    assert "[sources]" in caught.value.hint


@pytest.mark.parametrize("name", ["raw/A.nc", "Raw/a.nc"])
def test_a_name_that_differs_in_case_only_is_an_error_on_every_system(dataset, name):
    (dataset.root / "raw").mkdir()
    (dataset.root / "raw" / "a.nc").write_bytes(b"x")
    with pytest.raises(DataError, match="differs from it in case only"):
        locate(dataset, name, where=WHERE, fetch=no_fetch)


def test_a_file_on_the_way_is_no_folder(dataset):
    (dataset.root / "raw").write_bytes(b"x")
    with pytest.raises(DataError, match="'raw' is a file, not a folder"):
        locate(dataset, "raw/a.nc", where=WHERE, fetch=no_fetch)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "raw/../../secret", "x" * 5000])
def test_a_path_that_the_manifest_should_have_refused_is_not_opened_either(dataset, tmp_path, name):
    (tmp_path / "secret").write_text("x")
    with pytest.raises(DataError, match="there is no"):
        locate(dataset, name, where=WHERE, fetch=no_fetch)


@pytest.mark.parametrize("name", ["link/secret.nc", "file.nc", "chain.nc"])
def test_a_symlink_out_of_the_folder_is_refused(dataset, tmp_path, name):
    (outside := tmp_path / "dataset-of-somebody-else").mkdir()
    (outside / "secret.nc").write_bytes(b"x")
    (dataset.root / "link").symlink_to(outside)
    (dataset.root / "file.nc").symlink_to(outside / "secret.nc")
    (dataset.root / "chain.nc").symlink_to("file.nc")
    with pytest.raises(DataError, match="leads out of the dataset's folder"):
        locate(dataset, name, where=WHERE, fetch=no_fetch)


def test_a_symlink_within_the_folder_is_followed(dataset):
    (dataset.root / "a.nc").write_bytes(b"x")
    (dataset.root / "b.nc").symlink_to("a.nc")
    assert locate(dataset, "b.nc", where=WHERE, fetch=no_fetch).read_bytes() == b"x"


@pytest.mark.parametrize("target", ["nowhere", "itself"])
def test_a_symlink_to_nothing_is_an_error(dataset, target):
    (dataset.root / "itself").symlink_to(target)
    with pytest.raises(DataError, match="a symlink to something that is not there"):
        locate(dataset, "itself", where=WHERE, fetch=no_fetch)


def test_a_stimulus_found_by_listing_a_folder_is_held_to_the_same(dataset, tmp_path):
    (tmp_path / "secret").write_text("x")
    (dataset.root / "a.png").symlink_to(tmp_path / "secret")
    (dataset.root / "b.png").write_bytes(b"x")
    refuse_escape(dataset.root, dataset.root / "b.png")
    with pytest.raises(DataError, match=r"'a\.png' leads out") as caught:
        refuse_escape(dataset.root, dataset.root / "a.png")
    assert caught.value.where == str(dataset.root / "a.png")


def test_an_lfs_pointer_that_was_not_pulled_says_how_to_pull_it(dataset):
    (dataset.root / "a.nc").write_bytes(POINTER)
    with pytest.raises(DataError, match="git-LFS pointer") as caught:
        locate(dataset, "a.nc", where=WHERE, fetch=no_fetch)
    assert "git lfs pull" in caught.value.hint


def test_a_large_file_that_starts_like_a_pointer_is_none(tmp_path):
    (path := tmp_path / "a.txt").write_bytes(POINTER + b"x" * 1024)
    refuse_pointer(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders there")
def test_a_pipe_is_refused_and_not_waited_for(dataset):
    os.mkfifo(dataset.root / "a.nc")
    with pytest.raises(DataError, match="neither a file nor a folder"):
        locate(dataset, "a.nc", where=WHERE, fetch=no_fetch)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_may_not_be_read_is_a_usage_error(unprivileged, kind):
    path = unprivileged / "a"
    path.mkdir() if kind == "folder" else path.write_bytes(b"x")
    path.chmod(0)
    manifest = Manifest(schema_version=1, dataset={"license": "CC0-1.0"})
    dataset = Dataset(unprivileged.resolve(), unprivileged / "dataset.toml", manifest)
    with pytest.raises(UsageError, match="'a' cannot be read: Permission denied") as caught:
        locate(dataset, "a", where=WHERE, fetch=no_fetch)
    assert caught.value.where == WHERE


def test_a_folder_is_listed_once_in_a_run_however_many_files_are_looked_for(dataset, monkeypatch):
    names = [f"{number}.npy" for number in range(30)]
    for name in names:
        (dataset.root / name).write_bytes(b"data")
    listed = []
    listdir = os.listdir
    monkeypatch.setattr(os, "listdir", lambda folder: listed.append(folder) or listdir(folder))
    with reading_once():
        for name in names:
            locate(dataset, name, where=WHERE, fetch=no_fetch)
    assert len(listed) == 1
