"""The engine: every rule on the facts it looks at, and no crash that counts as a pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brainscore_data.check.finding import Finding, Place, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from brainscore_data.check.rule import AboutSubject, Rule
    from brainscore_data.check.settings import Settings

CRASHED_CODE, CRASHED_NAME = "BSD001", "rule-crashed"


@dataclass(frozen=True)
class Skipped:
    """A rule that could not run because another one is broken there."""

    code: str
    because: str
    subject: str


@dataclass(frozen=True)
class Outcome:
    """What a run of rules came to.

    Attributes
    ----------
    findings : tuple of Finding
        In the order of the facts, then of the codes.
    skipped : tuple of Skipped
        What could not be checked.
    ran : frozenset of str
        The codes that looked at something.
    selected, ignored : frozenset of str
        The codes that could have, and those that were left out on purpose.
    grandfathered : int
        How many findings are not shown because a baseline has them.
    """

    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]
    ran: frozenset[str]
    selected: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    grandfathered: int = 0

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop a publication."""
        return tuple(each for each in self.findings if each.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that are shown and stop nothing."""
        return tuple(each for each in self.findings if each.severity is Severity.WARNING)

    @property
    def crashed(self) -> bool:
        """Whether a rule failed itself, so that what it looks for is not known."""
        return any(finding.code == CRASHED_CODE for finding in self.findings)


def run_rules(
    rules: Sequence[Rule[Any]], facts: Iterable[AboutSubject], settings: Settings
) -> Outcome:
    """Run rules on facts.

    Parameters
    ----------
    rules : sequence of Rule
        Each runs on the facts of the type that it looks at.
    facts : iterable
        They are taken one at a time and not kept.
    settings : Settings
        Handed to every rule.

    Raises
    ------
    ModuleNotFoundError
        If a rule needs an extra that is not installed.
    """
    ordered = sorted(rules, key=lambda rule: rule.code)
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    ran: set[str] = set()
    looking: dict[type, list[Rule[Any]]] = {}  # of facts there can be a million, of types few
    for each in facts:
        broken: set[str] = set()
        if type(each) not in looking:
            looking[type(each)] = [rule for rule in ordered if isinstance(each, rule.looks_at)]
        for rule in looking[type(each)]:
            if broken and (because := sorted(rule.requires & broken)):
                skipped.append(Skipped(rule.code, because[0], each.subject))
                # What depends on a rule that did not run cannot run either.
                broken.add(rule.code)
                continue
            found = _findings_of(rule, each, settings)
            ran.add(rule.code)
            if found:
                broken.add(rule.code)
            findings += found
    return Outcome(tuple(findings), tuple(skipped), frozenset(ran))


def _findings_of(rule: Rule[Any], facts: AboutSubject, settings: Settings) -> list[Finding]:
    try:
        return [
            Finding(rule.code, rule.name, rule.severity, said.place, said.message, said.hint)
            for said in rule.check(facts, settings)
        ]
    except ModuleNotFoundError:
        raise  # an extra is not installed: nobody's data is at fault
    except Exception as error:  # noqa: BLE001 - a crash of a rule is a finding, never a pass
        return [crash(f"{rule.code} could not be checked", facts.subject, error)]


def crash(what: str, subject: str, error: Exception) -> Finding:
    """Make the finding for a rule or a probe that failed itself."""
    message = f"{what}: {type(error).__name__}: {' '.join(str(error).split())}"
    hint = "this is a fault of the program: report it, with the file if you can share it"
    return Finding(CRASHED_CODE, CRASHED_NAME, Severity.ERROR, Place(subject), message, hint)
