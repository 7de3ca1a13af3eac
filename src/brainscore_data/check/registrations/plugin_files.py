"""The plugins that are checked, and what they have to get along with in their repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from brainscore_data.check.engine.subjects import Subjects
from brainscore_data.dataset.repository import folders_of, resolved
from brainscore_data.plugins.parse import Plugin, read_plugin

_MANIFEST, _RECEIPTS = "dataset.toml", "receipts.json"


class PluginFile(NamedTuple):
    """The ``__init__.py`` of a plugin.

    Attributes
    ----------
    file : str
        As the user typed it; of one that is not checked, from the repository's root.
    path : Path
        Absolute, its folder without symlinks.
    is_checked : bool
        Whether it was asked for; the others are there to compare with.
    plugin : Plugin
        What it registers.
    """

    file: str
    path: Path
    is_checked: bool
    plugin: Plugin


class ReceiptsFile(NamedTuple):
    """A ``receipts.json`` beside a ``dataset.toml``.

    Attributes
    ----------
    file : str
        As the user typed it; of one that is not checked, from the repository's root.
    path : Path
        To be opened.
    is_checked : bool
        Whether it was asked for, or its manifest was.
    """

    file: str
    path: Path
    is_checked: bool


class ManifestFile(NamedTuple):
    """A ``dataset.toml``.

    Attributes
    ----------
    file : str
        As the user typed it; of one that is not checked, from the repository's root.
    path : Path
        To be opened.
    is_checked : bool
        Whether it was asked for.
    """

    file: str
    path: Path
    is_checked: bool


class Surroundings(NamedTuple):
    """What registers, what gives names, and what was committed of publications."""

    plugins: tuple[PluginFile, ...]
    manifests: tuple[ManifestFile, ...]
    receipts: tuple[ReceiptsFile, ...]


def look_around(subjects: Subjects) -> Surroundings:
    """Read the plugins that are checked, then all others; find manifests in the same order."""
    plugins = {
        _absolute(given): PluginFile(str(given), _absolute(given), True, read_plugin(given))  # noqa: FBT003
        for given in subjects.plugins
    }
    given_receipts = [path for path in subjects.files if path.name == _RECEIPTS]
    given_receipts += [path.with_name(_RECEIPTS) for path in subjects.manifests]
    receipts = {
        _absolute(given): ReceiptsFile(str(given), _absolute(given), is_checked=True)
        for given in given_receipts
        if given.with_name(_MANIFEST).is_file() and os.path.lexists(given)
    }
    manifests = {
        _absolute(given): ManifestFile(str(given), given, is_checked=True)
        for given in subjects.manifests
    }
    repository = subjects.repository
    for folder, names in folders_of(repository) if repository is not None else ():
        path = folder / "__init__.py"
        if path.name in names and path not in plugins and not path.is_symlink():
            plugin = read_plugin(path)
            if plugin.mentions or plugin.registrations:
                file = _from_root(path, repository)
                plugins[path] = PluginFile(file, path, is_checked=False, plugin=plugin)
        path = folder / _MANIFEST
        if path.name in names and path not in manifests and not path.is_symlink():
            file = _from_root(path, repository)
            manifests[path] = ManifestFile(file, path, is_checked=False)
        path = folder / _RECEIPTS
        if path.name in names and _MANIFEST in names and path not in receipts:
            file = _from_root(path, repository)
            receipts[path] = ReceiptsFile(file, path, is_checked=False)
    return Surroundings(
        tuple(plugins.values()), tuple(manifests.values()), tuple(receipts.values())
    )


def _absolute(path: Path) -> Path:
    return resolved(path.absolute().parent) / path.name


def _from_root(path: Path, repository: Path | None) -> str:
    return str(path.relative_to(repository)) if repository is not None else str(path)
