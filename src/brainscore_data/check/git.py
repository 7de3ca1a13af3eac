"""What git knows of a repository's files; nothing of the repository's is run for it.

Settings in a stranger's ``.git/config`` can name programs that git starts, ``core.fsmonitor`` with
every command that reads the index (https://git-scm.com/docs/git-config#Documentation/git-config.txt-corefsmonitor),
so they are overruled. The three commands here apply no filter, and need neither network nor a lock.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainscore_data.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

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
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
# A hook's environment speaks of the repository that it belongs to, which may be another one:
# `git rev-parse --local-env-vars` lists these, and pre-commit drops them, too.
_OF_ANOTHER = frozenset(
    {
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX"),
        *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE"),
    }
)
_LONGEST = 60  # seconds


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
    git = shutil.which("git")
    if git is None:
        raise UsageError("there is no git", where=str(root), hint="install git")
    given = b"".join(os.fsencode(path) + b"\0" for path in paths)
    if "--stdin" in command and not given:
        return []
    settings = [word for each in _OVERRULED for word in ("-c", each)]
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments, no shell
            [git, "--no-pager", "-C", str(root), *settings, *command],
            input=given,
            capture_output=True,
            check=False,
            timeout=_LONGEST,
            env=_environment(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or f"no answer within {_LONGEST} s"
        raise UsageError(f"git {command[0]} failed: {reason}", where=str(root)) from error
    if done.returncode not in fine:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        hint = None
        if any("dubious ownership" in line for line in said):
            hint = "git config --global --add safe.directory, with the folder that git names"
        reason = said[0].removeprefix("fatal: ")
        raise UsageError(f"git {command[0]} failed: {reason}", where=str(root), hint=hint)
    return [os.fsdecode(each) for each in done.stdout.split(b"\0")[:-1]]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER}
    return {**kept, **_ENVIRONMENT}
