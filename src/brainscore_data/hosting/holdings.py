"""What is in a store, item by item, and how it grew: for those who look after it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from itertools import accumulate
from typing import Any, Literal

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.in_flight import all_side_by_side
from brainscore_data.dataset.identifiers import Kind
from brainscore_data.records.tombstone import Tombstone
from brainscore_data.store.interface import Store
from brainscore_data.store.tombstones import tombstones_of
from brainscore_data.store.upkeep import Inventory, ListedVersion
from brainscore_data.store.visibility import Shown, shown_by

_NAMES: dict[Kind, re.Pattern[str]] = {
    "stimulus_set": re.compile(r"stimulus_(.+)\.(csv|zip)"),
    "assembly": re.compile(r"assy_(.+)\.nc"),
}
_GIGABYTE = 10**9

Readers = Literal[
    "public", "private", "not known", "csv and zip differ", "deleted", "retracted", "erased"
]


@dataclass(frozen=True)
class ListedItem:
    """An item of a store: what there is to say of its latest version, and of all together."""

    identifier: str
    #: None for a file that has another name than those of items.
    kind: Kind | None
    versions: int
    #: Of the latest version, and of all.
    size: int
    stored: int
    #: As it was tried; in a folder, as it is tagged. `retracted` is also closed, `erased` also gone.
    visibility: Readers
    license: str | None
    who: str | None
    when: str | None
    pull_request: int | None
    files: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Say it to a program."""
        return {**asdict(self), "files": list(self.files)}


@dataclass(frozen=True)
class Month:
    """What was written in a month, and what all that is there came to at its end."""

    month: str
    versions: int
    added: int
    stored: int

    def cost(self, price: float) -> float:
        """Say what storing it for that month costs, at so much for a gigabyte."""
        return self.stored / _GIGABYTE * price


@dataclass(frozen=True)
class _File:
    versions: tuple[ListedVersion, ...]
    readers: Readers
    metadata: Mapping[str, str]
    tags: Mapping[str, str]

    @property
    def latest(self) -> ListedVersion:
        return self.versions[-1]


def listed_items(store: Store, inventory: Inventory) -> list[ListedItem]:
    """Describe every item of a store, each tried without credentials."""
    _ = store.location  # once, and not by each of many threads
    taken_back = {(each.key, each.version_id): each for each in tombstones_of(store)}
    looked = all_side_by_side(
        partial(_looked_at, store, taken_back.keys()), inventory.versions.values()
    )
    gone = {e.key: e for e in taken_back.values() if e.key not in inventory.versions}
    looked += map(_erased, gone.values())
    groups: dict[tuple[Kind | None, str], list[_File]] = {}
    for file in looked:
        groups.setdefault(_named(file.latest.key), []).append(file)
    found = [_item(kind, name, files) for (kind, name), files in groups.items()]
    return sorted(found, key=lambda each: (each.kind is None, each.identifier.lower()))


def growth(inventory: Inventory) -> list[Month]:
    """Say month by month how much was written, of what is still there; months without are there, too."""
    versions = [each for found in inventory.versions.values() for each in found if each.written]
    by_month: dict[str, list[int]] = {}
    for each in versions:
        if not each.deleted:
            by_month.setdefault(each.written[:7], []).append(each.size)
    months = list(_from_to(by_month))
    stored = accumulate(sum(by_month.get(month, [])) for month in months)
    return [
        Month(month, len(by_month.get(month, [])), sum(by_month.get(month, [])), total)
        for month, total in zip(months, stored, strict=True)
    ]


def _from_to(months: Iterable[str]) -> Iterator[str]:
    """Count the months from the first to the last."""
    numbers = [12 * int(month[:4]) + int(month[5:]) - 1 for month in months]
    for number in range(min(numbers), max(numbers) + 1) if numbers else ():
        yield f"{number // 12:04}-{number % 12 + 1:02}"


def _named(key: str) -> tuple[Kind | None, str]:
    for kind, pattern in _NAMES.items():
        if match := pattern.fullmatch(key):
            return kind, match[1]
    return None, key


def _looked_at(
    store: Store,
    taken_back: Collection[tuple[str, str | None]],
    versions: tuple[ListedVersion, ...],
) -> _File:
    latest = versions[-1]
    if latest.deleted:
        return _File(versions, "deleted", {}, {})
    try:
        stored = store.stat(latest.key, latest.version_id)
        shown = shown_by(store, latest.key, latest.version_id)
    except BrainScoreDataError as error:
        if not isinstance(error, UsageError):
            raise
        return _File(versions, "not known", {}, {})  # this caller may list, and no more
    readers = _readers(shown)
    if readers != "public" and (latest.key, latest.version_id) in taken_back:
        readers = "retracted"
    return _File(versions, readers, {} if stored is None else stored.metadata, _tags(store, latest))


def _erased(tombstone: Tombstone) -> _File:
    gone = ListedVersion(tombstone.key, tombstone.version_id, 0, tombstone.when, deleted=True)
    return _File((gone,), "erased", {"identifier": tombstone.identifier}, {})


def _readers(shown: Shown) -> Readers:
    if shown.readable is None:
        return shown.tag or "not known"
    return "public" if shown.readable else "private"


def _tags(store: Store, latest: ListedVersion) -> Mapping[str, str]:
    try:
        return store.tags(latest.key, latest.version_id)
    except UsageError:  # not every reader may see them
        return {}


def _item(kind: Kind | None, name: str, files: list[_File]) -> ListedItem:
    """Put the files of an item together; the identifier is its writer's word, dots and all."""
    said = {key: value for file in files for key, value in file.metadata.items()}
    tags = {key: value for file in files for key, value in file.tags.items()}
    all_versions = [each for file in files for each in file.versions if not each.deleted]
    readers = {file.readers for file in files}
    number = tags.get("pull-request", "")
    identifier = said.get("identifier", name)
    return ListedItem(
        identifier if kind and identifier.replace(".", "_") == name else name,
        kind,
        max(sum(not each.deleted for each in file.versions) for file in files),
        sum(file.latest.size for file in files),
        sum(each.size for each in all_versions),
        readers.pop() if len(readers) == 1 else "csv and zip differ",
        said.get("license"),
        tags.get("uploadedBy"),
        max((file.latest.written for file in files), default=None),
        int(number) if number.isdigit() else None,
        tuple(file.latest.key for file in files),
    )
