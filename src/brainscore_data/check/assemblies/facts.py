"""What is known of an assembly after looking at it: small, frozen, and free of judgement.

Where packaging refuses something, it is a violation in packaging's words. Numbers of elements are
from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Violation


@dataclass(frozen=True)
class AboutAssembly:
    """What there is to say about any assembly, whether it can be opened or not."""

    place: Place  # of its values, or of what is wrong with it

    @property
    def subject(self) -> str:
        """The file that it is in, or the manifest."""
        return self.place.file


@dataclass(frozen=True)
class UnopenedAssembly(AboutAssembly):
    """An assembly that could not be read."""

    # A file cannot be read, holds none or several arrays, or has a column whose name a coordinate
    # cannot have.
    cause: Literal["unreadable", "variables", "names"]
    message: str
    hint: str
    told_by: str | None = None  # a rule of the repository that says so, too, where it runs


@dataclass(frozen=True)
class UnfetchedAssembly:
    """An assembly that was not looked at, because a file of it is elsewhere."""

    subject: str  # the manifest
    place: Place  # its table there
    source: str  # the name of the first such file in [sources]


@dataclass(frozen=True)
class Repeated:
    """A value that occurs more than once."""

    value: str  # as Python shows it
    first: int
    second: int


@dataclass(frozen=True)
class CoordinateFacts:
    """A coordinate."""

    name: str
    dims: tuple[str, ...]
    place: Place  # the file that it comes from, and its name
    missing: int = 0  # how many values are NaN, NaT or an empty text
    first_missing: int | None = None
    repeated: Repeated | None = None  # the first value of a neuroid's coordinate that occurs again


@dataclass(frozen=True)
class EmptySlices:
    """The elements of a dimension that have no value but NaN."""

    dim: str  # presentation or neuroid
    count: int
    first: tuple[int, ...]  # the first few of them


@dataclass(frozen=True)
class ValueFacts:
    """The values of an assembly."""

    size: int
    nan: int = 0  # NaT, too
    infinite: int = 0
    first_infinite: tuple[int, ...] | None = None  # its indices
    constant: str | None = None  # the value that all have that are not NaN, as Python shows it
    # Where not all values are NaN, the dimensions of which some elements are.
    empty: tuple[EmptySlices, ...] = ()


@dataclass(frozen=True)
class DisorderedBins:
    """Time bins that do not end after they start, and the first of them."""

    count: int
    first: int
    start: str
    end: str


@dataclass(frozen=True)
class StimulusFacts:
    """The stimulus set of an assembly, compared with the assembly's ids."""

    identifier: str
    columns: tuple[str, ...]  # of its csv
    kind: str  # what its ids are
    own_kind: str | None = None  # what the assembly's are, if it has any
    missing: tuple[str, ...] = ()  # the first few ids that it does not have, as Python shows them
    missing_count: int = 0
    # The code and the place of a finding about the csv that explains all of what is missing.
    cause: tuple[str, Place] | None = None


@dataclass(frozen=True)
class AssemblyFacts(AboutAssembly):
    """An assembly that was opened."""

    assembly_class: str  # what the manifest says, or what the dimensions suggest
    dims: tuple[str, ...]
    coordinates: tuple[CoordinateFacts, ...]
    values: ValueFacts | None  # None if they cannot be looked at, for which there is an unstorable
    bins: DisorderedBins | None = None
    # Values that netCDF or readers cannot have: for their dtype, and for one unlike the others.
    unstorable: tuple[Violation, ...] = ()
    mixed: tuple[Violation, ...] = ()
    attributes: tuple[Violation, ...] = ()
    extras: tuple[Violation, ...] = ()
    names_stimulus_set: bool = False  # whether its item names one, here or registered elsewhere
    stimuli: StimulusFacts | None = None  # if one is named, and what it says is known here
    stimuli_unknown: Violation | None = None  # if the one that is named is nowhere

    @property
    def dims_of(self) -> dict[str, tuple[str, ...]]:
        """Coordinate → its dimensions."""
        return {each.name: each.dims for each in self.coordinates}

    def on(self, dim: str) -> tuple[CoordinateFacts, ...]:
        """Give the coordinates that lie on one dimension alone."""
        return tuple(each for each in self.coordinates if each.dims == (dim,))

    def placed(self, item: str) -> Place:
        """Name a part of the assembly that no file of its own stands for."""
        return within(self.place, item)


def within(place: Place, item: str) -> Place:
    """Give the place of an item that another one may be around."""
    return Place(place.file, None, f"{place.item}: {item}" if place.item else item)
