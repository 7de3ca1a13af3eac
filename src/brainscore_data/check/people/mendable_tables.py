"""Which tables, and which of their columns, `--fix` puts pseudonyms into; asked by its hints, too."""

from __future__ import annotations

from pathlib import Path

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.check.engine.stimulus_tables import ID_COLUMNS
from brainscore_data.dataset.named_files import Named, manifest_above, named_files
from brainscore_data.dataset.repository import resolved
from brainscore_data.tables.csv_editing import editable_csv

#: What the name of a table with pseudonyms in it ends in, before its suffix.
MARK = ".pseudonymised"


def copy_of(path: Path) -> Path:
    """Name the file beside a table that has pseudonyms in the place of people.

    Examples
    --------
    >>> from pathlib import Path
    >>> copy_of(Path("data/trials.csv")).name
    'trials.pseudonymised.csv'
    """
    return path.with_name(f"{path.stem}{MARK}{path.suffix}")


def why_not_mended(path: Path) -> str | None:
    """Say why a csv is left alone as a whole; None if it is not."""
    if path.is_symlink():
        return "it leaves links alone"
    if copy_of(path).exists():
        return f"{copy_of(path).name} is there already"
    try:
        editable_csv(path)
    except (BrainScoreDataError, OSError, UnicodeError):
        return "it cannot change this file cell by cell"
    return None


def columns_in_use(path: Path) -> dict[str, str]:
    """Name the columns that stay as they are, each with the reason."""
    reason = "readers go by this column"
    used = dict.fromkeys((*ID_COLUMNS, "filename"), reason)
    for named in names_of(path):
        derived, where = named.item.get("stimulus_id"), named.item.get("where")
        column = derived.get("column") if isinstance(derived, dict) else derived
        if isinstance(column, str):
            used[column] = "dataset.toml takes the stimulus ids from this column"
        if isinstance(where, dict):
            used |= dict.fromkeys(map(str, where), "dataset.toml chooses rows by this column")
    return used


def names_of(path: Path) -> list[Named]:
    """List where the manifest above a file names it."""
    manifest = manifest_above(path)
    everything = named_files(manifest) if manifest is not None else ()
    return [named for named in everything if resolved(named.path) == resolved(path)]
