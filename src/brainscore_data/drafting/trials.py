"""A behavioural assembly guessed from a table with a row per trial."""

from __future__ import annotations

import os.path
import re
from collections.abc import Container, Iterable, Sequence
from pathlib import PurePosixPath

from brainscore_data.assemblies.trials import derived_id
from brainscore_data.base.errors import UsageError
from brainscore_data.base.text import natural_order, snake_case
from brainscore_data.check.people.signs_of_people import names_people
from brainscore_data.dataset.paths import file_part
from brainscore_data.dataset.patterns import matching, starred
from brainscore_data.dataset.trial_kinds import Kinds, kinds_of_trials, may_be_kinds
from brainscore_data.drafting.array_assemblies import assembly_keys, set_of, todos_about_ids
from brainscore_data.drafting.found import FoundTable
from brainscore_data.drafting.manifest_text import DraftedItem, listed, quoted, toml
from brainscore_data.drafting.questions import (
    NO_ANSWERS,
    NONE,
    Answers,
    ContributorQuestion,
    parsed_practice,
    written_practice,
)
from brainscore_data.drafting.stimuli import DraftedStimulusSet, stimulus_id_source

# The likelier the earlier: what was answered says more than whether it was right, or how fast.
_VALUE_NAMES = (
    *("choice", "response", "answer", "rating", "judgment", "judgement", "key_press"),
    *("correct", "is_correct", "accuracy"),
    *("rt", "reaction_time", "response_time"),
)
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


def value_column(table: FoundTable, answers: Answers = NO_ANSWERS) -> str | None:
    """Guess which column holds what was measured in each trial; None if none does."""
    if answers.value in table.columns:
        return answers.value
    return next(iter(_value_columns(table)), None)


def _value_columns(table: FoundTable) -> list[str]:
    by_name = {
        snake_case(column): column
        for column, cells in table.columns.items()
        if is_readable(column) and not names_people(column, cells)
    }
    return [by_name[name] for name in _VALUE_NAMES if name in by_name]


def draft_trials(
    identifier: str,
    tables: Sequence[FoundTable],
    sets: Sequence[DraftedStimulusSet],
    answers: Answers = NO_ANSWERS,
) -> DraftedItem:
    """Guess an assembly that is a table of trials: its value, columns and stimulus ids.

    Columns that name people are left out, and so are those that readers take from the stimulus
    set anyway; the notices name each with the reason.
    """
    table = _together(tables)
    value = value_column(table, answers) or ""
    source = stimulus_id_source(table, sets)
    stimulus_ids = (
        {derived_id(cell, source[1]) for cell in table.columns[source[0]]} if source else ()
    )
    stimulus_set = set_of(stimulus_ids, sets)
    described = next(
        (each.columns for each in sets if each.identifier == stimulus_set), frozenset()
    )
    left_out = _left_out(table, source[0] if source else None, described - {"stimulus_id"}, value)
    participant = _participant(table)
    if participant and not _can_be_mended(table.name) and _pattern_of_people(tables):
        participant = None  # the files' names tell them apart, without pseudonyms
    if participant is not None:
        left_out.pop(participant, None)
    questions = _about_values(table, answers)
    where, kinds_question = _practice(
        table, {value, *(source[:1] if source else ()), *described, *left_out}, answers
    )
    todos: list[str] = []
    people = _about_people(table, participant)  # which the rules about people find, too
    keys = assembly_keys(identifier, "BehavioralAssembly", stimulus_set)
    kept = [name for name in table.columns if name not in left_out and name != "stimulus_id"]
    keys |= _named(tables, kept, people) | {"value": value}
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
    remarks += people
    notices += people
    for column, kinds in where.items():
        said = f"trials with {listed(kinds.other)} in {quoted(column)} are left out, by `where`"
        remarks.append(said)
        notices.append(f"{table.name}: {said}")
    optional = () if stimulus_set else ('stimulus_set = "…"   # the stimuli of these trials',)
    return DraftedItem(
        "assembly",
        keys,
        tuple(remarks),
        (*optional, *_suggestions(table, value)),
        tuple(todos),
        tuple(notices),
        (*questions, *kinds_question),
    )


def _together(tables: Sequence[FoundTable]) -> FoundTable:
    """Take several files of one table as that table: what one of them has counts for all."""
    first = tables[0]
    cells = {
        name: dict.fromkeys(c for t in tables for c in t.columns[name]) for name in first.columns
    }
    rows = sum(table.rows for table in tables)
    return FoundTable(first.name, rows, {name: tuple(each) for name, each in cells.items()})


def tells_people_apart(item: DraftedItem) -> bool:
    """Say whether an assembly is of people's answers."""
    return item.keys.get("class") == "BehavioralAssembly"


def _about_people(table: FoundTable, participant: str | None) -> list[str]:
    said = []
    if people := [name for name, cells in table.columns.items() if names_people(name, cells)]:
        said.append(
            f"{table.name} names people in {listed(people)}, which whoever sees the file sees: "
            f"{_with_pseudonyms(table.name)}, or remove them"
        )
    if participant is not None:
        said.append(
            f"{quoted(participant)} is published, so that trials of one participant can be told: as "
            "pseudonyms, which `brainscore-data check --fix` makes; --linking-table FILE makes the "
            "same ones for tables that are added later"
        )
    return said


def _about_values(table: FoundTable, answers: Answers) -> tuple[ContributorQuestion, ...]:
    found = _value_columns(table)
    if answers.value in table.columns or len(found) < 2:
        return ()
    choices = {name: f"e.g. {listed([*filter(None, table.columns[name])], 2)}" for name in found}
    text = f"Which column of {table.name} is what was measured? The others stay beside it"
    return (ContributorQuestion("value", text, found[0], choices),)


def shared_pattern(names: Sequence[str]) -> str | None:
    """Find the one name with a `*` that stands for all of several; None if there is none.

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


def _named(
    tables: Sequence[FoundTable], kept: Sequence[str], people: list[str]
) -> dict[str, object]:
    """Name the table, or all the files that it is in, and who is in which."""
    names = [table.name for table in tables]
    if len(tables) == 1:
        return {"table": names[0]}
    if _names_of_files_name_people(names):
        people.append(f"rename {listed(names, 2)}: whoever sees the names sees who took part")
    elif (pattern := _pattern_of_people(tables)) and not any(
        _PARTICIPANT.fullmatch(snake_case(column)) for column in kept
    ):
        return {"table": pattern, "from_name": "participant"}
    return {"table": shared_pattern(names) or names}


def _pattern_of_people(tables: Sequence[FoundTable]) -> str | None:
    """Give the one name for files whose names may be published, a participant each perhaps."""
    names = [table.name for table in tables]
    return None if _names_of_files_name_people(names) else shared_pattern(names)


def _names_of_files_name_people(names: Sequence[str]) -> bool:
    pattern = shared_pattern(names)
    said = [starred(pattern, name) if pattern else PurePosixPath(name).stem for name in names]
    return bool(names_people("participant", said))


def _can_be_mended(name: str) -> bool:
    return not file_part(name).file.endswith(".nwb")


def _with_pseudonyms(name: str) -> str:
    command = "`brainscore-data check --fix` in this folder writes a table with pseudonyms"
    return command if _can_be_mended(name) else f"save it as csv, of which {command}"


def _left_out(
    table: FoundTable, source: str | None, described: Iterable[str], value: str
) -> dict[str, str]:
    """Give the columns that are not to be published, each with the reason."""
    reasons = {}
    for column, cells in table.columns.items():
        if holds := names_people(column, cells):
            reasons[column] = f"it holds {holds}"
        elif not is_readable(column):
            reasons[column] = "readers need names without blanks, and not that of a dimension"
        elif column == source and column not in ("stimulus_id", value):
            reasons[column] = "the stimulus_id is made from it"
        elif column in described and column != value:
            reasons[column] = "it is in the stimulus set, from which readers take it"
    return reasons


def is_readable(column: str) -> bool:
    """Say whether readers can have a coordinate of that name."""
    return bool(column) and not re.search(r"[\s/]", column) and column != "presentation"


def _participant(table: FoundTable) -> str | None:
    """Name the column whose pseudonyms tell the participants apart; None if another one does."""
    people = {
        column: holds
        for column, cells in table.columns.items()
        if is_readable(column)
        and (holds := names_people(column, cells)) in _IDS
        and not _NOT_A_PERSON.search(snake_case(column))
        and not any(re.search(r"\s", cell.strip()) for cell in cells)  # a remark with an address
    }
    called = [column for column in table.columns if _PARTICIPANT.fullmatch(snake_case(column))]
    if any(column not in people for column in called if any(table.columns[column])):
        return None  # numbers, or pseudonyms already
    ranked = sorted(people, key=lambda column: (column not in called, _IDS.index(people[column])))
    return ranked[0] if ranked else None


def _practice(
    table: FoundTable, others: Container[str], answers: Answers
) -> tuple[dict[str, Kinds], tuple[ContributorQuestion, ...]]:
    """Find the columns that tell practice trials and the like from those of the task.

    What was told of a column counts in the place of what is guessed of it.
    """
    likely = _likely_practice(table, others)
    if answers.practice == NONE:
        return {}, ()
    if answers.practice is not None:
        told = parsed_practice(answers.practice)
        guessed = {column: kinds for column, kinds in likely.items() if column not in told}
        return guessed | {
            column: _told_apart(table, column, cells)
            for column, cells in told.items()
            if {*cells} & {*table.columns.get(column, ())}
        }, ()
    kinds = {
        column: [cell for cell in cells if cell]
        for column, cells in table.columns.items()
        if column not in others
        and (
            column in likely
            or (may_be_kinds(column) and 2 <= len(set(cells) - {""}) <= _MOST_KINDS)
        )
    }
    if not kinds:
        return likely, ()
    proposal = written_practice({column: found.other for column, found in likely.items()})
    listing = "; ".join(
        f"{quoted(column)} has {listed(cells, 6)}" for column, cells in kinds.items()
    )
    todo = "where: make sure that it leaves out only rows that are not trials of the task"
    if not likely:
        column, cells = next(iter(kinds.items()))
        todo = (
            f"where: {listing}. If some of these are practice, write the others here: "
            f"where = {toml({column: cells})}"
        )
    text = f"Which rows of {table.name} are practice, instructions and the like? {listing}"
    return likely, (ContributorQuestion("practice", text, proposal, {}, todo),)


def _told_apart(table: FoundTable, column: str, other: Sequence[str]) -> Kinds:
    cells = table.columns[column]
    task = tuple(cell for cell in cells if cell not in other)
    if not task:
        raise UsageError(
            f"{column} has nothing else, so no trial would be left",
            where="--practice",
            hint=f"in {table.name} it has {listed(cells, 8)}",
        )
    return Kinds(task, tuple(cell for cell in cells if cell in other))


def _likely_practice(table: FoundTable, others: Container[str]) -> dict[str, Kinds]:
    return {
        column: kinds
        for column, cells in table.columns.items()
        if column not in others and (kinds := kinds_of_trials(column, cells)) is not None
    }


def _suggestions(table: FoundTable, value: str) -> list[str]:
    if "" in table.columns[value]:
        return ['missing = "none"   # what an empty cell of a text column becomes']
    return []
