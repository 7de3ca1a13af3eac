"""Dimensions, names and attributes of assemblies: what readers rely on before any value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from brainscore_data.assemblies.contract.coordinates import lone_coordinates, name_problems
from brainscore_data.check.assemblies.examples import (
    NEUROIDS,
    PRESENTATIONS,
    netcdf,
    recording,
    stored,
)
from brainscore_data.check.assemblies.facts import (
    AboutAssembly,
    AssemblyFacts,
    UnopenedAssembly,
)
from brainscore_data.check.engine.finding import Severity, Violation
from brainscore_data.check.engine.rule import Rule
from brainscore_data.dataset.assembly_classes import DIMS_HINT, dims_problem


def _trials(file: Any) -> None:
    file.renameDimension("presentation", "trial")


def _scaled(file: Any) -> None:
    file.variables["data"].units = "seconds"


def _in_short(file: Any) -> None:
    file.variables["data"].units = "s"


class DimensionsOfClass(Rule[AssemblyFacts]):
    """An assembly does not have the dimensions of its class.

    Benchmarks address data by the names of dimensions: a NeuroidAssembly has presentation, neuroid
    and maybe time_bin, a BehavioralAssembly has presentation, and assemblies of spike times or
    metadata have event.
    """

    code = "BSD411"
    name = "dimensions-of-class"
    fails = stored(netcdf("spike rates over the dimensions trial and neuroid", _trials))
    passes = stored(netcdf("spike rates over the dimensions presentation and neuroid"))

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        problem = dims_problem(facts.assembly_class, facts.dims)
        if problem:
            yield Violation(facts.place, problem, DIMS_HINT)


class ReaderSafeNames(Rule[AboutAssembly]):
    """A dimension or a coordinate has a name that readers do not keep.

    Brain-Score's reader makes an index of each dimension's coordinates. A blank or a dot in a name
    breaks the load, a coordinate named like its dimension comes back under another name, and some
    names netCDF cannot hold.
    """

    code = "BSD412"
    name = "reader-safe-names"
    fails = recording(neuroids=NEUROIDS.replace("region", "brain region"))
    passes = recording()

    def check(self, facts: AboutAssembly) -> Iterator[Violation]:
        if isinstance(facts, UnopenedAssembly) and facts.cause == "names":
            yield Violation(facts.place, facts.message, facts.hint)
        if not isinstance(facts, AssemblyFacts):
            return
        places = {f"coordinate {each.name!r}": each.place for each in facts.coordinates}
        for item, problem, hint in name_problems(facts.dims, facts.dims_of):
            place = places.get(item, facts.place)
            yield Violation(place, f"{item}: its name {problem}", hint)


class StorableAttributes(Rule[AssemblyFacts]):
    """An attribute cannot be stored, or means something else to readers.

    netCDF has attributes of text, numbers and lists of either. Some names, such as scale_factor or
    a unit of "seconds", make readers change the values.
    """

    code = "BSD413"
    name = "storable-attributes"
    fails = stored(netcdf('spike times, whose attribute units is "seconds"', _scaled))
    passes = stored(netcdf('spike times, whose attribute units is "s"', _in_short))

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        yield from facts.attributes


class LoneCoordinate(Rule[AssemblyFacts]):
    """A dimension has a single coordinate.

    Readers lose the name of a dimension's only coordinate: a stimulus_id that stands alone cannot
    be reached. Packaging adds one that is 0 everywhere, such as presentation_index; a coordinate
    that says something is better.
    """

    code = "BSD414"
    name = "lone-coordinate"
    severity = Severity.WARNING
    fails = recording(presentations="stimulus_id\nn1\nn2\nn1\nn2\n")
    passes = recording(presentations=PRESENTATIONS)

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        places = {each.name: each.place for each in facts.coordinates}
        for dim, name in lone_coordinates(facts.dims, facts.dims_of).items():
            yield Violation(
                places[name],
                f"{name!r} is the only coordinate of {dim!r}, whose name readers would lose: "
                f"packaging adds '{dim}_index'",
                f"add what else is known about each {dim}",
            )
