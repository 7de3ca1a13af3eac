"""Rules of what a registration calls: that it can be called, and with the arguments that it has."""

from __future__ import annotations

from collections.abc import Iterator

from brainscore_data.base.nearest import did_you_mean, nearest
from brainscore_data.check.engine.finding import Severity, Violation, shown
from brainscore_data.check.engine.rule import Rule
from brainscore_data.check.registrations.examples import assembly, plugin
from brainscore_data.check.registrations.probe import PlacedRegistration, UndefinedName
from brainscore_data.dataset.assembly_classes import ASSEMBLY_CLASSES
from brainscore_data.plugins.loader_calls import BRAINIO, LOADERS, OWN_LOADERS, LoaderCall
from brainscore_data.plugins.parse import REGISTRIES, why_not_followed

#: Where the names come from that registrations use.
_HOMES = {
    "load_assembly_from_s3": f"{BRAINIO}.s3",
    "load_stimulus_set_from_s3": f"{BRAINIO}.s3",
    "load_from_s3": "brainscore_language.utils.s3",
    "load_stimulus_set": "brainscore_vision",
    **dict.fromkeys(REGISTRIES, "brainscore_vision"),
    **dict.fromkeys(ASSEMBLY_CLASSES, f"{BRAINIO}.assemblies"),
    "StimulusSet": f"{BRAINIO}.stimuli",
}


class RegistrationCallable(Rule[PlacedRegistration]):
    """A registration is not a function without parameters.

    Brain-Score looks the key up and calls what it finds: `data_registry[key]()`. Without `lambda:`
    the data is loaded when the plugin is imported, and the call fails afterwards.
    """

    code = "BSD510"
    name = "registration-callable"
    fails = plugin(assembly().replace("lambda: ", ""))
    passes = plugin(assembly())

    def check(self, facts: PlacedRegistration) -> Iterator[Violation]:
        if (reason := facts.registration.unfit) is not None:
            yield Violation(
                facts.place,
                f"{facts.called} cannot be loaded: {reason}",
                "register a function: write `lambda:` before the call that loads it",
            )


class RightRegistry(Rule[PlacedRegistration]):
    """An assembly or a stimulus set is registered in the registry of the other.

    `load_dataset` looks into `data_registry`, and `load_stimulus_set` into `stimulus_set_registry`:
    an item in the other one is not found, or is not what the benchmark expects.
    """

    code = "BSD511"
    name = "registry-of-other-kind"
    fails = plugin(assembly().replace("data_registry[", "stimulus_set_registry["))
    passes = plugin(assembly())

    def check(self, facts: PlacedRegistration) -> Iterator[Violation]:
        registration = facts.registration
        if registration.other_loader is not None:
            here, there = sorted(REGISTRIES, key=lambda name: REGISTRIES[name] != registration.kind)
            yield Violation(
                facts.place,
                f"{facts.called} is in {here}, and {registration.other_loader} loads what "
                f"belongs into {there}",
                f"write {there}[…] = …, or call the loader of this registry",
            )


class LoaderArguments(Rule[PlacedRegistration]):
    """A loader gets an argument that is unknown or given twice, or lacks one.

    A misspelt or missing argument raises a `TypeError`, but only when somebody loads the data. The
    parameters are those of brainscore-core, of brainscore_language and of this package.
    """

    code = "BSD512"
    name = "loader-arguments"
    fails = plugin(assembly().replace("version_id=", "versionid="))
    passes = plugin(assembly())

    def check(self, facts: PlacedRegistration) -> Iterator[Violation]:
        call = facts.registration.call
        if call is None:
            return
        names = [parameter.name for parameter in call.loader.all]
        unknown = misspelt(call)
        for name in unknown:
            yield Violation(
                facts.place,
                f"{_loader(call)} has no parameter {shown(name)}{did_you_mean(name, names)}",
                f"write one of: {', '.join(names)}",
            )
        for name in call.twice:
            yield Violation(
                facts.place,
                f"{name} of {facts.called} is given twice, by its place and by its name",
                "remove one of the two",
            )
        if call.surplus:
            yield Violation(
                facts.place,
                f"{_loader(call)} of {facts.called} gets {call.surplus} more "
                f"{'value' if call.surplus == 1 else 'values'} than it takes without a name",
                f"give each by its name: {', '.join(names)}",
            )
        missing = [
            parameter.name
            for parameter in call.loader.all
            if parameter.is_required and parameter.name not in {*call.written, *unknown.values()}
        ]
        if missing and call.is_complete:
            yield Violation(
                facts.place,
                f"{_loader(call)} of {facts.called} lacks {' and '.join(missing)}",
                "add it; `brainscore-data register` writes registrations from receipts",
            )


class NamesDefined(Rule[UndefinedName]):
    """A registration uses a name that is neither defined nor imported.

    Such a name raises a `NameError`: at once if it is the registry's name, and only when somebody
    loads the data if it is inside the `lambda`.
    """

    code = "BSD518"
    name = "registration-names-defined"
    fails = plugin(assembly(), imports="from brainscore_vision import data_registry\n")
    passes = plugin(assembly())

    def check(self, facts: UndefinedName) -> Iterator[Violation]:
        known = nearest(facts.name, [*_HOMES, *LOADERS, *OWN_LOADERS])
        name = facts.name if facts.name in _HOMES else known
        yield Violation(
            facts.place,
            f"{facts.name} is neither defined nor imported here",
            f"add `from {_HOMES[name]} import {name}`"
            + ("" if name == facts.name else ", and write the name like that, if it is meant")
            if name in _HOMES
            else "import it, or correct the name",
        )


class Followed(Rule[PlacedRegistration]):
    """The source of a registration does not tell which files it loads.

    The program follows calls into functions of the plugin and of modules beside it, while their
    values are literal. It did not check what happens after that, and an audit leaves it out. This
    is fine if the data does not come from a store.
    """

    code = "BSD519"
    name = "registration-not-followed"
    severity = Severity.WARNING
    fails = plugin(
        "data_registry['Kar2019'] = lambda: read(open('Kar2019'))\n",
        imports="from brainscore_vision import data_registry\nfrom .reading import read\n",
    )
    passes = plugin(assembly())

    def check(self, facts: PlacedRegistration) -> Iterator[Violation]:
        registration = facts.registration
        if registration.registry_key is None or registration.unfit or registration.other_loader:
            return
        if (reason := why_not_followed(registration)) is not None:
            yield Violation(
                facts.place,
                f"{facts.called} was not followed: {reason}",
                "compare it by hand; with literal values in the call it can be checked",
            )


def _loader(call: LoaderCall) -> str:
    return next(
        name for name, each in (*LOADERS.items(), *OWN_LOADERS.items()) if each is call.loader
    )


def misspelt(call: LoaderCall) -> dict[str, str | None]:
    """Give the arguments that a loader does not have, and the parameter that each is like."""
    names = [parameter.name for parameter in call.loader.all]
    return {name: nearest(name, names) for name in call.written if name not in names}
