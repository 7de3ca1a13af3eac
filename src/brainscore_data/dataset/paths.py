"""What can be a dataset's file: below its folder, not git's own, and no pointer of git-LFS."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.place import Place
from brainscore_data.base.read_once import opened
from brainscore_data.base.repository import is_git_name, is_gits_own, names_git
from brainscore_data.tables.formats import endings_with_parts

# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: the first line, and a size below 1024.
LFS_FIRST_LINE = b"version https://git-lfs.github.com/spec/v1\n"
LARGEST_POINTER = 1024


_PART = re.compile(
    rf"(?s)(.*?(?:{'|'.join(map(re.escape, endings_with_parts()))})):(.*)", re.IGNORECASE
)


class FilePart(NamedTuple):
    """What a manifest names where a file can hold several tables or arrays."""

    file: str
    part: str | None  # None: the file, or the only one in it


class LeavesDatasetError(DataError):
    """A path leads out of the dataset's folder, into ``.git``, or nowhere."""


class PointerError(DataError):
    """A file is what git-LFS left in its place."""


def file_part(name: str) -> FilePart:
    """Split what a manifest names into a file and what is meant of it.

    >>> file_part("day1/responses.mat:data.spikes")
    FilePart(file='day1/responses.mat', part='data.spikes')
    >>> file_part("presentations.csv")
    FilePart(file='presentations.csv', part=None)
    """
    found = _PART.fullmatch(name)
    return FilePart(found[1], found[2]) if found else FilePart(name, None)


def path_problem(path: str) -> str | None:
    """Say what is wrong with a path of a manifest, as it is written; None if nothing is.

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
            raise unreadable(path, error, where) from error
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
        named = is_git_name(path.name) or os.path.realpath(path) == os.path.abspath(path)  # noqa: PTH100 - of which one has its links
        raise (DataError if named else LeavesDatasetError)(
            f"{path.name!r} is git's own, or a link to what is, and never a dataset's file",
            where=where or str(path),
            hint="put the file itself in its place (of git-annex: `git annex unlock`), or use "
            "[sources]",
        )


def refuse_pointer(path: Path, *, where: Place | str | None = None) -> None:
    """Make sure that a path is a file that holds its content, not what git-LFS left for it."""
    # No pipe is opened: that would wait for ever.
    where = where or str(path)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        mode = 0
    if stat.S_ISDIR(mode):
        raise DataError(
            f"{path.name!r} is a folder, and this needs a file",
            where=where,
            hint="put the file in its place, or correct its name in dataset.toml",
        )
    if not stat.S_ISREG(mode):
        raise DataError(f"{path.name!r} is neither a file nor a folder", where=where)
    try:
        with opened(path) as stream:
            start = stream.read(LARGEST_POINTER)
    except OSError as error:
        raise unreadable(path, error, where) from error
    refuse_pointer_content(start, path.name, where=where)


def refuse_pointer_content(start: bytes, name: str, *, where: Place | str) -> None:
    """Make sure that content, of which `start` has `LARGEST_POINTER` bytes or all, is no pointer."""
    if start.startswith(LFS_FIRST_LINE) and len(start) < LARGEST_POINTER:
        raise PointerError(
            f"{name!r} is a git-LFS pointer: the file itself was not downloaded",
            where=where,
            hint="run `git lfs pull` in the repository, or pin the file under [sources]",
        )


def unreadable(path: Path, error: OSError, where: Place | str) -> UsageError:
    """Word that the system does not let us read something."""
    return UsageError(
        f"{path.name!r} cannot be read: {error.strerror}", where=where, hint="check its permissions"
    )
