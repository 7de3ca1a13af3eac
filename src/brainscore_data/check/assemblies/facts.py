"""What is known of an assembly after looking at it: small, frozen, and free of judgement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from brainscore_data.base.place import Place

#: What the values of a coordinate are to readers.
Kind = Literal["numbers", "texts", "booleans", "dates", "others"]


@dataclass(frozen=True)
class AboutAssembly:
    """What there is to say about any assembly, whether it can be opened or not.

    Attributes
    ----------
    subject : str
        The file that it is in, or the manifest.
    place : Place
        Of the assembly, or of what is wrong with it.
    """

    subject: str
    place: Place


@dataclass(frozen=True)
class UnopenedAssembly(AboutAssembly):
    """An assembly that could not be read.

    Attributes
    ----------
    cause : {"unreadable", "variables", "names"}
        Whether a file cannot be read, holds none or several arrays, or has a column whose name
        a coordinate cannot have.
    message, hint : str
        What is wrong, and what to do next.
    """

    cause: Literal["unreadable", "variables", "names"]
    message: str
    hint: str


@dataclass(frozen=True)
class UnfetchedAssembly:
    """An assembly that was not looked at, because a file of it is elsewhere.

    Attributes
    ----------
    subject : str
        The manifest.
    place : Place
        Its table there.
    source : str
        The name of the first such file in ``[sources]``.
    """

    subject: str
    place: Place
    source: str


@dataclass(frozen=True)
class Fault:
    """What packaging would refuse, in its words."""

    place: Place
    message: str
    hint: str


@dataclass(frozen=True)
class Repeated:
    """A value that occurs more than once.

    Attributes
    ----------
    value : str
        As Python shows it.
    first, second : int
        Where, from 0.
    """

    value: str
    first: int
    second: int


@dataclass(frozen=True)
class CoordinateFacts:
    """A coordinate.

    Attributes
    ----------
    name : str
    dims : tuple of str
    place : Place
        The file that it comes from, and its name.
    kind : str
        What its values are.
    missing : int
        How many of them are NaN, NaT or an empty text.
    first_missing : int or None
        From 0.
    repeated : Repeated or None
        The first value of a neuroid's coordinate that occurs again.
    """

    name: str
    dims: tuple[str, ...]
    place: Place
    kind: Kind
    missing: int = 0
    first_missing: int | None = None
    repeated: Repeated | None = None


@dataclass(frozen=True)
class EmptySlices:
    """The elements of a dimension that have no value but NaN.

    Attributes
    ----------
    dim : str
        ``presentation`` or ``neuroid``.
    count : int
    first : tuple of int
        The first few of them, from 0.
    """

    dim: str
    count: int
    first: tuple[int, ...]


@dataclass(frozen=True)
class ValueFacts:
    """The values of an assembly.

    Attributes
    ----------
    size : int
    nan : int
        How many are NaN or NaT.
    infinite : int
    first_infinite : tuple of int or None
        Its indices, from 0.
    constant : str or None
        The value that all have that are not NaN, as Python shows it.
    empty : tuple of EmptySlices
        Where not all values are NaN, the dimensions of which some elements are.
    """

    size: int
    nan: int = 0
    infinite: int = 0
    first_infinite: tuple[int, ...] | None = None
    constant: str | None = None
    empty: tuple[EmptySlices, ...] = ()


@dataclass(frozen=True)
class DisorderedBins:
    """Time bins that do not end after they start.

    Attributes
    ----------
    count : int
    first : int
        From 0.
    start, end : str
        Of that one.
    """

    count: int
    first: int
    start: str
    end: str


@dataclass(frozen=True)
class StimulusFacts:
    """The stimulus set of an assembly, compared with the assembly's ids.

    Attributes
    ----------
    identifier : str
    columns : tuple of str
        Of its csv.
    kind : str
        What its ids are.
    own_kind : str or None
        What the assembly's are; None if it has none.
    missing : tuple of str
        Ids of the assembly that it does not have, the first few, as Python shows them.
    missing_count : int
    cause : (str, Place) or None
        The code and the place of a finding about the csv that explains all of what is missing.
    """

    identifier: str
    columns: tuple[str, ...]
    kind: str
    own_kind: str | None = None
    missing: tuple[str, ...] = ()
    missing_count: int = 0
    cause: tuple[str, Place] | None = None


@dataclass(frozen=True)
class AssemblyFacts(AboutAssembly):
    """An assembly that was opened; its place is the file with its values.

    Attributes
    ----------
    assembly_class : str
        What the manifest says, or what the dimensions suggest.
    dims : tuple of str
    sizes : tuple of int
    coordinates : tuple of CoordinateFacts
    values : ValueFacts or None
        None if they cannot be looked at, for which there is an unstorable.
    bins : DisorderedBins or None
        None if all is well with them.
    unstorable, mixed : tuple of Fault
        Values that netCDF or readers cannot have: for their dtype, and for one that is unlike
        the others.
    attributes, extras : tuple of Fault
        What packaging would refuse of them.
    names_stimulus_set : bool
        Whether its item names one, here or registered elsewhere.
    stimuli : StimulusFacts or None
        None if no stimulus set is named, or what it says is not known here.
    stimuli_unknown : Fault or None
        If the stimulus set that is named is nowhere.
    """

    assembly_class: str
    dims: tuple[str, ...]
    sizes: tuple[int, ...]
    coordinates: tuple[CoordinateFacts, ...]
    values: ValueFacts | None
    bins: DisorderedBins | None = None
    unstorable: tuple[Fault, ...] = ()
    mixed: tuple[Fault, ...] = ()
    attributes: tuple[Fault, ...] = ()
    extras: tuple[Fault, ...] = ()
    names_stimulus_set: bool = False
    stimuli: StimulusFacts | None = None
    stimuli_unknown: Fault | None = None

    @property
    def dims_of(self) -> dict[str, tuple[str, ...]]:
        """Coordinate → its dimensions."""
        return {each.name: each.dims for each in self.coordinates}

    def on(self, dim: str) -> tuple[CoordinateFacts, ...]:
        """Give the coordinates that lie on one dimension alone."""
        return tuple(each for each in self.coordinates if each.dims == (dim,))

    def placed(self, item: str) -> Place:
        """Name a part of the assembly that no file of its own stands for."""
        known = self.place.item
        return Place(self.place.file, None, f"{known}: {item}" if known else item)
