"""Findings as annotations of a pull request.

Workflow commands and their parameters:
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands. How they are
escaped is what the toolkit does and the runner undoes:
https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
"""

from __future__ import annotations

from brainscore_data.base.text import one_line
from brainscore_data.check.engine.finding import Finding, told
from brainscore_data.check.engine.outcome import Outcome
from brainscore_data.check.reporters.plain_text import on_a_line, with_sums


def github(outcome: Outcome) -> str:
    """Write a workflow command for each finding, then what was skipped and the sums."""
    return with_sums([command_text(finding) for finding in told(outcome.findings)], outcome)


def command_text(finding: Finding) -> str:
    """Write one finding as a workflow command."""
    place = finding.place
    properties = {"title": f"{finding.code} {finding.rule}", "file": one_line(place.file)}
    if place.line is not None:
        properties["line"] = str(place.line)
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    # The log shows the message only.
    message = f"{on_a_line(place)}: {finding.code} {one_line(finding.message)}"
    if finding.hint:
        message += f"\nhint: {one_line(finding.hint)}"
    return f"::{finding.severity.value} {written}::{escaped(message)}"


def escaped(text: str) -> str:
    """Write text so that it is the message of a workflow command, lines and all."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return escaped(text).replace(":", "%3A").replace(",", "%2C")
