"""How Brain-Score finds the plugin of a key, and what stops it: two plugins that have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from brainscore_data.dataset.identifiers import Kind
from brainscore_data.plugins.parse import Plugin, read_plugin


class Mention(NamedTuple):
    """Where a key is in a plugin, also in a comment of it."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Discovery:
    """The keys that the search of Brain-Score finds in plugins.

    `locate_plugin` of brainscore-core 2.5.0 (plugin_management/import_plugin.py) looks for a key
    in the ``__init__.py`` of all plugins of one folder, such as brainscore_vision/data, and stops
    if more than one has it.
    """

    def __init__(self, plugins: Iterable[tuple[Path, Plugin]]) -> None:
        self._found: dict[tuple[Path, Kind, str], list[Mention]] = {}
        for path, plugin in plugins:
            if path.parent.name.startswith((".", "_")):
                continue
            for (kind, key), line in plugin.mentions.items():
                name = path.parent.parent, kind, key
                self._found.setdefault(name, []).append(Mention(path, line))

    def finds(self, path: Path, kind: Kind, key: str) -> bool:
        """Whether a key is in a plugin, or in one beside it."""
        return (path.parent.parent, kind, key) in self._found

    def elsewhere(self, path: Path, kind: Kind, key: str) -> Mention | None:
        """Give where a key is in a plugin beside this one; None if it is in none."""
        there = self._found.get((path.parent.parent, kind, key), ())
        return next((each for each in there if each.path != path), None)


def beside(folder: Path) -> Discovery:
    """Read the plugins beside one: those in the folder that it is in, itself included."""
    return Discovery((path, read_plugin(path)) for path in _sources(folder.absolute().parent))


def _sources(parent: Path) -> Iterator[Path]:
    for path in sorted(parent.glob("*/__init__.py")):
        if not path.is_symlink() and not path.parent.is_symlink():
            yield path
