"""An assembly and its stimulus set: readers merge the one into the other."""

from __future__ import annotations

from collections.abc import Iterator

from brainscore_data.assemblies.contract.coordinates import id_coordinate
from brainscore_data.assemblies.contract.merging import column_problems
from brainscore_data.base.place import Place
from brainscore_data.check.assemblies.examples import NEUROIDS, PRESENTATIONS, STIMULI, recording
from brainscore_data.check.assemblies.facts import AssemblyFacts
from brainscore_data.check.engine.finding import Severity, Violation
from brainscore_data.check.engine.rule import Rule


def _id_place(facts: AssemblyFacts) -> Place:
    name = id_coordinate(facts.dims_of)
    return next((each.place for each in facts.coordinates if each.name == name), facts.place)


class UnknownStimulusSet(Rule[AssemblyFacts]):
    """The stimulus set of an assembly does not exist.

    The registration of an assembly loads its stimulus set by name. The stimulus set must be in the
    same dataset.toml, or a plugin of the repository must register it.
    """

    code = "BSD431"
    name = "unknown-stimulus-set"
    fails = recording(stimuli=STIMULI, named="Deo2024")
    passes = recording(stimuli=STIMULI)

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        if facts.stimuli_unknown:
            yield facts.stimuli_unknown


class StimulusIdTypes(Rule[AssemblyFacts]):
    """The stimulus ids of the assembly and of the stimulus set have different types.

    Readers match 7 with 7 and '7' with '7', but not 7 with '7'. After the merge, all metadata of the
    stimuli would be missing.
    """

    code = "BSD432"
    name = "stimulus-id-types"
    fails = recording(presentations="stimulus_id,repetition\n1,0\n2,0\n1,1\n2,1\n", stimuli=STIMULI)
    passes = recording(stimuli=STIMULI)

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        stimuli = facts.stimuli
        if stimuli and stimuli.own_kind not in (None, stimuli.kind):
            yield Violation(
                _id_place(facts),
                f"its stimulus ids are {stimuli.own_kind} and those of the stimulus set "
                f"{stimuli.identifier!r} are {stimuli.kind}",
                "give both the same type; ids with leading zeros are texts",
                stimuli.cause,
            )


class StimulusIdsKnown(Rule[AssemblyFacts]):
    """A stimulus id is not in the stimulus set.

    If the stimulus of a presentation is not in the stimulus set, no benchmark can show it to a
    model, and its metadata would be missing after the merge.
    """

    code = "BSD433"
    name = "stimulus-ids-known"
    requires = frozenset({"BSD432"})
    fails = recording(presentations=PRESENTATIONS.replace("n2,1", "n3,1"), stimuli=STIMULI)
    passes = recording(stimuli=STIMULI)

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        stimuli = facts.stimuli
        if stimuli and stimuli.missing_count:
            shown = ", ".join(stimuli.missing)
            others = stimuli.missing_count - len(stimuli.missing)
            more = f" and {others} more" if others else ""
            yield Violation(
                _id_place(facts),
                f"{stimuli.missing_count} of its stimulus ids are not in the stimulus set "
                f"{stimuli.identifier!r}: {shown}{more}",
                "correct the ids, or add the stimuli to the stimulus set",
                stimuli.cause,
            )


class StimulusColumnsCollide(Rule[AssemblyFacts]):
    """A column of the stimulus set replaces something in the assembly, or breaks the load.

    Readers assign every column of the stimulus set to the assembly as a coordinate of its
    presentations. A column with the name of a neuroid's coordinate replaces that coordinate. A
    column with the name of a dimension, or with a dot in its name, breaks the load.
    """

    code = "BSD434"
    name = "stimulus-columns-collide"
    fails = recording(
        neuroids=NEUROIDS, stimuli=STIMULI.replace("object_name", "region").replace("bear", "V4")
    )
    passes = recording(stimuli=STIMULI)

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        if facts.stimuli is None or id_coordinate(facts.dims_of) is None:
            return
        for problem, hint in column_problems(facts.stimuli.columns, facts.dims, facts.dims_of):
            yield Violation(facts.place, problem, hint)


class StimulusMetadataRepeated(Rule[AssemblyFacts]):
    """An assembly repeats metadata of its stimulus set.

    Readers take the metadata of stimuli from the stimulus set, by stimulus_id. If the assembly has
    a coordinate of the same name, they keep the coordinate, and miss later corrections in the
    stimulus set.
    """

    code = "BSD435"
    name = "stimulus-metadata-repeated"
    severity = Severity.WARNING
    fails = recording(
        presentations="stimulus_id,repetition,object_name\n"
        "n1,0,bear\nn2,0,car\nn1,1,bear\nn2,1,car\n",
        stimuli=STIMULI,
    )
    passes = recording(stimuli=STIMULI)

    def check(self, facts: AssemblyFacts) -> Iterator[Violation]:
        if facts.stimuli is None:
            return
        ids = {"stimulus_id", "image_id"}
        for each in facts.on("presentation"):
            if each.name in facts.stimuli.columns and each.name not in ids:
                yield Violation(
                    each.place,
                    f"{each.name!r} is a column of the stimulus set {facts.stimuli.identifier!r}, "
                    "too",
                    "remove it from the assembly: readers take it from the stimulus set",
                )
