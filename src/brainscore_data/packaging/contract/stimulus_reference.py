"""The stimulus set that an assembly names: in the same file, or registered in the repository."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainscore_data.dataset.registered import Registered, find_repository, read_registered
from brainscore_data.errors import BrainScoreDataError, DataError
from brainscore_data.nearest import did_you_mean
from brainscore_data.reading.cache import cached
from brainscore_data.store.urls import open_store
from brainscore_data.tables.columns import inferred
from brainscore_data.tables.table import read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np

    from brainscore_data.dataset.reading import Dataset
    from brainscore_data.dataset.registered import RegisteredStimulusSet

_PATIENCE = 3.0  # seconds; packaging goes on without an answer, and says so


@dataclass(frozen=True)
class StimulusMetadata:
    """What readers merge into an assembly.

    Attributes
    ----------
    columns : tuple of str
        In the order of the csv.
    stimulus_ids : np.ndarray
        Shape (stimuli,), typed as plain ``pd.read_csv`` types them.
    """

    columns: tuple[str, ...]
    stimulus_ids: np.ndarray


@dataclass(frozen=True)
class StimulusReference:
    """What is known about the stimulus set of an assembly.

    Attributes
    ----------
    registry_key : str
        What a registration asks ``load_stimulus_set`` for.
    identifier : str
        What the assembly's ``stimulus_set_identifier`` says.
    metadata : StimulusMetadata or None
        None if it could not be read; then a notice says why.
    """

    registry_key: str
    identifier: str
    metadata: StimulusMetadata | None
    notices: tuple[str, ...] = ()


def refer_to(
    dataset: Dataset, name: str, find: Callable[[str], Path], *, where: str
) -> StimulusReference:
    """Find the stimulus set that an assembly of a dataset names.

    Parameters
    ----------
    dataset : Dataset
        Searched first; then the repository that it lies in.
    name : str
        An identifier or, of a registered stimulus set, its registry key.
    find : callable
        Turns a file name of the manifest into a path.
    where : str
        The entry that names it, for the error.

    Raises
    ------
    DataError
        If it is neither in the file nor registered.
    """
    for item in dataset.manifest.stimulus_sets:
        if item.identifier == name:
            return StimulusReference(name, name, _metadata(find(item.metadata)))
    repository = find_repository(dataset.root)
    registered = read_registered(repository) if repository else Registered((), ())
    if found := registered.find(name):
        return _refer_to_registered(found)
    known = [item.identifier for item in dataset.manifest.stimulus_sets]
    known += [each.registry_key for each in registered.stimulus_sets]
    raise DataError(
        f"stimulus set {name!r} is neither in this file nor registered in the repository"
        f"{did_you_mean(name, known)}",
        where=where,
        hint="correct the name, or add the stimulus set as a [[stimulus_set]]",
    )


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
        return StimulusReference(key, identifier, _metadata(path))
    except BrainScoreDataError as error:
        return StimulusReference(key, identifier, None, (f"{unchecked}: {error.message}",))


def _metadata(path: Path) -> StimulusMetadata:
    table = read_table(path)
    # Legacy csvs name their ids image_id; readers copy them to stimulus_id.
    column = "stimulus_id" if "stimulus_id" in table.columns else "image_id"
    return StimulusMetadata(table.columns, inferred(table.texts(column)))
