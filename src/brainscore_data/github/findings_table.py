"""Findings as a table with a row for each rule: how often, a few of them, and what to do.

Everything of a contributor's stands in code spans.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from brainscore_data.base.markdown import code_span
from brainscore_data.base.text import one_line
from brainscore_data.check.engine.finding import Finding

HEAD = ("", "rule", "found", "for example", "what to do")
_LONGEST_TEXT = 400
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", re.ASCII)
_REF = re.compile(r"[A-Za-z0-9_./-]+", re.ASCII)


def rows_of(findings: Sequence[Finding], *, examples: int, pages: str = "") -> list[str]:
    """Write a row for each rule, errors first."""
    by_rule: dict[tuple[bool, str, str], list[Finding]] = {}
    for each in findings:
        by_rule.setdefault((each.severity.value != "error", each.code, each.rule), []).append(each)
    return [_row_of(some, examples, pages) for _, some in sorted(by_rule.items())]


def rule_pages(environment: Mapping[str, str], server_url: str) -> str:
    """Find where the pages about rules are: in the repository that the action was taken from.

    Examples
    --------
    >>> rule_pages({"BRAINSCORE_DATA_ACTION_REPOSITORY": "lab/action",
    ...             "BRAINSCORE_DATA_ACTION_REF": "v1"}, "https://github.com")
    'https://github.com/lab/action/blob/v1/docs/rules'
    >>> rule_pages({}, "https://github.com")  # a local action
    ''
    """
    repository = environment.get("BRAINSCORE_DATA_ACTION_REPOSITORY", "")
    ref = environment.get("BRAINSCORE_DATA_ACTION_REF", "")
    if _REPOSITORY.fullmatch(repository) is None or _REF.fullmatch(ref) is None:
        return ""
    return f"{server_url}/{repository}/blob/{ref}/docs/rules"


def row(cells: Sequence[str]) -> str:
    """Write a row of a table."""
    return f"| {' | '.join(cells)} |"


def cell(text: str) -> str:
    """Write a contributor's text, on one line and not endless."""
    line = one_line(text)
    return code_span(line if len(line) <= _LONGEST_TEXT else f"{line[:_LONGEST_TEXT]}…")


def _row_of(findings: Sequence[Finding], examples: int, pages: str) -> str:
    first, shown = findings[0], findings[:examples]
    code = code_span(first.code)
    if pages:
        code = f"[{code}]({pages}/{first.code}-{first.rule}.md)"
    told = [f"{cell(str(each.place))} {cell(each.message)}" for each in shown]
    if len(findings) > len(shown):
        told.append(f"and {len(findings) - len(shown):,} more")
    hints = dict.fromkeys(cell(each.hint) for each in shown if each.hint)
    return row(
        [
            first.severity.value,
            f"{code} {cell(first.rule)}",
            f"{len(findings):,}",
            "<br>".join(told),
            "<br>".join(hints),
        ]
    )
