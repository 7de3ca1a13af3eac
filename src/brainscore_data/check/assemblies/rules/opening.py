"""Whether assemblies, and what comes along with them, can be read at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from brainscore_data.check.assemblies.examples import netcdf, recording, stored
from brainscore_data.check.assemblies.facts import (
    AssemblyFacts,
    UnfetchedAssembly,
    UnopenedAssembly,
)
from brainscore_data.check.engine.finding import Severity, Violation
from brainscore_data.check.engine.rule import Example, Rule


def _second_array(file: Any) -> None:
    file.createVariable("spread", "f8", ("presentation", "neuroid"))[:] = 1.0


def _units(file: Any) -> None:
    file.variables["data"].setncattr("units", 3)


class AssemblyUnreadable(Rule[UnopenedAssembly]):
    """An assembly cannot be opened.

    A file that was cut off by a failed download, that points to other files, that claims far more
    values than it holds, or whose tables do not fit its array cannot become an assembly. Nothing
    else about it can be checked until it opens.
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

    Readers open the file as one xarray.DataArray. With two arrays in it they fail, and with none
    there is nothing to read. What describes presentations or neuroids is a coordinate.
    """

    code = "BSD402"
    name = "one-data-variable"
    fails = stored(netcdf("spike rates, and their spread as a second array", _second_array))
    passes = stored(netcdf("spike rates"))

    def check(self, facts: UnopenedAssembly) -> Iterator[Violation]:
        if facts.cause == "variables":
            yield Violation(facts.place, facts.message, facts.hint)


class AssemblyNotFetched(Rule[UnfetchedAssembly]):
    """An assembly's source is not here, and was not checked.

    Checks download nothing. A file that is pinned under [sources] is checked if it was downloaded
    before; otherwise the assembly is skipped, and this finding says so.
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
            "package the dataset, which downloads it, and check again",
        )


class LoadableExtras(Rule[AssemblyFacts]):
    """Extras hold what readers cannot load.

    Extras become groups of the assembly's file, which readers load like assemblies of their own and
    attach under the group's name. Names, attributes and values must be such that this gives back
    what went in.
    """

    code = "BSD404"
    name = "loadable-extras"
    fails = stored(netcdf("spike rates"), trials=netcdf("about trials; its unit is 3", _units))
    passes = stored(netcdf("spike rates"), trials=netcdf("about trials"))

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        yield from facts.extras
