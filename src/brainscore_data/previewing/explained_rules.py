"""What pages say of the rules that found something."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class ExplainedRule:
    """A rule, for people."""

    code: str
    name: str
    title: str
    why: tuple[str, ...]  # paragraphs
    page: str  # the name of its page


def explained(codes: Collection[str]) -> list[ExplainedRule]:
    """Explain rules by their codes."""
    from brainscore_data.check.engine.families import all_rules
    from brainscore_data.check.engine.own_rules import OWN_RULES

    return [
        ExplainedRule(each.code, each.name, each.title, tuple(each.why.split("\n\n")), each.page)
        for each in (*OWN_RULES, *(all_rules() if codes else ()))
        if each.code in codes
    ]
