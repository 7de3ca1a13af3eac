"""A behavioural assembly guessed from a table with a row per trial."""

from __future__ import annotations

import os.path
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import get_args

from brainscore_data.assemblies.trials import derived_id
from brainscore_data.base.text import natural_order, snake_case
from brainscore_data.check.people.signs_of_people import names_people
from brainscore_data.dataset.assembly_tables import Take
from brainscore_data.dataset.patterns import matching, starred
from brainscore_data.dataset.trial_kinds import Kinds, kinds_of_trials, may_be_kinds
from brainscore_data.drafting.array_assemblies import assembly_keys, set_of, todos_about_ids
from brainscore_data.drafting.inventory import FoundTable
from brainscore_data.drafting.manifest_text import Item, listed, quoted, toml, toml_key
from brainscore_data.drafting.stimuli import DraftedStimulusSet

# The likelier the earlier: what was answered says more than whether it was right, or how fast.
_VALUE_NAMES = (
    *("choice", "response", "answer", "rating", "judgment", "judgement", "key_press"),
    *("correct", "is_correct", "accuracy"),
    *("rt", "reaction_time", "response_time"),
)
_SPIKE_TIME = re.compile(r"spike_?times?|spike_?time_?(?:s|ms|sec)|t_?spikes?")
_MOST_KINDS = 20
# What says who took part in a trial, the likelier the earlier.
_PARTICIPANT = re.compile(
    r"(?:participant|subject|subj|sub|worker|observer|person|user|player|prolific|mturk|turker|pid)"
    r"(?:_?(?:id|pid|code|number|nr|no|name))?|(?:prolific|mturk)_worker_id|workerid|subjid"
)
# Prolific and MTurk give ids of the same form to studies and visits.
_NOT_A_PERSON = re.compile(r"study|session|assignment|hit|submission|experiment")
# What stands for a person in each trial, so that pseudonyms of it tell trials of one person.
_IDS = ("Prolific ids", "MTurk worker ids", "e-mail addresses", "user names")


def value_column(table: FoundTable) -> str | None:
    """Guess which column holds what was measured in each trial; None if none does."""
    by_name = {
        snake_case(column): column
        for column, cells in table.columns.items()
        if _is_readable(column) and not names_people(column, cells)
    }
    return next((by_name[name] for name in _VALUE_NAMES if name in by_name), None)


def spike_time_column(table: FoundTable) -> str | None:
    """Guess which column has the times of spikes, one in each row; None if none does."""
    called = [name for name in table.columns if _SPIKE_TIME.fullmatch(snake_case(name))]
    return next(filter(_is_readable, called), None)


def draft_spikes(
    identifier: str,
    table: FoundTable,
    tables: Sequence[FoundTable],
    sets: Sequence[DraftedStimulusSet],
) -> Item:
    """Guess an assembly of spike times; how they would be counted in bins is written below it."""
    time = spike_time_column(table) or ""
    stimulus_set = sets[0].identifier if len(sets) == 1 else None
    keys = assembly_keys(identifier, "SpikeTimesAssembly", stimulus_set)
    columns = [name for name, cells in table.columns.items() if _is_readable(name)]
    keys |= {"table": table.name, "value": time, "columns": columns}
    todos = []
    if "neuroid_id" not in table.columns:
        todos.append(
            f"{table.name} needs a column neuroid_id, which says which neuroid each spike is of"
        )
    neuroids = next(
        (each.name for each in tables if "neuroid_id" in each.columns and each is not table),
        "neuroids.csv",
    )
    shown = next(
        (
            each.name
            for each in tables
            if "stimulus_id" in each.columns
            and "filename" not in each.columns
            and each is not table
        ),
        "presentations.csv",
    )
    optional = (
        "or counted in bins, as a NeuroidAssembly; then, in the place of class, table, value, columns:",
        'class = "NeuroidAssembly"',
        f"spikes = {toml(table.name)}",
        f"time = {toml(time)}",
        'presentation = "presentation_id"   # the column of both that says in which presentation it was',
        "bins = { start = 0, stop = 200, width = 50 }   # from the onset, in the unit of the times",
        f"coords = {{ presentation = {toml(shown)}, neuroid = {toml(neuroids)} }}",
    )
    return Item("assembly", keys, (), optional, tuple(todos))


def draft_trials(
    identifier: str, tables: Sequence[FoundTable], sets: Sequence[DraftedStimulusSet]
) -> Item:
    """Guess an assembly that is a table of trials: its value, columns and stimulus ids.

    Columns that name people are left out, and so are those that readers take from the stimulus
    set anyway; the notices name each with the reason.
    """
    table = tables[0]
    value = value_column(table) or ""
    source = _stimulus_id_source(table, sets)
    stimulus_ids = (
        {derived_id(cell, source[1]) for cell in table.columns[source[0]]} if source else ()
    )
    stimulus_set = set_of(stimulus_ids, sets)
    described = next(
        (each.columns for each in sets if each.identifier == stimulus_set), frozenset()
    )
    left_out = _left_out(table, source[0] if source else None, described - {"stimulus_id"}, value)
    participant = _participant(table)
    if participant is not None:
        left_out.pop(participant, None)
    where = _where(table, {value, *(source[:1] if source else ()), *described, *left_out})
    todos = []
    if people := [name for name, cells in table.columns.items() if names_people(name, cells)]:
        todos.append(
            f"{table.name} names people in {listed(people)}, which whoever sees the file sees: "
            f"{_with_pseudonyms(table.name)}, or remove them"
        )
    if participant is not None:
        todos.append(
            f"{quoted(participant)} is published, so that trials of one participant can be told: as "
            "pseudonyms, which `brainscore-data check --fix` makes; --linking-table FILE makes the "
            "same ones for tables that are added later"
        )
    keys = assembly_keys(identifier, "BehavioralAssembly", stimulus_set)
    keys |= _named(tables, todos) | {"value": value}
    kept = [name for name in table.columns if name not in left_out and name != "stimulus_id"]
    keys["columns"] = ["stimulus_id", *kept]
    if where:
        keys["where"] = {
            column: kinds.task[0] if len(kinds.task) == 1 else list(kinds.task)
            for column, kinds in where.items()
        }
    if source is None:
        todos.append(
            f"{table.name} needs a column stimulus_id, or say which column it is in: "
            'stimulus_id = { column = "…", from = "stem" }'
        )
    elif source == ("stimulus_id", "value"):
        todos += todos_about_ids(table.name, table.columns["stimulus_id"], sets)
    else:
        keys["stimulus_id"] = {"column": source[0], "from": source[1]}
    remarks = [f"{quoted(name)} is not published: {reason}" for name, reason in left_out.items()]
    notices = [f"{table.name}: {quoted(name)} is left out: {left_out[name]}" for name in left_out]
    for column, kinds in where.items():
        said = f"trials with {listed(kinds.other)} in {quoted(column)} are left out, by `where`"
        remarks.append(said)
        notices.append(f"{table.name}: {said}")
    optional = () if stimulus_set else ('stimulus_set = "…"   # the stimuli of these trials',)
    return Item(
        "assembly",
        keys,
        tuple(remarks),
        (*optional, *_suggestions(table, value, where)),
        tuple(todos),
        tuple(notices),
    )


def shared_pattern(names: Sequence[str]) -> str | None:
    """Find the one name with a `*` that stands for all of several; None if there is none.

    Examples
    --------
    >>> shared_pattern(["data/sub-01.csv", "data/sub-02.csv", "data/sub-10.csv"])
    'data/sub-*.csv'
    >>> shared_pattern(["choices.csv", "ratings.parquet"]) is None
    True
    """
    before = re.sub(r"[0-9]+$", "", os.path.commonprefix(names))  # noqa: RUF071
    ending = os.path.commonprefix([name[len(before) :][::-1] for name in names])[::-1]  # noqa: RUF071
    after = re.sub(r"^[0-9]+", "", ending)
    pattern = f"{before}*{after}"
    # With nothing before it, others in the folder would be meant, too.
    is_one = (
        before and "." in after and "/" not in after and not after.endswith((".parquet", ".pq"))
    )
    stands_for_all = matching(pattern, names) == sorted(set(names), key=natural_order)
    return pattern if is_one and stands_for_all else None


def _named(tables: Sequence[FoundTable], todos: list[str]) -> dict[str, object]:
    """Name the table, or all the files that it is in, and who is in which."""
    names = [table.name for table in tables]
    if len(tables) == 1:
        return {"table": names[0]}
    pattern = shared_pattern(names)
    said = [starred(pattern, name) if pattern else PurePosixPath(name).stem for name in names]
    if names_people("participant", said):
        todos.append(f"rename {listed(names, 2)}: whoever sees the names sees who took part")
    elif pattern and not any(_PARTICIPANT.fullmatch(snake_case(c)) for c in tables[0].columns):
        return {"table": pattern, "from_name": "participant"}
    return {"table": pattern or names}


def _with_pseudonyms(name: str) -> str:
    command = "`brainscore-data check --fix` in this folder writes a table with pseudonyms"
    return command if name.endswith((".csv", ".tsv")) else f"save it as csv, of which {command}"


def _stimulus_id_source(
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


def _left_out(
    table: FoundTable, source: str | None, described: Iterable[str], value: str
) -> dict[str, str]:
    """Give the columns that are not to be published, each with the reason."""
    reasons = {}
    for column, cells in table.columns.items():
        if holds := names_people(column, cells):
            reasons[column] = f"it holds {holds}"
        elif not _is_readable(column):
            reasons[column] = "readers need names without blanks, and not that of a dimension"
        elif column == source and column not in ("stimulus_id", value):
            reasons[column] = "the stimulus_id is made from it"
        elif column in described and column != value:
            reasons[column] = "it is in the stimulus set, from which readers take it"
    return reasons


def _is_readable(column: str) -> bool:
    return bool(column) and not re.search(r"[\s/]", column) and column != "presentation"


def _participant(table: FoundTable) -> str | None:
    """Name the column whose pseudonyms tell the participants apart; None if another one does."""
    people = {
        column: holds
        for column, cells in table.columns.items()
        if _is_readable(column)
        and (holds := names_people(column, cells)) in _IDS
        and not _NOT_A_PERSON.search(snake_case(column))
        and not any(re.search(r"\s", cell.strip()) for cell in cells)  # a remark with an address
    }
    called = [column for column in table.columns if _PARTICIPANT.fullmatch(snake_case(column))]
    if any(column not in people for column in called if any(table.columns[column])):
        return None  # numbers, or pseudonyms already
    ranked = sorted(people, key=lambda column: (column not in called, _IDS.index(people[column])))
    return ranked[0] if ranked else None


def _where(table: FoundTable, others: Container[str]) -> dict[str, Kinds]:
    """Find the columns that tell practice trials and the like from those of the task."""
    return {
        column: kinds
        for column, cells in table.columns.items()
        if column not in others and (kinds := kinds_of_trials(column, cells)) is not None
    }


def _suggestions(table: FoundTable, value: str, where: Mapping[str, Kinds]) -> list[str]:
    lines = []
    for column, cells in () if where else table.columns.items():
        kinds = [cell for cell in cells if cell]
        if may_be_kinds(column) and 2 <= len(kinds) <= _MOST_KINDS:
            lines.append(
                f"where = {{ {toml_key(column)} = {toml(kinds)} }}   # or fewer of these trials"
            )
            break
    if "" in table.columns[value]:
        lines.append('missing = "none"   # what an empty cell of a text column becomes')
    return lines
