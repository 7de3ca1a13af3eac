"""What a repository's registrations pin, file by file; the plugins are parsed, never imported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.base.errors import UsageError
from brainscore_data.dataset.identifiers import Kind
from brainscore_data.dataset.repository import plugin_files
from brainscore_data.plugins.followed import PREFIXES, why_untold
from brainscore_data.plugins.loader_calls import LoaderCall
from brainscore_data.plugins.parse import PINS, read_plugin

if TYPE_CHECKING:
    from brainscore_data.dataset.manifest import Visibility


@dataclass(frozen=True)
class Place:
    """Where a registration stands, and under which key.

    Attributes
    ----------
    file : str
        From the folder that was audited.
    line : int
        From 1.
    kind : {"stimulus_set", "assembly"}
        Of which registry.
    registry_key : str or None
        None if only running the plugin would tell.
    """

    file: str
    line: int
    kind: Kind
    registry_key: str | None

    def __str__(self) -> str:
        name = "" if self.registry_key is None else f" {self.registry_key!r}"
        return f"{self.file}:{self.line}: {self.kind.replace('_', ' ')}{name}"


@dataclass(frozen=True)
class Pin:
    """One file that a registration reads.

    Attributes
    ----------
    place : Place
        Of the registration.
    identifier : str
        The name that the files have.
    store : str
        The URL of the store, as the registration means it.
    endpoint : str or None
        The server that the registration names; None for AWS.
    region : str or None
        As the registration names it.
    key : str
        Below the store's prefix.
    version_id : str or None
        As it is written; None also for an empty text, with which readers get the latest version.
    sha1 : str or None
        Lower-case hexadecimal; None where nothing is pinned.
    shall : {"public", "private"} or None
        Who shall be able to load it, as a manifest or receipts of the repository say.
    said_by : str
        Which of them, and what; empty where none does.
    """

    place: Place
    identifier: str
    store: str
    endpoint: str | None
    region: str | None
    key: str
    version_id: str | None
    sha1: str | None
    shall: Visibility | None = None
    said_by: str = ""

    @property
    def url(self) -> str:
        """The object's whole address, with its key."""
        return f"{self.store}/{self.key}"


@dataclass(frozen=True)
class NotAudited:
    """A registration that could not be compared with anything, and why.

    Attributes
    ----------
    where : str
        The registration, or the file where none could be read.
    reason : str
        Why.
    store : str or None
        The store, if it is that which was not listed.
    """

    where: str
    reason: str
    store: str | None = None


def read_pins(folder: Path) -> tuple[tuple[Pin, ...], tuple[NotAudited, ...]]:
    """Read what all registrations below a folder pin.

    Parameters
    ----------
    folder : Path
        A repository, a folder in it, or one ``__init__.py``. Hidden folders and virtual
        environments are left out, symlinks are not followed.

    Returns
    -------
    pins : tuple of Pin
        In the order of files and lines; a stimulus set has two.
    not_audited : tuple of NotAudited
        Plugins that do not parse, and registrations that compute what they pin.

    Raises
    ------
    UsageError
        If there is no such folder.
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
            line = f":{plugin.error.line}" if plugin.error.line else ""
            not_audited.append(NotAudited(f"{file}{line}", plugin.error.reason))
        for each in plugin.registrations:
            place = Place(file, each.line, each.kind, each.registry_key)
            if (reason := why_untold(each)) is not None:
                not_audited.append(NotAudited(str(place), reason))
            elif each.call is not None:
                pins += _pins_of(place, each.call)
    return tuple(pins), tuple(not_audited)


def _pins_of(place: Place, call: LoaderCall) -> Iterator[Pin]:
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
