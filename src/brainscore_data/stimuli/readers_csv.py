"""A stimulus csv, written and read back as readers do; and what they merge into an assembly."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from brainscore_data.base.errors import DataError
from brainscore_data.stimuli.cells import changed_cells, refuse
from brainscore_data.tables.columns import inferred
from brainscore_data.tables.table import Table, read_table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


class _UnixLines:
    r"""What the csv writer writes to: ``\r\n`` at the end of a row becomes ``\n``.

    Told that lines end in ``\r\n``, the writer puts quotes around cells with either of them in
    every version of Python; told ``\n``, versions differ about ``\r``.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, row: str) -> None:
        self._stream.write(row[:-2] + "\n")


def write_cells(table: Table, stream: BinaryIO) -> None:
    """Write a table as csv."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    writer = csv.writer(_UnixLines(text), lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows(table.rows())
    text.detach()  # flushes, and leaves the stream open


def written(table: Table) -> io.BytesIO:
    """Write a table as csv into memory."""
    stream = io.BytesIO()
    write_cells(table, stream)
    stream.seek(0)
    return stream


def read_back(source: Path | BinaryIO, table: Table, id_column: str) -> np.ndarray:
    """Give the ids of a written csv as readers have them; they and the filenames must be the table's."""
    import numpy as np

    frame = as_readers_read(source, table)
    for column in (id_column, "filename"):
        values, gone = frame[column].tolist(), frame[column].isna().to_numpy()
        refuse(table, changed_cells(table, column, values, gone))
    ids = frame[id_column]
    if ids.dtype.kind in "iufb":
        return np.asarray(ids.to_numpy())
    texts = np.empty(len(table), dtype=object)
    texts[:] = table.texts(id_column)
    return texts


def as_readers_read(
    source: Path | BinaryIO, table: Table, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """Read a csv with plain pandas, or some columns of it, and compare its form with a table's."""
    import pandas as pd

    wanted = list(table.columns if columns is None else columns)
    with warnings.catch_warnings():
        # It reads large files in pieces; what that does to ids is for `changed_cells`.
        warnings.simplefilter("ignore", pd.errors.DtypeWarning)
        try:
            # Which columns are kept changes nothing about the size of the pieces.
            frame = pd.read_csv(source, usecols=None if columns is None else wanted)
        except ValueError as error:
            raise DataError(
                f"pandas cannot read this table again: {error}", where=str(table.path)
            ) from error
    if set(frame.columns) != set(wanted) or len(frame) != len(table):
        raise DataError(
            "pandas reads other columns or rows from this table than it has",
            where=str(table.path),
            hint="give the columns plain names",
        )
    return frame


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
