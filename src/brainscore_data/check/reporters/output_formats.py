"""The forms that an outcome can be written in, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from brainscore_data.check.engine.outcome import Outcome
from brainscore_data.check.reporters.plain_text import Part

OutputFormat = Literal["text", "json", "github", "sarif", "junit"]


def written(
    outcome: Outcome, output_format: OutputFormat, paint: Callable[[str, Part], str]
) -> str:
    """Write an outcome in one of the forms; `paint` is for text only."""
    if output_format == "json":
        from brainscore_data.check.reporters.json_ import json_text

        return json_text(outcome)
    if output_format == "github":
        from brainscore_data.check.reporters.github import github

        return github(outcome)
    if output_format == "sarif":
        return _sarif(outcome)
    if output_format == "junit":
        from brainscore_data.check.reporters.junit import junit

        return junit(outcome)
    from brainscore_data.check.reporters.plain_text import text

    return text(outcome, paint)


def _sarif(outcome: Outcome) -> str:
    from brainscore_data.base.version import own_version
    from brainscore_data.check.engine.families import FAMILIES
    from brainscore_data.check.engine.own_rules import OWN_RULES
    from brainscore_data.check.reporters.sarif import sarif

    selected = outcome.selected
    looked = (each for each in FAMILIES if any(code.startswith(each.code) for code in selected))
    rules = (rule for family in looked for rule in family.rules() if rule.code in selected)
    return sarif(outcome, [*OWN_RULES, *rules], version=own_version())
