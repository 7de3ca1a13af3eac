"""The forms that an outcome can be written in, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from brainscore_data.check.engine.running import Outcome
from brainscore_data.check.reporters.text import Part

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
    from brainscore_data.check.reporters.text import text

    return text(outcome, paint)


def _sarif(outcome: Outcome) -> str:
    from brainscore_data.base.version import own_version
    from brainscore_data.check.engine.explaining import OF_THE_ENGINE, explain
    from brainscore_data.check.engine.families import FAMILIES
    from brainscore_data.check.reporters.sarif import sarif

    families = {code[:4] for code in outcome.selected}
    rules = [
        explain(rule)
        for family in FAMILIES
        if family.code in families
        for rule in family.rules()
        if rule.code in outcome.selected
    ]
    return sarif(outcome, [*OF_THE_ENGINE, *rules], version=own_version())
