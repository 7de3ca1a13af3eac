"""Receipts that are committed, in a real repository."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from git_repositories import new_repository

import brainscore_data
from brainscore_data.base.errors import DataError
from brainscore_data.brainio.uploads import destination_for
from brainscore_data.publishing import comparison
from brainscore_data.publishing.comparison import committed_at, receipts_in_git


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repository"
    return new_repository(folder)


@pytest.fixture
def url(tmp_path):
    return (tmp_path / "store").as_uri()


@pytest.fixture(params=["file", "s3"])
def any_url(request, tmp_path, monkeypatch):
    if request.param == "file":
        return (tmp_path / "store").as_uri()
    server = request.getfixturevalue("s3_server")
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint_url)
    return f"s3://{server.new_bucket()}/brainio"


def git(folder, *arguments):
    identity = ("-c", "user.name=Hong", "-c", "user.email=hong@lab.example")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(folder, name="receipts.json", content=b"{}"):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    git(folder, "add", "--force", name)
    git(folder, "commit", "--quiet", "--message", name)
    return git(folder, "rev-parse", "HEAD")


def statuses(published):
    return [file.run.status for item in published.receipts.items for file in item.files]


def test_every_receipts_json_of_the_commit_is_read_and_no_other_file(repository):
    commit(repository, "data/a/receipts.json", b"of a")
    commit(repository, "receipts.json", b"of the root\n\nwith lines")
    commit(repository, "old-receipts.json", b"another")
    (repository / "uncommitted").mkdir()
    (repository / "uncommitted" / "receipts.json").write_bytes(b"mine alone")
    found = receipts_in_git(repository / "data", "HEAD")
    assert sorted(found) == [b"of a", b"of the root\n\nwith lines"]


def test_what_came_after_the_commit_does_not_count(repository):
    base = commit(repository, content=b"at the base")
    commit(repository, content=b"of the pull request")
    assert receipts_in_git(repository, base) == [b"at the base"]


def test_what_is_too_long_for_receipts_is_not_read(repository, monkeypatch):
    monkeypatch.setattr(comparison, "_LONGEST", 8)
    commit(repository, "data/a/receipts.json", b"8 bytes.")
    commit(repository, "data/b/receipts.json", b"9 bytes..")
    assert receipts_in_git(repository, "HEAD") == [b"8 bytes."]


def test_there_are_none_without_git_or_without_that_commit(repository, tmp_path):
    assert receipts_in_git(tmp_path, "HEAD") is None
    assert receipts_in_git(repository, "HEAD") is None
    commit(repository)
    assert receipts_in_git(repository, "1" * 40) is None


def test_a_link_to_receipts_and_what_is_no_receipt_pin_nothing(
    repository, bundles, memory_store, url
):
    folder = bundles.write(bundles.assembly("MajajHong2015", b"rates"))
    brainscore_data.publish(folder, url)
    (repository / "data").mkdir()
    (repository / "data" / "receipts.json").symlink_to(folder / "receipts.json")
    git(repository, "add", "data")
    commit(repository, content=b"{no json")
    store = memory_store()
    store.put_by_hand("a.nc", b"rates")
    assert receipts_in_git(repository, "HEAD") == [b"{no json"]
    assert committed_at(repository).pins(store, store.stat("a.nc")) == []


def test_receipts_count_once_they_are_committed(repository, bundles, any_url):
    old, new = (
        bundles.write(bundles.assembly("MajajHong2015", content, meaning="rates"))
        for content in (b"zlib 1.2", b"zlib 1.3 ng")
    )
    first = brainscore_data.publish(old, any_url)
    home = repository / "data" / "majajhong2015"
    home.mkdir(parents=True)
    shutil.copy(old / "receipts.json", home / "receipts.json")
    with pytest.raises(DataError, match="claims that its other bytes have the same content"):
        brainscore_data.publish(new, any_url, receipts=home)
    commit(repository, "data/majajhong2015/receipts.json", (old / "receipts.json").read_bytes())
    second = brainscore_data.publish(new, any_url, receipts=home)
    assert statuses(second) == ["unchanged"]
    assert second.receipts.items[0].nc.object == first.receipts.items[0].nc.object


def test_an_upload_of_the_drop_in_looks_at_the_repository_that_it_runs_in(
    repository, bundles, url, monkeypatch
):
    (old, files), (new, others) = (
        bundles.assembly("MajajHong2015", content, meaning="rates", visibility=None)
        for content in (b"zlib 1.2", b"zlib 1.3 ng")
    )
    monkeypatch.chdir(repository)
    first = destination_for(url).put(old, bundles.write((old, files)))
    with pytest.raises(DataError, match="claims that its other bytes have the same content"):
        destination_for(url).put(new, bundles.write((new, others)))
    receipts = bundles.write((old, files)) / "receipts.json"
    brainscore_data.publish(receipts.parent, url)
    commit(repository, content=receipts.read_bytes())
    assert destination_for(url).put(new, bundles.write((new, others))) == first
