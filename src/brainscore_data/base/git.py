"""Starting git; nothing that a repository names is run for it, and nothing is changed or fetched.

Settings in a stranger's ``.git/config`` can name programs that git starts, ``core.fsmonitor`` with
every command that reads the index (https://git-scm.com/docs/git-config#Documentation/git-config.txt-corefsmonitor),
so they are overruled. What is asked is plumbing that applies no filter.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Container, Sequence
from pathlib import Path

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
