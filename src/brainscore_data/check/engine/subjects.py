"""What there is to check below the paths that were given."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from brainscore_data.base.door import opened
from brainscore_data.base.errors import UsageError
from brainscore_data.base.repository import find_repository, is_git_name, names_git, resolved
from brainscore_data.dataset.document import manifest_of_folder

#: Nobody's data is in these.
SKIPPED_FOLDERS = frozenset({".git", ".venv", "venv", "node_modules", "__pycache__", ".tox"})
_ROLES = ("dataset.toml", "__init__.py")
_NO_FOLDERS = frozenset(_ROLES)
_REGISTRIES = (b"stimulus_set_registry", b"data_registry")
_LARGEST_PLUGIN = 4 << 20


@dataclass(frozen=True)
class Files:
    """Paths of files, as text until somebody wants them: of 300,000, paths take 150 MiB."""

    texts: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Path]:
        return map(Path, self.texts)


@dataclass(frozen=True)
class Subjects:
    """Files to check, each in one of these roles; all paths as the user would type them."""

    repository: Path | None  # the root of the git repository that the first path is in
    manifests: tuple[Path, ...]
    plugins: tuple[Path, ...]  # ``__init__.py`` files that mention a registry of Brain-Score's
    files: Files  # all others
    # Those of `manifests` that were not given: single files were that are in their datasets. A
    # dataset is judged as a whole, whichever of its files a hook hands over.
    around: frozenset[Path] = frozenset()
    closed: tuple[Path, ...] = ()  # folders that cannot be listed: what is in them is not known
    roots: tuple[Path, ...] = ()  # the folders that all of it is in

    def given(self) -> Subjects:
        """Leave out what is there only to judge single files by."""
        manifests = tuple(each for each in self.manifests if each not in self.around)
        return replace(self, manifests=manifests, around=frozenset())


def find_subjects(paths: Iterable[Path]) -> Subjects:
    """Sort what is below some paths: a repository, a dataset, a plugin, or single files."""
    given = list(paths)
    for path in given:
        if not os.path.lexists(path):
            raise UsageError("there is no such file or folder", where=str(path))
        if names_git(Path(os.path.abspath(path)).parts):  # noqa: PTH100 - a link stays one
            raise UsageError(
                "is git's own, and never a dataset's file",
                where=str(path),
                hint="name the folder of dataset.toml",
            )
    closed: list[Path] = []
    found: Iterable[str] = (file for path in given for file in _files_below(path, closed))
    if len(given) > 1:
        found = dict.fromkeys(found)
    manifests: list[Path] = []
    plugins: list[Path] = []
    files: list[str] = []
    for text in found:
        if not text.endswith(_ROLES):
            files.append(text)
            continue
        path = Path(text)
        if path.name == "dataset.toml":
            manifests.append(path)
        elif path.name == "__init__.py" and _registers(path):
            plugins.append(path)
        else:
            files.append(text)
    taken = {*manifests, *plugins}
    around = _manifests_around(
        (path for path in given if path not in taken and not path.is_dir()), known=manifests
    )
    return Subjects(
        repository=find_repository(given[0]) if given else None,
        manifests=(*manifests, *around),
        plugins=tuple(plugins),
        files=Files(tuple(files)),
        around=frozenset(around),
        closed=tuple(dict.fromkeys(closed)),
        roots=tuple(dict.fromkeys(root for path in given for root in _roots_of(path))),
    )


def _roots_of(path: Path) -> Iterator[Path]:
    """Give the folder that was given, or that a file is in, and the dataset that it is in."""
    folder = path if path.is_dir() and not path.is_symlink() else path.parent
    yield folder
    manifest = manifest_of_folder(folder)
    if manifest is not None:
        yield manifest.parent


def _manifests_around(files: Iterable[Path], *, known: Iterable[Path]) -> list[Path]:
    """Find the manifests of the datasets that single files are in, named as the files are."""
    seen = {resolved(path) for path in known}
    found = []
    for folder in dict.fromkeys(path.parent for path in files):
        manifest = manifest_of_folder(folder)
        if manifest is not None and manifest not in seen:
            seen.add(manifest)
            found.append(manifest if folder.is_absolute() else Path(os.path.relpath(manifest)))
    return found


def _files_below(path: Path, closed: list[Path]) -> Iterator[str]:
    if path.is_symlink() or not path.is_dir() or path.name in _NO_FOLDERS:
        yield str(path)
        return

    def note(error: OSError) -> None:
        closed.append(Path(str(error.filename)))

    for folder, names, files in os.walk(path, onerror=note):
        base = str(Path(folder, "_"))[:-1]  # as a path begins that is in it
        # A folder in the place of a file with a role: the rules say that it is none.
        yield from (base + name for name in sorted(_NO_FOLDERS.intersection(names)))
        names[:] = sorted(
            name for name in set(names) - SKIPPED_FOLDERS - _NO_FOLDERS if not is_git_name(name)
        )
        # A link to a folder is something to look at, and not to follow.
        yield from (base + name for name in names if Path(folder, name).is_symlink())
        yield from (base + name for name in sorted(files) if not is_git_name(name))


def _registers(path: Path) -> bool:
    if not path.is_file():
        return True  # the rules say so, and opening a pipe would wait for ever
    try:
        with opened(path) as stream:
            start = stream.read(_LARGEST_PLUGIN)
    except OSError:
        return True  # the rules say that it cannot be read
    return any(name in start for name in _REGISTRIES)
