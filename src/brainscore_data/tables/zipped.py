"""Tables in a zip, and single ones in a ``.gz``: unpacked beside, and read as if they lay there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from brainscore_data.base.errors import DataError
from brainscore_data.base.nearest import did_you_mean
from brainscore_data.base.text import natural_order, some
from brainscore_data.base.zipped import files_in, unpacked
from brainscore_data.tables.formats import open_table, table_endings
from brainscore_data.tables.table import Table

# Of what lies in a zip or a .gz: both are none again, and a parquet file is compressed already.
_NEVER_PACKED = frozenset({".zip", ".gz", ".parquet", ".pq", ".nwb"})


def read_zipped(path: Path, part: str | None = None) -> Table:
    """Read a table in a zip: ``trials.csv``, or of a workbook ``ratings.xlsx:Ratings``."""
    return _read(path, *member_and_part(path, part))


def member_and_part(path: Path, part: str | None) -> tuple[str, str | None]:
    """Split what is named of a zip into a file, and what is meant of that."""
    names = tables_in(path)
    part = _only(path, names) if part is None else part
    member = next((name for name in names if part == name or part.startswith(f"{name}:")), None)
    if member is None:
        raise DataError(
            f"there is no table {part!r} in it",
            where=str(path),
            hint=f"there are: {some(names, 8)}{did_you_mean(part, names)}",
        )
    return member, part[len(member) + 1 :] or None


def read_gzipped(path: Path) -> Table:
    """Read the table in a ``.gz``, of the format that the rest of its name says."""
    if not is_packed_table(path.stem):
        raise DataError(
            "no table is read from it",
            where=str(path),
            hint="unpack it: tables in .csv.gz, .tsv.gz and .json.gz are read as they are",
        )
    return _read(path, None, None)


def tables_in(path: Path) -> list[str]:
    """Name the tables in a zip, in natural order."""
    return sorted(filter(is_packed_table, files_in(path)), key=natural_order)


def has_tables(path: Path) -> bool:
    """Say whether there is a table in a zip or a ``.gz``."""
    if path.suffix.lower() == ".gz":
        return is_packed_table(path.stem)
    return any(map(is_packed_table, files_in(path)))


def is_packed_table(name: str) -> bool:
    """Say whether what has this name, in a zip or a ``.gz``, is read as a table."""
    ending = Path(name).suffix.lower()
    return ending in table_endings() and ending not in _NEVER_PACKED


@contextmanager
def unpacked_table(path: Path, member: str | None) -> Iterator[Path]:
    """Unpack a table; what goes wrong with it is said of the file that it was in."""
    with unpacked(path, member) as file:
        try:
            yield file
        except DataError as error:
            error.place = error.place and error.place.moved(file, shown_as(path, member))
            raise


def shown_as(path: Path, member: str | None) -> Path:
    """Name a table as people see it: a zip is like a folder."""
    return path if member is None else path / member


def _only(path: Path, names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    what = f"several tables: {some(names, 8)}" if names else "no table"
    raise DataError(
        f"there {'are' if names else 'is'} {what} in it",
        where=str(path),
        hint=f'say which one is meant, e.g. "{path.name}:{names[0]}"; `*` stands for some characters'
        if names
        else "tables in .csv, .tsv, .json, .xlsx and .mat are read from a zip",
    )


def _read(path: Path, member: str | None, part: str | None) -> Table:
    with unpacked_table(path, member) as file:
        table = open_table(file, part)
    if not isinstance(table, Table):  # nothing that stays in its file
        raise DataError("no table of this format is read from a zip", where=str(path))
    return replace(table, path=shown_as(path, member))
