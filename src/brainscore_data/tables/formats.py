"""The formats that tables come in: what their files end in, and what opens them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from brainscore_data.tables.rows import Rows


class TableFormat(NamedTuple):
    """A format, and the function that opens such a table, imported when it is used."""

    endings: tuple[str, ...]
    module: str
    function: str


#: The first is that of files with any other ending.
FORMATS = [
    TableFormat((".csv", ".tsv"), "brainscore_data.tables.table", "read_table"),
    TableFormat((".parquet", ".pq"), "brainscore_data.tables.parquet", "read_parquet"),
]


def open_table(path: Path) -> Rows:
    """Open a table in the format that its name says."""
    ending = path.suffix.lower()
    its = next((each for each in FORMATS if ending in each.endings), FORMATS[0])
    opened: Rows = getattr(import_module(its.module), its.function)(path)
    return opened


def table_endings() -> list[str]:
    """List what the names of tables end in."""
    return [ending for each in FORMATS for ending in each.endings]
