"""The identifiers that manifests give and plugins register, and where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.place import Place
from brainscore_data.check.engine.rule import AboutPlace
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.selection import is_chosen
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.unreadable import is_link_for_repository
from brainscore_data.check.registrations.plugin_files import (
    PluginFile,
    RepositoryFile,
    look_around,
    plugin_folder,
)
from brainscore_data.dataset.document import identifiers_in
from brainscore_data.dataset.identifiers import Kind

# The rule of the repository that says so of a folder.
_NO_MANIFEST = "BSD602"


@dataclass(frozen=True)
class UnreadableManifest(AboutPlace):
    """A manifest whose identifiers are not known."""

    reason: str
    hint: str


@dataclass(frozen=True)
class Identified(AboutPlace):
    """An identifier, and where it stands."""

    kind: Kind
    identifier: str


@dataclass(frozen=True)
class ManifestIdentifier(Identified):
    """An identifier of an item of a manifest."""

    is_registered: bool  # by the repository, already, and for the same kind of item
    # Where a plugin registers it that is not the one that the manifest names.
    registered_elsewhere: str | None = None


@dataclass(frozen=True)
class RegisteredIdentifier(Identified):
    """An identifier that a plugin registers: its files' name, or else the registry key."""

    registry_key: str | None  # None, as for the store, if only running the plugin would tell
    names_files: bool  # the source tells that there are files of that name
    store: str | None
    is_checked: bool  # the plugin was asked for


class Names(NamedTuple):
    """All identifiers that have to get along with one another."""

    subject: str  # the first file that any of them is in
    given: tuple[ManifestIdentifier, ...]  # of the manifests that are checked
    registered: tuple[RegisteredIdentifier, ...]  # of all plugins of the repository
    others: tuple[ManifestIdentifier, ...] = ()  # of its manifests that are not checked


_Homes = dict[tuple[str, str], dict[Path, RegisteredIdentifier]]
Facts = UnreadableManifest | Identified | Names


def probe(run: CheckRun) -> Iterator[Facts]:
    """Read the identifiers of manifests and plugins: each one, then all together."""
    subjects, settings = run.subjects, run.settings
    if not subjects.manifests and not subjects.plugins:
        return
    around = look_around(subjects)
    registered: list[RegisteredIdentifier] = []
    homes: _Homes = {}
    for plugin in around.plugins:
        for each in _registered(plugin):
            registered.append(each)
            for name in {each.identifier, each.registry_key or each.identifier}:
                known = homes.setdefault((each.kind, name), {})
                if len(known) < 2:  # one of them is another plugin than the manifest's
                    known.setdefault(plugin.path.parent, each)
    given: list[ManifestIdentifier] = []
    others: list[ManifestIdentifier] = []
    for manifest in around.manifests:
        if manifest.path.is_dir() and is_chosen(_NO_MANIFEST, settings):
            continue
        for facts in _given(manifest, homes, subjects.repository, settings):
            if isinstance(facts, ManifestIdentifier):
                (given if manifest.is_checked else others).append(facts)
            if manifest.is_checked:
                yield facts
    yield from (each for each in registered if each.is_checked)
    if given or registered:
        first = given[0] if given else registered[0]
        yield Names(first.subject, tuple(given), tuple(registered), tuple(others))


def _registered(plugin: PluginFile) -> Iterator[RegisteredIdentifier]:
    for each in plugin.plugin.registrations:
        identifier = each.call.identifier if each.call else None
        if (name := identifier or each.registry_key) is None:
            continue
        yield RegisteredIdentifier(
            place=Place(plugin.file, each.line),
            kind=each.kind,
            identifier=name,
            registry_key=each.registry_key,
            names_files=identifier is not None,
            store=each.call.store if each.call else None,
            is_checked=plugin.is_checked,
        )


def _given(
    manifest: RepositoryFile, homes: _Homes, repository: Path | None, settings: Settings
) -> Iterator[UnreadableManifest | ManifestIdentifier]:
    from brainscore_data.dataset.toml import read_manifest

    file = manifest.file
    try:
        text, document = read_manifest(manifest.path)
    except BrainScoreDataError as error:
        if not is_link_for_repository(error, settings):
            hint = error.hint or "fix the file"
            yield UnreadableManifest(Place(file, error.line), error.message, hint)
        return
    about = document.get("dataset")
    home = plugin_folder(about.get("plugin") if isinstance(about, dict) else None, repository)
    for kind, identifier, place in identifiers_in(file, text.splitlines(), document):
        known = homes.get((kind, identifier), {})
        elsewhere = [each for folder, each in known.items() if home is not None and folder != home]
        yield ManifestIdentifier(
            place=place,
            kind=kind,
            identifier=identifier,
            is_registered=bool(known),
            registered_elsewhere=str(elsewhere[0].place) if elsewhere else None,
        )
