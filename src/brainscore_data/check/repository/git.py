"""What git knows of a repository's files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from brainscore_data.base.git import ask_git


@dataclass(frozen=True)
class Git:
    """A repository, as git sees it.

    Attributes
    ----------
    root : Path
        Its top folder, resolved.
    tracked : frozenset of str
        What is in the index: paths from `root`, with ``/``.
    """

    root: Path
    tracked: frozenset[str]

    def ignored(self, paths: Iterable[str]) -> frozenset[str]:
        """Find out which paths git is told to ignore; they are given from `root`."""
        # Exit code 1: none of them is.
        answer = _ask(self.root, ["check-ignore", "--stdin", "-z"], paths, fine=(0, 1))
        return frozenset(answer)

    def in_lfs(self, paths: Iterable[str]) -> frozenset[str]:
        """Find out which paths ``.gitattributes`` puts into git-LFS."""
        answer = _ask(self.root, ["check-attr", "--stdin", "-z", "filter"], paths)
        # Path, attribute and value in turn.
        return frozenset(
            path for path, value in zip(answer[::3], answer[2::3], strict=True) if value == "lfs"
        )


def open_repository(root: Path) -> Git:
    """Ask git what it tracks.

    Raises
    ------
    UsageError
        If there is no git, or it fails.
    """
    return Git(root, frozenset(_ask(root, ["ls-files", "-z"])))


def _ask(
    root: Path, command: list[str], paths: Iterable[str] = (), *, fine: tuple[int, ...] = (0,)
) -> list[str]:
    given = b"".join(os.fsencode(path) + b"\0" for path in paths)
    if "--stdin" in command and not given:
        return []
    answer = ask_git(root, *command, given=given, fine=fine)
    return [os.fsdecode(each) for each in answer.split(b"\0")[:-1]]
