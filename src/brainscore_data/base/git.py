"""What git is asked; nothing that a repository names is run for it, nothing is changed or fetched.

Settings in a stranger's ``.git/config`` can name programs that git starts, ``core.fsmonitor`` with
every command that reads the index (https://git-scm.com/docs/git-config#Documentation/git-config.txt-corefsmonitor),
so they are overruled. What is asked is plumbing that applies no filter.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from brainscore_data.base.child_environment import harmless
from brainscore_data.base.errors import UsageError

_OVERRULED = (
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    f"core.hooksPath={os.devnull}",
    # A bare repository that was committed as plain files is not to be taken for this one:
    # https://git-scm.com/docs/git-config#Documentation/git-config.txt-safebareRepository
    "safe.bareRepository=explicit",
)
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
# Where the user's own settings are, such as which folders are safe.
_OF_THE_USER = ("HOME", "XDG_CONFIG_HOME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "PROGRAMDATA")
# Settings that a container may have for everybody. The other variables of git are a hook's: they speak
# of the repository that it belongs to, which may be another one.
_SETTINGS = ("GIT_CONFIG", "GIT_TEST_")
_LONGEST = 60  # seconds
_MOST_NAMED = 100
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)
_REGULAR = ("100644", "100755")


def ask_git(
    folder: Path,
    *command: str,
    given: bytes = b"",
    fine: Container[int] = (0,),  # exit codes
    anybodys: bool = False,
) -> bytes:
    """Run a command of git that only reads; gives its standard output.

    `anybodys`: whether `folder`, which has to be the repository's own then, may belong to another
    user, as a checkout of a workflow's container does. Git refuses that otherwise
    (https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory).
    """
    git = shutil.which("git")
    if git is None:
        raise UsageError("there is no git", where=str(folder), hint="install git")
    settings = [
        *_OVERRULED,
        *([f"safe.directory={folder.resolve().as_posix()}"] if anybodys else []),
    ]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; names come after their options
            [git, "--no-pager", "-C", str(folder), *_set(settings), *command],
            input=given,
            capture_output=True,
            check=False,
            timeout=_LONGEST,
            env=_environment(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or f"no answer within {_LONGEST} s"
        raise UsageError(f"git {command[0]} failed: {reason}", where=str(folder)) from error
    if done.returncode not in fine:
        raise _failed(command[0], folder, done.stderr)
    return done.stdout


def _set(settings: Sequence[str]) -> list[str]:
    return [word for each in settings for word in ("-c", each)]


def _environment() -> dict[str, str]:
    settings = [name for name in os.environ if name.startswith(_SETTINGS)]
    return {**harmless(os.environ, more=(*_OF_THE_USER, *settings)), **_ENVIRONMENT}


def _failed(command: str, folder: Path, stderr: bytes) -> UsageError:
    said = stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
    hint = None
    if any("dubious ownership" in line for line in said):
        hint = "git config --global --add safe.directory, with the folder that git names"
    reason = said[0].removeprefix("fatal: ")
    return UsageError(f"git {command} failed: {reason}", where=str(folder), hint=hint)


class CommittedPath(NamedTuple):
    """A path of a commit: its mode, as git writes it, and the object there."""

    path: str
    mode: str
    sha: str

    @property
    def is_file(self) -> bool:
        """Whether it is a file, and not a link or a submodule."""
        return self.mode in _REGULAR


@dataclass(frozen=True)
class Checkout:
    """A checkout of a repository; None for an answer: the history is not there, or there is no git."""

    root: Path

    def files_named(self, name: str) -> frozenset[str] | None:
        """List the committed files of a name: no symlinks, nothing of submodules."""
        entries = self.entries("HEAD")
        if entries is None:
            return None
        named = (path for path, entry in entries.items() if entry.is_file)
        return frozenset(path for path in named if path.rpartition("/")[2] == name)

    def entries(self, commit: str) -> dict[str, CommittedPath] | None:
        """List what a commit holds, by path; None if it is not here, or this is not its root."""
        prefix = self._run("rev-parse", "--show-prefix")
        # A folder inside another repository, say of a container's image, is no checkout.
        if prefix is None or prefix.strip():
            return None
        listing = self._run("ls-tree", "-r", "-z", f"{commit}^{{commit}}")
        if listing is None:
            return None
        found = {}
        for entry in filter(None, listing.split("\0")):
            about, _, path = entry.partition("\t")
            mode, _, sha = about.split()
            found[path] = CommittedPath(path, mode, sha)
        return found

    def content(self, entry: CommittedPath) -> bytes | None:
        """Read a file of a commit; None if its content was not fetched."""
        try:
            return ask_git(self.root, "cat-file", "blob", entry.sha, anybodys=True)
        except UsageError:
            return None

    def head(self) -> str | None:
        """Name the commit that is checked out."""
        found = self._run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        return found.strip() if found else None

    def changed_between(self, before: str, after: str) -> frozenset[str] | None:
        """List the names that differ between two commits; a rename is two of them."""
        listing = self._run("diff-tree", "-r", "-z", "--name-only", "--no-renames", before, after)
        return None if listing is None else frozenset(filter(None, listing.split("\0")))

    def fork_point(self, base: str, head: str) -> str | None:
        """Find where a branch left another; a cut-off history could name a wrong place."""
        if not self.whole():
            return None
        found = self._run("merge-base", base, head)
        return found.strip() if found else None

    def whole(self) -> bool:
        """Whether the history is there from the first commit on."""
        return (self._run("rev-parse", "--is-shallow-repository") or "").strip() == "false"

    def contains(self, descendant: str, ancestor: str) -> bool:
        """Whether one commit is in the history of another (or is the same)."""
        return self._run("merge-base", "--is-ancestor", ancestor, descendant) is not None

    def last_changes(self, folders: Iterable[str]) -> dict[str, str] | None:
        """Find which commit of the branch last changed each folder.

        Of merged branches that is the merge itself: what its first parent had not.
        """
        wanted = set(folders)
        if not wanted or not self.whole():
            return {} if not wanted else None
        # An empty word comes before a commit: no name is empty, so none can pass for a commit.
        listing = self._run(
            "log",
            "--first-parent",
            "-m",
            "--no-renames",
            "--name-only",
            "--no-show-signature",
            "-z",
            "--format=tformat:%x00%H",
            "HEAD",
            "--",
            *_narrowed(wanted),
        )
        if listing is None:
            return None
        found: dict[str, str] = {}
        commit = ""
        words = iter(listing.split("\0"))
        for word in words:
            if not word:
                commit = next(words, "")
                continue
            for folder in _above(word.removeprefix("\n")):
                if folder in wanted:
                    found.setdefault(folder, commit)
        return found

    def author_of(self, text: str, path: str) -> tuple[str, str] | None:
        """Find who brought a text into a file, and on which day; a cut-off history could name others."""
        if not self.whole():
            return None
        plain = ("--no-textconv", "--no-ext-diff", "--no-show-signature")
        form = "--format=tformat:%an%x00%as"
        found = self._run("log", "-1", *plain, form, f"-S{text}", "--", f":(literal){path}")
        name, _, day = (found or "").strip().partition("\0")
        return (name, day) if day else None

    def _run(self, *arguments: str) -> str | None:
        """Run git on what is there, whoever it belongs to: in a container that is another user."""
        try:
            answer = ask_git(self.root, *arguments, anybodys=True)
        except UsageError:
            return None
        return answer.decode("utf-8", "surrogateescape")


def is_commit(name: str) -> bool:
    """Say whether a name is that of a commit itself, and not of a branch."""
    return _SHA.fullmatch(name) is not None


def _narrowed(folders: set[str]) -> list[str]:
    """Name what git looks at; nothing is all, and some systems allow no long command."""
    if "." in folders or len(folders) > _MOST_NAMED:
        return []
    return [f":(top,literal){folder}" for folder in sorted(folders)]


def _above(path: str) -> Iterator[str]:
    """List the folders that a file is in, the nearest first."""
    folder = path
    while "/" in folder:
        folder = folder.rpartition("/")[0]
        yield folder
    yield "."


@dataclass(frozen=True)
class TrackedFiles:
    """What git knows of a repository's files."""

    root: Path  # its top folder, resolved
    tracked: frozenset[str]  # what is in the index: paths from `root`, with `/`

    def ignored(self, paths: Iterable[str]) -> frozenset[str]:
        """Find out which paths git is told to ignore; they are given from `root`."""
        # Exit code 1: none of them is.
        answer = _names(self.root, ["check-ignore", "--stdin", "-z"], paths, fine=(0, 1))
        return frozenset(answer)

    def in_lfs(self, paths: Iterable[str]) -> frozenset[str]:
        """Find out which paths ``.gitattributes`` puts into git-LFS."""
        answer = _names(self.root, ["check-attr", "--stdin", "-z", "filter"], paths)
        # Path, attribute and value in turn.
        return frozenset(
            path for path, value in zip(answer[::3], answer[2::3], strict=True) if value == "lfs"
        )


def tracked_files(root: Path) -> TrackedFiles:
    """Ask git what it tracks."""
    return TrackedFiles(root, frozenset(_names(root, ["ls-files", "-z"])))


def _names(
    root: Path, command: list[str], paths: Iterable[str] = (), *, fine: tuple[int, ...] = (0,)
) -> list[str]:
    given = b"".join(os.fsencode(path) + b"\0" for path in paths)
    if "--stdin" in command and not given:
        return []
    answer = ask_git(root, *command, given=given, fine=fine)
    return [os.fsdecode(each) for each in answer.split(b"\0")[:-1]]
