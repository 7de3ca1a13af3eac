from __future__ import annotations

import os
import subprocess

import pytest
from git_repositories import new_repository

import brainscore_data.base.git
from brainscore_data.base.errors import UsageError
from brainscore_data.base.git import Checkout, ask_git, tracked_files
from brainscore_data.github.commented_receipts import repository_name
from brainscore_data.publishing.published import current_run

# Everybody who asks git, and what they find out of `repository`.
ASKED = {
    "tracked": (lambda root: tracked_files(root).tracked, {".gitattributes", "a.csv"}),
    "in LFS": (lambda root: tracked_files(root).in_lfs(["a.csv"]), {"a.csv"}),
    "ignored": (lambda root: tracked_files(root).ignored(["b.csv"]), frozenset()),
    "named": (lambda root: Checkout(root).files_named("a.csv"), {"a.csv"}),
    "last changes": (lambda root: set(Checkout(root).last_changes(["."])), {"."}),
    "head": (lambda root: Checkout(root).head() == git(root, "rev-parse", "HEAD"), True),
    "run": (lambda root: current_run(root).commit == git(root, "rev-parse", "HEAD"), True),
    "remote": (repository_name, ("github.com", "lab/data")),
}
EVERYBODY = pytest.mark.parametrize(("ask", "expected"), ASKED.values(), ids=ASKED)
EMPTY_BLOB = b"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\n"


def git(root, *arguments):
    """Ask git without our function, and without what a test put into the environment."""
    identity = ("-c", "user.name=lab", "-c", "user.email=lab@example.org")
    command = ["env", "-u", "GIT_DIR", "-u", "GIT_INDEX_FILE", "git", "-C", str(root), *identity]
    done = subprocess.run([*command, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def made_repository(root, name):
    new_repository(root)
    (root / name).write_text("a\n")
    (root / ".gitattributes").write_text("*.csv filter=lfs\n")
    git(root, "-c", "filter.lfs.clean=cat", "add", "-A")
    git(root, "commit", "-q", "-m", f"add {name}")
    return root


@pytest.fixture
def repository(tmp_path):
    root = made_repository(tmp_path, "a.csv")
    git(root, "remote", "add", "origin", "https://github.com/lab/data")
    return root


@pytest.fixture
def other(tmp_path_factory):
    return made_repository(tmp_path_factory.mktemp("other"), "other.csv")


def program(folder, name, script):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@EVERYBODY
def test_a_program_that_the_repository_names_is_run_by_nobody(
    repository, ask, expected, tmp_path_factory
):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    trap = program(elsewhere, "trap", f"touch {elsewhere / 'ran'}; cat")
    for key in ("core.fsmonitor", "core.pager", "core.hooksPath", "filter.lfs.process"):
        git(repository, "config", key, trap)
    (repository / "a.csv").write_text("other\n")
    assert ask(repository) == expected
    # A command that is nobody's, but has git look at each file.
    assert b"a.csv" in ask_git(repository, "ls-files", "-z", "--deleted", "--others", "--cached")
    assert not (elsewhere / "ran").exists()
    # The trap is one: git by itself would have run it.
    subprocess.run(["git", "status"], cwd=repository, check=False, capture_output=True)
    assert (elsewhere / "ran").exists()


@EVERYBODY
def test_a_hook_of_another_repository_misleads_nobody(
    repository, ask, expected, other, monkeypatch
):
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    assert ask(repository) == expected


def test_git_is_told_no_secret(repository, tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("bin")
    program(folder, "git", f"env > {folder / 'told'}")
    for name in ("BRAINSCORE_DATA_INPUT_GITHUB_TOKEN", "GIT_TOKEN", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    ask_git(repository, "rev-parse", "HEAD")
    told = (folder / "told").read_text()
    assert "secret" not in told
    assert "HOME=" in told


def test_a_repository_of_another_user_is_refused_with_what_to_do(repository, monkeypatch):
    # As tests of git do: https://github.com/git/git/blob/master/t/t0033-safe-directory.sh
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(UsageError, match="dubious ownership") as caught:
        tracked_files(repository)
    assert caught.value.hint is not None
    assert "safe.directory" in caught.value.hint
    assert current_run(repository).commit is None


def test_the_checkout_of_a_workflow_may_belong_to_another_user(repository, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert Checkout(repository).files_named("a.csv") == {"a.csv"}
    monkeypatch.chdir(repository.parent)
    assert Checkout(repository.relative_to(repository.parent)).head() is not None


def test_a_bare_repository_among_the_files_is_not_taken_for_this_one(repository):
    git(repository, "init", "-q", "--bare", "bare")
    with pytest.raises(UsageError, match="bare repository"):
        ask_git(repository / "bare", "rev-parse", "--git-dir")


def test_an_object_is_never_that_which_replaces_it(repository):
    first = git(repository, "rev-parse", "HEAD")
    git(repository, "commit", "-q", "--allow-empty", "-m", "second")
    git(repository, "replace", "HEAD", first)
    assert b"second" in ask_git(repository, "cat-file", "-p", "HEAD")


def test_standard_input_has_what_is_given_and_nothing_else(repository):
    assert ask_git(repository, "hash-object", "--stdin") == EMPTY_BLOB
    assert ask_git(repository, "hash-object", "--stdin", given=b"a") != EMPTY_BLOB


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
        ask_git(repository, "ls-files")


def test_an_exit_code_that_is_fine_is_no_failure(repository):
    asked = ("check-ignore", "b.csv")
    assert ask_git(repository, *asked, fine=(0, 1)) == b""
    with pytest.raises(UsageError, match="no reason given"):
        ask_git(repository, *asked)


def test_a_git_that_does_not_answer_is_given_up(repository, tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("bin")
    program(folder, "git", "exec /bin/sleep 600")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(brainscore_data.base.git, "_LONGEST", 0.1)
    with pytest.raises(UsageError, match="git ls-files failed: no answer within"):
        ask_git(repository, "ls-files")
    assert Checkout(repository).head() is None
    assert current_run(repository).commit is None


def test_without_git_it_says_so(repository, monkeypatch):
    monkeypatch.setenv("PATH", str(repository))
    with pytest.raises(UsageError, match="no git"):
        tracked_files(repository)
    assert Checkout(repository).head() is None
    assert current_run(repository).commit is None
    with pytest.raises(UsageError, match="cannot be seen which repository"):
        repository_name(repository)


def test_it_knows_what_is_tracked_ignored_and_in_lfs(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    odd = os.fsdecode(b"\xff\n.csv")
    for name in ("a.csv", "b.csv", "c d.csv", odd):
        (tmp_path / name).touch()
    (tmp_path / ".gitignore").write_text("b.csv\n")
    (tmp_path / ".gitattributes").write_text("c*.csv filter=lfs\n")
    subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True)
    git = tracked_files(tmp_path)
    assert git.tracked == {".gitattributes", ".gitignore", "a.csv", "c d.csv", odd}
    assert git.ignored(["b.csv", "new.csv", odd]) == {"b.csv"}
    assert git.ignored([]) == frozenset()
    assert git.in_lfs(["a.csv", "c d.csv", odd]) == {"c d.csv"}
