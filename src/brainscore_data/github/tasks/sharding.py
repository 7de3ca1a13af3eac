"""The command ``shard``: which jobs package and publish which part of the datasets."""

from __future__ import annotations

import json

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.markdown import code_span, table, table_row
from brainscore_data.github.shard_matrix import shard_matrix
from brainscore_data.github.tasks.task import Job, Result, explained, some_datasets, worst
from brainscore_data.packaging.shards import COLUMNS, ShardPlan, plan_shards

# Of the 14 GB that a runner has, for what is fetched and the bundle; the rest is for the programs:
# https://docs.github.com/en/actions/reference/runners/github-hosted-runners
_FITS_A_RUNNER = 12 * 10**9


def run(job: Job) -> Result:
    """Plan the shards of each dataset; one that fails does not hold up the others."""
    most = job.inputs.max_bytes or _FITS_A_RUNNER
    plans: dict[str, ShardPlan] = {}
    failures, codes, errors = [], [], 0
    found = some_datasets(job)
    for name in found:
        try:
            plans[name] = plan_shards(job.workspace / name, max_bytes=most)
        except BrainScoreDataError as error:
            job.runner.error(error)
            failures.append(explained(error, name))
            codes.append(error.exit_code)
            errors += error.count
    rows = [
        table_row((code_span(f"{name} {each.name}"), *each.cells[1:]))
        for name, plan in plans.items()
        for each in plan.shards
    ]
    shown = [table(COLUMNS, rows)] if rows else []
    return Result(
        exit_code=worst(codes),
        outputs={
            "datasets": json.dumps(found),
            "matrix": json.dumps(shard_matrix(plans)) if plans else "",
            "errors": str(errors),
        },
        summary="\n\n".join(["## Shards", *failures, *shown]) + "\n",
    )
