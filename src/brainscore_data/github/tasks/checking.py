"""The command ``check``: findings beside the lines that they are about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.github.tasks.datasets import dataset_outputs, datasets
from brainscore_data.github.tasks.task import Result
from brainscore_data.markdown import code_span

if TYPE_CHECKING:
    from brainscore_data.check.finding import Finding
    from brainscore_data.check.running import Outcome
    from brainscore_data.github.tasks.task import Job

_MOST_ROWS = 1000


def run(job: Job) -> Result:
    """Check the repository, or the datasets that changed.

    Whoever sent them: no credentials are needed, and none are used.
    """
    from brainscore_data.check.checking import check
    from brainscore_data.check.reporters.formats import written
    from brainscore_data.check.reporters.text import plain

    found = datasets(job)
    paths = [job.workspace / each for each in found] if job.inputs.changed_only else job.paths
    if not paths:
        return Result(
            outputs={**dataset_outputs(found), "errors": "0", "warnings": "0"},
            summary="## Checks\n\nNo dataset is touched: there is nothing to check.\n",
        )
    number = job.context.pull_request.number if job.context.pull_request else None
    outcome = check(paths, pull_request=job.inputs.pull_request or number)
    outcome = replace(
        outcome, findings=tuple(_in_repository(each, job) for each in outcome.findings)
    )
    # The runner's annotations are the same in each form: `github` would be to show them twice.
    form = job.inputs.output_format
    job.runner.say(written(outcome, "text" if form == "github" else form, plain))
    for finding in outcome.findings:
        job.runner.annotate(finding)
    return Result(
        exit_code=2 if outcome.crashed else int(bool(outcome.errors)),
        outputs={
            **dataset_outputs(found),
            "errors": str(len(outcome.errors)),
            "warnings": str(len(outcome.warnings)),
        },
        summary=_summary(outcome),
        outcome=outcome,
    )


def _in_repository(finding: Finding, job: Job) -> Finding:
    """Name the file as the repository does: that is what annotations are placed by."""
    place = finding.place
    named = replace(place, file=job.named(Path(place.file)))
    root = f"{job.workspace}/"
    return replace(
        finding,
        place=named,
        message=finding.message.replace(root, ""),
        hint=finding.hint.replace(root, ""),
    )


def _summary(outcome: Outcome) -> str:
    from brainscore_data.check.reporters.text import summary

    parts = ["## Checks", code_span(summary(outcome))]
    if outcome.findings:
        rows = ["| where | rule | what | what to do |", "| --- | --- | --- | --- |"]
        rows += [
            f"| {code_span(str(each.place))} | {each.severity.value} {each.code} "
            f"| {code_span(each.message)} | {code_span(each.hint)} |"
            for each in outcome.findings[:_MOST_ROWS]
        ]
        parts.append("\n".join(rows))
    if len(outcome.findings) > _MOST_ROWS:
        parts.append(f"…and {len(outcome.findings) - _MOST_ROWS:,} more: the log has all of them.")
    return "\n\n".join(parts) + "\n"
