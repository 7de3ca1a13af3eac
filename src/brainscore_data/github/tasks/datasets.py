"""Which datasets the run is about."""

from __future__ import annotations

import json
from collections.abc import Sequence

from brainscore_data.base.errors import UsageError
from brainscore_data.github.changed_datasets import changed_datasets, dataset_folders, matrix
from brainscore_data.github.context import Context
from brainscore_data.github.tasks.task import Job


def datasets(job: Job) -> list[str]:
    """List the datasets below the input `path`, as the repository names them; all if there is none."""
    if job.inputs.changed_only:
        changes = changed_datasets(_context(job), job.workspace, job.repository)
        if changes.all_because is not None:
            job.runner.say(f"all datasets are looked at: {changes.all_because}")
        for path in changes.deleted:
            job.runner.say(f"{path} is no dataset any more; what was published of it stays")
        found = changes.datasets
    else:
        found = dataset_folders(job.workspace)
    wanted = [job.named(each) for each in job.paths]
    return [each for each in found if any(below(each, path) for path in wanted)]


def some_datasets(job: Job) -> list[str]:
    """List the datasets, where a run without any must be a mistake."""
    found = datasets(job)
    if not found and not job.inputs.changed_only:
        raise UsageError(
            "there is no dataset.toml here",
            where=f"path: {', '.join(job.inputs.path) or '.'}",
            hint="`brainscore-data init FOLDER` writes one; commit it",
        )
    return found


def dataset_outputs(found: Sequence[str]) -> dict[str, str]:
    """Write the outputs that name datasets."""
    return {"datasets": json.dumps(list(found)), "matrix": json.dumps(matrix(found))}


def _context(job: Job) -> Context:
    """Give the event; a run that was started by hand is about the pull request that it was given."""
    from brainscore_data.github.pull_requests import named_pull_request

    number = job.inputs.pull_request
    if number is None or job.context.event != "workflow_dispatch":
        return job.context
    return job.context.as_if_by(named_pull_request(number, job.workspace, job.repository()))


def below(name: str, path: str) -> bool:
    """Whether a file or dataset is a path, or below it, both as the repository names them."""
    return path in (".", name) or name.startswith(f"{path}/")
