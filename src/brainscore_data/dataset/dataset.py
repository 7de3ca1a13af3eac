"""A dataset: a folder and its manifest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from brainscore_data.base.place import Place
from brainscore_data.dataset.manifest import Assembly, Manifest, StimulusSet

FILE_NAME = "dataset.toml"


@dataclass(frozen=True)
class Dataset:
    """A folder with a ``dataset.toml``."""

    root: Path  # absolute and without symlinks
    path: Path  # of its dataset.toml, as it was given
    manifest: Manifest

    def place(self, item: StimulusSet | Assembly, key: str | None = None) -> Place:
        """Name an item, or one of its keys, for an error: the file, the table, the key."""
        kind, items = (
            ("stimulus_set", self.manifest.stimulus_sets)
            if isinstance(item, StimulusSet)
            else ("assembly", self.manifest.assemblies)
        )
        number = [each.identifier for each in items].index(item.identifier) + 1
        table = f"[[{kind}]] {number} ({item.identifier})"
        return Place(str(self.path), entry=table if key is None else f"{table}: {key}")
