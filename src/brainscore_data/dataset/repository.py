"""The git repository that a file is in, and the folders and plugins in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def resolved(path: Path) -> Path:
    """Follow a path's links; one in a circle stays, where Path's own question is an error."""
    return Path(os.path.realpath(path))


def find_repository(start: Path) -> Path | None:
    """Find the git repository that a file or folder is in: the folder above with ``.git``."""
    start = resolved(start)
    # In a worktree or a submodule it is a file.
    # Path's own question is an error for what lies in a folder that is closed to us.
    return next(
        (each for each in (start, *start.parents) if os.path.exists(each / ".git")),  # noqa: PTH110
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
