"""The families of rules, and where their probes and rules are; imported only when they run."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from brainscore_data.check.engine.rule import AboutSubject, Rule
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import Subjects


class Family(NamedTuple):
    """Rules that look at one thing.

    Attributes
    ----------
    code : str
        ``BSD`` and a digit.
    title : str
        What the rules look at.
    module : str
        The folder in ``check`` that has ``rules`` (with `RULES`, a tuple of rules) and ``probe``
        (with `probe(subjects, settings)`, an iterator of facts).
    """

    code: str
    title: str
    module: str

    def rules(self) -> tuple[Rule[Any], ...]:
        """Import and give the rules of the family."""
        module = importlib.import_module(f"brainscore_data.check.{self.module}.rules")
        rules: tuple[Rule[Any], ...] = module.RULES
        return rules

    def probe(self, subjects: Subjects, settings: Settings) -> Iterator[AboutSubject]:
        """Look at the subjects; facts come one at a time."""
        module = importlib.import_module(f"brainscore_data.check.{self.module}.probe")
        facts: Iterator[AboutSubject] = module.probe(subjects, settings)
        return facts


FAMILIES = (
    Family("BSD1", "Identifiers", "identifiers"),
    Family("BSD2", "Stimulus metadata", "stimulus_metadata"),
    Family("BSD3", "Stimulus files", "stimulus_files"),
    Family("BSD4", "Assemblies", "assemblies"),
    Family("BSD5", "Registrations", "registrations"),
    Family("BSD6", "Repository", "repository"),
    Family("BSD7", "People", "people"),
)


def all_rules(families: Iterable[Family] = FAMILIES) -> Sequence[Rule[Any]]:
    """Import and give the rules of some families, in the order of their codes."""
    return [rule for family in families for rule in family.rules()]
