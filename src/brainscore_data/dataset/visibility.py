"""Who shall be able to load an item, as a manifest says, whatever else is right or wrong in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.dataset.identifiers import Kind
from brainscore_data.dataset.toml import read_toml

if TYPE_CHECKING:
    from brainscore_data.dataset.manifest import Visibility


Name = tuple[Kind, str]

_KINDS: tuple[Kind, ...] = ("stimulus_set", "assembly")


def stated_in(manifest: Path) -> dict[Name, Visibility]:
    """Read the visibility of every item that has one, by the item's kind and identifier.

    Where an item is there twice, ``private`` counts.
    """
    document = read_toml(manifest)
    found: dict[Name, Visibility] = {}
    for kind in _KINDS:
        items = document.get(kind)
        for item in items if isinstance(items, list) else ():
            if not isinstance(item, dict) or not isinstance(item.get("identifier"), str):
                continue
            name, word = (kind, item["identifier"]), item.get("visibility")
            if word == "private" or (word == "public" and name not in found):
                found[name] = word
    return found
