"""Whether assemblies can be read at all; their dimensions, names and attributes, before any value."""

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
    UnfetchedAssembly,
    UnopenedAssembly,
)
from brainscore_data.check.engine.finding import Severity, Violation
from brainscore_data.check.engine.rule import Example, Rule
from brainscore_data.dataset.assembly_classes import DIMS_HINT, dims_problem


def _second_array(file: Any) -> None:
    file.createVariable("spread", "f8", ("presentation", "neuroid"))[:] = 1.0


def _units(file: Any) -> None:
    file.variables["data"].setncattr("units", 3)


class AssemblyUnreadable(Rule[UnopenedAssembly]):
    """An assembly cannot be opened.

    The file may be cut off by a failed download, point to other files, or claim far more values
    than it holds, or its tables may not fit its array. Such a file cannot become an assembly. The
    other rules cannot check it until it opens.
    """

    code = "BSD401"
    name = "assembly-unreadable"
    fails = recording(neuroids="neuroid_id,region,animal\nIT-1,IT,Chabo\n")
    passes = recording()

    def check(self, facts: UnopenedAssembly) -> Iterator[Violation]:
        if facts.cause == "unreadable":
            message = f"the assembly cannot be opened: {facts.message}"
            yield Violation(facts.place, message, facts.hint)


class OneDataVariable(Rule[UnopenedAssembly]):
    """A netCDF file holds no data variable, or more than one.

    Readers open the file as one xarray.DataArray. They fail if it has two arrays, and if it has none
    there is nothing to read. Store descriptions of presentations or neuroids as coordinates.
    """

    code = "BSD402"
    name = "one-data-variable"
    fails = stored(netcdf("spike rates, and their spread as a second array", _second_array))
    passes = stored(netcdf("spike rates"))

    def check(self, facts: UnopenedAssembly) -> Iterator[Violation]:
        if facts.cause == "variables":
            yield Violation(facts.place, facts.message, facts.hint)


class AssemblyNotFetched(Rule[UnfetchedAssembly]):
    """The source of an assembly is not downloaded yet, so the rules did not check it.

    `check` downloads nothing. It checks a file under [sources] if somebody downloaded it before.
    Otherwise it skips the assembly, and this finding says so.
    """

    code = "BSD403"
    name = "assembly-not-fetched"
    severity = Severity.WARNING
    fails = Example(
        {
            "dataset.toml": """\
schema = 1
[dataset]
license = "CC-BY-4.0"

[[assembly]]
identifier = "Doe2024.IT"
visibility = "public"
class = "NeuroidAssembly"
data = "rates.nc"

[sources]
"rates.nc" = { url = "https://osf.io/download/abcd/", sha256 = \
"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" }
"""
        }
    )
    passes = stored(netcdf("spike rates"))

    def check(self, facts: UnfetchedAssembly) -> Iterator[Violation]:
        yield Violation(
            facts.place,
            f"not checked: {facts.source!r} is pinned under [sources] and not downloaded yet",
            "run `brainscore-data package`, which downloads it, and check again",
        )


class LoadableExtras(Rule[AssemblyFacts]):
    """An extra contains something that readers cannot load.

    Each extra becomes a group of the assembly's file. Readers load it like an assembly of its own,
    and attach it under the group's name. They must get its names, attributes and values unchanged.
    """

    code = "BSD404"
    name = "loadable-extras"
    fails = stored(netcdf("spike rates"), trials=netcdf("about trials; its unit is 3", _units))
    passes = stored(netcdf("spike rates"), trials=netcdf("about trials"))

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        yield from facts.extras


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
    """Readers change or refuse the name of a dimension or a coordinate.

    Brain-Score's reader makes an index of each dimension's coordinates. A blank or a dot in a name
    breaks the load, a coordinate named like its dimension comes back under another name, and netCDF
    cannot store some names.
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

    A netCDF attribute is a text, a number, or a list of these. Some names, such as scale_factor or
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

    Readers lose the name of a dimension's only coordinate, so nobody can reach a stimulus_id that
    stands alone. Packaging adds a second one, for example presentation_index. A coordinate that
    describes something is better.
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
                f"add a coordinate with what else you know about each {dim}",
            )
