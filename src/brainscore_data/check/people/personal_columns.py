"""What the columns of a table say of people; with the base dependencies only, as a hook needs it.

Every row of a csv is looked at, a batch at a time.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.base.files import BLOCK
from brainscore_data.base.read_once import opened
from brainscore_data.check.engine.places import Unreadable, unreadable
from brainscore_data.check.people.mendable_tables import columns_in_use, why_not_mended
from brainscore_data.check.people.signs_of_people import certain_signs, likely_people
from brainscore_data.dataset.lfs import refuse_pointer
from brainscore_data.dataset.named_files import manifest_above, named_files
from brainscore_data.dataset.repository import resolved
from brainscore_data.tables.csv_text import ROWS_AT_ONCE, opened_csv

TABLES = frozenset({".csv", ".tsv"})
_NAMES = "one of the columns' names"
# Enough to tell what most of a column is; certain signs are looked for in all of it.
_SAMPLE = 2000
_LONGEST_LINE = 1 << 16


@dataclass(frozen=True)
class PersonalColumn:
    """A column that names people.

    Attributes
    ----------
    name : str
        The column, or the coordinate.
    holds : str
        As `check.signs_of_people.names_people` says it.
    line : int or None
        The first line that shows it.
    called : str
        It in a sentence: ``column 'participant'``.
    left_out : bool
        Whether the manifest does not publish the column.
    stays : str or None
        Why `--fix` puts no pseudonyms there; None if it does.
    """

    name: str
    holds: str
    line: int | None
    called: str
    left_out: bool = False
    stays: str | None = None


@dataclass(frozen=True)
class PeopleInTable:
    """What a table, or a file of arrays, says of people.

    Attributes
    ----------
    subject : str
        The file.
    columns : tuple of PersonalColumn
        What names people.
    unread : tuple of Unreadable
        What could not be searched.
    missing : str or None
        The module that is not installed, and without which it cannot be.
    """

    subject: str
    columns: tuple[PersonalColumn, ...] = ()
    unread: tuple[Unreadable, ...] = ()
    missing: str | None = None

    @property
    def is_clear(self) -> bool:
        """Whether all of it was searched, and nothing found."""
        return not (self.columns or self.unread or self.missing)


def look_at_table(path: Path) -> PeopleInTable:
    """Look at a csv; one that is malformed is searched as lines of text."""
    try:
        refuse_pointer(path)
    except DataError:
        return PeopleInTable(str(path))  # not there, or in LFS: for the repository's rules
    except BrainScoreDataError as error:
        return PeopleInTable(str(path), unread=(unreadable(error),))
    malformed = False
    try:
        with opened_csv(path) as text:
            columns = personal_columns(text.header, text.batches)
            heading = next(certain_signs("", text.header), None)
            line = text.header_line
    except DataError as error:
        malformed, heading = True, None
        try:
            with opened(path) as stream:
                if b"\0" in stream.read(BLOCK):
                    return PeopleInTable(str(path), unread=(unreadable(error),))
            columns = _personal_lines(path)
        except OSError as failure:
            reason = Unreadable(f"cannot be read: {failure.strerror}", "check its permissions")
            return PeopleInTable(str(path), unread=(reason,))
    if not columns and heading is None:
        return PeopleInTable(str(path))
    kept = published_columns(path)
    stays = why_not_mended(path)
    in_use = {} if malformed else columns_in_use(path)
    found = [
        PersonalColumn(
            name,
            holds,
            first,
            f"column {name!r}",
            left_out=kept is not None and name not in kept,
            stays=stays or in_use.get(name),
        )
        for name, (holds, first) in columns.items()
    ]
    if heading:
        left = "names of columns are left as they are"
        found.append(PersonalColumn("", heading[1], line, _NAMES, stays=left))
    return PeopleInTable(str(path), tuple(found))


def personal_columns(
    names: Sequence[str], batches: Iterable[tuple[Sequence[int | None], Sequence[Sequence[str]]]]
) -> dict[str, tuple[str, int | None]]:
    """Give, for each column that names people, what it holds and the first line that shows it."""
    found: dict[str, tuple[str, int | None]] = {}
    samples: list[dict[str, int | None]] = [{} for _ in names]
    for lines, rows in batches:
        for name, sample, cells in zip(names, samples, zip(*rows, strict=True), strict=True):
            if name in found:
                continue
            if first := next(certain_signs(name, cells), None):
                found[name] = first[1], lines[first[0]]
            elif len(sample) < _SAMPLE:
                _add_to(sample, cells, lines)
    for name, sample in zip(names, samples, strict=True):
        if name not in found and (holds := likely_people(name, sample)):
            found[name] = holds, next(iter(sample.values()))
    return found


def _add_to(
    sample: dict[str, int | None], cells: Sequence[str], lines: Sequence[int | None]
) -> None:
    """Add the cells that are not in a sample yet, each with the first line that has it."""
    new = [cell for cell in dict.fromkeys(cells) if cell not in sample and cell.strip()]
    if new:
        first = dict(zip(reversed(cells), reversed(lines), strict=True))
        sample.update((cell, first[cell]) for cell in new)


def _in_batches(rows: Iterable[tuple[int | None, Sequence[str]]]) -> Iterator[Any]:
    taken = iter(rows)
    while batch := list(itertools.islice(taken, ROWS_AT_ONCE)):
        yield [line for line, _ in batch], [row for _, row in batch]


def _personal_lines(path: Path) -> dict[str, tuple[str, int | None]]:
    """Search a malformed csv: every piece between delimiters, as if all were one column."""
    with io.TextIOWrapper(opened(path), encoding="latin-1") as stream:
        lines = iter(lambda: stream.readline(_LONGEST_LINE), "")
        pieces = (
            (number, [piece.strip('" \n')])
            for number, line in enumerate(lines, 1)
            for piece in re.split(r"[,;\t]", line)
        )
        return personal_columns(["(malformed)"], _in_batches(pieces))


def published_columns(path: Path) -> frozenset[str] | None:
    """Which columns of a table the manifest publishes; None if it does not say."""
    manifest = manifest_above(path)
    if manifest is None:
        return None
    place = resolved(path)
    published: set[str] = set()
    for named in named_files(manifest):
        if resolved(named.path) != place:
            continue
        columns = named.item.get("columns")
        if named.key != "table" or not isinstance(columns, list):
            return None
        published |= {str(column) for column in columns} | {str(named.item.get("value"))}
    return frozenset(published) or None
