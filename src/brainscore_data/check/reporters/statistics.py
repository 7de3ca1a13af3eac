"""How often each rule was broken."""

from __future__ import annotations

from collections import Counter

from brainscore_data.check.engine.running import Outcome
from brainscore_data.check.reporters.text import skipped_lines, summary


def statistics(outcome: Outcome) -> str:
    """Write a table: count, code, severity and name, the most frequent first."""
    counts = Counter((each.code, each.severity.value, each.rule) for each in outcome.findings)
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    width = max((len(str(count)) for count in counts.values()), default=0)
    lines = [
        f"{count:>{width}}  {code}  {severity:<7}  {name}"
        for (code, severity, name), count in ordered
    ]
    return "\n".join([*lines, *skipped_lines(outcome.skipped), summary(outcome)]) + "\n"
