"""The plugins that are checked, and those that what they register has to get along with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainscore_data.dataset.registered import plugin_files
from brainscore_data.dataset.registrations import read_plugin

if TYPE_CHECKING:
    from pathlib import Path

    from brainscore_data.check.subjects import Subjects
    from brainscore_data.dataset.registrations import Plugin


@dataclass(frozen=True)
class PluginFile:
    """The ``__init__.py`` of a plugin.

    Attributes
    ----------
    file : str
        As the user typed it; of one that is not checked, from the repository's root.
    path : Path
        Absolute, without symlinks.
    is_checked : bool
        Whether it was asked for; the others are there to compare with.
    plugin : Plugin
        What it registers.
    """

    file: str
    path: Path
    is_checked: bool
    plugin: Plugin


def read_plugin_files(subjects: Subjects) -> list[PluginFile]:
    """Read the plugins that are checked, then all others of the repository."""
    checked = {path.absolute(): path for path in subjects.plugins}
    checked = {path.parent.resolve() / path.name: given for path, given in checked.items()}
    found = [
        PluginFile(str(given), path, is_checked=True, plugin=read_plugin(given))
        for path, given in checked.items()
    ]
    repository = subjects.repository
    for path in plugin_files(repository) if repository is not None else ():
        if path in checked:
            continue
        plugin = read_plugin(path)
        if plugin.mentions or plugin.registrations:
            file = str(path.relative_to(repository)) if repository is not None else str(path)
            found.append(PluginFile(file, path, is_checked=False, plugin=plugin))
    return found
