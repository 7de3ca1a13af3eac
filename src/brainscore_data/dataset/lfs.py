"""Pointers of git LFS in the place of the files that they stand for."""

from __future__ import annotations

from pathlib import Path

from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place
from brainscore_data.base.read_once import opened
from brainscore_data.dataset.paths import _unreadable

# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: the first line, and a size below 1024.
LFS_FIRST_LINE = b"version https://git-lfs.github.com/spec/v1\n"
LARGEST_POINTER = 1024


class PointerError(DataError):
    """A file is what git-LFS left in its place."""


def refuse_pointer(path: Path, *, where: Place | str | None = None) -> None:
    """Make sure that a path is a file that holds its content, not what git-LFS left for it."""
    # No pipe is opened: that would wait for ever.
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
        with opened(path) as stream:
            start = stream.read(LARGEST_POINTER)
    except OSError as error:
        raise _unreadable(path, error, where) from error
    refuse_pointer_content(start, path.name, where=where)


def refuse_pointer_content(start: bytes, name: str, *, where: Place | str) -> None:
    """Make sure that content, of which `start` has `LARGEST_POINTER` bytes or all, is no pointer."""
    if start.startswith(LFS_FIRST_LINE) and len(start) < LARGEST_POINTER:
        raise PointerError(
            f"{name!r} is a git-LFS pointer: the file itself was not downloaded",
            where=where,
            hint="run `git lfs pull` in the repository, or pin the file under [sources]",
        )
