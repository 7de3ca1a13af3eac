"""A stimulus set guessed: which table describes the stimuli, or the ids for a table of our own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, get_args

from brainscore_data.assemblies.trials import derived_id
from brainscore_data.dataset.assembly_tables import Take
from brainscore_data.dataset.paths import file_part
from brainscore_data.drafting.manifest_text import DraftedItem, listed, quoted
from brainscore_data.drafting.missing_tables import table_text
from brainscore_data.stimuli.cells import MISSING_WORDS
from brainscore_data.stimuli.filenames import folded

if TYPE_CHECKING:
    from brainscore_data.drafting.found import FoundTable, Stimuli

_NUMBER_OR_BOOLEAN = re.compile(
    r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*|[+-]?inf(?:inity)?|true|false",
    re.IGNORECASE | re.ASCII,
)
_PREFIX = "stimulus_"


@dataclass(frozen=True)
class DraftedStimulusSet:
    """A ``[[stimulus_set]]`` and what the guesses about assemblies need of it."""

    item: DraftedItem
    in_order: tuple[str, ...]  # its ids
    columns: frozenset[str]  # of its table
    table: str | None  # the csv that is to be written for it, as text; None if it has one

    @property
    def ids(self) -> frozenset[str]:
        """Its ids."""
        return frozenset(self.in_order)

    @property
    def identifier(self) -> str:
        """Its identifier."""
        return str(self.item.keys["identifier"])

    @property
    def metadata(self) -> str:
        """The name of its table."""
        return str(self.item.keys["metadata"])


def draft_stimulus_set(
    identifier: str, stimuli: Stimuli, table: FoundTable | None, *, new_table: str
) -> DraftedStimulusSet:
    """Guess a stimulus set."""
    name_todos = _todos_about_names(stimuli)
    keys = {"identifier": identifier, "visibility": "private"}
    if table is None:
        text, ids, notices = stimulus_table(stimuli.members)
        keys |= {"metadata": new_table, "files": stimuli.name}
        remark = f"{new_table} was made from the file names: add columns that describe the stimuli."
        item = DraftedItem("stimulus_set", keys, (remark,), (), name_todos, notices)
        return DraftedStimulusSet(item, ids, frozenset({"stimulus_id", "filename"}), text)
    made_of: tuple[str, ...] = ()
    if table.cells is not None:
        said = f"{new_table} was made of {table.name}: the list of stimuli has to be a csv"
        made_of = (table.name,)
        table, about_ids = _as_list_of_stimuli(replace(table, name=new_table), stimuli)
    todos, notices = _shortcomings(table, stimuli)
    if any(file_part(name).file == stimuli.name for name in made_of):
        inside = file_part(made_of[0]).part
        todos = (*todos, f"take {inside} out of {stimuli.name}: all files in it have to be stimuli")
    keys |= {"metadata": table.name, "files": stimuli.name}
    notices = (*notices, said, *about_ids) if made_of else notices
    item = DraftedItem(
        "stimulus_set", keys, (), (), (*todos, *name_todos), notices, made_of=made_of
    )
    known = table.columns.get("stimulus_id", ())
    written = None if table.cells is None else table_text(tuple(table.columns), table.cells)
    return DraftedStimulusSet(item, known, frozenset(table.columns), written)


def describing_tables(
    stimuli: Sequence[Stimuli], tables: Sequence[FoundTable]
) -> dict[str, FoundTable | None]:
    """Find for each stimuli the table with a row for each: a column has most of the file names.

    A table describes one of them only, that of which it names most.
    """
    ranked = [
        (max(ranks.values()), each.name, table)
        for each in stimuli
        for table in tables
        if (ranks := _columns_of_names(each, table))
    ]
    found: dict[str, FoundTable | None] = {each.name: None for each in stimuli}
    for _, name, table in sorted(
        ranked, key=lambda entry: (entry[0], entry[2].cells is None), reverse=True
    ):
        if found[name] is None and table not in found.values():
            found[name] = table
    return found


def repeats_stimuli(stimuli: Stimuli, table: FoundTable) -> str | None:
    """Name the column that has the file names of stimuli, some of them in several rows."""
    if len(stimuli.members) < 2:
        return None
    known = _known_names(stimuli, table)
    found = [name for name in known if len(table.columns[name]) < table.rows]
    return max(found, key=lambda name: known[name], default=None)


def stimulus_table(filenames: Sequence[str]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Make the csv of a stimulus set that has none; gives its text, the ids, and notices."""
    ids, notices = _ids_of(filenames)
    text = table_text(("stimulus_id", "filename"), zip(ids, filenames, strict=True))
    return text, ids, notices


def _ids_of(filenames: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name stimuli after their files; gives the ids, and notices.

    An id is a file's name without its ending, unless two are equal or ``pd.read_csv`` changes one.
    """
    ids = tuple(PurePosixPath(name).stem for name in filenames)
    notices = []
    repeated = [name for name, count in Counter(ids).items() if count > 1]
    if repeated:
        ids = tuple(filenames)
        notices.append(
            f"stimulus ids are the whole file names: {listed(repeated)} would be there twice"
        )
    changed = [each for each in ids if not survives_read_csv(each)]
    if changed:
        ids = tuple(_PREFIX + each for each in ids)
        notices.append(
            f"stimulus ids begin with {_PREFIX!r}: readers would turn {listed(changed)} into "
            "something else (numbers lose leading zeros, NA becomes empty)"
        )
    return ids, tuple(notices)


def _as_list_of_stimuli(table: FoundTable, stimuli: Stimuli) -> tuple[FoundTable, tuple[str, ...]]:
    """Call the columns of a table that is written anew as they have to be, where its files are known.

    Gives the table, and notices about what it has otherwise now.
    """
    files = _column_of_files(table, stimuli)
    if files is None:
        return table, ()
    columns = {"filename" if name == files else name: table.columns[name] for name in table.columns}
    cells, notices = table.cells or (), list[str]()
    if files != "filename":
        notices.append(f"{table.name}: the column {quoted(files)} is called filename there")
    if "stimulus_id" not in columns:
        ids, about_ids = _ids_of(columns["filename"])
        notices += [f"{table.name}: stimulus_id was made from the file names", *about_ids]
        columns = {"stimulus_id": ids, **columns}
        cells = tuple((i, *row) for i, row in zip(ids, cells, strict=True))
    return replace(table, columns=columns, cells=cells), tuple(notices)


def _column_of_files(table: FoundTable, stimuli: Stimuli) -> str | None:
    """Find the column that has a stimulus in each row, by its name as it is; None if there is none."""
    found = [
        name
        for name, cells in table.columns.items()
        if len(cells) == table.rows and {*stimuli.members}.issuperset(cells)
    ]
    if "filename" in table.columns:
        found = [name for name in found if name == "filename"]
    return found[0] if found and "image_id" not in table.columns else None


def stimulus_id_source(
    table: FoundTable, sets: Sequence[DraftedStimulusSet]
) -> tuple[str, Take] | None:
    """Find the column that holds the stimulus ids, or names or stems that equal them."""
    known = frozenset().union(*(each.ids for each in sets))
    if "stimulus_id" in table.columns and (not known or known & {*table.columns["stimulus_id"]}):
        return "stimulus_id", "value"
    best: tuple[int, tuple[str, Take]] | None = None
    for column, cells in table.columns.items():
        for take in get_args(Take):
            found = len(known & {derived_id(cell, take) for cell in cells})
            if found and 2 * found >= len([cell for cell in cells if cell]):
                best = max(best or (0, (column, take)), (found, (column, take)), key=lambda b: b[0])
    if best is not None:
        return best[1]
    return ("stimulus_id", "value") if "stimulus_id" in table.columns else None


def survives_read_csv(text: str) -> bool:
    """Say whether plain ``pd.read_csv`` gives this cell back as the text that it is.

    >>> [text for text in ("n1", "0001", "1e5", "NA", "true") if survives_read_csv(text)]
    ['n1']
    """
    return bool(text) and text not in MISSING_WORDS and _NUMBER_OR_BOOLEAN.fullmatch(text) is None


def _columns_of_names(stimuli: Stimuli, table: FoundTable) -> dict[str, tuple[int, bool]]:
    """Rank the columns that can be meant to name the files of the stimuli."""
    return {
        column: (known, column == "filename")
        for column, known in _known_names(stimuli, table).items()
        # A row per stimulus: in a table of trials the same file comes again and again.
        if len(table.columns[column]) == table.rows or column == "filename"
    }


def _known_names(stimuli: Stimuli, table: FoundTable) -> dict[str, int]:
    """Count the stimuli that each column names, for those that name half of them at least.

    Paths count, also those of Windows; capitals, and how accents are written, do not. All of that
    is fixed by the contributor.
    """
    members = {folded(PurePosixPath(member).name) for member in stimuli.members}
    counts = {
        column: sum(folded(PureWindowsPath(cell).name) in members for cell in cells)
        for column, cells in table.columns.items()
    }
    return {column: known for column, known in counts.items() if 2 * known >= len(members)}


def _shortcomings(table: FoundTable, stimuli: Stimuli) -> tuple[tuple[str, ...], tuple[str, ...]]:
    ranks = _columns_of_names(stimuli, table)
    todos, notices = [], []
    if "stimulus_id" not in table.columns:
        legacy = " (rename image_id)" if "image_id" in table.columns else ""
        todos.append(f"{table.name} needs a column stimulus_id: a name for each stimulus{legacy}")
    if not ranks and "filename" not in table.columns:
        todos.append(
            f"{table.name} needs a column filename: the name of each row's file in {stimuli.name}"
        )
        return tuple(todos), ()
    column = max(ranks, key=lambda name: ranks[name], default="filename")
    if column != "filename":
        todos.append(f"{table.name}: the file names are in {quoted(column)}; call it filename")
    cells, members = table.columns[column], set(stimuli.members)
    if any("/" in cell or "\\" in cell for cell in cells) and not members.issuperset(cells):
        todos.append(
            f"{table.name}: {column} must have the names only, without folders: {listed(cells, 1)}; "
            "`brainscore-data check --fix` takes away one that is the same for all"
        )
        return tuple(todos), ()
    if len(cells) < table.rows:
        todos.append(
            f"{table.name}: leave one row for each file, {len(cells)} of {table.rows}; how often a "
            "stimulus was shown is for the presentations of an assembly"
        )
    absent = [cell for cell in cells if cell not in members]
    known = {folded(member) for member in members}
    if otherwise := [cell for cell in absent if folded(cell) in known]:
        todos.append(
            f"{table.name} writes {listed(otherwise, 1)} otherwise than the files are called "
            "(capitals, accents): `brainscore-data check --fix` in this folder fixes filename"
        )
        absent = [cell for cell in absent if folded(cell) not in known]
    if absent:
        todos.append(f"{table.name} lists {listed(absent)}: not in {stimuli.name}")
    named = {*cells, *map(folded, otherwise)}
    unlisted = [m for m in stimuli.members if m not in named and folded(m) not in named]
    if unlisted:
        notices.append(f"{stimuli.name} has {listed(unlisted)}: not in {table.name}")
    return tuple(todos), tuple(notices)


def _todos_about_names(stimuli: Stimuli) -> tuple[str, ...]:
    todos = []
    if any("/" in member for member in stimuli.members):
        todos.append(
            f"put all stimuli directly into {stimuli.name}: readers cannot load them from "
            "subfolders (keep what a subfolder says as a column)"
        )
    counts = Counter(member.casefold() for member in stimuli.members)
    if alike := [member for member in stimuli.members if counts[member.casefold()] > 1]:
        todos.append(f"rename {listed(alike)}: they differ in case only, which some systems ignore")
    return tuple(todos)
