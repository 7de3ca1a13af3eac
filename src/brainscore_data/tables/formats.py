"""The formats that tables come in: what their files end in, and what opens them."""

from __future__ import annotations

from pathlib import Path

from brainscore_data.arrays.formats import FileFormat, opened_by
from brainscore_data.tables.rows import Rows

FORMATS = [
    FileFormat((".csv", ".tsv"), "brainscore_data.tables.table", "read_table"),
    FileFormat((".parquet", ".pq"), "brainscore_data.tables.parquet", "read_parquet"),
    FileFormat((".mat",), "brainscore_data.tables.matlab", "read_matlab", has_parts=True),
    FileFormat((".xlsx", ".xlsm"), "brainscore_data.tables.excel", "read_excel", has_parts=True),
    FileFormat((".nwb",), "brainscore_data.tables.nwb", "read_nwb", has_parts=True),
    FileFormat((".json",), "brainscore_data.tables.trial_list", "read_trial_list"),
    FileFormat((".zip",), "brainscore_data.tables.zipped", "read_zipped", has_parts=True),
    FileFormat((".gz",), "brainscore_data.tables.zipped", "read_gzipped"),
]


def open_table(path: Path, part: str | None = None) -> Rows:
    """Open a table in the format that its name says, or one of several in a file."""
    opened: Rows = opened_by(FORMATS, path, part)
    return opened


def endings_with_parts() -> list[str]:
    """List what the names of files end in that can hold several tables."""
    return [ending for each in FORMATS if each.has_parts for ending in each.endings]


def table_endings() -> list[str]:
    """List what the names of tables end in."""
    return [ending for each in FORMATS for ending in each.endings]
