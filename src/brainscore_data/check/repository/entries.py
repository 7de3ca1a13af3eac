"""Data files and links: how large, whether git has them, and where links lead."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from brainscore_data.base.git import TrackedFiles
from brainscore_data.base.read_once import opened
from brainscore_data.check.repository.facts import Link
from brainscore_data.dataset.paths import LARGEST_POINTER, LFS_FIRST_LINE
from brainscore_data.dataset.repository import is_gits_own
from brainscore_data.media.kinds import kind_of_name

_DATA = (
    *(".csv", ".tsv", ".parquet", ".feather", ".nc", ".nc4", ".h5", ".hdf5", ".npy", ".npz"),
    *(".mat", ".pkl", ".pickle", ".nwb", ".edf", ".nii", ".nii.gz", ".zarr", ".xls", ".xlsx"),
    *(".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A data file, or a link.

    Attributes
    ----------
    path : Path
        As the user would type it.
    absolute : str
        Its folder resolved, itself not.
    size : int
        In bytes; of a link, 0.
    is_data : bool
        Whether it is named as data are.
    is_listed : bool
        Whether a manifest names it, or a folder that it is in.
    is_committed : bool
        Whether git tracks it, or will: git does not ignore it, and is told to expect it.
    is_expected : bool
        Likewise, if somebody adds all that is not ignored.
    in_lfs, is_pointer : bool
        Whether its content belongs into git-LFS, and whether it is elsewhere now.
    link : Link or None
        Where it leads.
    """

    path: Path
    absolute: str
    size: int
    is_data: bool
    is_listed: bool
    is_committed: bool
    is_expected: bool
    in_lfs: bool
    is_pointer: bool
    link: Link | None


@dataclass(frozen=True)
class Home:
    """What links should stay in: a dataset, or a repository.

    Attributes
    ----------
    kind : str
        Which of the two.
    root : Path or None
        Its folder, resolved; None if there is no repository, and links may lead anywhere.
    """

    kind: Literal["dataset", "repository"]
    root: Path | None


def is_data(name: str) -> bool:
    """Tell data from code and prose by a file's name.

    Examples
    --------
    >>> is_data("responses.npy"), is_data("face_1.PNG"), is_data("README.md")
    (True, True, False)
    """
    return name.lower().endswith(_DATA) or kind_of_name(name) is not None


def absolute(path: Path, folders: dict[Path, str] | None = None) -> str:
    """Resolve the folder of a path; the path itself may be a link, and stays one.

    Parameters
    ----------
    path : Path
        Any path.
    folders : dict, optional
        Folders that are resolved already, added to.
    """
    folder = path.parent
    known = {} if folders is None else folders
    if folder not in known:
        known[folder] = os.path.realpath(folder)
    return os.path.join(known[folder], path.name)


def entries(
    paths: Iterable[Path],
    git: TrackedFiles | None,
    *,
    home: Home,
    is_listed: Callable[[str], bool],
    largest: int,
) -> list[Entry]:
    """Look at files; those that are gone in the meantime are left out.

    Parameters
    ----------
    paths : iterable of Path
        As the user would type them.
    git : TrackedFiles or None
        The repository, if there is one that can be asked.
    home : Home
        What links should stay in.
    is_listed : callable
        Tells of an absolute path whether a manifest names it.
    largest : int
        Up to so many bytes nobody asks whether it is in LFS.
    """
    folders: dict[Path, str] = {}
    found = []
    for path in paths:
        whole = absolute(path, folders)
        try:
            status = os.lstat(path)
        except OSError:
            continue
        found.append((path, whole, status, is_listed(whole)))
    within = {whole: _from_root(whole, git) for _, whole, _, _ in found}
    tracked = git.tracked if git is not None else frozenset[str]()
    unsure = [name for name in within.values() if name is not None and name not in tracked]
    ignored = git.ignored(unsure) if git is not None else frozenset[str]()
    large = [within[whole] for _, whole, status, _ in found if status.st_size > largest]
    in_lfs = git.in_lfs(name for name in large if name) if git is not None else frozenset[str]()
    made = []
    for path, whole, status, listed in found:
        name = within[whole]
        regular = stat.S_ISREG(status.st_mode)
        expected = name is not None and name not in ignored
        made.append(
            Entry(
                path=path,
                absolute=whole,
                size=status.st_size if regular else 0,
                is_data=is_data(path.name),
                is_listed=listed,
                is_committed=expected and (name in tracked or listed),
                is_expected=expected,
                in_lfs=name in in_lfs,
                is_pointer=regular and status.st_size < LARGEST_POINTER and _is_pointer(path),
                link=_link(path, home) if stat.S_ISLNK(status.st_mode) else None,
            )
        )
    return made


def _from_root(whole: str, git: TrackedFiles | None) -> str | None:
    """Name a path from the repository's root; None if it is not in the repository."""
    if git is None:
        return None
    root = os.path.join(git.root, "")
    return whole[len(root) :].replace(os.sep, "/") if whole.startswith(root) else None


def _is_pointer(path: Path) -> bool:
    try:
        with opened(path) as stream:
            return stream.read(len(LFS_FIRST_LINE)) == LFS_FIRST_LINE
    except OSError:
        return False  # what reads it for its content says why it cannot


def _link(path: Path, home: Home) -> Link | None:
    try:
        target = str(path.readlink())
    except OSError:
        return None
    if home.root is not None and not Path(os.path.realpath(path)).is_relative_to(home.root):
        return Link(target, home.kind, "outside")
    if is_gits_own(path):
        return Link(target, home.kind, "git")
    return Link(target, home.kind, "inside" if os.path.exists(path) else "nowhere")
