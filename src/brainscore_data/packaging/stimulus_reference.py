"""The stimulus set that an assembly names: in the same file, or registered in the repository."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.place import Place
from brainscore_data.dataset.manifest import StimulusSet
from brainscore_data.dataset.reading import Dataset
from brainscore_data.plugins.registered import RegisteredStimulusSet, named_stimulus_set
from brainscore_data.stimuli.readers_csv import StimulusMetadata, read_metadata
from brainscore_data.store.urls import open_store
from brainscore_data.store.verified_copy import cached

_PATIENCE = 3.0  # seconds; packaging goes on without an answer, and says so


@dataclass(frozen=True)
class StimulusReference:
    """What is known about the stimulus set of an assembly."""

    #: What a registration asks ``load_stimulus_set`` for.
    registry_key: str
    #: What the assembly's ``stimulus_set_identifier`` says.
    identifier: str
    #: None if it could not be read; then a notice says why.
    metadata: StimulusMetadata | None
    notices: tuple[str, ...] = ()


def refer_to(
    dataset: Dataset, name: str, find: Callable[[str], Path], *, where: Place | str
) -> StimulusReference:
    """Find the stimulus set that an assembly names: in its dataset first, then in the repository."""
    found = named_stimulus_set(dataset, name, where=where)
    if isinstance(found, StimulusSet):
        return StimulusReference(name, name, read_metadata(find(found.metadata)))
    return _refer_to_registered(found)


def _refer_to_registered(registered: RegisteredStimulusSet) -> StimulusReference:
    key, identifier, pin = registered.registry_key, registered.identifier, registered.pin
    unchecked = f"its stimulus ids were not compared with those of stimulus set {key!r}"
    if pin is None:
        reason = f"{registered.file}:{registered.line} does not say literally where it is"
        return StimulusReference(key, identifier, None, (f"{unchecked}: {reason}",))
    csv_key = f"{pin.filename_prefix}{identifier.replace('.', '_')}.csv"
    try:
        store = open_store(
            pin.store, endpoint_url=pin.endpoint_url, region=pin.region, timeout=_PATIENCE
        )
        path = cached(store, csv_key, version_id=pin.csv_version_id, sha1=pin.csv_sha1)
        return StimulusReference(key, identifier, read_metadata(path))
    except BrainScoreDataError as error:
        return StimulusReference(key, identifier, None, (f"{unchecked}: {error.message}",))
