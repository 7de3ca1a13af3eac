"""Data files and links: how large, whether git has them, and where links lead."""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple

from brainscore_data.base.git import TrackedFiles
from brainscore_data.base.read_once import once, opened
from brainscore_data.base.repository import is_gits_own
from brainscore_data.check.repository.facts import FileFacts, Link
from brainscore_data.dataset.paths import LARGEST_POINTER, LFS_FIRST_LINE
from brainscore_data.media.kinds import kind_of_name

_DATA = (
    *(".csv", ".tsv", ".parquet", ".feather", ".nc", ".nc4", ".h5", ".hdf5", ".npy", ".npz"),
    *(".mat", ".pkl", ".pickle", ".nwb", ".edf", ".nii", ".nii.gz", ".zarr", ".xls", ".xlsx"),
    *(".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar"),
)
# Git is asked of so many at once: starting it takes longer than a thousand answers.
_AT_ONCE = 20_000


class Home(NamedTuple):
    """What links should stay in; without a `root` there is no repository, and they may lead anywhere."""

    kind: Literal["dataset", "repository"]
    root: Path | None


def is_data(name: str) -> bool:
    """Tell data from code and prose by a file's name.

    >>> is_data("responses.npy"), is_data("face_1.PNG"), is_data("README.md")
    (True, True, False)
    """
    return name.lower().endswith(_DATA) or kind_of_name(name) is not None


def absolute(path: Path) -> str:
    """Resolve the folder of a path; the path itself may be a link, and stays."""
    folder, name = os.path.split(path)
    return os.path.join(once(os.path.realpath, folder), name)


def look_at_files(
    paths: Iterable[Path],
    git: TrackedFiles | None,
    *,
    home: Home,
    is_listed: Callable[[str], bool],
    largest: int,
) -> Iterator[FileFacts]:
    """Look at files; those that are gone in the meantime are left out.

    `is_listed` is asked with absolute paths. Up to `largest` bytes nobody asks whether it is in LFS.
    """
    taken = iter(paths)
    while some := list(itertools.islice(taken, _AT_ONCE)):
        yield from _looked_at(some, git, home, is_listed, largest)


def _looked_at(
    paths: Iterable[Path],
    git: TrackedFiles | None,
    home: Home,
    is_listed: Callable[[str], bool],
    largest: int,
) -> Iterator[FileFacts]:
    found = {}
    for path in paths:
        with suppress(OSError):
            found[path] = absolute(path), os.lstat(path)
    names: dict[Path, str] = {}  # from the repository's root, of what is in it
    tracked = ignored = in_lfs = frozenset[str]()
    if git is not None:
        root = os.path.join(git.root, "")
        names = {
            path: whole[len(root) :].replace(os.sep, "/")
            for path, (whole, _) in found.items()
            if whole.startswith(root)
        }
        tracked = git.tracked
        ignored = git.ignored(name for name in names.values() if name not in tracked)
        in_lfs = git.in_lfs(
            name for path, name in names.items() if found[path][1].st_size > largest
        )
    for path, (whole, status) in found.items():
        name, listed = names.get(path), is_listed(whole)
        regular = stat.S_ISREG(status.st_mode)
        expected = name is not None and name not in ignored
        counts = expected or listed or path.name == "dataset.toml"
        yield FileFacts(
            path=path,
            absolute=whole,
            size=status.st_size if regular else 0,
            is_data=is_data(path.name),
            is_listed=listed,
            is_expected=expected,
            is_committed=expected and (name in tracked or listed),
            in_lfs=name in in_lfs,
            is_pointer=regular
            and len(LFS_FIRST_LINE) <= status.st_size < LARGEST_POINTER
            and _is_pointer(path),
            link=_link(path, home) if counts and stat.S_ISLNK(status.st_mode) else None,
        )


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
