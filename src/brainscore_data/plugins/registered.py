"""The stimulus sets that a repository registers already, and what its registrations pin.

What they pin is enough to fetch a stimulus set; a registration that computes its pins is known by
name only.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from brainscore_data.base.errors import DataError
from brainscore_data.base.nearest import did_you_mean, nearest
from brainscore_data.base.place import Place
from brainscore_data.base.repository import find_repository, plugin_files
from brainscore_data.dataset.manifest import StimulusSet
from brainscore_data.dataset.reading import Dataset
from brainscore_data.plugins.parse import Registration, pinned_version, read_plugin, why_untold


@dataclass(frozen=True)
class StimulusSetPin:
    """Which two objects of which store a registration reads."""

    store: str  # ``s3://bucket/prefix``, or whatever URL the registration gives
    csv_sha1: str | None  # lower-case hexadecimal; None where the registration has none
    # None where it has none, also where it says so with "null" or an empty text
    csv_version_id: str | None
    zip_sha1: str | None
    zip_version_id: str | None
    filename_prefix: str = "stimulus_"  # what the names of both files start with
    endpoint_url: str | None = None  # of a store that is not on AWS
    region: str | None = None


@dataclass(frozen=True)
class RegisteredStimulusSet:
    """One line ``stimulus_set_registry["…"] = …`` of a plugin."""

    registry_key: str
    # The name that its files have; the registry key where the source does not tell
    identifier: str
    pin: StimulusSetPin | None  # None if it can be known only by running the plugin
    file: Path  # the plugin's ``__init__.py``, from the repository's root
    line: int


@dataclass(frozen=True)
class Registered:
    """All stimulus sets that a repository registers."""

    stimulus_sets: tuple[RegisteredStimulusSet, ...]
    notices: tuple[str, ...]

    def find(self, name: str) -> RegisteredStimulusSet | None:
        """Find a stimulus set by its registry key or else by its identifier."""
        by_key = (each for each in self.stimulus_sets if each.registry_key == name)
        by_identifier = (each for each in self.stimulus_sets if each.identifier == name)
        return next(by_key, None) or next(by_identifier, None)

    def nearest(self, name: str) -> str | None:
        """Find the registry key that is most like `name`; None if none is."""
        return nearest(name, [each.registry_key for each in self.stimulus_sets])


def read_registered(repository: Path) -> Registered:
    """Read all registrations of stimulus sets in the ``__init__.py`` files of a repository.

    Hidden folders and virtual environments are left out, symlinks are not followed. A file that
    cannot be parsed is left out with a notice.
    """
    stimulus_sets: list[RegisteredStimulusSet] = []
    notices: list[str] = []
    for path in plugin_files(repository):
        file = path.relative_to(repository)
        plugin = read_plugin(path)
        if plugin.error is not None:
            line = f":{plugin.error.line}" if plugin.error.line else ""
            notices.append(
                f"{file}{line}: its registrations could not be read: {plugin.error.reason}"
            )
        for each in plugin.registrations:
            if each.kind != "stimulus_set":
                continue
            if each.registry_key is None:
                notices.append(
                    f"{file}:{each.line}: a registration was not read: its key is not literal"
                )
                continue
            stimulus_sets.append(_registered(each, each.registry_key, file))
    return Registered(tuple(stimulus_sets), tuple(notices))


def _registered(registration: Registration, key: str, file: Path) -> RegisteredStimulusSet:
    call = registration.call
    if call is None or not call.identifier or not call.store or why_untold(registration):
        return RegisteredStimulusSet(key, key, None, file, registration.line)
    pin = StimulusSetPin(
        call.store,
        call.arguments.get("csv_sha1") or None,
        pinned_version(call.arguments.get("csv_version_id")),
        call.arguments.get("zip_sha1") or None,
        pinned_version(call.arguments.get("zip_version_id")),
        call.arguments.get("filename_prefix") or "stimulus_",
        call.arguments.get("endpoint_url"),
        call.arguments.get("region"),
    )
    return RegisteredStimulusSet(key, call.identifier, pin, file, registration.line)


def named_stimulus_set(
    dataset: Dataset, name: str, *, where: Place | str
) -> StimulusSet | RegisteredStimulusSet:
    """Find the stimulus set that an assembly of a dataset names; nothing of it is read."""
    if (item := dataset.stimulus_sets.get(name)) is not None:
        return item
    repository = find_repository(dataset.root)
    registered = read_registered(repository) if repository else Registered((), ())
    if found := registered.find(name):
        return found
    known = [item.identifier for item in dataset.manifest.stimulus_sets]
    known += [each.registry_key for each in registered.stimulus_sets]
    raise DataError(
        f"stimulus set {name!r} is neither in this file nor registered in the repository"
        f"{did_you_mean(name, known)}",
        where=where,
        hint="correct the name, or add the stimulus set as a [[stimulus_set]]",
    )
