"""What is git's own: nothing at or below ``.git`` is ever a dataset's file.

The settings in it can hold a token, and on a runner they often do. Needs the standard library only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from brainscore_data.dataset.repository import find_repository

# As git's own verify_dotfile: NTFS ignores dots and spaces at the end and knows a short name and
# streams, and HFS+ ignores some characters wherever they stand.
_NAME = re.compile(r"(?:\.git|git~1)[. ]*(?::.*)?", re.IGNORECASE | re.DOTALL)
_IGNORED = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
# By these git knows its folder, whatever that is called: `git init --separate-git-dir`.
_INSIDE = ("HEAD", "objects", "refs")


def is_git_name(name: str) -> bool:
    """Say whether some system takes a file's or a folder's name for ``.git``.

    Examples
    --------
    >>> [is_git_name(name) for name in (".git", ".GIT", ".Git. ", "git~1", ".g\u200cit")]
    [True, True, True, True, True]
    >>> [is_git_name(name) for name in (".gitignore", "git", "a.git", ".github")]
    [False, False, False, False]
    """
    return _NAME.fullmatch(_IGNORED.sub("", name)) is not None


def names_git(parts: Iterable[str]) -> bool:
    """Say whether one of the parts of a path is ``.git``."""
    return any(is_git_name(part) for part in parts)


def is_gits_own(path: Path) -> bool:
    """Say whether a path, or what it leads to, is ``.git`` or below it, whatever that is called."""
    return names_git(path.parts) or _leads_to_git(Path(os.path.realpath(path)))


def _leads_to_git(target: Path) -> bool:
    if names_git(target.parts):
        return True
    repository = find_repository(target)
    folders = (target, *target.parents)
    return (
        repository is not None
        and any(
            all(os.path.exists(folder / name) for name in _INSIDE)  # noqa: PTH110 - see find_repository
            for folder in folders[: folders.index(repository)]
        )
    )
