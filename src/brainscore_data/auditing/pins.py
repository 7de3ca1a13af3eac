"""What a repository's registrations pin, file by file, and who shall be able to load it.

Plugins are parsed, never imported. Who shall, manifests say, or else receipts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.place import Place
from brainscore_data.base.repository import find_repository, folders_of, plugin_files
from brainscore_data.dataset.document import MANIFEST_NAME, Name, stated_visibility
from brainscore_data.dataset.identifiers import Kind
from brainscore_data.dataset.manifest_values import Visibility
from brainscore_data.plugins.loader_calls import LoaderCall
from brainscore_data.plugins.parse import PINS, PREFIXES, read_plugin, why_untold
from brainscore_data.records.receipts import FILE_NAME as RECEIPTS_NAME
from brainscore_data.records.receipts import load_receipts

#: By an item's kind and identifier: its visibility, and the file that says it.
_Said = dict[Name, tuple[Visibility, str]]


@dataclass(frozen=True)
class RegistrationPlace:
    """Where a registration stands, and under which key."""

    #: From the folder that was audited.
    file: str
    line: int
    kind: Kind
    #: None if only running the plugin would tell.
    registry_key: str | None

    def __str__(self) -> str:
        name = "" if self.registry_key is None else f" {self.registry_key!r}"
        return f"{self.file}:{self.line}: {self.kind.replace('_', ' ')}{name}"


@dataclass(frozen=True)
class Pin:
    """One file that a registration reads."""

    place: RegistrationPlace
    identifier: str
    store: str
    #: None for AWS.
    endpoint: str | None
    region: str | None
    key: str
    #: None also for an empty text, with which readers get the latest version.
    version_id: str | None
    sha1: str | None
    #: Who shall be able to load it, as a manifest or receipts say, and which of them.
    shall: Visibility | None = None
    said_by: str = ""

    @property
    def url(self) -> str:
        """The object's whole address, with its key."""
        return f"{self.store}/{self.key}"


@dataclass(frozen=True)
class NotAudited:
    """A registration that could not be compared with anything, and why."""

    place: Place | RegistrationPlace
    reason: str
    #: If it is one that was not listed.
    store: str | None = None

    @property
    def where(self) -> str:
        """The registration, or the file where none could be read."""
        return str(self.place)


def read_pins(folder: Path) -> tuple[tuple[Pin, ...], tuple[NotAudited, ...]]:
    """Read what all registrations below a folder pin, in the order of files and lines.

    The folder is a repository, a folder in it, or one ``__init__.py``. Those that do not parse, or
    compute what they pin, are told apart.
    """
    if not folder.exists():
        raise UsageError(
            "there is no such folder", where=str(folder), hint="name a checkout of a repository"
        )
    pins: list[Pin] = []
    not_audited: list[NotAudited] = []
    files = plugin_files(folder) if folder.is_dir() else [folder]
    for path in files:
        file = path.relative_to(folder).as_posix() if folder.is_dir() else path.as_posix()
        plugin = read_plugin(path)
        if plugin.error is not None:
            broken = Place(file, plugin.error.line or None)
            not_audited.append(NotAudited(broken, plugin.error.reason))
        for each in plugin.registrations:
            place = RegistrationPlace(file, each.line, each.kind, each.registry_key)
            if (reason := why_untold(each)) is not None:
                not_audited.append(NotAudited(place, reason))
            elif each.call is not None:
                pins += _pins_of(place, each.call)
    return tuple(pins), tuple(not_audited)


def _pins_of(place: RegistrationPlace, call: LoaderCall) -> Iterator[Pin]:
    argument, usual = PREFIXES[place.kind]
    stem = f"{call.arguments.get(argument) or usual}{(call.identifier or '').replace('.', '_')}"
    for suffix, (sha1, version) in PINS[place.kind].items():
        yield Pin(
            place,
            call.identifier or "",
            (call.store or "").rstrip("/"),
            call.arguments.get("endpoint_url"),
            call.arguments.get("region"),
            f"{stem}.{suffix}",
            call.arguments.get(version) or None,
            (call.arguments.get(sha1) or "").lower() or None,
        )


def with_what_is_said(
    pins: Iterable[Pin], folder: Path
) -> tuple[tuple[Pin, ...], tuple[NotAudited, ...]]:
    """Give pins what manifests, or else receipts, of their repository say; and what cannot be read."""
    root = find_repository(folder) or folder
    said: dict[str, _Said] = {MANIFEST_NAME: {}, RECEIPTS_NAME: {}}
    unread: list[NotAudited] = []
    for below, files in folders_of(root):
        for name in [name for name in said if name in files]:
            path = below / name
            if path.is_file() and not path.is_symlink():
                unread += _add(path, path.relative_to(root).as_posix(), said[name])
    told = (_told(pin, said[MANIFEST_NAME], said[RECEIPTS_NAME]) for pin in pins)
    return tuple(told), tuple(unread)


def _add(path: Path, shown: str, said: _Said) -> Iterator[NotAudited]:
    try:
        found = stated_visibility(path) if path.name == MANIFEST_NAME else _receipts_in(path)
    except BrainScoreDataError as error:
        why = f"who shall be able to load its items is not known: {error.message}"
        yield NotAudited(Place(shown), why)
        return
    for name, word in found.items():
        if word == "private" or name not in said:  # of two words for one item, private counts
            said[name] = (word, shown)


def _receipts_in(path: Path) -> dict[Name, Visibility]:
    return {
        (item.kind, item.identifier): item.visibility
        for item in load_receipts(path).items
        if item.visibility is not None
    }


def _told(pin: Pin, manifests: _Said, receipts: _Said) -> Pin:
    name = (pin.place.kind, pin.identifier)
    manifest, receipt = manifests.get(name), receipts.get(name)
    if manifest is None:
        shall, file = receipt or (None, "")
        return replace(pin, shall=shall, said_by=file and f"{file} says {shall}")
    shall, file = manifest
    beside = f", its receipt {receipt[0]}" if receipt and receipt[0] != shall else ""
    return replace(pin, shall=shall, said_by=f"{file} says {shall}{beside}")
