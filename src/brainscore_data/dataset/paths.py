"""Paths that a manifest may name: inside the dataset's folder, and nowhere else."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.place import Place
from brainscore_data.dataset.git_folder import is_git_name, is_gits_own, names_git


class LeavesDatasetError(DataError):
    """A path leads out of the dataset's folder, into ``.git``, or nowhere."""


def path_problem(path: str) -> str | None:
    """Say what is wrong with a path of a manifest, as it is written; None if nothing is.

    Examples
    --------
    >>> path_problem("../stimuli.csv")
    'leaves the folder of dataset.toml: move the file into it, or use [sources]'
    """
    reason = None
    if not path:
        reason = "must not be empty"
    elif "://" in path:
        reason = "is a URL: give the file a name here, and the URL under that name in [sources]"
    elif "\\" in path:
        reason = "has a backslash: write folders with /, whatever the system"
    elif path.startswith(("/", "~/")) or re.match(r"[A-Za-z]:", path):
        reason = "is absolute: name it from the folder of dataset.toml"
    elif ".." in PurePosixPath(path).parts:
        reason = "leaves the folder of dataset.toml: move the file into it, or use [sources]"
    elif names_git(PurePosixPath(path).parts):
        reason = "is git's own, and never a dataset's file: take it out"
    elif any(ord(character) < 32 or ord(character) == 127 for character in path):
        reason = "has a control character in it"
    return reason


def refuse_escape(root: Path, path: Path, *, where: Place | str | None = None) -> None:
    """Make sure that a path, its symlinks followed, is below `root`."""
    where = where or str(path)
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:  # Python < 3.13 raises the latter for a loop
        if isinstance(error, PermissionError):
            raise _unreadable(path, error, where) from error
        raise LeavesDatasetError(
            f"{path.name!r} is a symlink to something that is not there",
            where=where,
            hint="put the file itself in its place",
        ) from error
    if not target.is_relative_to(root):
        raise LeavesDatasetError(
            f"{path.name!r} leads out of the dataset's folder",
            where=where,
            hint="put the file itself below the folder of dataset.toml, or use [sources]",
        )
    refuse_gits_own(path, where=where)


def refuse_gits_own(path: Path, *, where: Place | str | None = None) -> None:
    """Make sure that a path neither is nor leads to ``.git`` or what is below it."""
    if is_gits_own(path):
        named = is_git_name(path.name) or os.path.realpath(path) == os.path.abspath(path)  # noqa: PTH100
        raise (DataError if named else LeavesDatasetError)(
            f"{path.name!r} is git's own, or a link to what is, and never a dataset's file",
            where=where or str(path),
            hint="put the file itself in its place (of git-annex: `git annex unlock`), or use "
            "[sources]",
        )


def _unreadable(path: Path, error: OSError, where: Place | str) -> UsageError:
    return UsageError(
        f"{path.name!r} cannot be read: {error.strerror}", where=where, hint="check its permissions"
    )
