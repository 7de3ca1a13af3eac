"""Shards: a dataset in parts that machines package and publish each for itself.

Which item is in which shard follows from the manifest and the sizes of its inputs alone, so that every
machine comes to the same plan by itself. Its digest tells shards of one plan from those of another.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainscore_data.base.door import content_of
from brainscore_data.base.errors import UsageError
from brainscore_data.base.progress import in_bytes
from brainscore_data.base.text import counted
from brainscore_data.dataset.document import Name
from brainscore_data.dataset.reading import Dataset, load_dataset
from brainscore_data.packaging.inputs import ItemInputs, inputs_of
from brainscore_data.records.bundle import ShardRecord

#: What a table says of each shard.
COLUMNS = ("shard", "items", "input", "disk")
_NAMED = re.compile(r"([0-9]{1,9})/([0-9]{1,9})(?:@(sha256:[0-9a-f]{64}))?", re.ASCII)


@dataclass(frozen=True)
class Shard:
    """Some items of a dataset."""

    number: int
    count: int
    items: tuple[Name, ...]
    #: Of what its items are made of; what several items share counts once.
    bytes: int
    #: What packaging it takes: the dataset's own files, what is fetched, and the bundle.
    disk: int

    @property
    def name(self) -> str:
        """What ``--shard`` takes."""
        return f"{self.number}/{self.count}"

    @property
    def cells(self) -> tuple[str, ...]:
        """Its row in a table under `COLUMNS`."""
        return (self.name, str(len(self.items)), in_bytes(self.bytes), in_bytes(self.disk))


@dataclass(frozen=True)
class ShardPlan:
    """All shards of a dataset."""

    dataset: str
    digest: str
    shards: tuple[Shard, ...]

    def described(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return {
            "dataset": self.dataset,
            "plan": self.digest,
            "shards": [
                {
                    "shard": each.name,
                    "bytes": each.bytes,
                    "disk": each.disk,
                    "items": [{"kind": kind, "identifier": name} for kind, name in each.items],
                }
                for each in self.shards
            ],
        }

    def record(self, shard: Shard) -> ShardRecord:
        """Write down which shard of which plan it is."""
        return ShardRecord(
            plan=self.digest, number=shard.number, count=shard.count, items=len(shard.items)
        )


@dataclass(frozen=True)
class DatasetPart:
    """A dataset, or a shard of it."""

    dataset: Dataset
    #: None for all items.
    wanted: Collection[Name] | None = None
    record: ShardRecord | None = None


def part_of(folder: Path, shard: str | None) -> DatasetPart:
    """Find what is to be packaged or published of a dataset; `shard` is what ``--shard`` says."""
    dataset = load_dataset(folder)
    if shard is None:
        return DatasetPart(dataset)
    plan, found = shard_called(dataset, shard)
    return DatasetPart(dataset, found.items, plan.record(found))


def plan_shards(
    folder: Path, *, count: int | None = None, max_bytes: int | None = None
) -> ShardPlan:
    """Share a dataset out, balanced by bytes: into so many shards, or so that each fits a disk."""
    dataset = load_dataset(folder)
    inputs = inputs_of(dataset)
    if count is not None:
        return planned(dataset, inputs, by_count(inputs, count))

    most = (max_bytes or 0) - inputs.here
    largest, least = inputs.largest()
    if least > most:
        raise UsageError(
            f"{largest[1]} takes {in_bytes(inputs.here + least)} of disk, and a shard may take "
            f"{in_bytes(max_bytes or 0)}",
            where=str(dataset.path),
            hint="allow more, on a machine with a larger disk: a shard has one item at least",
        )
    fewest = -(-inputs.disk(inputs.items) // max(most, 1))
    shards = as_few_as_fit(inputs, lambda items: inputs.disk(items) <= most, fewest)
    return planned(dataset, inputs, shards)


def shard_called(dataset: Dataset, called: str) -> tuple[ShardPlan, Shard]:
    """Find a shard by what ``--shard`` says: ``2/5``, or that and the digest of its plan."""
    named = _NAMED.fullmatch(called)
    if named is None:
        raise UsageError(
            f"{called[:100]!r} is no shard", hint="its form is 2/5: the second of five"
        )
    number, count = int(named[1]), int(named[2])
    if not 1 <= number <= count:
        raise UsageError(
            f"there is no shard {number} of {count}",
            hint=f"the shards are 1/{count} to {count}/{count}" if count else "their form is 2/5",
        )
    inputs = inputs_of(dataset)
    plan = planned(dataset, inputs, by_count(inputs, count))
    if named[3] not in (None, plan.digest):
        raise UsageError(
            f"this is shard {number}/{count} of another plan: here it is {plan.digest}",
            where=str(dataset.path),
            hint="dataset.toml, or a file that it names, has changed since the plan was made: make "
            "it anew with `brainscore-data shard`, for all shards",
        )
    return plan, plan.shards[number - 1]


def by_count(inputs: ItemInputs, count: int) -> list[list[Name]]:
    """Share items out among so many shards: the largest first, each to the one that has least."""
    if count > len(inputs.items):
        raise UsageError(
            f"{counted(len(inputs.items), 'item')} cannot be in {counted(count, 'shard')}",
            hint=f"make {counted(len(inputs.items), 'shard')} or fewer",
        )
    order = {item: place for place, item in enumerate(inputs.items)}
    shards: list[list[Name]] = [[] for _ in range(count)]
    least = [(0, 0, number) for number in range(count)]
    for item in sorted(order, key=lambda item: (-inputs.shares[item], order[item])):
        load, filled, number = least[0]
        shards[number].append(item)
        heapq.heapreplace(least, (load + inputs.shares[item], filled + 1, number))
    return sorted(
        (sorted(shard, key=order.__getitem__) for shard in shards),
        key=lambda shard: order[shard[0]],
    )


def as_few_as_fit(
    inputs: ItemInputs, fits: Callable[[Collection[Name]], bool], fewest: int = 1
) -> list[list[Name]]:
    """Share items out among as few shards as fit, at least so many; each item fits by itself."""
    for count in range(min(max(fewest, 1), len(inputs.items)), len(inputs.items)):
        shards = by_count(inputs, count)
        if all(map(fits, shards)):
            return shards
    return by_count(inputs, len(inputs.items))


def planned(dataset: Dataset, inputs: ItemInputs, shards: Sequence[Sequence[Name]]) -> ShardPlan:
    """Describe a plan."""
    described = {
        "version": 1,
        "manifest": hashlib.sha256(content_of(dataset.path)).hexdigest(),
        "sizes": dict(inputs.sizes),
        "shards": [[list(item) for item in shard] for shard in shards],
    }
    text = json.dumps(described, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return ShardPlan(
        dataset.root.name,
        f"sha256:{hashlib.sha256(text.encode()).hexdigest()}",
        tuple(
            Shard(
                number,
                len(shards),
                tuple(items),
                sum(
                    inputs.sizes[name] for name in {n for each in items for n in inputs.items[each]}
                ),
                inputs.here + inputs.disk(items),
            )
            for number, items in enumerate(shards, start=1)
        ),
    )
