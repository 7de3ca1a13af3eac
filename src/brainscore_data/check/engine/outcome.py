"""What a run of rules comes to: every rule on the facts it looks at, and no crash that counts as a pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from brainscore_data.base.extras import extra_of, install_line
from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Finding, Severity
from brainscore_data.check.engine.own_rules import NOT_CHECKED, ExtraNotInstalled, RuleCrashed
from brainscore_data.check.engine.rule import AboutSubject, Rule
from brainscore_data.check.engine.settings import Settings


class Skipped(NamedTuple):
    """A rule that could not run because another one is broken there."""

    code: str
    because: str
    subject: str


class Ignored(NamedTuple):
    """What does not count in a check, as it is written where that is said; and who says it."""

    what: str
    by: str


class NotRun(NamedTuple):
    """A rule, or a family of them, that could not look at something for want of an extra."""

    code: str
    module: str
    subject: str


@dataclass(frozen=True)
class Outcome:
    """What a run of rules came to."""

    findings: tuple[Finding, ...]  # in the order of the facts, then of the codes
    skipped: tuple[Skipped, ...]
    ran: frozenset[str]  # the codes that looked at something
    selected: frozenset[str] = frozenset()  # those that could have
    ignored: frozenset[str] = frozenset()  # those that were left out on purpose
    grandfathered: int = 0  # findings that are not shown because a baseline has them
    not_run: tuple[NotRun, ...] = ()
    ignored_by: tuple[Ignored, ...] = ()
    # Of findings that say no more than another one does: the code and the place of that one.
    causes: Mapping[Finding, tuple[str, Place]] = field(default_factory=dict)

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
        return any(finding.code == RuleCrashed.code for finding in self.findings)

    @property
    def incomplete(self) -> bool:
        """Whether something was not looked at, by a fault of the program or of what is installed."""
        return any(finding.code in NOT_CHECKED for finding in self.findings)


def run_rules(
    rules: Sequence[Rule[Any]], facts: Iterable[AboutSubject | Finding | NotRun], settings: Settings
) -> Outcome:
    """Run each rule on the facts that it looks at, which are taken one at a time and not kept.

    Among them can be why there are no more of a kind.
    """
    ordered = sorted(rules, key=lambda rule: rule.code)
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    not_run: list[NotRun] = []
    causes: dict[Finding, tuple[str, Place]] = {}
    ran: set[str] = set()
    looking: dict[type, list[Rule[Any]]] = {}  # of facts there can be a million, of types few
    for each in facts:
        if isinstance(each, Finding):
            findings.append(each)
            continue
        if isinstance(each, NotRun):
            not_run.append(each)
            continue
        chosen = looking.get(type(each))
        if chosen is None:
            chosen = [rule for rule in ordered if isinstance(each, rule.looks_at)]
            looking[type(each)] = chosen
        broken: set[str] = set()
        missing: dict[str, str] = {}
        for rule in chosen:
            if missing and (unmet := sorted(rule.requires & missing.keys())):
                missing[rule.code] = missing[unmet[0]]
                not_run.append(NotRun(rule.code, missing[rule.code], each.subject))
                continue
            if broken and (because := sorted(rule.requires & broken)):
                skipped.append(Skipped(rule.code, because[0], each.subject))
                # What depends on a rule that did not run cannot run either.
                broken.add(rule.code)
                continue
            try:
                found = {
                    rule.finding(said.place, said.message, said.hint): said.cause
                    for said in rule.violations(each, settings)
                }
            except Exception as error:  # noqa: BLE001 - a crash of a rule is a finding, never a pass
                why = unseen(rule.code, "could not be checked", each.subject, error)
                if isinstance(why, NotRun):
                    missing[rule.code] = why.module
                    not_run.append(why)
                    continue
                findings.append(why)
                broken.add(rule.code)
                found = {}
            ran.add(rule.code)
            if found:
                broken.add(rule.code)
                findings += found
                causes |= {finding: cause for finding, cause in found.items() if cause is not None}
    return Outcome(
        tuple(findings), tuple(skipped), frozenset(ran), not_run=tuple(not_run), causes=causes
    )


def without_consequences(
    findings: Iterable[Finding], causes: Mapping[Finding, tuple[str, Place]]
) -> Iterator[Finding]:
    """Leave out what another finding says already, as long as that one is among them."""
    found = list(findings)
    told = {(finding.code, finding.place) for finding in found}
    return (finding for finding in found if causes.get(finding) not in told)


def not_installed(not_run: Iterable[NotRun]) -> Iterator[Finding]:
    """Make the findings for what is not installed, one for each module."""
    by_module: dict[str, list[NotRun]] = {}
    for each in not_run:
        by_module.setdefault(each.module, []).append(each)
    for module, unseen in sorted(by_module.items()):
        codes = ", ".join(sorted({each.code for each in unseen}))
        files = len({each.subject for each in unseen})
        more = f" here and in {files - 1} more places" if files > 1 else ""
        extra = extra_of(ModuleNotFoundError(name=module))
        yield ExtraNotInstalled.finding(
            Place(unseen[0].subject),
            f"{module} is not installed: {codes} could not be checked{more}",
            f"{install_line(extra or 'all')}; or do without these: --ignore {codes.replace(' ', '')}",
        )


def unseen(code: str, what: str, subject: str, error: Exception) -> Finding | NotRun:
    """Say why a rule or a probe did not look: an extra is not installed, or it failed itself."""
    if isinstance(error, ModuleNotFoundError) and extra_of(error) is not None:
        return NotRun(code, error.name or "", subject)
    message = f"{code} {what}: {type(error).__name__}: {' '.join(str(error).split())}"
    hint = "this is a fault of the program: report it, with the file if you can share it"
    return RuleCrashed.finding(Place(subject), message, hint)
