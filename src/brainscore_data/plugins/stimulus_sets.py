"""The stimulus set that an assembly names: in its dataset, or registered in the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainscore_data.base.errors import DataError
from brainscore_data.base.nearest import did_you_mean
from brainscore_data.base.place import Place
from brainscore_data.dataset.repository import find_repository
from brainscore_data.plugins.registered import Registered, RegisteredStimulusSet, read_registered

if TYPE_CHECKING:
    from brainscore_data.dataset.manifest import StimulusSet
    from brainscore_data.dataset.reading import Dataset


def named_stimulus_set(
    dataset: Dataset, name: str, *, where: Place | str
) -> StimulusSet | RegisteredStimulusSet:
    """Find the stimulus set that an assembly of a dataset names; nothing of it is read."""
    for item in dataset.manifest.stimulus_sets:
        if item.identifier == name:
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
