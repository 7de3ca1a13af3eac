"""The few questions that are put to git, by way of its plumbing, NUL between names.

`None` means that the history is not there (or no git): GitHub is asked instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from brainscore_data.base.errors import UsageError
from brainscore_data.base.git import ask_git

_MOST_NAMED = 100
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)
_REGULAR = ("100644", "100755")


class Entry(NamedTuple):
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
    """A checkout of a repository; git is run there."""

    root: Path

    def files_named(self, name: str) -> frozenset[str] | None:
        """List the committed files of a name: no symlinks, nothing of submodules."""
        entries = self.entries("HEAD")
        if entries is None:
            return None
        named = (path for path, entry in entries.items() if entry.is_file)
        return frozenset(path for path in named if path.rpartition("/")[2] == name)

    def entries(self, commit: str) -> dict[str, Entry] | None:
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
            found[path] = Entry(path, mode, sha)
        return found

    def content(self, entry: Entry) -> bytes | None:
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
