"""The stimulus set that an assembly names, as far as the repository itself tells about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainscore_data.dataset.registered import Registered, read_registered
from brainscore_data.dataset.repository import find_repository
from brainscore_data.errors import DataError
from brainscore_data.nearest import did_you_mean
from brainscore_data.tables.columns import inferred
from brainscore_data.tables.table import read_table

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from brainscore_data.dataset.manifest import StimulusSet
    from brainscore_data.dataset.reading import Dataset
    from brainscore_data.dataset.registered import RegisteredStimulusSet
    from brainscore_data.tables.table import Table


@dataclass(frozen=True)
class StimulusMetadata:
    """What readers merge into an assembly.

    Attributes
    ----------
    columns : tuple of str
        In the order of the csv.
    stimulus_ids : np.ndarray
        Shape (stimuli,), typed as plain ``pd.read_csv`` types them.
    table : Table
        The csv itself, every cell a text.
    id_column : str
        Where the ids are in it.
    """

    columns: tuple[str, ...]
    stimulus_ids: np.ndarray
    table: Table
    id_column: str


def named_stimulus_set(
    dataset: Dataset, name: str, *, where: str
) -> StimulusSet | RegisteredStimulusSet:
    """Find the stimulus set that an assembly of a dataset names; nothing of it is read.

    Parameters
    ----------
    dataset : Dataset
        Searched first; then the repository that it lies in.
    name : str
        An identifier or, of a registered stimulus set, its registry key.
    where : str
        The key of the manifest that names it, for the error.

    Raises
    ------
    DataError
        If it is neither in the file nor registered.
    """
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


def read_metadata(path: Path) -> StimulusMetadata:
    """Read from a stimulus set's csv what readers merge into an assembly."""
    table = read_table(path)
    # Legacy csvs name their ids image_id; readers copy them to stimulus_id.
    column = "stimulus_id" if "stimulus_id" in table.columns else "image_id"
    return StimulusMetadata(table.columns, inferred(table.texts(column)), table, column)
