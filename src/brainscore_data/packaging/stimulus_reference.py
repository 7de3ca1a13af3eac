"""The stimulus set that an assembly names: in the same file, or registered in the repository."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
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
    #: None if there is none at hand; then a notice says why.
    csv: Path | None
    #: Whether it is somebody else's: what is wrong with it does not hold up the assembly.
    is_registered: bool = False
    notices: tuple[str, ...] = ()


def refer_to(
    dataset: Dataset, name: str, find: Callable[[str], Path], *, where: Place | str
) -> StimulusReference:
    """Find the stimulus set that an assembly names: in its dataset first, then in the repository.

    What is published already is fetched; nothing is read.
    """
    found = named_stimulus_set(dataset, name, where=where)
    if isinstance(found, StimulusSet):
        return StimulusReference(name, name, find(found.metadata))
    return _refer_to_registered(found)


def read_reference(
    reference: StimulusReference,
) -> tuple[StimulusMetadata | None, tuple[str, ...]]:
    """Read the csv of a stimulus set; gives notices, too, on what was not read."""
    if reference.csv is None:
        return None, reference.notices
    try:
        return read_metadata(reference.csv), reference.notices
    except BrainScoreDataError as error:
        if not reference.is_registered:
            raise
        return None, (_unchecked(reference.registry_key, error.message),)


def _refer_to_registered(registered: RegisteredStimulusSet) -> StimulusReference:
    key, identifier, pin = registered.registry_key, registered.identifier, registered.pin
    found = StimulusReference(key, identifier, None, is_registered=True)
    if pin is None:
        reason = f"{registered.file}:{registered.line} does not say literally where it is"
        return replace(found, notices=(_unchecked(key, reason),))
    csv_key = f"{pin.filename_prefix}{identifier.replace('.', '_')}.csv"
    try:
        store = open_store(
            pin.store, endpoint_url=pin.endpoint_url, region=pin.region, timeout=_PATIENCE
        )
        path = cached(store, csv_key, version_id=pin.csv_version_id, sha1=pin.csv_sha1)
        return replace(found, csv=path)
    except BrainScoreDataError as error:
        return replace(found, notices=(_unchecked(key, error.message),))


def _unchecked(key: str, reason: str) -> str:
    return f"its stimulus ids were not compared with those of stimulus set {key!r}: {reason}"
