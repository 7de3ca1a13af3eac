"""What each item of a dataset is packaged from, and how large that is: nothing is opened or fetched."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from brainscore_data.base.errors import UsageError
from brainscore_data.base.in_flight import all_side_by_side
from brainscore_data.base.place import Place
from brainscore_data.base.read_once import reading_once
from brainscore_data.dataset.document import Name, names_in
from brainscore_data.dataset.locating import located
from brainscore_data.dataset.manifest import StimulusSet
from brainscore_data.dataset.reading import Dataset
from brainscore_data.packaging.one_item import Item
from brainscore_data.sources.sizes import source_size

#: Of a bundle, for each byte that it is made of. Most are smaller: what is deflated, or stored as it
#: was. More room than that is needed for what was packed better before than netCDF or a zip does.
BUNDLED = 1.2


@dataclass(frozen=True)
class ItemInputs:
    """The files that a dataset's items are made of: how large, which are fetched, and for what."""

    sizes: Mapping[str, int]
    fetched: frozenset[str]
    #: In the order of the manifest.
    items: Mapping[Name, tuple[str, ...]]
    #: Its share of the bytes; what several items are made of is shared among them.
    shares: Mapping[Name, int]

    def to_fetch(self, items: Iterable[Name], beside: Collection[str] = ()) -> int:
        """Say how many bytes are fetched for these items, but for those `beside`, which are here."""
        names = {name for item in items for name in self.items[item]} & self.fetched
        return sum(self.sizes[name] for name in names.difference(beside))

    def bundled(self, items: Iterable[Name]) -> int:
        """Say how large their bundle is, at most as a rule."""
        return math.ceil(BUNDLED * sum(self.shares[item] for item in items))

    def disk(self, items: Collection[Name], beside: Collection[str] = ()) -> int:
        """Say how much disk these items take, beside what is on it."""
        return self.to_fetch(items, beside) + self.bundled(items)

    def largest(self, beside: Collection[str] = ()) -> tuple[Name, int]:
        """Find the item that takes most disk, and how much."""
        needs = {item: self.disk([item], beside) for item in self.items}
        item = max(needs, key=needs.__getitem__)
        return item, needs[item]

    def only(self, items: Collection[Name]) -> ItemInputs:
        """Leave the other items out; what is made of a file keeps its share."""
        return replace(self, items={name: self.items[name] for name in self.items if name in items})

    @property
    def here(self) -> int:
        """The bytes beside the manifest."""
        return sum(size for name, size in self.sizes.items() if name not in self.fetched)


def inputs_of(dataset: Dataset, *, unknown: int | None = None) -> ItemInputs:
    """List what the items of a dataset are made of; what no server tells the size of counts as `unknown`."""
    manifest = dataset.manifest
    items: dict[Name, tuple[str, ...]] = {}
    places: dict[str, Item] = {}
    for item in (*manifest.stimulus_sets, *manifest.assemblies):
        described = item.model_dump(by_alias=True)
        names = [name for _, name in names_in(described, dataset.root)]
        if (beside := compared_with(dataset, item)) is not None:
            names.append(beside.metadata)
        names = [str(PurePosixPath(name)) for name in names]
        for name in names:
            places.setdefault(name, item)
        items[item_name(item)] = tuple(dict.fromkeys(names))
    fetched = [name for name in places if name in manifest.sources]
    asked = all_side_by_side(lambda name: source_size(name, manifest.sources[name]), fetched)
    sizes: dict[str, int] = {}
    for name, told in zip(fetched, asked, strict=True):
        size = unknown if told is None else told
        if size is None:
            raise UsageError(
                "its server does not say how large it is",
                where=Place(str(dataset.path), item=f"[sources] {name!r}"),
                hint="add `size`, the number of its bytes, to this entry",
            )
        sizes[name] = size
    with reading_once():
        for name, item in places.items():
            if name not in sizes:
                sizes[name] = _bytes(located(dataset.root, name, where=dataset.place(item)))
    users = Counter(name for names in items.values() for name in names)
    shares = {
        item: sum(-(-sizes[name] // users[name]) for name in names) for item, names in items.items()
    }
    return ItemInputs(sizes, frozenset(fetched), items, shares)


def item_name(item: Item) -> Name:
    """Name an item as nothing else of its dataset is."""
    return "stimulus_set" if isinstance(item, StimulusSet) else "assembly", item.identifier


def compared_with(dataset: Dataset, item: Item) -> StimulusSet | None:
    """Find the dataset's own stimulus set of an assembly: its ids are compared, wherever it is packaged."""
    if isinstance(item, StimulusSet) or item.stimulus_set is None:
        return None
    return dataset.stimulus_sets.get(item.stimulus_set)


def _bytes(path: Path) -> int:
    """Add up what is in a file, or in the files of a folder."""
    if not path.is_dir():
        return path.stat().st_size
    size = 0
    for folder, _, names in os.walk(path):
        size += sum((Path(folder) / name).lstat().st_size for name in names)
    return size
