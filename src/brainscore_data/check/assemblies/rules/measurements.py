"""The values of assemblies and of their coordinates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from brainscore_data.check.assemblies.examples import TIME_BINS, array, netcdf, recording, stored
from brainscore_data.check.assemblies.facts import AssemblyFacts
from brainscore_data.check.engine.finding import Severity, Violation
from brainscore_data.check.engine.rule import Made, Rule
from brainscore_data.check.engine.settings import Settings

_SHAPE = (4, 2)


def _gap_among_texts(file: Any) -> None:
    file.variables["region"].missing_value = "V4"
    file.variables["region"][1] = "V4"


def _first_infinite(values: Any) -> None:
    values[2, 1] = float("inf")


def _no_values(values: Any) -> None:
    values[:, 1] = float("nan")


def _all_alike(values: Any) -> None:
    values[:] = 1.0


def _mostly_gaps(values: Any) -> None:
    # No presentation and no neuroid is without any value.
    values[:, :, 1] = float("nan")
    values[0, 0, 0] = float("nan")


def _complex() -> bytes:
    import io

    import numpy as np

    stream = io.BytesIO()
    np.save(stream, np.arange(8).reshape(_SHAPE) * 1j)
    return stream.getvalue()


class MixedValues(Rule[AssemblyFacts]):
    """None or numbers are mixed with texts.

    netCDF stores arrays of one type. None, NaN or a number among texts becomes something else, or
    readers cannot load the file. Use an empty text instead: it stays empty.
    """

    code = "BSD441"
    name = "mixed-values"
    fails = stored(netcdf("spike rates, the second region missing", _gap_among_texts))
    passes = stored(netcdf("spike rates"))

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        yield from facts.mixed


class StorableValues(Rule[AssemblyFacts]):
    """Values have a type that readers do not get back.

    Readers get booleans, integers, 32 and 64 bit floats, texts and dates of whole nanoseconds back
    as they were. They do not get back complex numbers, durations, half floats and bytes.
    """

    code = "BSD442"
    name = "storable-values"
    fails = recording(values=Made("Fourier coefficients, complex numbers", _complex))
    passes = recording()

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        yield from facts.unstorable


class InfiniteValues(Rule[AssemblyFacts]):
    """A value is infinite.

    Infinity comes from a division by zero or the logarithm of zero. It makes
    every mean and every correlation that includes it infinite or NaN.
    """

    code = "BSD443"
    name = "infinite-values"
    fails = recording(values=array("spike rates, one of them infinite", _SHAPE, _first_infinite))
    passes = recording()

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        if facts.values and facts.values.first_infinite is not None:
            where = ", ".join(
                f"{dim} {index}"
                for dim, index in zip(facts.dims, facts.values.first_infinite, strict=True)
            )
            yield Violation(
                facts.place,
                f"{facts.values.infinite} of {facts.values.size} values are infinite, the first "
                f"at {where} (counted from 0)",
                "find out where they come from; write NaN for a value that you do not know",
            )


class AllNaN(Rule[AssemblyFacts]):
    """A neuroid or a presentation has no value.

    A neuroid or a presentation with nothing but NaN has no measurement, and turns scores that are
    averaged over it into NaN. Mostly, an export failed.
    """

    code = "BSD444"
    name = "all-nan"
    fails = recording(values=array("spike rates, NaN for the second neuroid", _SHAPE, _no_values))
    passes = recording()

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        values = facts.values
        if values is None:
            return
        if values.size and values.nan == values.size:
            yield Violation(facts.place, "all values are NaN", "export the assembly again")
        for empty in values.empty:
            shown = ", ".join(map(str, empty.first))
            more = (
                f" and {empty.count - len(empty.first)} more"
                if empty.count > len(empty.first)
                else ""
            )
            yield Violation(
                facts.placed(empty.dim),
                f"all values are NaN at {empty.dim} {shown}{more} (counted from 0)",
                f"remove each {empty.dim} that was not measured",
            )


class ConstantValues(Rule[AssemblyFacts]):
    """All values are the same.

    If every value is the same, the assembly says nothing about its stimuli. Mostly somebody
    exported the wrong variable, or an array that was never filled.
    """

    code = "BSD445"
    name = "constant-values"
    fails = recording(values=array("ones", _SHAPE, _all_alike))
    passes = recording()

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        if facts.values and facts.values.constant is not None:
            yield Violation(
                facts.place,
                f"all values are {facts.values.constant}",
                "make sure that you exported the measurements",
            )


class ShareOfNaN(Rule[AssemblyFacts]):
    """Too many values are NaN.

    NaN stands for what was not measured. If most of an assembly is NaN, perhaps an export failed,
    or somebody combined dimensions that do not belong together. `largest-nan-share` in pyproject.toml
    sets the limit.
    """

    code = "BSD446"
    name = "share-of-nan"
    severity = Severity.WARNING
    requires = frozenset({"BSD444"})
    fails = recording(
        time_bins=TIME_BINS, values=array("spike rates, most of them NaN", (4, 2, 2), _mostly_gaps)
    )
    passes = recording(time_bins=TIME_BINS)

    def check(self, facts: AssemblyFacts, settings: Settings) -> Iterator[Violation]:
        values = facts.values
        if values and values.nan > settings.largest_nan_share * values.size:
            yield Violation(
                facts.place,
                f"{values.nan / values.size:.0%} of the values are NaN, more than "
                f"{settings.largest_nan_share:.0%}",
                "make sure that these values were really not measured",
            )
