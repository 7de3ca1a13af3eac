"""The registrations of plugins, and what they have to agree with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import shown
from brainscore_data.check.engine.rule import AboutPlace
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.registrations.committed_receipts import ReceiptPins, read_receipts
from brainscore_data.check.registrations.plugin_files import (
    PluginFile,
    PluginLibrary,
    RepositoryFile,
    look_around,
    plugin_folder,
)
from brainscore_data.dataset.identifiers import Kind
from brainscore_data.plugins.homes import Discovery
from brainscore_data.plugins.parse import Registration


@dataclass(frozen=True)
class UnreadablePlugin(AboutPlace):
    """A plugin whose registrations are not known."""

    reason: str


@dataclass(frozen=True)
class PlacedRegistration(AboutPlace):
    """One registration, and where it stands."""

    registration: Registration
    # The key of the stimulus set that it loads, if no plugin of the library registers it.
    unregistered: str | None = None
    # The arguments whose versions another file is pinned to as well, and where.
    shared: tuple[tuple[str, str], ...] = ()

    @property
    def called(self) -> str:
        """The key, or else what is loaded, as messages quote it."""
        key, call = self.registration.registry_key, self.registration.call
        name = key if key is not None else call and call.identifier
        return shown(name) if name else "a registration"


@dataclass(frozen=True)
class UndefinedName(AboutPlace):
    """A name that a registration uses, and that nothing defines or imports."""

    name: str


@dataclass(frozen=True)
class RegistryKeys:
    """The keys of a plugin that are there twice: where, of which registry, and where else."""

    subject: str
    twice: tuple[tuple[Place, Kind, str, str], ...]
    elsewhere: tuple[tuple[Place, Kind, str, str], ...]  # in a plugin beside this one


@dataclass(frozen=True)
class ReceiptsFacts:
    """A ``receipts.json``, and the registrations of each item that it says is published."""

    subject: str
    is_checked: bool  # it, or its manifest, was asked for
    error: str | None  # why nothing is known of it
    registered: tuple[tuple[ReceiptPins, tuple[PlacedRegistration, ...]], ...]


# Receipts of one item; an honest file has one.
_MOST_ALIKE = 20
_ByName = dict[tuple[Kind, str], list[tuple[PluginFile, PlacedRegistration]]]
Facts = UnreadablePlugin | PlacedRegistration | UndefinedName | RegistryKeys | ReceiptsFacts


def probe(run: CheckRun) -> Iterator[Facts]:
    """Read the plugins that are checked: registrations, keys, then receipts."""
    subjects = run.subjects
    if not subjects.plugins and not subjects.manifests:
        return
    around = look_around(subjects)
    discovery = Discovery((plugin.path, plugin.plugin) for plugin in around.plugins)
    files = {plugin.path: plugin.file for plugin in around.plugins}
    library = PluginLibrary(around.plugins)
    for plugin in around.plugins:
        if not plugin.is_checked:
            continue
        if (error := plugin.plugin.error) is not None:
            yield UnreadablePlugin(Place(plugin.file, error.line), error.reason)
            continue
        for each in _placed(plugin):
            yield replace(
                each,
                unregistered=library.unregistered(plugin, each.registration),
                shared=tuple(library.shared(each.registration)),
            )
        yield from _undefined(plugin)
        yield _keys(plugin, discovery, files)
    by_name: _ByName = {}
    for plugin in around.plugins:
        for each in _placed(plugin):
            if each.registration.call is not None and each.registration.call.identifier:
                name = each.registration.kind, each.registration.call.identifier
                by_name.setdefault(name, []).append((plugin, each))
    for receipts in around.receipts:
        yield _committed(receipts, by_name, subjects.repository)


def _placed(plugin: PluginFile) -> Iterator[PlacedRegistration]:
    for each in plugin.plugin.registrations:
        yield PlacedRegistration(Place(plugin.file, each.line), each)


def _undefined(plugin: PluginFile) -> Iterator[UndefinedName]:
    named = [(each.line, name) for each in plugin.plugin.registrations for name in each.undefined]
    first: dict[str, int] = {}  # a plugin without imports would say it hundreds of times
    for line, name in sorted([*named, *plugin.plugin.strays]):
        first.setdefault(name, line)
    for name, line in first.items():
        yield UndefinedName(Place(plugin.file, line), name)


def _keys(plugin: PluginFile, discovery: Discovery, files: Mapping[Path, str]) -> RegistryKeys:
    first: dict[tuple[Kind, str], int] = {}
    twice = []
    for each in plugin.plugin.registrations:
        # One in each branch of an `if` is no mistake.
        if each.registry_key is None or not each.is_unconditional:
            continue
        before = first.setdefault((each.kind, each.registry_key), each.line)
        if before != each.line:
            here = Place(plugin.file, each.line)
            twice.append((here, each.kind, each.registry_key, str(Place(plugin.file, before))))
    elsewhere = []
    for (kind, key), line in plugin.plugin.mentions.items():
        if (other := discovery.elsewhere(plugin.path, kind, key)) is not None:
            place = str(Place(files[other.path], other.line))
            elsewhere.append((Place(plugin.file, line), kind, key, place))
    return RegistryKeys(plugin.file, tuple(twice), tuple(elsewhere))


def _committed(
    receipts: RepositoryFile, by_name: _ByName, repository: Path | None
) -> ReceiptsFacts:
    content = read_receipts(receipts.path)
    home = plugin_folder(content.plugin, repository)
    registered = tuple(
        (
            item,
            tuple(
                each
                for plugin, each in by_name.get((item.kind, item.identifier), ())
                if (home is None or plugin.path.parent == home)
                and (plugin.is_checked or receipts.is_checked)
            ),
        )
        for item in _first_of_each(content.items)
    )
    return ReceiptsFacts(receipts.file, receipts.is_checked, content.error, registered)


def _first_of_each(items: Iterable[ReceiptPins]) -> Iterator[ReceiptPins]:
    """Leave out what is there again and again: each is held against every registration of it."""
    seen: Counter[tuple[Kind, str]] = Counter()
    for item in dict.fromkeys(items):
        seen[item.kind, item.identifier] += 1
        if seen[item.kind, item.identifier] <= _MOST_ALIKE:
            yield item
