"""Findings for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Literal

from brainscore_data.base.place import Place
from brainscore_data.base.text import counted, one_line
from brainscore_data.check.engine.finding import Finding, Severity, told
from brainscore_data.check.engine.outcome import Outcome, Skipped

#: What a part of the text is, for whoever colours it.
Part = Literal["place", "code", "error", "warning", "hint"]


def plain(text: str, part: Part) -> str:  # noqa: ARG001 - the signature of all that colour
    """Colour nothing."""
    return text


def text(outcome: Outcome, paint: Callable[[str, Part], str] = plain) -> str:
    """Write place, code, message and hint of each finding, what was skipped, and the sums."""
    lines = [line for finding in told(outcome.findings) for line in _lines(finding, paint)]
    return with_sums(lines, outcome)


def statistics(outcome: Outcome) -> str:
    """Write a table: count, code, severity and name, the most frequent first."""
    counts = Counter((each.code, each.severity.value, each.rule) for each in outcome.findings)
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    width = max((len(str(count)) for count in counts.values()), default=0)
    lines = [
        f"{count:>{width}}  {code}  {severity:<7}  {name}"
        for (code, severity, name), count in ordered
    ]
    return with_sums(lines, outcome)


def on_a_line(place: Place) -> str:
    """Write a place so that it can begin a line in a terminal, or in the log of a workflow.

    >>> from brainscore_data.base.place import Place
    >>> on_a_line(Place("::error::stimuli.csv", 3, "stimulus_id"))
    './::error::stimuli.csv:3 (stimulus_id)'
    """
    text = one_line(str(place))
    return f"./{text}" if text.lstrip().startswith("::") else text


def summary(outcome: Outcome) -> str:
    """Say in one line what a check came to."""
    known = f" ({outcome.grandfathered} in the baseline)" if outcome.grandfathered else ""
    if outcome.findings:
        counts = [
            counted(len(found), kind)
            for found, kind in ((outcome.errors, "error"), (outcome.warnings, "warning"))
            if found
        ]
        return f"Found {' and '.join(counts)}{known}."
    if not outcome.ran:
        return f"There was nothing to check{known}."
    if outcome.skipped:
        return f"Nothing was found, but not everything could be checked{known}."
    return f"All checks passed{known}."


def with_sums(lines: list[str], outcome: Outcome) -> str:
    """Write lines, then what was skipped and the sums."""
    return "\n".join([*lines, *_skipped(outcome.skipped), summary(outcome)]) + "\n"


def _skipped(skipped: tuple[Skipped, ...]) -> list[str]:
    """Say in one line which rules could not run, and because of which; in none if all could."""
    if not skipped:
        return []
    codes: dict[str, set[str]] = {}
    for each in skipped:
        codes.setdefault(each.because, set()).add(each.code)
    because = "; ".join(
        f"{', '.join(sorted(those))} where {broken} is broken"
        for broken, those in sorted(codes.items())
    )
    rules, places = {each.code for each in skipped}, {each.subject for each in skipped}
    where = one_line(skipped[0].subject) if len(places) == 1 else counted(len(places), "place")
    return [f"skipped: {counted(len(rules), 'rule')} on {where}: {because}"]


def _lines(finding: Finding, paint: Callable[[str, Part], str]) -> list[str]:
    kind: Part = "error" if finding.severity is Severity.ERROR else "warning"
    head = (
        f"{paint(on_a_line(finding.place), 'place')}: {paint(finding.code, 'code')} "
        f"{paint(f'[{kind}]', kind)} {one_line(finding.message)}"
    )
    return (
        [head, f"  {paint('hint:', 'hint')} {one_line(finding.hint)}"] if finding.hint else [head]
    )
