"""The families of rules, and where their probes and rules are; imported only when they run."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any, NamedTuple

from brainscore_data.check.engine.rule import AboutSubject, Rule
from brainscore_data.check.engine.run import CheckRun


class Family(NamedTuple):
    """Rules that look at one thing."""

    code: str  # BSD and a digit
    title: str  # what the rules look at
    # The folder in `check` that has `rules` (a module, or a folder of them, with a class for each
    # rule) and `probe` (with `probe(run)`, an iterator of facts).
    module: str

    def rules(self) -> tuple[Rule[Any], ...]:
        """Import and give the rules of the family, in the order of their codes."""
        return _rules_in(f"brainscore_data.check.{self.module}.rules")

    def probe(self, run: CheckRun) -> Iterator[AboutSubject]:
        """Look at the subjects; facts come one at a time."""
        module = importlib.import_module(f"brainscore_data.check.{self.module}.probe")
        facts: Iterator[AboutSubject] = module.probe(run)
        return facts


@functools.cache
def _rules_in(name: str) -> tuple[Rule[Any], ...]:
    module = importlib.import_module(name)
    inside = pkgutil.iter_modules(getattr(module, "__path__", ()))
    modules = (module, *(importlib.import_module(f"{name}.{each.name}") for each in inside))
    found = {
        each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Rule) and hasattr(each, "code")
    }
    return tuple(sorted((each() for each in found), key=lambda rule: rule.code))


FAMILIES = (
    Family("BSD1", "Identifiers", "identifiers"),
    Family("BSD2", "Stimulus metadata", "stimulus_metadata"),
    Family("BSD3", "Stimulus files", "stimulus_files"),
    Family("BSD4", "Assemblies", "assemblies"),
    Family("BSD5", "Registrations", "registrations"),
    Family("BSD6", "Repository", "repository"),
    Family("BSD7", "People", "people"),
)


def all_rules() -> list[Rule[Any]]:
    """Import and give the rules of all families, in the order of their codes."""
    return [rule for family in FAMILIES for rule in family.rules()]
