"""A behavioural assembly guessed from a table with a row per trial."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from brainscore_data.assemblies.trials import derived_id
from brainscore_data.base.errors import UsageError
from brainscore_data.base.text import snake_case
from brainscore_data.check.people.signs_of_people import names_people
from brainscore_data.dataset.trial_kinds import Kinds, kinds_of_trials, may_be_kinds
from brainscore_data.drafting.array_assemblies import assembly_keys, set_of, todos_about_ids
from brainscore_data.drafting.found import FoundTable, is_readable
from brainscore_data.drafting.manifest_text import DraftedItem, listed, quoted, toml
from brainscore_data.drafting.participants import (
    FILE_NAMES,
    PARTICIPANT,
    about_people,
    named_tables,
    who_took_part,
)
from brainscore_data.drafting.questions import (
    NO_ANSWERS,
    NONE,
    Answers,
    ContributorQuestion,
    parsed_practice,
    written_practice,
)
from brainscore_data.drafting.repetitions import about_repetitions, counted_repetitions
from brainscore_data.drafting.stimuli import DraftedStimulusSet, stimulus_id_source

# The likelier the earlier: what was answered says more than whether it was right, or how fast.
_VALUE_NAMES = (
    *("choice", "response", "answer", "rating", "judgment", "judgement", "key_press"),
    *("correct", "is_correct", "accuracy"),
    *("rt", "reaction_time", "response_time"),
)
_MOST_KINDS = 20


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
    who, who_question = who_took_part(table, tables, answers)
    left_out.pop(who or "", None)
    questions = (*_about_values(table, answers), *who_question)
    where, kinds_question = _practice(
        table, {value, *(source[:1] if source else ()), *described, *left_out}, answers
    )
    todos: list[str] = []
    people = about_people(table, tables, who)  # which the rules about people find, too
    keys = assembly_keys(identifier, "BehavioralAssembly", stimulus_set)
    kept = [name for name in table.columns if name not in left_out and name != "stimulus_id"]
    keys |= named_tables(tables, from_name=who == FILE_NAMES) | {"value": value}
    keys["columns"] = ["stimulus_id", *kept]
    by = ["stimulus_id", *([PARTICIPANT if who == FILE_NAMES else who] if who else [])]
    people_there = len(tables) if who == FILE_NAMES else len(table.columns.get(who or "", "."))
    once = len(stimulus_ids) * people_there
    # Of rows that are left out, nobody knows the number yet.
    repeated = counted_repetitions(table, 2 * once - 1 if where else once, by)
    keys |= repeated
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
    for said in (*people, *([about_repetitions(by)] if repeated else ())):
        remarks.append(said)
        notices.append(said)
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


def refuse_unknown(answers: Answers, tables: Sequence[FoundTable]) -> None:
    """Refuse an answer about a column that no table of trials has, or about a cell of it."""
    cells = {name: {c for t in tables for c in t.columns.get(name, ())} for name in _all(tables)}
    practice = parsed_practice(answers.practice or NONE)
    value = {answers.value: ()} if answers.value else {}
    who = {answers.participant: ()} if answers.participant not in (None, NONE, FILE_NAMES) else {}
    for option, told in (("--value", value), ("--participant", who), ("--practice", practice)):
        for column, kinds in told.items():
            if column not in cells:
                message = f"no table of trials has a column {column!r}"
                raise UsageError(
                    message, where=option, hint=f"the tables have {listed(_all(tables), 12)}"
                )
            if unknown := [kind for kind in kinds if kind not in cells[column]]:
                raise UsageError(
                    f"{column} has no {unknown[0]!r}",
                    where=option,
                    hint=f"it has {listed(sorted(cells[column]), 8)}",
                )


def _all(tables: Sequence[FoundTable]) -> list[str]:
    return list(dict.fromkeys(name for table in tables for name in table.columns))


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


def _about_values(table: FoundTable, answers: Answers) -> tuple[ContributorQuestion, ...]:
    found = _value_columns(table)
    if answers.value in table.columns or len(found) < 2:
        return ()
    choices = {name: f"e.g. {listed([*filter(None, table.columns[name])], 2)}" for name in found}
    text = f"Which column of {table.name} is what was measured? The others stay beside it"
    return (ContributorQuestion("value", text, found[0], choices),)


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
