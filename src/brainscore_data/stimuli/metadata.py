"""The stimulus set that an assembly names, as far as the repository itself tells about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.tables.columns import inferred
from brainscore_data.tables.table import Table, read_table

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class StimulusMetadata:
    """What readers merge into an assembly."""

    columns: tuple[str, ...]  # in the order of the csv
    stimulus_ids: np.ndarray  # shape (stimuli,), typed as plain ``pd.read_csv`` types them
    table: Table  # the csv itself, every cell a text
    id_column: str  # where the ids are in it


def read_metadata(path: Path) -> StimulusMetadata:
    """Read from a stimulus set's csv what readers merge into an assembly."""
    table = read_table(path)
    # Legacy csvs name their ids image_id; readers copy them to stimulus_id.
    column = "stimulus_id" if "stimulus_id" in table.columns else "image_id"
    return StimulusMetadata(table.columns, inferred(table.texts(column)), table, column)
