"""The command ``check``: findings beside the lines that they are about."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from brainscore_data.base.markdown import code_span
from brainscore_data.check.engine.outcome import Outcome
from brainscore_data.github.comment import findings_table, rule_pages
from brainscore_data.github.tasks.task import Job, Result, dataset_outputs, datasets
from brainscore_data.plugins.receipt_markdown import checked_with

_EXAMPLES = 50


def run(job: Job) -> Result:
    """Check the repository, or the datasets that changed.

    Whoever sent them: no credentials are needed, and none are used.
    """
    from brainscore_data.check.engine.checking import check
    from brainscore_data.check.reporters.output_formats import written
    from brainscore_data.check.reporters.plain_text import plain

    found = datasets(job)
    paths = [job.workspace / each for each in found] if job.inputs.changed_only else job.paths
    if not paths:
        return Result(
            outputs={**dataset_outputs(found), "errors": "0", "warnings": "0"},
            summary="## Checks\n\nNo dataset is touched: there is nothing to check.\n",
        )
    number = job.context.pull_request.number if job.context.pull_request else None
    base = job.base_settings()
    baseline = job.inputs.baseline
    # Files are named as the repository does: that is what annotations are placed by.
    with contextlib.chdir(job.workspace):
        outcome = check(
            [Path(job.named(path)) for path in paths],
            configuration=base.configuration(paths),
            baseline=base.baseline(baseline) if baseline else None,
            pull_request=job.inputs.pull_request or number,
        )
    # The runner's annotations are the same in each form: `github` would be to show them twice.
    form = job.inputs.output_format
    job.runner.say(written(outcome, "text" if form == "github" else form, plain))
    for finding in outcome.findings:
        job.runner.annotate(finding)
    notes = (checked_with(len(outcome.ran), outcome.ignored_by), *base.notes(paths))
    for note in notes:
        job.runner.say(f"note: {note}")
    return Result(
        exit_code=2 if outcome.crashed else int(bool(outcome.errors)),
        outputs={
            **dataset_outputs(found),
            "errors": str(len(outcome.errors)),
            "warnings": str(len(outcome.warnings)),
        },
        summary=_summary(outcome, notes, rule_pages(job.environment, job.context.server_url)),
        outcome=outcome,
        notes=notes,
    )


def _summary(outcome: Outcome, notes: Sequence[str], pages: str) -> str:
    from brainscore_data.check.reporters.plain_text import summary

    parts = ["## Checks", code_span(summary(outcome)), *notes]
    if outcome.findings:
        parts += [
            findings_table(outcome.findings, examples=_EXAMPLES, pages=pages),
            "The log has all of them.",
        ]
    return "\n\n".join(parts) + "\n"
