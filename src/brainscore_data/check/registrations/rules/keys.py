"""Rules of the keys that plugins register, and of the files that they stand in."""

from __future__ import annotations

from collections.abc import Iterator

from brainscore_data.check.engine.finding import Severity, Violation, shown
from brainscore_data.check.engine.rule import Example, Rule
from brainscore_data.check.registrations.examples import IMPORTS, assembly, plugin
from brainscore_data.check.registrations.probe import (
    PlacedRegistration,
    RegistryKeys,
    UnreadablePlugin,
)
from brainscore_data.dataset.naming import plain_name
from brainscore_data.plugins.parse import REGISTRIES

_REGISTRY_OF = {kind: name for name, kind in REGISTRIES.items()}


class PluginReadable(Rule[UnreadablePlugin]):
    """A plugin cannot be parsed.

    Brain-Score imports the plugin and opens it as UTF-8 to find its keys. If a file does not parse,
    none of its registrations work, and none could be checked.
    """

    code = "BSD501"
    name = "plugin-readable"
    fails = plugin("data_registry['Kar2019'] = lambda: load_assembly_from_s3(\n")
    passes = plugin(assembly())

    def check(self, facts: UnreadablePlugin) -> Iterator[Violation]:
        yield Violation(
            facts.place,
            f"registrations could not be read: {facts.reason}",
            "fix the file: `python -m py_compile FILE` says the same",
        )


class KeyLiteral(Rule[PlacedRegistration]):
    """A registry key is not literal, or not on one line with its registry's name.

    Brain-Score finds a plugin by searching the lines of every `__init__.py` for
    `data_registry['<key>']`, and imports it afterwards. It never finds a key that a loop computes,
    that is a constant, or that stands on the next line: the data is there, and nobody can load it.
    """

    code = "BSD502"
    name = "registry-key-literal"
    fails = plugin("KEY = 'Kar2019'\n" + assembly().replace('["Kar2019"]', "[KEY]"))
    passes = plugin(assembly())

    def check(self, facts: PlacedRegistration) -> Iterator[Violation]:
        registration = facts.registration
        if not registration.is_discoverable:
            key = registration.registry_key
            named = f"{shown(key)} " if key is not None else ""
            registry = _REGISTRY_OF[registration.kind]
            yield Violation(
                facts.place,
                f"key {named}of {registry} is not literal on one line: Brain-Score will not find it",
                f"write {registry}['…'] = … with the key itself, on one line, once for each key",
            )


class KeyTwice(Rule[RegistryKeys]):
    """A registry key is registered twice.

    If two plugins have one key, Brain-Score stops with `More than one registration found`, even if
    one of the two is only a comment, because it searches lines. In one file, the later one silently
    replaces the earlier one.
    """

    code = "BSD503"
    name = "registry-key-twice"
    fails = Example(
        {
            "brainscore_vision/data/kar2019/__init__.py": IMPORTS + assembly(),
            "brainscore_vision/data/kar2019_copy/__init__.py": "# data_registry['Kar2019']\n",
        }
    )
    passes = Example(
        {
            "brainscore_vision/data/kar2019/__init__.py": IMPORTS + assembly(),
            "brainscore_vision/data/kar2018/__init__.py": "# data_registry['Kar2018']\n",
        }
    )

    def check(self, facts: RegistryKeys) -> Iterator[Violation]:
        for place, kind, key, other in facts.twice:
            yield Violation(
                place,
                f"{_REGISTRY_OF[kind]}[{shown(key)}] replaces the registration at {other}",
                "remove one of the two, or give it a key of its own",
            )
        for place, kind, key, other in facts.elsewhere:
            yield Violation(
                place,
                f"{_REGISTRY_OF[kind]}[{shown(key)}] is in another plugin too, at {other}",
                "remove one of the two, also from comments, or give it a key of its own",
            )


class IdentifierLikeKey(Rule[PlacedRegistration]):
    """An identifier differs from its registry key.

    People often copy a registration from the one above it, and forget to change one of its two
    names. The key then loads the files of another item. A lab in front, case and separators do not
    matter: `MajajHong2015` and `dicarlo.MajajHong2015` are alike.
    """

    code = "BSD506"
    name = "identifier-unlike-key"
    severity = Severity.WARNING
    fails = plugin(assembly("Kar2019.public", identifier="dicarlo.Kar2019.private"))
    passes = plugin(assembly("Kar2019.public", identifier="dicarlo.Kar2019.public"))

    def check(self, facts: PlacedRegistration) -> Iterator[Violation]:
        key, call = facts.registration.registry_key, facts.registration.call
        if key is None or call is None or call.identifier is None:
            return
        if plain_name(key) != plain_name(call.identifier):
            yield Violation(
                facts.place,
                f"registry key {shown(key)} loads {shown(call.identifier)}",
                "if that is not meant, correct one of the two",
            )
