"""The coordinates that the dimensions of an assembly must have, whichever way it is packaged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from brainscore_data.assemblies.contract.merging import id_coordinate
from brainscore_data.base.errors import DataError


class Absent(NamedTuple):
    """A coordinate that must be there, and is not."""

    dim: str  # the dimension that it belongs on
    problem: str  # what is wrong, and what to do next
    hint: str


_HINTS = {
    "stimulus_id": "add the id of the stimulus of each presentation as 'stimulus_id'",
    "neuroid_id": "give each neuroid an id of its own as 'neuroid_id'",
    "time_bin_start": "give each time bin its 'time_bin_start' and 'time_bin_end'",
    "time_bin_end": "give each time bin its 'time_bin_start' and 'time_bin_end'",
}


def absent_coordinates(
    dims: Sequence[Any],
    coordinates: Mapping[Any, tuple[Any, ...]],
    *,
    names_stimulus_set: bool,
) -> Iterator[Absent]:
    """Find what the dimensions of an assembly must have, and have not.

    Language assemblies keep their sentences in coordinates and name no stimulus set: they need no
    ids of stimuli. Where ``presentation`` is there twice, each "neuroid" is a whole matrix of
    similarities, such as that of a subject's region: no unit that has an id.

    Examples
    --------
    >>> dims = ["presentation", "neuroid"]
    >>> [each.dim for each in absent_coordinates(dims, {}, names_stimulus_set=False)]
    ['neuroid']
    """
    if names_stimulus_set and "presentation" in dims and id_coordinate(coordinates) is None:
        yield _absent("stimulus_id", "presentation")
    of_units = "neuroid" in dims and list(dims).count("presentation") < 2
    if of_units and coordinates.get("neuroid_id") != ("neuroid",):
        yield _absent("neuroid_id", "neuroid")
    for name in ("time_bin_start", "time_bin_end") if "time_bin" in dims else ():
        if coordinates.get(name) != ("time_bin",):
            yield _absent(name, "time_bin")


def require_coordinates(
    dims: Sequence[Any],
    coordinates: Mapping[Any, tuple[Any, ...]],
    *,
    names_stimulus_set: bool,
    where: str,
) -> None:
    """Make sure that all of them are there."""
    for each in absent_coordinates(dims, coordinates, names_stimulus_set=names_stimulus_set):
        raise DataError(each.problem, where=where, hint=each.hint)


def _absent(name: str, dim: str) -> Absent:
    return Absent(dim, f"there is no coordinate {name!r} on the dimension {dim!r}", _HINTS[name])
