"""What is said about rules: to people, in the documentation, in reports."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from brainscore_data.check.engine import families
from brainscore_data.check.engine.baseline import STALE_CODE, STALE_NAME
from brainscore_data.check.engine.finding import Severity
from brainscore_data.check.engine.rule import Example, Rule
from brainscore_data.check.engine.running import (
    CRASHED_CODE,
    CRASHED_NAME,
    NOT_INSTALLED_CODE,
    NOT_INSTALLED_NAME,
)
from brainscore_data.check.engine.selection import codes_of


@dataclass(frozen=True)
class Explanation:
    """A rule as data.

    Attributes
    ----------
    code, name, title, why : str
        See `Rule`.
    severity : Severity
        See `Rule`.
    requires : tuple of str
        Codes, in order.
    fails, passes : Example or None
        None for what the engine itself reports.
    """

    code: str
    name: str
    severity: Severity
    title: str
    why: str
    requires: tuple[str, ...] = ()
    fails: Example | None = None
    passes: Example | None = None

    @property
    def page(self) -> str:
        """The file in the documentation."""
        return f"{self.code}-{self.name}.md"


OF_THE_ENGINE = (
    Explanation(
        CRASHED_CODE,
        CRASHED_NAME,
        Severity.ERROR,
        "A rule, or what looks at the files for it, failed itself.",
        "A check that did not run to its end says nothing about the data, and must not be taken "
        "for one that found nothing. The exit code is 2. It cannot be ignored, and no baseline "
        "takes it in.",
    ),
    Explanation(
        STALE_CODE,
        STALE_NAME,
        Severity.WARNING,
        "The baseline has a finding that is not there any more.",
        "An entry that stays in the baseline after its finding was mended would hide the same "
        "finding when it comes back. Write the baseline anew with `--write-baseline`.",
    ),
    Explanation(
        NOT_INSTALLED_CODE,
        NOT_INSTALLED_NAME,
        Severity.ERROR,
        "Rules need an extra that is not installed.",
        "All other rules ran, and what they found is told. What these look for is not known, which "
        "must not be taken for a pass: the exit code is 2, in CI as on a laptop. Install the "
        "extra, or say with `--ignore` which rules you can do without. Nothing else makes this "
        "go away, and no baseline takes it in.",
    ),
)


def explain(rule: Rule[Any]) -> Explanation:
    """Say what a rule is."""
    return Explanation(
        rule.code,
        rule.name,
        rule.severity,
        rule.title,
        inspect.cleandoc(rule.why),
        tuple(sorted(rule.requires)),
        rule.fails,
        rule.passes,
    )


def all_explanations() -> tuple[Explanation, ...]:
    """Explain every rule, in the order of their codes, the engine's own first."""
    rules = sorted(families.all_rules(families.FAMILIES), key=lambda rule: rule.code)
    return (*OF_THE_ENGINE, *(explain(rule) for rule in rules))


def explanations_of(wanted: str) -> tuple[Explanation, ...]:
    """Explain what a code, a family or a name stands for.

    Raises
    ------
    UsageError
        If there is no such rule.
    """
    own = tuple(each for each in OF_THE_ENGINE if wanted in {each.code, each.name})
    if own:
        return own
    codes = codes_of(wanted, where="rule")
    return tuple(
        explain(rule)
        for family in families.FAMILIES
        if family.code in {code[:4] for code in codes}
        for rule in family.rules()
        if rule.code in codes
    )
