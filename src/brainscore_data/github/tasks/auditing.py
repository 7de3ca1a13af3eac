"""The command ``audit``: whether stores still hold what the repository says.

With the input ``store`` the registrations of all plugins are compared with that store; without it
the committed receipts with the stores that they name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainscore_data.errors import BrainScoreDataError, UsageError
from brainscore_data.github.tasks.datasets import datasets
from brainscore_data.github.tasks.storing import store_options
from brainscore_data.github.tasks.task import Result, explained, worst
from brainscore_data.markdown import code_span, fenced
from brainscore_data.receipts import FILE_NAME

if TYPE_CHECKING:
    from brainscore_data.github.tasks.task import Job
    from brainscore_data.store.options import StoreOptions


def run(job: Job) -> Result:
    """Compare what the repository says with what is in the store.

    Raises
    ------
    UsageError
        If there is nothing to compare, or the store cannot be asked.
    """
    return _receipts(job) if job.inputs.store is None else _registrations(job, job.inputs.store)


def _registrations(job: Job, store: str) -> Result:
    from brainscore_data.auditing.reports import render_text
    from brainscore_data.auditing.running import audit

    found = audit(
        job.workspace,
        [store],
        allow_unversioned=job.inputs.allow_unversioned,
        **store_options(job, store),
    )
    text = render_text(found)
    for line in text.splitlines():
        job.runner.say(line)
    wrong = len(found.mismatches) + len(found.failed)
    return Result(
        exit_code=found.exit_code,
        outputs={"errors": str(wrong), "warnings": str(len(found.not_audited))},
        summary=f"## Audit\n\n{fenced(text, 'text')}",
    )


def _receipts(job: Job) -> Result:
    """Read every file that a receipt names, and compare."""
    from brainscore_data.reading.verification import verify
    from brainscore_data.receipts import load_receipts

    folders = [job.workspace / each for each in datasets(job)]
    files = [folder / FILE_NAME for folder in folders if (folder / FILE_NAME).is_file()]
    if not files:
        raise UsageError(
            f"no dataset here has a {FILE_NAME}",
            where=f"path: {', '.join(job.inputs.path) or '.'}",
            hint="`brainscore-data register` writes them; commit them beside dataset.toml",
        )
    options: StoreOptions = {}
    lines, failures, codes = [], [], []
    for path in files:
        name = job.named(path)
        try:
            receipts = load_receipts(path)
            needs_aws = any(f.object.bucket for item in receipts.items for f in item.files)
            if needs_aws and not options:  # one set of credentials for all
                options = store_options(job, "s3://")
            mismatches = verify(receipts, **options)
        except BrainScoreDataError as error:
            job.runner.error(error)
            failures.append(explained(error, name))
            codes.append(error.exit_code)
            continue
        count = sum(len(item.files) for item in receipts.items)
        lines.append(f"- {code_span(name)}: {count - len(mismatches)} of {count} files are right")
        lines += [f"  - {code_span(each.where)}: {code_span(each.message)}" for each in mismatches]
        job.runner.say(f"{name}: {count - len(mismatches)} of {count} files are as it says")
        for each in mismatches:
            job.runner.say(f"  {each.where}: {each.message}")
            codes.append(1)
    wrong = len(codes)
    return Result(
        exit_code=worst(codes),
        outputs={"errors": str(wrong), "warnings": "0"},
        summary="\n\n".join(["## Audit", *failures, "\n".join(lines)]),
    )
