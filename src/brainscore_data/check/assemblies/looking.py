"""From an assembly that is open to facts about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from brainscore_data.assemblies.contract.attributes import checked_attributes
from brainscore_data.assemblies.contract.conforming import conform_extra
from brainscore_data.assemblies.contract.merging import id_coordinate, kind_of_ids, missing_ids
from brainscore_data.assemblies.contract.values import check_values
from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place
from brainscore_data.check.assemblies.coordinates import coordinate_facts, disordered_bins
from brainscore_data.check.assemblies.explained_ids import explained
from brainscore_data.check.assemblies.facts import (
    AssemblyFacts,
    DisorderedBins,
    Fault,
    StimulusFacts,
)
from brainscore_data.check.assemblies.statistics import value_facts
from brainscore_data.stimuli.metadata import StimulusMetadata

if TYPE_CHECKING:
    import xarray as xr

    from brainscore_data.assemblies.opening import OpenedAssembly

_SHOWN = 5


@dataclass(frozen=True)
class Looked:
    """What is known of an assembly without opening it.

    Attributes
    ----------
    place : Place
        Of its values.
    assembly_class : str
    place_of : callable
        Gives the place of a coordinate, from its dimensions.
    stimulus_set : str or None
        The name of its stimulus set.
    stimuli : StimulusMetadata or None
        What could be read of that.
    stimulus_table : str or None
        Its csv, as findings about it name it.
    stimuli_unknown : DataError or None
        If there is none of the name.
    table : Place or None
        Its table in the manifest.
    """

    place: Place
    assembly_class: str
    place_of: Callable[[tuple[str, ...]], Place]
    stimulus_set: str | None = None
    stimuli: StimulusMetadata | None = None
    stimulus_table: str | None = None
    stimuli_unknown: DataError | None = None
    table: Place | None = None


def look(opened: OpenedAssembly, known: Looked) -> AssemblyFacts:
    """Look at an assembly, its coordinates, attributes, extras and stimulus ids."""
    data = opened.data
    coordinates = {str(name): coordinate.variable for name, coordinate in data.coords.items()}

    def place(name: str) -> Place:
        dims = tuple(str(dim) for dim in coordinates[name].dims)
        return _within(known.place_of(dims), f"coordinate {name!r}")

    unstorable, mixed = _unfit_values(
        {
            "the data": (data.variable, known.place),
            **{f"coordinate {name!r}": (its, place(name)) for name, its in coordinates.items()},
        }
    )
    readable = not any(fault.place == known.place for fault in unstorable + mixed)
    unknown = known.stimuli_unknown
    return AssemblyFacts(
        subject=known.place.file,
        place=known.place,
        assembly_class=known.assembly_class,
        dims=tuple(str(dim) for dim in data.dims),
        sizes=tuple(data.shape),
        coordinates=tuple(
            coordinate_facts(name, its, place(name)) for name, its in coordinates.items()
        ),
        values=value_facts(data.variable) if readable else None,
        bins=_bins(data),
        unstorable=unstorable,
        mixed=mixed,
        attributes=tuple(_attribute_faults(data, coordinates, known.place, place)),
        extras=tuple(_extra_faults(opened, known)),
        names_stimulus_set=known.stimulus_set is not None,
        stimuli=_stimuli(data, known),
        stimuli_unknown=Fault(known.table or known.place, unknown.message, unknown.hint or "")
        if unknown
        else None,
    )


def _within(place: Place, item: str) -> Place:
    return replace(place, item=f"{place.item}: {item}" if place.item else item)


def _unfit_values(
    variables: dict[str, tuple[xr.Variable, Place]],
) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
    """Sort what packaging refuses of values: by the dtype, and by a value among the others."""
    unstorable: list[Fault] = []
    mixed: list[Fault] = []
    for what, (variable, place) in variables.items():
        try:
            check_values(variable, what=what, where="")
        except DataError as error:
            fault = Fault(place, error.message, error.hint or "")
            (mixed if variable.dtype.kind in "OUT" else unstorable).append(fault)
    return tuple(unstorable), tuple(mixed)


def _attribute_faults(
    data: xr.DataArray,
    coordinates: dict[str, xr.Variable],
    data_place: Place,
    place: Callable[[str], Place],
) -> Iterator[Fault]:
    # What dataset.toml decides is left out of the file's own.
    decided = {"identifier", "stimulus_set_identifier"}
    own = {name: value for name, value in data.attrs.items() if name not in decided}
    yield from _refused(own, "the assembly", data_place)
    for name, variable in coordinates.items():
        yield from _refused(variable.attrs, f"coordinate {name!r}", place(name))


def _refused(attributes: dict[Any, Any], owner: str, place: Place) -> Iterator[Fault]:
    for name, value in attributes.items():
        try:
            checked_attributes({name: value}, owner=owner, where="")
        except DataError as error:
            yield Fault(place, error.message, error.hint or "")


def _extra_faults(opened: OpenedAssembly, known: Looked) -> Iterator[Fault]:
    for name, extra in opened.extras.items():
        try:
            conform_extra(
                extra,
                name=name,
                beside=opened.data,
                assembly_class=known.assembly_class,
                where="",
            )
        except DataError as error:
            yield Fault(_within(known.place, f"extras {name!r}"), error.message, error.hint or "")


def _bins(data: xr.DataArray) -> DisorderedBins | None:
    starts, ends = (data.coords.get(f"time_bin_{which}") for which in ("start", "end"))
    if starts is None or ends is None or not (starts.dims == ends.dims == ("time_bin",)):
        return None
    return disordered_bins(starts.variable, ends.variable)


def _stimuli(data: xr.DataArray, known: Looked) -> StimulusFacts | None:
    stimuli = known.stimuli
    if stimuli is None or known.stimulus_set is None:
        return None
    kind = kind_of_ids(stimuli.stimulus_ids)
    name = id_coordinate({name: its.dims for name, its in data.coords.items()})
    if name is None or not data.coords[name].size:
        return StimulusFacts(known.stimulus_set, stimuli.columns, kind)
    ids = data.coords[name].variable
    missing = missing_ids(ids, stimuli.stimulus_ids)
    wrong = explained(missing, stimuli) if missing and known.stimulus_table else None
    return StimulusFacts(
        identifier=known.stimulus_set,
        columns=stimuli.columns,
        kind=kind,
        own_kind=kind_of_ids(ids),
        missing=tuple(map(repr, missing[:_SHOWN])),
        missing_count=len(missing),
        cause=(wrong[0], Place(str(known.stimulus_table), *wrong[1:])) if wrong else None,
    )
