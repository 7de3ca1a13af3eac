"""The coordinates that an assembly must have, and those that it should."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from brainscore_data.assemblies.contract.coordinates import absent_coordinates, id_coordinate
from brainscore_data.check.assemblies.examples import (
    NEUROIDS,
    PRESENTATIONS,
    STIMULI,
    TIME_BINS,
    recording,
)
from brainscore_data.check.assemblies.facts import AssemblyFacts
from brainscore_data.check.engine.finding import Severity, Violation
from brainscore_data.check.engine.rule import Rule

_NEURAL = frozenset({"NeuroidAssembly", "NeuronRecordingAssembly"})
_BINS = ("time_bin_start", "time_bin_end")
#: What benchmarks choose neuroids by → the names that live assemblies have for it.
_NEURAL_METADATA = {"region": ("region",), "animal": ("animal", "subject", "monkey")}


class _AbsentCoordinate(Rule[AssemblyFacts]):
    """What the rules about coordinates that readers need have in common."""

    of: ClassVar[str]  # the dimension

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        names = facts.names_stimulus_set
        for each in absent_coordinates(facts.dims, facts.dims_of, names_stimulus_set=names):
            if each.dim == self.of:
                yield Violation(facts.place, each.problem, each.hint)


class StimulusIdOnPresentation(_AbsentCoordinate):
    """Presentations have no stimulus_id.

    The stimulus_id says which stimulus was shown. By it, readers merge the columns of the stimulus
    set into the assembly, and benchmarks align models with measurements. The older name image_id
    works, too. An assembly that names no stimulus set, as in language, needs no stimulus_id.
    """

    code = "BSD421"
    name = "stimulus-id-on-presentation"
    of = "presentation"
    fails = recording(PRESENTATIONS.replace("stimulus_id", "picture"), stimuli=STIMULI)
    passes = recording(stimuli=STIMULI)


class NeuroidId(_AbsentCoordinate):
    """Neuroids have no neuroid_id.

    A neuroid is a recorded unit: a neuron, a site, a voxel. Benchmarks group and compare neuroids
    by their id. If an assembly has the dimension presentation twice, each neuroid is a matrix of
    similarities, such as that of a subject's region, and needs no id.
    """

    code = "BSD422"
    name = "neuroid-id-on-neuroid"
    of = "neuroid"
    fails = recording(neuroids=NEUROIDS.replace("neuroid_id", "unit"))
    passes = recording()


class TimeBinEnds(_AbsentCoordinate):
    """Time bins have no start, or no end.

    Benchmarks choose time bins by time_bin_start and time_bin_end, in milliseconds from the onset
    of the stimulus, and ask models for the same.
    """

    code = "BSD423"
    name = "time-bin-ends"
    of = "time_bin"
    fails = recording(time_bins="time_bin_start,label\n70,early\n120,late\n")
    passes = recording(time_bins=TIME_BINS)


class TimeBinOrder(Rule[AssemblyFacts]):
    """A time bin does not end after it starts.

    Nothing can be measured in a bin that has no length, or that ends before it starts.
    """

    code = "BSD424"
    name = "time-bin-order"
    requires = frozenset({"BSD423"})
    fails = recording(time_bins="time_bin_start,time_bin_end\n70,120\n170,120\n")
    passes = recording(time_bins=TIME_BINS)

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        wrong = facts.bins
        if wrong is None:
            return
        place = next(each.place for each in facts.coordinates if each.name == _BINS[0])
        more = f", and {wrong.count - 1} others are like it" if wrong.count > 1 else ""
        yield Violation(
            place,
            f"time bin {wrong.first} (counted from 0) goes from {wrong.start} to {wrong.end}{more}",
            "write both as numbers, the start smaller than the end",
        )


class MissingIds(Rule[AssemblyFacts]):
    """A presentation or a neuroid has no id.

    A presentation without an id belongs to no stimulus. Nobody can tell a neuroid without an id from
    others. If one id of a column of whole numbers is missing, all become floats: 7 becomes 7.0,
    which matches nothing.
    """

    code = "BSD425"
    name = "missing-ids"
    fails = recording(neuroids="neuroid_id,region,animal\n1,IT,Chabo\n,IT,Tito\n")
    passes = recording()

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        wanted = {id_coordinate(facts.dims_of), "neuroid_id"}
        for each in facts.coordinates:
            if each.name in wanted and each.missing:
                yield Violation(
                    each.place,
                    f"{each.missing} of the values of {each.name!r} are missing, the first at "
                    f"{each.first_missing} (counted from 0)",
                    "fill them in, or remove what has no id",
                )


class DuplicateNeuroids(Rule[AssemblyFacts]):
    """A neuroid occurs twice.

    Metrics count such a neuroid twice, and benchmarks that choose by neuroid_id get both copies. If
    the ids start again for each animal, add the animal's name to them.
    """

    code = "BSD426"
    name = "duplicate-neuroids"
    severity = Severity.WARNING
    requires = frozenset({"BSD422"})
    fails = recording(neuroids=NEUROIDS.replace("IT-2", "IT-1"))
    passes = recording()

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        for each in facts.on("neuroid"):
            if each.name == "neuroid_id" and each.repeated:
                again = each.repeated
                yield Violation(
                    each.place,
                    f"the neuroid_id {again.value} is at {again.first} and at {again.second} "
                    "(counted from 0)",
                    "remove the copies, or make the ids differ, e.g. with the animal's name",
                )


class RepetitionOnPresentation(Rule[AssemblyFacts]):
    """Presentations of a recording have no repetition.

    The repetition says how often a stimulus was shown before. To compute a ceiling, benchmarks split
    the repetitions into halves, and need this number.
    """

    code = "BSD427"
    name = "repetition-on-presentation"
    severity = Severity.WARNING
    fails = recording(presentations=PRESENTATIONS.replace("repetition", "session"))
    passes = recording()

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        if facts.assembly_class not in _NEURAL or "presentation" not in facts.dims:
            return
        if facts.dims_of.get("repetition") != ("presentation",):
            yield Violation(
                facts.place,
                "there is no coordinate 'repetition' on the dimension 'presentation'",
                "add it if stimuli were shown more than once; ignore this if you averaged them",
            )


class NeuralMetadata(Rule[AssemblyFacts]):
    """Neuroids have no region, or no animal.

    The format asks for as much neural metadata as possible. Benchmarks choose neuroids by region,
    and compare animals or subjects with each other.
    """

    code = "BSD428"
    name = "neural-metadata"
    severity = Severity.WARNING
    fails = recording(neuroids="neuroid_id,electrode\nIT-1,1\nIT-2,2\n")
    passes = recording()

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        if facts.assembly_class not in _NEURAL or "neuroid" not in facts.dims:
            return
        there = {each.name for each in facts.on("neuroid")}
        missing = [name for name, names in _NEURAL_METADATA.items() if there.isdisjoint(names)]
        if missing:
            yield Violation(
                facts.place,
                f"neuroids have no {' and no '.join(map(repr, missing))}",
                "add what you know: region, subregion, animal, hemisphere, row and column in the "
                "array",
            )
