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
    has_parts: bool = False  # whether a file holds several: then the function is told which


#: The first is that of files with any other ending.
FORMATS = [
    TableFormat((".csv", ".tsv"), "brainscore_data.tables.table", "read_table"),
    TableFormat((".parquet", ".pq"), "brainscore_data.tables.parquet", "read_parquet"),
    TableFormat((".mat",), "brainscore_data.tables.matlab", "read_matlab", has_parts=True),
    TableFormat((".xlsx", ".xlsm"), "brainscore_data.tables.excel", "read_excel", has_parts=True),
    TableFormat((".json",), "brainscore_data.tables.trial_list", "read_trial_list"),
]


def open_table(path: Path, part: str | None = None) -> Rows:
    """Open a table in the format that its name says, or one of several in a file."""
    ending = path.suffix.lower()
    its = next((each for each in FORMATS if ending in each.endings), FORMATS[0])
    function = getattr(import_module(its.module), its.function)
    opened: Rows = function(path, part) if its.has_parts else function(path)
    return opened


def endings_with_parts() -> list[str]:
    """List what the names of files end in that can hold several tables."""
    return [ending for each in FORMATS if each.has_parts for ending in each.endings]


def table_endings() -> list[str]:
    """List what the names of tables end in."""
    return [ending for each in FORMATS for ending in each.endings]
