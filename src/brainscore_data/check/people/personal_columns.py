"""What the columns of a table say of people, and which of them `--fix` puts pseudonyms into.

With the base dependencies only, as a hook needs it. Every row is looked at, a batch at a time.
"""

from __future__ import annotations

import io
import itertools
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from brainscore_data.base.door import BLOCK
from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.base.read_once import opened
from brainscore_data.check.engine.stimulus_tables import ID_COLUMNS
from brainscore_data.check.engine.unreadable import Unread, unreadable
from brainscore_data.check.people.facts import PeopleInTable, PersonalColumn
from brainscore_data.check.people.signs_of_people import certain_signs, likely_people
from brainscore_data.dataset.document import names_of
from brainscore_data.dataset.paths import refuse_pointer
from brainscore_data.dataset.patterns import PSEUDONYMISED
from brainscore_data.tables.csv_editing import EditableCsv, editable_csv
from brainscore_data.tables.csv_text import ROWS_AT_ONCE, opened_csv

if TYPE_CHECKING:
    from brainscore_data.tables.trial_editing import EditableTrials

TABLES = frozenset({".csv", ".tsv"})
#: Of these, only those that a manifest names are data.
TRIALS = frozenset({".json"})
# Enough to tell what most of a column is; certain signs are looked for in all of it.
_SAMPLE = 2000
_CHARACTERS_AT_ONCE, _MOST_KNOWN = 1 << 16, 1 << 14
_DELIMITER = re.compile(r"[,;\t\n]")


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
            columns = _personal_pieces(path)
        except OSError as failure:
            reason = Unread(f"cannot be read: {failure.strerror}", "check its permissions")
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
        called, left = "one of the columns' names", "it does not rename columns"
        found.append(PersonalColumn("", heading[1], line, called, stays=left))
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


def personal_cells(
    name: str, cells: Iterable[tuple[int | None, str]]
) -> tuple[str, int | None] | None:
    """Say the same of one column whose cells come one by one, each with its line."""
    taken = iter(cells)
    batches = iter(lambda: list(itertools.islice(taken, ROWS_AT_ONCE)), [])
    rows = (([line for line, _ in each], [(cell,) for _, cell in each]) for each in batches)
    return personal_columns([name], rows).get(name)


def _add_to(
    sample: dict[str, int | None], cells: Sequence[str], lines: Sequence[int | None]
) -> None:
    """Add the cells that are not in a sample yet, each with the first line that has it."""
    new = [cell for cell in dict.fromkeys(cells) if cell not in sample and cell.strip()]
    if new:
        first = dict(zip(reversed(cells), reversed(lines), strict=True))
        sample.update((cell, first[cell]) for cell in new)


def _personal_pieces(path: Path) -> dict[str, tuple[str, int | None]]:
    """Search a malformed csv: every piece between delimiters, as if all were one column."""
    with io.TextIOWrapper(opened(path), encoding="latin-1") as stream:
        return personal_columns(["(malformed)"], _pieces(stream))


def _pieces(stream: TextIO) -> Iterator[tuple[list[int], list[tuple[str]]]]:
    """Cut a text at delimiters; give of each block the pieces that are new, and the line of each."""
    line, rest, before = 1, "", set[str]()
    while block := stream.read(_CHARACTERS_AT_ONCE):
        text = rest + block
        pieces = _DELIMITER.split(text)
        rest = pieces.pop() if len(pieces) > 1 else ""  # it may go on in the next block
        if new := [piece for piece in dict.fromkeys(pieces) if piece not in before]:
            starts = [*itertools.accumulate(map(len, pieces), initial=0)]  # without delimiters
            first = dict(zip(reversed(pieces), range(len(pieces) - 1, -1, -1), strict=True))
            ends = [found.start() for found in re.finditer("\n", text)]
            places = (first[piece] for piece in new)
            lines = [line + bisect_left(ends, starts[at] + at) for at in places]
            yield lines, [(piece.strip('" '),) for piece in new]
            if len(before) < _MOST_KNOWN:
                before.update(new)
        line += text.count("\n")
    yield [line], [(rest.strip('" '),)]


def published_columns(path: Path) -> frozenset[str] | None:
    """Which columns of a table the manifest publishes; None if it does not say."""
    published: set[str] = set()
    for named in names_of(path):
        columns = named.item.get("columns")
        if named.key != "table" or not isinstance(columns, list):
            return None
        published |= {str(column) for column in columns} | {str(named.item.get("value"))}
    return frozenset(published) or None


def copy_of(path: Path) -> Path:
    """Name the file beside a table that has pseudonyms in the place of people."""
    plain = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return path.with_name(f"{plain.stem}{PSEUDONYMISED}{path.name[len(plain.stem) :]}")


def editable(path: Path) -> EditableCsv | EditableTrials:
    """Read a table to change it."""
    if path.suffix.lower() in TRIALS:
        from brainscore_data.tables.trial_editing import editable_trials

        return editable_trials(path)
    return editable_csv(path)


def why_not_mended(path: Path) -> str | None:
    """Say why a table is left alone as a whole; None if it is not."""
    if path.is_symlink():
        return "it does not change links"
    if copy_of(path).exists():
        return f"{copy_of(path).name} is there already"
    if path.suffix.lower() in TABLES | TRIALS:
        try:
            editable(path)
        except (BrainScoreDataError, OSError, UnicodeError):
            return "it cannot change this file cell by cell"
    return None


def columns_in_use(path: Path) -> dict[str, str]:
    """Name the columns that stay as they are, each with the reason."""
    used = dict.fromkeys((*ID_COLUMNS, "filename"), "readers need this column as it is")
    for named in names_of(path):
        derived, where = named.item.get("stimulus_id"), named.item.get("where")
        column = derived.get("column") if isinstance(derived, dict) else derived
        if isinstance(column, str):
            used[column] = "dataset.toml takes the stimulus ids from this column"
        if isinstance(where, dict):
            used |= dict.fromkeys(map(str, where), "dataset.toml chooses rows by this column")
    return used
