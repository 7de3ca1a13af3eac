"""The files that items name: found below the dataset's folder, or fetched."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.place import Place
from brainscore_data.base.progress import Reporter
from brainscore_data.dataset.document import names_in
from brainscore_data.dataset.locating import locate, locate_file
from brainscore_data.dataset.manifest import Source, StimulusSet
from brainscore_data.dataset.reading import Dataset
from brainscore_data.packaging.inputs import compared_with, item_name
from brainscore_data.packaging.one_item import Item, Located
from brainscore_data.packaging.stimulus_reference import StimulusReference, refer_to
from brainscore_data.sources.pinning import fetch_source


@dataclass(frozen=True)
class ItemFiles:
    """The files that an item names: below the dataset's folder, or fetched."""

    dataset: Dataset
    item: Item
    place: Place
    report: Reporter
    #: The entry that is needed, where another item is to be packaged.
    only: str | None = None

    def find(self, name: str, key: str = "") -> Path:
        """Find a file; or a folder, where the key may name one."""
        find = locate if key == "files" else locate_file
        return find(self.dataset, name, where=self.place, fetch=self._fetched)

    def named(self, *, fetched: bool) -> Iterator[tuple[str, str]]:
        """List the entries and the names of those that have to be fetched, or of the others."""
        for key, name in names_in(self.item.model_dump(by_alias=True), self.dataset.root):
            if self.only not in (None, key):
                continue
            if (str(PurePosixPath(name)) in self.dataset.manifest.sources) == fetched:
                yield key, name

    def main(self, paths: Mapping[str, Path]) -> Path:
        """Name the file that is most of the item."""
        (_, first), *_ = names_in(self.item.model_dump(by_alias=True), self.dataset.root)
        return paths[first]

    def located(
        self, paths: Mapping[str, Path], references: dict[str, StimulusReference]
    ) -> Located:
        """Say where all is that the item needs; `references` are those that are known already."""
        names = [
            name for _, name in names_in(self.item.model_dump(by_alias=True), self.dataset.root)
        ]
        located = Located(self.dataset.root, self.place, {name: paths[name] for name in names})
        wanted = None if isinstance(self.item, StimulusSet) else self.item.stimulus_set
        if not wanted:
            return located
        if wanted not in references:
            where = self.place.inside("stimulus_set")
            references[wanted] = refer_to(self.dataset, wanted, paths.__getitem__, where=where)
        return replace(located, stimulus_set=references[wanted])

    def _fetched(self, name: str, source: Source) -> Path:
        with self.report(f"downloading {name}", 0) as progress:
            return fetch_source(name, source, progress=progress)


def compared(dataset: Dataset, items: Sequence[ItemFiles], report: Reporter) -> list[ItemFiles]:
    """List what is compared with these items, and is packaged elsewhere: tables of stimuli."""
    here = {item_name(files.item) for files in items}
    found = {
        item_name(beside): beside
        for files in items
        if (beside := compared_with(dataset, files.item)) is not None
    }
    return [
        ItemFiles(dataset, each, dataset.place(each), report, only="metadata")
        for name, each in found.items()
        if name not in here
    ]


def find_all(dataset: Dataset, items: Sequence[ItemFiles]) -> dict[str, Path]:
    """Find the files below the folder, and make sure that they may be read.

    All that are not are told at once, with the entry of the manifest that is at fault.
    """
    found: dict[str, Path] = {}
    absent: dict[str, DataError] = {}
    for files in items:
        for key, name in files.named(fetched=False):
            try:
                path = files.find(name, key)
            except DataError as error:
                absent.setdefault(f"{files.place.entry}: {error.message}", error)
                continue
            if path.is_dir():
                _refuse_unreadable(path)
            found[name] = path
    if len(absent) == 1:
        raise next(iter(absent.values()))
    if absent:
        listed = "".join(f"\n  {each}" for each in absent)
        raise DataError(
            f"{len(absent)} of the files that it names cannot be used{listed}",
            where=str(dataset.path),
            count=len(absent),
            hint="put them below the folder of dataset.toml, or name where they can be fetched in "
            "[sources]",
        )
    return found


def _refuse_unreadable(folder: Path) -> None:
    for file in folder.iterdir():
        if file.is_file() and not os.access(file, os.R_OK):
            raise UsageError(
                "cannot be read: permission denied",
                where=str(file),
                hint="check its permissions",
            )
