"""One pull request with the registrations: opened, brought up to date, never taken from a person."""

from __future__ import annotations

import pytest
from github_api import READING, WRITING

from brainscore_data.base.errors import IncompleteError, UsageError
from brainscore_data.github.client import connected
from brainscore_data.github.tasks.registering import BRANCH, propose, registration_files

MANIFEST = """\
schema = 1
[dataset]
license = "CC0-1.0"
[[stimulus_set]]
identifier = "hvm"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli"
"""
FILES = {"data/a/receipts.json": "{}\n", "plugin/__init__.py": "a = 1\n"}


def content(repository, path, revision=f"refs/heads/{BRANCH}"):
    return repository.git.run("show", f"{revision}:{path}").decode()


def test_it_writes_the_files_and_keeps_the_others(real, repository):
    proposed = propose(real(), "main", FILES, labels=["data", "registration"])
    pull = repository.pulls[proposed.number]
    assert (pull.base, pull.branch, pull.labels) == ("main", BRANCH, ["data", "registration"])
    assert content(repository, "plugin/__init__.py") == "a = 1\n"
    assert content(repository, "README.md") == "data\n"
    assert repository.head() != repository.head(BRANCH)


def test_a_second_run_changes_nothing(real, repository, github):
    first = propose(real(), "main", FILES, labels=["data"])
    head = repository.head(BRANCH)
    assert propose(real(), "main", FILES, labels=["data"]) == first
    assert repository.head(BRANCH) == head
    assert len(github.asked("POST", "/pulls")) == 1
    assert len(github.asked("POST", "/labels")) == 1


def test_more_receipts_update_the_same_pull_request(real, repository):
    first = propose(real(), "main", FILES)
    old = repository.head(BRANCH)
    assert propose(real(), "main", FILES | {"plugin/__init__.py": "b = 2\n"}) == first
    assert content(repository, "plugin/__init__.py") == "b = 2\n"
    assert repository.git.contains(f"refs/heads/{BRANCH}", old)


def test_what_was_merged_into_the_base_meanwhile_comes_along(real, repository):
    propose(real(), "main", FILES)
    newer = repository.commit({"README.md": "newer\n"})
    propose(real(), "main", FILES)
    assert content(repository, "README.md") == "newer\n"
    assert repository.git.contains(f"refs/heads/{BRANCH}", newer)


def test_nothing_is_opened_if_the_base_has_the_files(real, repository):
    repository.commit(FILES)
    assert propose(real(), "main", FILES) is None
    assert not repository.pulls


@pytest.mark.parametrize("method", ["merge", "squash"])
def test_after_a_merge_the_branch_is_used_again_for_another_pull_request(real, repository, method):
    first = propose(real(), "main", FILES)
    repository.merge(repository.pulls[first.number], method)
    assert propose(real(), "main", FILES) is None
    second = propose(real(), "main", FILES | {"plugin/__init__.py": "b = 2\n"})
    assert second.number != first.number
    assert content(repository, "plugin/__init__.py") == "b = 2\n"


def test_a_branch_with_commits_of_a_person_is_left_as_it_is(real, repository):
    propose(real(), "main", FILES)
    theirs = repository.commit({"plugin/__init__.py": "mine\n"}, branch=BRANCH)
    with pytest.raises(UsageError, match="somebody has committed"):
        propose(real(), "main", FILES | {"plugin/__init__.py": "b = 2\n"})
    assert repository.head(BRANCH) == theirs


def test_a_commit_of_ours_that_a_person_amended_is_theirs(real, repository):
    propose(real(), "main", FILES)
    git, ref = repository.git, f"refs/heads/{BRANCH}"
    message = git.line("log", "-1", "--format=%B", ref)
    git.move(ref, f"{ref}^")
    amended = repository.commit({"plugin/__init__.py": "mine\n"}, branch=BRANCH, message=message)
    with pytest.raises(UsageError, match="somebody has committed"):
        propose(real(), "main", FILES)
    assert repository.head(BRANCH) == amended


def test_a_run_that_was_overtaken_does_not_force(real, repository, github):
    propose(real(), "main", FILES)
    github.fail("PATCH", "/git/refs", status=422, message="Update is not a fast forward")
    with pytest.raises(IncompleteError, match="another run has just written"):
        propose(real(), "main", FILES | {"plugin/__init__.py": "b = 2\n"})


def test_a_token_that_may_not_is_told_so(github, repository):
    client = connected(READING, api_url=github.api_url, sleep=lambda _: None)
    with pytest.raises(UsageError, match="to open a pull request with the registrations"):
        propose(client.get_repo(repository.name), "main", FILES)
    assert WRITING != READING


def test_two_datasets_that_share_a_plugin_are_both_registered(tmp_path, receipts_of):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "dataset.toml").write_text("schema = 1\n")
    (tmp_path / ".git").mkdir()
    receipts = {"a": receipts_of("First2019"), "b": receipts_of("Other2020")}
    files = registration_files(tmp_path, receipts, is_earlier=lambda *_: False)
    source = files.texts["brainscore_vision/data/majajhong2015/__init__.py"]
    assert "data_registry['First2019']" in source
    assert "data_registry['Other2020']" in source
    assert {"a/receipts.json", "b/receipts.json"} <= set(files.texts)
    assert not files.refused


def test_a_plugin_with_its_dataset_changes_when_pins_do_and_never_else(tmp_path, receipts_of):
    """Brain-Score keys stored activations by the last commit to a plugin's folder."""
    home = "brainscore_vision/data/majajhong2015"
    (tmp_path / home).mkdir(parents=True)
    (tmp_path / home / "dataset.toml").write_text(MANIFEST)

    def files(who="majaj", **facts):
        receipts = receipts_of("hvm", who=who, **facts)
        return registration_files(tmp_path, {home: receipts}, is_earlier=lambda *_: True)

    first = files()
    assert set(first.texts) == {
        f"{home}/{name}" for name in ("receipts.json", "__init__.py", "test.py")
    }
    again = files(who="hong")
    assert (again.texts, again.recomputed) == ({}, ())
    moved = files(csv_version="v2")
    assert set(moved.texts) == {f"{home}/receipts.json", f"{home}/__init__.py"}
    assert "activations on hvm again" in moved.recomputed[0]


@pytest.mark.parametrize("folder", ["..", "missing", "../x"])
def test_receipts_of_a_dataset_that_is_not_there_are_refused(tmp_path, receipts_of, folder):
    root = tmp_path / "root"
    root.mkdir()
    with pytest.raises(UsageError, match="no dataset here"):
        registration_files(root, {folder: receipts_of("A2019")}, is_earlier=lambda *_: False)
