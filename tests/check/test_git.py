from __future__ import annotations

import os
import subprocess

import pytest

from brainscore_data.check.git import open_repository
from brainscore_data.errors import UsageError


@pytest.fixture
def repository(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def test_it_knows_what_is_tracked_ignored_and_in_lfs(repository):
    odd = os.fsdecode(b"\xff\n.csv")
    for name in ("a.csv", "b.csv", "c d.csv", odd):
        (repository / name).touch()
    (repository / ".gitignore").write_text("b.csv\n")
    (repository / ".gitattributes").write_text("c*.csv filter=lfs\n")
    subprocess.run(["git", "add", "-A"], cwd=repository, check=True)
    git = open_repository(repository)
    assert git.tracked == {".gitattributes", ".gitignore", "a.csv", "c d.csv", odd}
    assert git.ignored(["b.csv", "new.csv", odd]) == {"b.csv"}
    assert git.ignored([]) == frozenset()
    assert git.in_lfs(["a.csv", "c d.csv", odd]) == {"c d.csv"}


def test_programs_that_the_repository_names_are_not_run(repository, tmp_path_factory):
    trace = tmp_path_factory.mktemp("trace") / "ran"
    program = repository / "program"
    program.write_text(f"#!/bin/sh\ntouch {trace}\ncat\n")
    program.chmod(0o755)
    (repository / "a.csv").write_text("a\n")
    subprocess.run(["git", "add", "a.csv"], cwd=repository, check=True)
    for key in ("core.fsmonitor", "core.pager", "core.hooksPath", "filter.lfs.process"):
        subprocess.run(["git", "config", key, str(program)], cwd=repository, check=True)
    (repository / ".gitattributes").write_text("*.csv filter=lfs\n")
    (repository / "a.csv").write_text("other\n")
    git = open_repository(repository)
    assert git.in_lfs(["a.csv"]) == {"a.csv"}
    assert git.ignored(["b.csv"]) == frozenset()
    assert not trace.exists()
    # The trap is one: git by itself would have run it.
    subprocess.run(["git", "status"], cwd=repository, check=False, capture_output=True)
    assert trace.exists()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda root: (root / ".git" / "config").write_text("[core\n"),
        lambda root: (root / ".git" / "index").write_bytes(b"no index"),
        lambda root: (root / ".git" / "HEAD").unlink(),
    ],
    ids=["config", "index", "HEAD"],
)
def test_a_git_that_fails_says_why(repository, spoil):
    spoil(repository)
    with pytest.raises(UsageError, match=r"git ls-files failed: .{5}"):
        open_repository(repository)


def test_without_git_it_says_so(repository, monkeypatch):
    monkeypatch.setenv("PATH", str(repository))
    with pytest.raises(UsageError, match="no git"):
        open_repository(repository)


def test_the_environment_of_another_repository_s_hook_does_not_count(
    repository, tmp_path_factory, monkeypatch
):
    (repository / "a.csv").touch()
    subprocess.run(["git", "add", "-A"], cwd=repository, check=True)
    other = tmp_path_factory.mktemp("other")
    subprocess.run(["git", "init", "-q", str(other)], check=True)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    assert open_repository(repository).tracked == {"a.csv"}
