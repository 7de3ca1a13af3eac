"""The receipts of shards, joined: of one plan, all of them, and no two that contradict each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import reduce
from pathlib import Path

from brainscore_data.base.errors import IncompleteError, UsageError
from brainscore_data.base.text import counted, some
from brainscore_data.records.bundle import ShardRecord
from brainscore_data.records.receipts import (
    FILE_NAME,
    Receipts,
    load_receipts,
    merge_receipts,
    place_of,
)

_NAME = re.compile(r"receipts\.shard-[0-9]+-of-[0-9]+\.json", re.ASCII)


def receipts_name(shard: ShardRecord | None) -> str:
    """Name the file of receipts; those of a shard have one of their own, as others write beside it."""
    return FILE_NAME if shard is None else f"receipts.{shard.file_name}.json"


def shard_receipts_in(folder: Path) -> list[Path]:
    """List the receipts of shards in a folder."""
    found = (path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def load_shards(named: Iterable[Path]) -> dict[Path, Receipts]:
    """Read the receipts of shards: files, or all that are in a folder."""
    paths: list[Path] = []
    for each in named:
        inside = shard_receipts_in(each) if each.is_dir() else [each]
        if not inside:
            raise UsageError(
                "there are no receipts of shards in this folder",
                where=str(each),
                hint="publishing a shard writes them: receipts.shard-1-of-4.json and the like",
            )
        paths += inside
    return {path: load_receipts(path) for path in dict.fromkeys(paths)}


def merge_shards(found: Mapping[Path, Receipts]) -> Receipts:
    """Join the receipts of all shards of a plan into those of the dataset; `found` is by where they are.

    Those of different plans are refused, and so are two that say different things of one item. What is
    missing is named: running it again finishes it.
    """
    by_number: dict[int, Receipts] = {}
    homes: dict[int, Path] = {}
    one_plan = ""
    for where, receipts in found.items():
        shard = _shard_of(where, receipts)
        said = f"{shard.plan} of {receipts.dataset}, {shard.count} shards"
        one_plan = one_plan or said
        if said != one_plan:
            raise UsageError(
                f"these are receipts of another plan than those in {next(iter(found))}: {said}, "
                f"and not {one_plan}",
                where=str(where),
                hint="publish all shards of one plan: dataset.toml and the files that it names must "
                "not change in between",
            )
        before = by_number.get(shard.number)
        if before is not None:
            _refuse_other_words(homes[shard.number], before, where, receipts)
        by_number[shard.number] = receipts if before is None else merge_receipts(before, receipts)
        homes[shard.number] = where
    _refuse_incomplete(by_number)
    first, *others = (
        each.model_copy(update={"shard": None}) for _, each in sorted(by_number.items())
    )
    return reduce(merge_receipts, others, merge_receipts(first, first))


def _shard_of(where: Path, receipts: Receipts) -> ShardRecord:
    if receipts.shard is None:
        raise UsageError(
            "these receipts are of no shard",
            where=str(where),
            hint="name those that each shard wrote: receipts.shard-1-of-4.json and the like",
        )
    return receipts.shard


def _refuse_other_words(home: Path, before: Receipts, where: Path, receipts: Receipts) -> None:
    """Make sure that a shard which was published twice is the same in the store."""
    known = {place_of(item): item for item in before.items}
    for item in receipts.items:
        other = known.get(place_of(item), item)
        if [file.object for file in item.files] != [file.object for file in other.files]:
            raise UsageError(
                f"{item.identifier} is another object here than in {home}, and both are of shard "
                f"{receipts.shard.name if receipts.shard else ''}",
                where=str(where),
                hint="keep the receipts that `brainscore-data verify` agrees with",
            )


def _refuse_incomplete(by_number: Mapping[int, Receipts]) -> None:
    """Name the shards that are missing, and those that did not publish all of their items."""
    found = [(each.shard, len(each.items)) for each in by_number.values() if each.shard]
    count = found[0][0].count
    lacking = [f"{n}/{count}" for n in range(1, count + 1) if n not in by_number]
    problems = [f"there are no receipts of shard {some(lacking, 20, str)}"] if lacking else []
    for shard, published in sorted(found, key=lambda each: each[0].number):
        if published < shard.items:
            lacking.append(shard.name)
            problems.append(
                f"shard {shard.name} has receipts of {published} of its "
                f"{counted(shard.items, 'item')}"
            )
    if problems:
        raise IncompleteError(
            "; ".join(problems),
            hint=f"run those again, e.g. `brainscore-data publish FOLDER --shard {lacking[0]} …`, and "
            "merge then: what is published is not sent twice",
        )
