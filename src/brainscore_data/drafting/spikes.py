"""Spikes guessed, from a table with a row for each: as events, or counted in bins."""

from __future__ import annotations

import re
from collections.abc import Sequence

from brainscore_data.assemblies.bins import per_unit
from brainscore_data.base.text import snake_case
from brainscore_data.dataset.assembly_tables import Bins
from brainscore_data.drafting.array_assemblies import assembly_keys, stimuli_of
from brainscore_data.drafting.found import FoundTable, beside, is_readable
from brainscore_data.drafting.manifest_text import DraftedItem
from brainscore_data.drafting.missing_tables import neuroids, table_text
from brainscore_data.drafting.questions import (
    NO_ANSWERS,
    NONE,
    Answers,
    ContributorQuestion,
    parsed_bins,
)
from brainscore_data.drafting.stimuli import DraftedStimulusSet, stimulus_id_source

_TIME = re.compile(r"spike_?times?|spike_?time_?(?:s|ms|sec)|t_?spikes?")
_ONSET = re.compile(r"(?:stimulus_?|stim_?|trial_?)?(?:onset|start|on)(?:_?times?)?(?:_?(?:s|ms))?")
_SHOWN = re.compile(r"(?:presentation|trial)(?:_?(?:id|nr|no|number|index))?")


def spike_time_column(table: FoundTable) -> str | None:
    """Guess which column has the times of spikes, one in each row; None if none does."""
    called = [name for name in table.columns if _TIME.fullmatch(snake_case(name))]
    return next(filter(is_readable, called), None)


def draft_spikes(
    identifier: str,
    table: FoundTable,
    tables: Sequence[FoundTable],
    sets: Sequence[DraftedStimulusSet],
    answers: Answers = NO_ANSWERS,
) -> DraftedItem:
    """Guess an assembly of spike times, or of their counts if somebody said in which bins."""
    todos = []
    if "neuroid_id" not in table.columns:
        todos.append(
            f"{table.name} needs a column neuroid_id, which says which neuroid each spike is of"
        )
    bins = parsed_bins(answers.bins)
    if bins is not None and "neuroid_id" in table.columns:
        return _counted(identifier, table, tables, sets, answers=answers, bins=bins)
    stimulus_set = sets[0].identifier if len(sets) == 1 else None
    keys = assembly_keys(identifier, "SpikeTimesAssembly", stimulus_set)
    columns = [name for name in table.columns if is_readable(name)]
    keys |= {"table": table.name, "value": spike_time_column(table), "columns": columns}
    optional = ("to count them in time bins: `brainscore-data init --bins start:stop:width`",)
    return DraftedItem(
        "assembly", keys, (), optional, tuple(todos), (), _how_to_count(table, answers)
    )


def _how_to_count(table: FoundTable, answers: Answers) -> tuple[ContributorQuestion, ...]:
    if answers.bins is not None:
        return ()
    times = sorted(_numbers(table.columns[spike_time_column(table) or ""]))
    unit = " s" if per_unit(table.name) == 1000 else ""
    run = f"; the times run from {times[0]:g} to {times[-1]:g}{unit}" if times else ""
    text = (
        f"Shall the spikes of {table.name} be counted in time bins? start:stop:width from the onset, "
        f"in {'ms' if per_unit(table.name) == 1000 else 'the unit of the times'}{run}; or none, to "
        "publish the times themselves"
    )
    return (ContributorQuestion("bins", text, NONE),)


def _counted(
    identifier: str,
    table: FoundTable,
    tables: Sequence[FoundTable],
    sets: Sequence[DraftedStimulusSet],
    *,
    answers: Answers,
    bins: Bins,
) -> DraftedItem:
    others = [
        each
        for each in beside(table.name, tables)
        if each is not table and "filename" not in each.columns
    ]
    todos, files = [], {}
    shown = next((each for each in others if stimulus_id_source(each, sets)), None)
    units = next((each for each in others if "neuroid_id" in each.columns), None)
    names = {"presentation": "presentations.csv", "neuroid": "neuroids.csv"}
    questions: tuple[ContributorQuestion, ...] = ()
    if units is None:
        files[names["neuroid"]], questions = neuroids(
            table.columns["neuroid_id"], table.name, answers
        )
    else:
        names["neuroid"] = units.name
    by: dict[str, object] = {}
    if shown is None:
        column = next((c for c in table.columns if _SHOWN.fullmatch(snake_case(c))), None)
        ids = table.columns[column] if column else ()
        columns = (column or "onset", "stimulus_id", "repetition")
        files[names["presentation"]] = table_text(columns, [(each, "", "") for each in ids])
        if column:
            todos.append(f"presentations.csv: fill in what was shown in each {column}")
            by["presentation"] = column
        else:
            todos.append(
                "presentations.csv: write a row for each presentation: when it began, in the time of "
                "the spikes, and what was shown"
            )
            by["onset"] = "onset"
    else:
        names["presentation"] = shown.name
        shared = [c for c in table.columns if c in shown.columns and _tells_apart(c, shown)]
        onset = onset_column(shown)
        if shared:
            by["presentation"] = shared[0]
        elif onset:
            by["onset"] = onset
        else:
            todos.append(
                f"{table.name} and {shown.name} need a column in common that says in which "
                f"presentation a spike was, or {shown.name} a column with the onset of each"
            )
    stimulus_set, ids_in = stimuli_of(shown, sets)
    keys = assembly_keys(identifier, "NeuroidAssembly", stimulus_set)
    keys |= {"spikes": table.name, "bins": plain(bins), "coords": names}
    keys |= {"time": spike_time_column(table)} | by | ids_in
    return DraftedItem("assembly", keys, (), (), tuple(todos), (), questions, files)


def onset_column(shown: FoundTable) -> str | None:
    """Guess which column says when each presentation began: that of the stimulus before the trial's."""
    called = [c for c in shown.columns if _ONSET.fullmatch(snake_case(c))]
    return min(called, key=lambda c: not re.search("stim|onset", snake_case(c)), default=None)


def plain(bins: Bins) -> dict[str, float]:
    """Write bins as short as they can be."""
    return {
        key: int(value) if value == int(value) else value
        for key, value in bins.model_dump().items()
    }


def _tells_apart(column: str, shown: FoundTable) -> bool:
    return column != "stimulus_id" and len(shown.columns[column]) == shown.rows


def _numbers(cells: Sequence[str]) -> list[float]:
    found = []
    for cell in cells:
        try:
            found.append(float(cell))
        except ValueError:
            continue
    return found
