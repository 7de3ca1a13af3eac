"""Who shall be able to load what a repository registers, as its manifests and receipts say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from brainscore_data.auditing.pins import Pin
from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.repository import find_repository, folders_of
from brainscore_data.dataset.document import MANIFEST_NAME, Name, stated_visibility
from brainscore_data.dataset.manifest import Visibility
from brainscore_data.records.receipts import FILE_NAME as RECEIPTS_NAME
from brainscore_data.records.receipts import load_receipts

Said = dict[Name, tuple[Visibility, str]]


@dataclass(frozen=True)
class Words:
    """What manifests and receipts say, each with the file that says it."""

    #: By the item's kind and identifier: its visibility, and where that stands.
    manifests: Said = field(default_factory=dict)
    receipts: Said = field(default_factory=dict)
    #: Files that could not be read, and why.
    unread: dict[str, str] = field(default_factory=dict)

    def about(self, pins: Iterable[Pin]) -> tuple[Pin, ...]:
        """Give pins what is said of their items: by a manifest, or else by receipts."""
        return tuple(map(self._told, pins))

    def _told(self, pin: Pin) -> Pin:
        name = (pin.place.kind, pin.identifier)
        manifest, receipt = self.manifests.get(name), self.receipts.get(name)
        if manifest is None:
            shall, file = receipt or (None, "")
            return replace(pin, shall=shall, said_by=file and f"{file} says {shall}")
        shall, file = manifest
        beside = f", its receipt {receipt[0]}" if receipt and receipt[0] != shall else ""
        return replace(pin, shall=shall, said_by=f"{file} says {shall}{beside}")


def words_of(folder: Path) -> Words:
    """Read all manifests and receipts of the repository that a folder is in, or else below it."""
    root = find_repository(folder) or folder
    words = Words()
    for below, files in folders_of(root):
        for name, read, said in (
            (MANIFEST_NAME, stated_visibility, words.manifests),
            (RECEIPTS_NAME, _receipts_in, words.receipts),
        ):
            path = below / name
            if name in files and path.is_file() and not path.is_symlink():
                _add(path, path.relative_to(root).as_posix(), read, said, words.unread)
    return words


def _add(
    path: Path,
    shown: str,
    read: Callable[[Path], Mapping[Name, Visibility]],
    said: Said,
    unread: dict[str, str],
) -> None:
    try:
        found = read(path)
    except BrainScoreDataError as error:
        unread[shown] = f"who shall be able to load its items is not known: {error.message}"
        return
    for name, word in found.items():
        if word == "private" or name not in said:  # of two words for one item, private counts
            said[name] = (word, shown)


def _receipts_in(path: Path) -> dict[Name, Visibility]:
    return {
        (item.kind, item.identifier): item.visibility
        for item in load_receipts(path).items
        if item.visibility is not None
    }
