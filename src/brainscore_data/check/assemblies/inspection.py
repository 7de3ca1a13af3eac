"""From an assembly that is open to facts about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from brainscore_data.assemblies.contract.attributes import checked_attributes
from brainscore_data.assemblies.contract.conforming import conform_extra
from brainscore_data.assemblies.contract.coordinates import id_coordinate
from brainscore_data.assemblies.contract.merging import kind_of_ids, missing_ids
from brainscore_data.assemblies.contract.stored_values import check_values
from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place
from brainscore_data.check.assemblies.facts import (
    AssemblyFacts,
    DisorderedBins,
    StimulusFacts,
    within,
)
from brainscore_data.check.assemblies.statistics import (
    coordinate_facts,
    disordered_bins,
    value_facts,
)
from brainscore_data.check.engine.finding import Violation
from brainscore_data.stimuli.cells import MISSING_WORDS
from brainscore_data.stimuli.readers_csv import StimulusMetadata

if TYPE_CHECKING:
    import xarray as xr

    from brainscore_data.assemblies.opening import OpenedAssembly

_SHOWN = 5
#: What it is called, the variable, and its place.
_Part = tuple[str, "xr.Variable", Place]


@dataclass(frozen=True)
class Known:
    """What is known of an assembly without opening it."""

    place: Place  # of its values
    assembly_class: str
    place_of: Callable[[tuple[str, ...]], Place]  # of a coordinate, from its dimensions
    table: Place | None = None  # in the manifest
    stimulus_set: str | None = None  # the name of it
    stimuli: StimulusMetadata | None = None  # what could be read of that
    stimulus_table: str | None = None  # its csv, as findings about it name it
    stimuli_unknown: DataError | None = None  # if there is none of the name


def inspected(opened: OpenedAssembly, known: Known) -> AssemblyFacts:
    """Look at an assembly, its coordinates, attributes, extras and stimulus ids."""
    data = opened.data
    coordinates: list[_Part] = []
    for name, coordinate in data.coords.items():
        place = known.place_of(tuple(map(str, coordinate.dims)))
        called = f"coordinate {name!r}"
        coordinates.append((called, coordinate.variable, within(place, called)))
    variables = [("the data", data.variable, known.place), *coordinates]
    # What is wrong with numbers is their dtype; with texts, a value that is unlike the others.
    unstorable = tuple(_unfit(each for each in variables if each[1].dtype.kind not in "OUT"))
    mixed = tuple(_unfit(each for each in variables if each[1].dtype.kind in "OUT"))
    readable = not any(each.place == known.place for each in unstorable + mixed)
    # What dataset.toml decides is left out of the file's own.
    decided = {"identifier", "stimulus_set_identifier"}
    own = {name: value for name, value in data.attrs.items() if name not in decided}
    described = [
        ("the assembly", own, known.place),
        *((called, its.attrs, place) for called, its, place in coordinates),
    ]
    unknown = known.stimuli_unknown
    return AssemblyFacts(
        place=known.place,
        assembly_class=known.assembly_class,
        dims=tuple(str(dim) for dim in data.dims),
        coordinates=tuple(
            coordinate_facts(str(name), its, place)
            for name, (_, its, place) in zip(data.coords, coordinates, strict=True)
        ),
        values=value_facts(data.variable) if readable else None,
        bins=_bins(data),
        unstorable=unstorable,
        mixed=mixed,
        attributes=tuple(
            _refused(
                (place, partial(checked_attributes, {name: value}, owner=owner, where=""))
                for owner, attributes, place in described
                for name, value in attributes.items()
            )
        ),
        extras=tuple(
            _refused(
                (
                    within(known.place, f"extras {name!r}"),
                    partial(
                        conform_extra,
                        extra,
                        name=name,
                        beside=data,
                        assembly_class=known.assembly_class,
                        where="",
                    ),
                )
                for name, extra in opened.extras.items()
            )
        ),
        names_stimulus_set=known.stimulus_set is not None,
        stimuli=_stimuli(data, known),
        stimuli_unknown=_refusal(known.table or known.place, unknown) if unknown else None,
    )


def _unfit(variables: Iterable[_Part]) -> Iterator[Violation]:
    return _refused(
        (place, partial(check_values, variable, what=what, where=""))
        for what, variable, place in variables
    )


def _refused(checks: Iterable[tuple[Place, Callable[[], object]]]) -> Iterator[Violation]:
    """Check as packaging does, and keep what it would refuse."""
    for place, check in checks:
        try:
            check()
        except DataError as error:
            yield _refusal(place, error)


def _refusal(place: Place, error: DataError) -> Violation:
    return Violation(place, error.message, error.hint or "")


def _bins(data: xr.DataArray) -> DisorderedBins | None:
    starts, ends = (data.coords.get(f"time_bin_{which}") for which in ("start", "end"))
    if starts is None or ends is None or not (starts.dims == ends.dims == ("time_bin",)):
        return None
    return disordered_bins(starts.variable, ends.variable)


def _stimuli(data: xr.DataArray, known: Known) -> StimulusFacts | None:
    stimuli = known.stimuli
    if stimuli is None or known.stimulus_set is None:
        return None
    kind = kind_of_ids(stimuli.stimulus_ids)
    name = id_coordinate({name: its.dims for name, its in data.coords.items()})
    if name is None or not data.coords[name].size:
        return StimulusFacts(known.stimulus_set, stimuli.columns, kind)
    ids = data.coords[name].variable
    missing = missing_ids(ids, stimuli.stimulus_ids)
    wrong = _explained(missing, stimuli) if missing and known.stimulus_table else None
    return StimulusFacts(
        identifier=known.stimulus_set,
        columns=stimuli.columns,
        kind=kind,
        own_kind=kind_of_ids(ids),
        missing=tuple(map(repr, missing[:_SHOWN])),
        missing_count=len(missing),
        cause=(wrong[0], Place(str(known.stimulus_table), *wrong[1:])) if wrong else None,
    )


def _explained(missing: Sequence[Any], stimuli: StimulusMetadata) -> tuple[str, int, str] | None:
    """Find the finding about the ids of a csv that says already why ids are missing.

    An id that is in the csv, and that readers get as another one, is missing for that. Of cells
    that are empty, repeat an id or are a word for nothing, nobody knows what was meant: there must
    be one for each id.
    """
    cells = stimuli.table.texts(stimuli.id_column)
    written = set(cells)
    unexplained = [each for each in missing if str(each) not in written]
    wrong = list(_wrong_cells(cells, stimuli.stimulus_ids.tolist()))
    unknown = [row for code, row in wrong if code != "BSD206" or cells[row] in MISSING_WORDS]
    if not wrong or len(unexplained) > len(unknown):
        return None
    code, row = wrong[0]
    return code, int(stimuli.table.lines[row]), stimuli.id_column


def _wrong_cells(cells: Sequence[str], read: Sequence[Any]) -> Iterator[tuple[str, int]]:
    """Give the code and the row of each id that is empty, repeats another, or is read as another."""
    seen: set[str] = set()
    for row, (cell, value) in enumerate(zip(cells, read, strict=True)):
        if not cell:
            yield "BSD204", row
        elif cell in seen:
            yield "BSD205", row
        elif str(value) != cell or cell in MISSING_WORDS:
            yield "BSD206", row
        seen.add(cell)
