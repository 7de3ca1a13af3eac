"""The command ``audit``: whether the store still holds what the repository's receipts say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainscore_data.errors import BrainScoreDataError, UsageError
from brainscore_data.github.inputs import workspace_path
from brainscore_data.github.tasks.datasets import walk
from brainscore_data.github.tasks.storing import aws_session
from brainscore_data.github.tasks.task import Result, explained, worst
from brainscore_data.markdown import code_span
from brainscore_data.receipts import FILE_NAME

if TYPE_CHECKING:
    from brainscore_data.github.tasks.task import Job


def run(job: Job) -> Result:
    """Read every file that a receipt names, and compare.

    Raises
    ------
    UsageError
        If there are no receipts.
    """
    from brainscore_data.reading.verification import verify
    from brainscore_data.receipts import load_receipts

    start = workspace_path(job.inputs.path or "", "path", job.workspace)
    files = [path for path in walk(start) if path.name == FILE_NAME]
    if not files:
        raise UsageError(
            f"there is no {FILE_NAME} in here",
            where=f"path: {job.named(start)}",
            hint="`brainscore-data register` writes them; commit them beside dataset.toml",
        )
    session = None
    lines, failures, codes = [], [], []
    for path in files:
        name = job.named(path)
        try:
            receipts = load_receipts(path)
            needs_aws = any(f.object.bucket for item in receipts.items for f in item.files)
            if needs_aws and session is None:
                session = aws_session(job)
            mismatches = verify(receipts, session=session)
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
