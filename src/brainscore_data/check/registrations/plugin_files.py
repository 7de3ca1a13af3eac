"""The plugins of a repository: those that are checked, and what they have to get along with."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from brainscore_data.base.door import content_of
from brainscore_data.base.place import Place
from brainscore_data.base.repository import folders_of, resolved
from brainscore_data.check.engine.subjects import Subjects
from brainscore_data.plugins.parse import PINS, Plugin, Registration, pinned_version, read_plugin

_MANIFEST, _RECEIPTS = "dataset.toml", "receipts.json"
# A package's own source is small; what is larger is not read.
_LARGEST = 1 << 20


@dataclass(frozen=True)
class RepositoryFile:
    """A ``dataset.toml``, or a ``receipts.json`` beside one."""

    file: str  # as the user typed it; of one that is not checked, from the repository's root
    path: Path
    is_checked: bool  # it or its manifest was asked for; the others are there to compare with


@dataclass(frozen=True)
class PluginFile(RepositoryFile):
    """The ``__init__.py`` of a plugin; the path is absolute, its folder without symlinks."""

    plugin: Plugin


class Surroundings(NamedTuple):
    """What registers, what gives names, and what was committed of publications."""

    plugins: tuple[PluginFile, ...]
    manifests: tuple[RepositoryFile, ...]
    receipts: tuple[RepositoryFile, ...]


def look_around(subjects: Subjects) -> Surroundings:
    """Read the plugins that are checked, then all others; find manifests in the same order."""
    plugins = {
        (path := _absolute(given)): PluginFile(str(given), path, True, read_plugin(given))  # noqa: FBT003
        for given in subjects.plugins
    }
    given_receipts = [path for path in subjects.files if path.name == _RECEIPTS]
    given_receipts += [path.with_name(_RECEIPTS) for path in subjects.manifests]
    receipts = {
        (path := _absolute(given)): RepositoryFile(str(given), path, is_checked=True)
        for given in given_receipts
        if given.with_name(_MANIFEST).is_file() and os.path.lexists(given)
    }
    manifests = {
        _absolute(given): RepositoryFile(str(given), given, is_checked=True)
        for given in subjects.manifests
    }
    repository = subjects.repository
    for folder, names in folders_of(repository) if repository is not None else ():
        here = folder.relative_to(repository or folder)
        path = folder / "__init__.py"
        if path.name in names and path not in plugins and not path.is_symlink():
            plugin = read_plugin(path)
            if plugin.mentions or plugin.registrations:
                plugins[path] = PluginFile(str(here / path.name), path, False, plugin)  # noqa: FBT003
        path = folder / _MANIFEST
        if path.name in names and path not in manifests and not path.is_symlink():
            manifests[path] = RepositoryFile(str(here / path.name), path, is_checked=False)
        path = folder / _RECEIPTS
        if path.name in names and _MANIFEST in names and path not in receipts:
            receipts[path] = RepositoryFile(str(here / path.name), path, is_checked=False)
    return Surroundings(
        tuple(plugins.values()), tuple(manifests.values()), tuple(receipts.values())
    )


def plugin_folder(named: object, repository: Path | None) -> Path | None:
    """Find the plugin that a manifest or receipts name; None if they name none."""
    if repository is None or not isinstance(named, str) or "\0" in named:
        return None
    return Path(repository, named)


def _absolute(path: Path) -> Path:
    return resolved(path.absolute().parent) / path.name


class PluginLibrary:
    """All plugins of a repository, to compare one of them with."""

    def __init__(self, plugins: Iterable[PluginFile]) -> None:
        self._stimulus_sets: set[tuple[Path, str | None]] = set()
        # A version → two files that are pinned to it, and where: more are asked for by nobody.
        self._versions: dict[str, dict[tuple[str, ...], str]] = {}
        for plugin in plugins:
            for each in plugin.plugin.registrations:
                if each.kind == "stimulus_set":
                    self._stimulus_sets.add((plugin.path.parent.parent, each.registry_key))
                place = str(Place(plugin.file, each.line))
                for _, version, file in _pinned(each):
                    # Both files of one stimulus set are told by themselves.
                    pinned = self._versions.setdefault(version, {})
                    if len(pinned) < 2:
                        pinned.setdefault(file[:2], place)

    def unregistered(self, plugin: PluginFile, registration: Registration) -> str | None:
        """Give the key of the stimulus set that is loaded, if the library is here and lacks it."""
        call = registration.call
        loader = call.written.get("stimulus_set_loader") if call is not None else None
        if loader is None or loader.name != "load_stimulus_set" or loader.key is None:
            return None
        folder = plugin.path.parent.parent
        if (folder, loader.key) in self._stimulus_sets or not _is_library(folder.parent):
            return None
        return loader.key

    def shared(self, registration: Registration) -> Iterator[tuple[str, str]]:
        """Give the arguments whose versions another file is pinned to as well, and where."""
        for argument, version, file in _pinned(registration):
            others = self._versions.get(version, {})
            place = next((place for other, place in others.items() if other != file[:2]), None)
            if place is not None:
                yield argument, place


def _pinned(registration: Registration) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Give the versions that are pinned on AWS, which gives each file's versions ids of their own."""
    call = registration.call
    if call is None or call.form == "own" or not (call.identifier and call.store):
        return
    for suffix, (_, argument) in PINS[registration.kind].items():
        version = pinned_version(call.arguments.get(argument))
        if version is not None and call.written[argument].written == "text":
            yield argument, version, (call.store, call.identifier, suffix)


@functools.lru_cache(maxsize=8)
def _is_library(package: Path) -> bool:
    """Whether a package has the registry of stimulus sets itself, and so all of its plugins."""
    path = package / "__init__.py"
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return False
        return b"stimulus_set_registry" in content_of(path, _LARGEST)
    except OSError:
        return False
