"""Assemblies guessed: from a netCDF file, and from an array and the tables that fit its axes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import permutations
from typing import TYPE_CHECKING

from brainscore_data.assemblies.trials import derived_id
from brainscore_data.drafting.manifest_text import DraftedItem, listed, toml
from brainscore_data.drafting.matlab_files import part_name
from brainscore_data.drafting.missing_tables import neuroids, presentations, time_bins
from brainscore_data.drafting.questions import NO_ANSWERS, Answers, ContributorQuestion
from brainscore_data.drafting.repetitions import about_repetitions, counted_repetitions
from brainscore_data.drafting.stimuli import DraftedStimulusSet, stimulus_id_source

if TYPE_CHECKING:
    from brainscore_data.drafting.found import Array, FoundTable, Netcdf

# The column by which each dimension's table is known, in the usual order of dimensions.
_KEY_COLUMNS = {
    "presentation": "stimulus_id",
    "neuroid": "neuroid_id",
    "time_bin": "time_bin_start",
}
# What tables and columns are called that lack it: `neuron_id`, `electrodes`, `bin_edges`.
_CALLED = {
    "presentation": re.compile("present|trial|stim|image", re.IGNORECASE),
    "neuroid": re.compile("neur|unit|cell|electrode|channel|site|voxel", re.IGNORECASE),
    "time_bin": re.compile("time|bin", re.IGNORECASE),
}
# Of a table that somebody fills in, and more than any array of a lab has elements along an axis. What a
# file declares is not yet what it has.
_MOST_ROWS = 1_000_000
_DIMS_BY_AXES = {1: ("presentation",), 2: ("presentation", "neuroid"), 3: tuple(_KEY_COLUMNS)}


def draft_netcdf(identifier: str, file: Netcdf, sets: Sequence[DraftedStimulusSet]) -> DraftedItem:
    """Guess an assembly that is a netCDF file: its class from its dimensions."""
    known = [each.identifier for each in sets]
    stimulus_set = file.stimulus_set or set_of(file.stimulus_ids or (), sets)
    if stimulus_set is None and file.stimulus_ids is None and len(known) == 1:
        stimulus_set = known[0]
    todos = []
    if not file.dims:
        todos.append(f"{file.name} has no data variable: is it an extra of another assembly?")
    if len(file.variables) > 1:
        todos.append(
            f"{file.name} has the variables {listed(file.variables)}, and an assembly is one: make "
            "the others coordinates (xarray's set_coords), or files of their own"
        )
    if stimulus_set and "presentation" in file.dims and file.stimulus_ids is None:
        todos.append(f"{file.name} has no stimulus_id on its dimension presentation")
    if file.stimulus_set is None:
        todos += todos_about_ids(file.name, sorted(file.stimulus_ids or ()), sets)
    keys = assembly_keys(identifier, _class_of(file.dims), stimulus_set) | {"data": file.name}
    dims = ", ".join(file.dims) or "none"
    remark = f"The class is a guess from the dimensions: {dims}."
    return DraftedItem("assembly", keys, (remark,), _optional(stimulus_set), tuple(todos))


def draft_array(
    identifier: str,
    array: Array,
    tables: Sequence[FoundTable],
    sets: Sequence[DraftedStimulusSet],
    *,
    answers: Answers = NO_ANSWERS,
    drafted: dict[str, object] | None = None,
) -> DraftedItem:
    """Guess an assembly that is an array: its dimensions from tables with as many rows.

    An axis without a table gets a template of one.
    """
    dims, coords, notices = _fit_axes(array, tables, sets)
    lacking = [axis for axis, dim in enumerate(dims) if dim not in coords]
    templates = _Templates({table.name for table in tables}, {} if drafted is None else drafted)
    todos = [
        _missing_table(array, dims, axis)
        for axis in lacking
        if not templates.add(array, dims[axis], axis, sets, answers)
    ]
    todos += templates.todos
    shown = coords.get("presentation")
    stimulus_set, ids_in = stimuli_of(shown, sets)
    todos += [
        f"{table.name} needs a column {_KEY_COLUMNS[dim]}"
        for dim, table in coords.items()
        if _KEY_COLUMNS.get(dim, "neuroid_id") not in table.columns
        and not (dim == "presentation" and ids_in)
    ]
    todos += [
        f"{table.name} needs a column time_bin_end"
        for dim, table in coords.items()
        if dim == "time_bin" and "time_bin_end" not in table.columns
    ]
    if len(array.shape) > 3:
        todos.append(f"name the dimensions of {array.name}: its shape is {list(array.shape)}")
    if shown is not None and "stimulus_id" in shown.columns and not ids_in:
        todos += todos_about_ids(shown.name, shown.columns["stimulus_id"], sets)
    keys = assembly_keys(identifier, _class_of(dims), stimulus_set)
    keys |= {"values": array.name, "dims": list(dims)}
    known = {dim: table.name for dim, table in coords.items()} | templates.names
    keys["coords"] = {dim: known[dim] for dim in dims if dim in known}
    keys |= ids_in
    by = ["stimulus_id"]
    source = stimulus_id_source(shown, sets) if shown else None
    different = len(shown.columns[source[0]]) if shown and source else 0
    repeated = counted_repetitions(shown, different, by) if shown else {}
    keys |= repeated
    return DraftedItem(
        "assembly",
        keys,
        (),
        _optional(stimulus_set),
        tuple(todos),
        (*notices, *templates.notices, *([about_repetitions(by)] if repeated else ())),
        tuple(templates.questions),
        templates.files,
    )


class _Templates:
    """The tables that are drafted for one array."""

    def __init__(self, taken: Collection[str], drafted: dict[str, object]) -> None:
        self._taken = taken
        self._drafted = drafted  # for other arrays: name → what they share it by
        self.names: dict[str, str] = {}
        self.files: dict[str, str] = {}
        self.questions: list[ContributorQuestion] = []
        self.todos: list[str] = []
        self.notices: list[str] = []

    def add(
        self,
        array: Array,
        dim: str,
        axis: int,
        sets: Sequence[DraftedStimulusSet],
        answers: Answers,
    ) -> bool:
        """Draft the table of an axis; False if there is one of that name, or no idea of what it is."""
        size, name = array.shape[axis], f"{dim}s.csv"
        shared_by = array.name if dim == "neuroid" else size
        if self._drafted.get(name, shared_by) != shared_by:
            name = f"{dim}s_{re.sub(r'[^A-Za-z0-9_-]+', '_', part_name(array.name))}.csv"
        if name in self._taken or dim not in _KEY_COLUMNS or size > _MOST_ROWS:
            return False
        self._drafted[name] = shared_by
        if dim == "presentation":
            listed_in = sets[0] if len(sets) == 1 else None
            ids = listed_in.in_order if listed_in else ()
            text, questions, todo = presentations(
                name, size, ids, listed_in.metadata if listed_in else "", answers
            )
            self.todos += [todo] if todo else []
        elif dim == "neuroid":
            text, questions = neuroids(
                [f"neuroid_{number}" for number in range(1, size + 1)], array.name, answers
            )
            self.notices.append(f"{name}: neuroids are numbered; give them the names that you know")
        else:
            text, questions = time_bins(name, size, array.name, answers)
        self.names[dim], self.files[name] = name, text
        self.questions += questions
        return True


def set_of(ids: Collection[str], sets: Sequence[DraftedStimulusSet]) -> str | None:
    """Find the stimulus set that most of the ids are in; None if none has one of them."""
    shared = {each.identifier: len(each.ids & set(ids)) for each in sets}
    best = max(shared, key=lambda identifier: shared[identifier], default=None)
    return best if best is not None and shared[best] else None


def stimuli_of(
    shown: FoundTable | None, sets: Sequence[DraftedStimulusSet]
) -> tuple[str | None, dict[str, object]]:
    """Guess which stimulus set a table of presentations is about, and the key that finds its ids."""
    only = sets[0].identifier if len(sets) == 1 else None
    source = stimulus_id_source(shown, sets) if shown else None
    if shown is None or source is None:
        return only, {}
    column, take = source
    ids = [derived_id(cell, take) for cell in shown.columns[column]]
    key: dict[str, object] = {"stimulus_id": {"column": column, "from": take}}
    return set_of(ids, sets) or only, {} if source == ("stimulus_id", "value") else key


def todos_about_ids(name: str, ids: Sequence[str], sets: Sequence[DraftedStimulusSet]) -> list[str]:
    """Say what to do about stimulus ids that no stimulus set here has.

    Those of a table that was written from file names may have had to be other ones.
    """
    known = next((each for each in sets if each.ids), None)
    if known is None or not ids or set_of(ids, sets) is not None:
        return []
    todo = (
        f"{name}: none of its stimulus ids ({listed(ids, 2)}) is in {known.metadata} "
        f"({listed(sorted(known.ids), 2)}): make them the same in both, or name the stimulus set "
        "that has them"
    )
    return [todo]


def _fit_axes(
    array: Array, tables: Sequence[FoundTable], sets: Sequence[DraftedStimulusSet]
) -> tuple[tuple[str, ...], dict[str, FoundTable], list[str]]:
    """Choose the order of dimensions for which most axes have a table that fits."""
    if len(array.shape) == 1 and not _fitting("presentation", array.shape[0], tables):
        events = [t for t in tables if "neuroid_id" in t.columns and t.rows == array.shape[0]]
        if events:
            return ("event",), {"event": events[0]}, []
    if len(array.shape) > 3:
        usual = (*_KEY_COLUMNS, *(f"dim_{axis}" for axis in range(3, len(array.shape))))
        orders = [usual]
    else:
        orders = list(permutations(_DIMS_BY_AXES.get(len(array.shape), ())))
    fits: list[tuple[dict[str, FoundTable], tuple[str, ...]]] = []
    for dims in orders:
        coords: dict[str, FoundTable] = {}
        for dim, size in zip(dims, array.shape, strict=True):
            if table := _fitting(dim, size, tables):
                coords[dim] = table
        fits.append((coords, dims))
    most = max(len(coords) for coords, _ in fits)
    best = [(coords, dims) for coords, dims in fits if len(coords) == most]
    # All stimuli are shown equally often, as a rule.
    counts = [len(each.in_order) for each in sets if each.in_order]
    best.sort(
        key=lambda fit: (
            "presentation" in fit[1]
            and "presentation" not in fit[0]
            and all(array.shape[fit[1].index("presentation")] % count for count in counts),
            -_called_so(fit[1], array, tables),
        )
    )
    coords, dims = best[0]
    notices = []
    if most and len(best) > 1 and len({*array.shape}) < len(array.shape):
        notices.append(
            f"{array.name}: dims {', '.join(dims)} is a guess, axes of equal length could be "
            "swapped"
        )
    return dims, _with_leftovers(array, dims, coords, tables), notices


def _called_so(dims: Sequence[str], array: Array, tables: Sequence[FoundTable]) -> int:
    """Count the axes that are as long as a table which is called after their dimension."""
    return sum(
        any(
            _CALLED[dim].search(f"{part_name(table.name)} {' '.join(table.columns)}")
            for table in tables
            if table.rows == size
        )
        for dim, size in zip(dims, array.shape, strict=True)
        if dim in _CALLED
    )


def _with_leftovers(
    array: Array,
    dims: tuple[str, ...],
    coords: Mapping[str, FoundTable],
    tables: Sequence[FoundTable],
) -> dict[str, FoundTable]:
    """Give an axis without a table one that has as many rows, although its key column is missing."""
    completed = dict(coords)
    for dim, size in zip(dims, array.shape, strict=True):
        free = [
            table
            for table in tables
            if table.rows == size
            and table not in completed.values()
            and not any(column in table.columns for column in (*_KEY_COLUMNS.values(), "filename"))
        ]
        if dim not in completed and len(free) == 1:
            completed[dim] = free[0]
    return completed


def _fitting(dim: str, size: int, tables: Sequence[FoundTable]) -> FoundTable | None:
    column = _KEY_COLUMNS.get(dim)
    fitting = [
        table
        for table in tables
        if table.rows == size and column in table.columns and "filename" not in table.columns
    ]
    # Of several, the one that is called after its dimension.
    fitting.sort(key=lambda table: not part_name(table.name).startswith(dim))
    return fitting[0] if fitting else None


def _missing_table(array: Array, dims: Sequence[str], axis: int) -> str:
    column = _KEY_COLUMNS.get(dims[axis], "that describes it")
    also = " and time_bin_end (in ms)" if dims[axis] == "time_bin" else ""
    return (
        f"add {dims[axis]}s.csv to coords: {array.shape[axis]} rows, one for each element along "
        f"axis {axis} of {array.name}, with a column {column}{also}"
    )


def _class_of(dims: Collection[str]) -> str:
    match frozenset(dims):
        case found if found >= {"presentation", "neuroid"} and found <= set(_KEY_COLUMNS):
            return "NeuroidAssembly"
        case found if found == {"event"}:
            return "SpikeTimesAssembly"
        case found if "presentation" in found and len(found) <= 2:
            return "BehavioralAssembly"
        case _:
            return "DataAssembly"


def assembly_keys(
    identifier: str, assembly_class: str, stimulus_set: str | None
) -> dict[str, object]:
    """Give the keys that an assembly of any form begins with."""
    keys: dict[str, object] = {"identifier": identifier, "visibility": "private"}
    keys["class"] = assembly_class
    return keys if stimulus_set is None else keys | {"stimulus_set": stimulus_set}


def _optional(stimulus_set: str | None) -> tuple[str, ...]:
    if stimulus_set is not None:
        return ()
    return (f"stimulus_set = {toml('…')}   # the identifier of its stimulus set, if it has one",)
