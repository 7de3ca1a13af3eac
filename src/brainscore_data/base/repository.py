"""The git repository that a file is in, the folders and plugins in it, and what is git's own.

Nothing at or below ``.git`` is ever a dataset's file: the settings in it can hold a token, and on a
runner they often do. Needs the standard library only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

# As git's own verify_dotfile: NTFS ignores dots and spaces at the end and knows a short name and
# streams, and HFS+ ignores some characters wherever they stand.
_NAME = re.compile(r"(?:\.git|git~1)[. ]*(?::.*)?", re.IGNORECASE | re.DOTALL)
_IGNORED = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
# By these git knows its folder, whatever that is called: `git init --separate-git-dir`.
_INSIDE = ("HEAD", "objects", "refs")


def resolved(path: Path) -> Path:
    """Follow a path's links; one in a circle stays, where Path's own question is an error."""
    return Path(os.path.realpath(path))


def find_repository(start: Path) -> Path | None:
    """Find the git repository that a file or folder is in: the folder above with ``.git``."""
    start = resolved(start)
    # In a worktree or a submodule it is a file.
    return next(
        (each for each in (start, *start.parents) if os.path.exists(each / ".git")),  # noqa: PTH110 - Path's own question is an error for what lies in a closed folder
        None,
    )


def folders_of(repository: Path) -> Iterator[tuple[Path, list[str]]]:
    """Walk a repository: each folder, and the names of the files in it.

    Hidden folders and virtual environments are left out, symlinks are not followed.
    """
    for folder, folders, files in os.walk(repository):
        if "pyvenv.cfg" in files:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield Path(folder), files


def plugin_files(repository: Path) -> Iterator[Path]:
    """Walk the ``__init__.py`` files of a repository, as `folders_of` does."""
    for folder, files in folders_of(repository):
        if "__init__.py" in files and not (path := folder / "__init__.py").is_symlink():
            yield path


def is_git_name(name: str) -> bool:
    """Say whether some system takes a file's or a folder's name for ``.git``.

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
    target = resolved(path)
    if names_git(path.parts) or names_git(target.parts):
        return True
    repository = find_repository(target)
    folders = (target, *target.parents)
    return (
        repository is not None
        and any(
            all(os.path.exists(folder / name) for name in _INSIDE)  # noqa: PTH110 - as above
            for folder in folders[: folders.index(repository)]
        )
    )
