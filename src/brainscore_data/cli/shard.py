"""``brainscore-data shard``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from brainscore_data.cli.options import size
from brainscore_data.cli.telling import tell, tell_lines, tell_table

if TYPE_CHECKING:
    from brainscore_data.packaging.shards import ShardPlan

_SCHEMA_VERSION = 1


@click.command()
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option("--count", metavar="N", type=click.IntRange(min=1), help="Make N shards.")
@click.option(
    "--max-bytes",
    metavar="SIZE",
    type=size,
    help="Make as few shards as possible, each of at most SIZE of disk: what it fetches, and its "
    "bundle.",
)
@click.option(
    "--output-format",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="How it is printed; github is for $GITHUB_OUTPUT.",
)
def shard(dataset: Path, *, count: int | None, max_bytes: int | None, output_format: str) -> None:
    """Share the items of DATASET out among machines, balanced by bytes.

    Each machine runs `package --shard 2/5` or `publish --shard 2/5`, and `receipt merge` joins the
    receipts. The plan follows from dataset.toml and the sizes of the files that it names. Nothing is
    fetched: servers are asked for sizes.
    """
    from brainscore_data.packaging.shards import plan_shards

    if (count is None) == (max_bytes is None):
        raise click.UsageError("give --count or --max-bytes: one of them")
    plan = plan_shards(dataset, count=count, max_bytes=max_bytes)
    if output_format == "text":
        _tell(plan)
    elif output_format == "json":
        tell(json.dumps({"schema": _SCHEMA_VERSION, **plan.described()}, indent=2))
    else:
        from brainscore_data.github.shard_matrix import shard_matrix

        matrix = json.dumps(shard_matrix({dataset.as_posix(): plan}))
        tell(f"matrix={matrix}\nplan={plan.digest}", as_it_is=True)


def _tell(plan: ShardPlan) -> None:
    from brainscore_data.packaging.shards import COLUMNS

    rows = [(*each.cells, each.items[0][1]) for each in plan.shards]
    tell_table((*COLUMNS, "first item"), rows)
    tell("")
    tell_lines([f"plan: {plan.digest}"])
