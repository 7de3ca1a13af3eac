"""Shards as the jobs of a matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from brainscore_data.base.errors import UsageError
from brainscore_data.github.changed_datasets import MOST_JOBS

if TYPE_CHECKING:
    from brainscore_data.packaging.shards import ShardPlan


def shard_matrix(plans: Mapping[str, ShardPlan]) -> dict[str, list[dict[str, str]]]:
    """Arrange the shards of datasets, by their paths, for ``strategy.matrix``: a job for each."""
    include = [
        {
            "name": f"{path} {shard.name}",
            "path": path,
            "shard": f"{shard.name}@{plan.digest}",
        }
        for path, plan in plans.items()
        for shard in plan.shards
    ]
    if len(include) > MOST_JOBS:
        raise UsageError(
            f"{len(include)} shards are more than the {MOST_JOBS} jobs of a matrix",
            hint="make fewer, and larger ones, or publish some of the datasets at a time",
        )
    return {"include": include}
