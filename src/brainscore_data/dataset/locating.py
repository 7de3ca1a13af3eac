"""Where the files are that a manifest names, and whether they may be read.

A pull request is hostile until it is merged: nothing outside the dataset's folder is opened, and
nothing of git's, neither by a path nor through a symlink.
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from brainscore_data.dataset.git_folder import is_git_name, is_gits_own, names_git
from brainscore_data.errors import DataError, UsageError
from brainscore_data.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from brainscore_data.dataset.manifest import Source
    from brainscore_data.dataset.reading import Dataset

# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: the first line, and a size below 1024.
LFS_FIRST_LINE = b"version https://git-lfs.github.com/spec/v1\n"
LARGEST_POINTER = 1024


class PointerError(DataError):
    """A file is what git-LFS left in its place."""


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


def locate(
    dataset: Dataset, name: str, *, where: str, fetch: Callable[[str, Source], Path]
) -> Path:
    """Find the file or folder that an entry of the manifest names.

    Parameters
    ----------
    dataset : Dataset
        Whose manifest it is.
    name : str
        As the manifest has it: a path below the dataset's folder, or a name in ``[sources]``.
    where : str
        The entry, for errors: file, table and key.
    fetch : callable
        Gets a name and its source when the name is in ``[sources]``; gives a verified file.

    Returns
    -------
    Path
        Absolute; a regular file or a folder that can be read.

    Raises
    ------
    DataError
        If it is not there, leaves the folder, or is a git-LFS pointer.
    UsageError
        If it may not be read.
    """
    plain = PurePosixPath(name)
    source = dataset.manifest.sources.get(str(plain))
    if source is not None:
        return fetch(str(plain), source)
    return located(dataset.root, str(plain), where=where)


def located(root: Path, name: str, *, where: str) -> Path:
    """Find a file or folder below a dataset's folder; see `locate`.

    Parameters
    ----------
    root : Path
        The folder, absolute and without symlinks.
    name : str
        A path below it.
    where : str
        The entry, for errors.
    """
    path = _existing(root, PurePosixPath(name), where)
    if path.is_dir():
        _names_in(path, where)
    else:
        refuse_pointer(path, where=where)
    return path


def locate_file(
    dataset: Dataset, name: str, *, where: str, fetch: Callable[[str, Source], Path]
) -> Path:
    """Find the file that an entry of the manifest names; see `locate`.

    Raises
    ------
    DataError
        If it is a folder, too.
    """
    path = locate(dataset, name, where=where, fetch=fetch)
    if path.is_dir():
        raise DataError(
            f"{name!r} is a folder, and this needs a file",
            where=where,
            hint="name the file, from the folder of dataset.toml",
        )
    return path


def refuse_escape(root: Path, path: Path, *, where: str | None = None) -> None:
    """Make sure that a path, its symlinks followed, is below `root`.

    Parameters
    ----------
    root : Path
        A folder, resolved.
    path : Path
        What is about to be opened; every file found while listing a folder, too.
    where : str, optional
        The place for the error; the path itself unless given.

    Raises
    ------
    LeavesDatasetError
        If it is elsewhere or git's own, or its symlinks lead nowhere.
    """
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


def refuse_gits_own(path: Path, *, where: str | None = None) -> None:
    """Make sure that a path neither is nor leads to ``.git`` or what is below it.

    Parameters
    ----------
    path : Path
        What is about to be opened.
    where : str, optional
        The place for the error; the path itself unless given.

    Raises
    ------
    DataError
        If it does; a `LeavesDatasetError` where links are the way there.
    """
    if is_gits_own(path):
        named = is_git_name(path.name) or os.path.realpath(path) == os.path.abspath(path)  # noqa: PTH100
        raise (DataError if named else LeavesDatasetError)(
            f"{path.name!r} is git's own, or a link to what is, and never a dataset's file",
            where=where or str(path),
            hint="put the file itself in its place (of git-annex: `git annex unlock`), or use "
            "[sources]",
        )


def refuse_pointer(path: Path, *, where: str | None = None) -> None:
    """Make sure that a path is a file that holds its content, not what git-LFS left for it.

    Parameters
    ----------
    path : Path
        A file, or anything else that is not a folder.
    where : str, optional
        The place for the error; the path itself unless given.

    Raises
    ------
    PointerError
        If it is a pointer.
    DataError
        If it is no regular file (opening a pipe would wait for ever).
    UsageError
        If it may not be read.
    """
    where = where or str(path)
    if path.is_dir():
        raise DataError(
            f"{path.name!r} is a folder, and this needs a file",
            where=where,
            hint="put the file in its place, or correct its name in dataset.toml",
        )
    if not path.is_file():
        raise DataError(f"{path.name!r} is neither a file nor a folder", where=where)
    try:
        with path.open("rb") as stream:
            start = stream.read(LARGEST_POINTER)
    except OSError as error:
        raise _unreadable(path, error, where) from error
    refuse_pointer_content(start, path.name, where=where)


def refuse_pointer_content(start: bytes, name: str, *, where: str) -> None:
    """Make sure that content is not a git-LFS pointer.

    Parameters
    ----------
    start : bytes
        All of it, or at least its first `LARGEST_POINTER` bytes.
    name : str
        What it is called.
    where : str
        The place for the error.

    Raises
    ------
    PointerError
        If it is a pointer.
    """
    if start.startswith(LFS_FIRST_LINE) and len(start) < LARGEST_POINTER:
        raise PointerError(
            f"{name!r} is a git-LFS pointer: the file itself was not downloaded",
            where=where,
            hint="run `git lfs pull` in the repository, or pin the file under [sources]",
        )


def _existing(root: Path, name: PurePosixPath, where: str) -> Path:
    """Go down part by part: listings show a name's real case, on every file system."""
    found = PurePosixPath()
    for part in name.parts:
        names = _names_in(root / found, where)
        if part not in names:
            raise _missing(found / part, names, where)
        found /= part
        refuse_escape(root, root / found, where=where)
    return root / found


def _names_in(folder: Path, where: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - of many files, which need no paths
    except NotADirectoryError:
        raise DataError(f"{folder.name!r} is a file, not a folder", where=where) from None
    except OSError as error:
        raise _unreadable(folder, error, where) from error


def _missing(path: PurePosixPath, names: list[str], where: str) -> DataError:
    message = f"there is no {str(path)!r}"
    remedy = "put it below the folder of dataset.toml, or name where it can be fetched in [sources]"
    found = nearest(path.name, names) if path.name else None
    if found is None:
        return DataError(message, where=where, hint=remedy)
    near = str(path.with_name(found))
    if found.casefold() == path.name.casefold():
        return DataError(
            f"{message}; {near!r} differs from it in case only",
            where=where,
            hint="upper and lower case must be the same, or other systems will not find it",
        )
    return DataError(message, where=where, hint=f"did you mean {near!r}? Otherwise {remedy}")


def _unreadable(path: Path, error: OSError, where: str) -> UsageError:
    return UsageError(
        f"{path.name!r} cannot be read: {error.strerror}", where=where, hint="check its permissions"
    )
