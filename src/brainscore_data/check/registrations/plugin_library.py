"""What all plugins of a repository register: stimulus sets, and versions of files."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from pathlib import Path

from brainscore_data.base.place import Place
from brainscore_data.check.registrations.plugin_files import PluginFile
from brainscore_data.plugins.parse import PINS, Registration, pinned_version

# A package's own source is small; what is larger is not read.
_LARGEST = 1 << 20


class PluginLibrary:
    """The plugins of a repository, to compare one of them with.

    Parameters
    ----------
    plugins : iterable of PluginFile
        All of them.
    """

    def __init__(self, plugins: Iterable[PluginFile]) -> None:
        self._stimulus_sets: set[tuple[Path, str | None]] = set()
        # A version → the files that are pinned to it, and where.
        self._versions: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for plugin in plugins:
            for each in plugin.plugin.registrations:
                if each.kind == "stimulus_set":
                    self._stimulus_sets.add((plugin.path.parent.parent, each.registry_key))
                place = str(Place(plugin.file, each.line))
                for _, version, file in _pinned(each):
                    self._versions.setdefault(version, []).append((file, place))

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
            others = self._versions.get(version, ())
            # Both files of one stimulus set are told by themselves.
            place = next((place for other, place in others if other[:2] != file[:2]), None)
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
        return b"stimulus_set_registry" in path.read_bytes()
    except OSError:
        return False
