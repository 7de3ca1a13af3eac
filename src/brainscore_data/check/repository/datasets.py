"""The files of a dataset: all that lies in its folder, beside what its manifest names."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from brainscore_data.base.git import TrackedFiles
from brainscore_data.base.repository import is_git_name
from brainscore_data.check.engine.subjects import SKIPPED_FOLDERS
from brainscore_data.check.repository.data_files import Home, absolute, is_data, look_at_files
from brainscore_data.check.repository.facts import PackagedData, UnlistedData
from brainscore_data.dataset.document import items_in, names_in
from brainscore_data.media.looks import shown

# What makes a folder one of its own: a dataset, a repository, a bundle.
_OWN = ("dataset.toml", ".git", "bundle.json")
# What wheels are built from.
_PROJECTS = ("pyproject.toml", "setup.py", "setup.cfg")


class DatasetFiles:
    """The data files and links in a dataset's folder, and those that its manifest names.

    `document` is what the manifest says, empty if it cannot be read; above `largest` bytes a file
    is large.
    """

    def __init__(
        self, manifest: Path, document: Mapping[str, Any], git: TrackedFiles | None, largest: int
    ) -> None:
        self.manifest = manifest
        self.root = Path(os.path.realpath(manifest.parent))
        self.closed: list[Path] = []
        sources = document.get("sources")
        self._names = {
            str(PurePosixPath(name))
            for *_, item in items_in(document)
            for _, name in names_in(item, manifest.parent)
            if name and "\0" not in name and ".." not in PurePosixPath(name).parts
        }.union(sources if isinstance(sources, dict) else ())
        self._sorted = sorted(self._names)
        self._git = git
        #: Absolute paths of all that was walked over, data or not.
        self.walked: set[str] = set()
        paths = dict.fromkeys([*self._walk(), *self._named()])
        home = Home("dataset", self.root)
        looked_at = look_at_files(paths, git, home=home, is_listed=self._lists, largest=largest)
        self.files = list(looked_at)
        #: The data files that are or will be in git.
        self._data = [
            each for each in self.files if each.is_data and each.is_expected and each.link is None
        ]

    # Path's own questions are errors for what lies in a closed folder; those of os.path are not.

    def _walk(self) -> Iterator[Path]:
        for folder, folders, files in os.walk(self.manifest.parent, onerror=self._note_closed):
            here = Path(folder)
            links = [name for name in folders if os.path.islink(here / name)]
            folders[:] = sorted(
                name
                for name in folders
                if name not in SKIPPED_FOLDERS
                and not is_git_name(name)
                and name not in links
                # What the manifest names is this dataset's, whoever put a `.git` beside it.
                and (not _is_of_its_own(here / name) or self.lists(here / name))
            )
            for name in sorted([*files, *links]):
                if is_git_name(name):
                    continue
                path = here / name
                self.walked.add(absolute(path))
                if is_data(name) or os.path.islink(path):
                    yield path

    def _note_closed(self, error: OSError) -> None:
        self.closed.append(Path(str(error.filename)))

    def _named(self) -> Iterator[Path]:
        """List files that the manifest names, whatever their names end in."""
        for name in sorted(self._names):
            path = self.manifest.parent / name
            if os.path.islink(path) or os.path.isfile(path):
                yield path

    def _lists(self, whole: str) -> bool:
        path = PurePosixPath(Path(os.path.relpath(whole, self.root)).as_posix())
        # A link that a named path runs through is named as well.
        return _has_below(self._sorted, f"{path}/") or any(
            str(each) in self._names for each in (path, *path.parents)
        )

    def lists(self, folder: Path) -> bool:
        """Say whether the manifest names a folder, or one that it is in."""
        return self._lists(absolute(folder))

    def commits(self, name: str) -> bool:
        """Say whether a file that the manifest names, or one in such a folder, is in git."""
        path = os.path.join(self.root, *PurePosixPath(name).parts)
        return path in self._expected or _has_below(self._sorted_expected, path + os.sep)

    @cached_property
    def _expected(self) -> frozenset[str]:
        return frozenset(each.absolute for each in self.files if each.is_expected)

    @cached_property
    def _sorted_expected(self) -> list[str]:
        return sorted(self._expected)

    def unlisted(self) -> Iterator[UnlistedData]:
        """Find data files that the manifest does not name."""
        folders: dict[Path, list[str]] = {}
        for each in self._data:
            if not each.is_listed:
                folders.setdefault(each.path.parent, []).append(shown(each.path.name))
        for folder, names in folders.items():
            subject = folder / names[0] if len(names) == 1 else folder
            yield UnlistedData(shown(subject), tuple(names), str(self.manifest))

    def packaged(self) -> Iterator[PackagedData]:
        """Add up the data files, if the dataset lies in a Python package."""
        package = _package_around(self.root, self._git.root) if self._git is not None else None
        if package is not None and self._data:
            size = sum(each.size for each in self._data)
            largest = max(self._data, key=lambda each: each.size)
            example = shown(os.path.relpath(largest.absolute, self.root))
            yield PackagedData(str(self.manifest), package, len(self._data), size, example)


def _has_below(names: Sequence[str], folder: str) -> bool:
    """Say whether one of these names, which are sorted, begins with a folder's."""
    at = bisect_left(names, folder)
    return at < len(names) and names[at].startswith(folder)


def _is_of_its_own(folder: Path) -> bool:
    return any(os.path.lexists(folder / name) for name in _OWN)


def _package_around(folder: Path, top: Path) -> str | None:
    """Name the outermost package that a folder is in, if a project below `top` can build it."""
    within = [each for each in (folder, *folder.parents) if each.is_relative_to(top)]
    packages = [each.name for each in within if os.path.isfile(each / "__init__.py")]
    is_built = any(os.path.isfile(each / name) for each in within for name in _PROJECTS)
    return packages[-1] if packages and is_built else None
