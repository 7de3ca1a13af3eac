"""Every file of a folder, and what it seems to be: what is used, and what is not and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from brainscore_data.base.text import natural_order
from brainscore_data.dataset.patterns import matching
from brainscore_data.drafting.found import Stimuli
from brainscore_data.drafting.inventory import FolderInventory
from brainscore_data.drafting.manifest_text import DraftedItem


def everything_seen(
    inventory: FolderInventory, items: Sequence[DraftedItem], left: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Give every file with what it seems to be, in natural order."""
    found = {name: f"not used: {why}" for name, why in left.items()}
    found |= {
        name: f"not used: it cannot be read: {error.message}"
        for name, error in inventory.unreadable.items()
    }
    rows = {table.name: table.rows for table in inventory.tables}
    found |= {
        name: _used(name, items, f"{count} rows")
        for name, count in rows.items()
        if name not in found
    }
    shapes = {each.name: each.shape for each in inventory.arrays}
    shapes |= {each.name: each.shape for each in inventory.recordings if each.name not in found}
    for name, shape in shapes.items():
        found[name] = _used(name, items, " x ".join(map(str, shape)))
    for file in inventory.netcdfs:
        found[file.name] = _used(file.name, items, ", ".join(file.dims))
    for stimuli in inventory.stimuli:
        if not found.keys() >= {*stimuli.members}:
            found[_called(stimuli)] = f"stimuli: {len(stimuli.members)} files"
    return tuple(sorted(found.items(), key=lambda each: natural_order(each[0])))


def _used(name: str, items: Sequence[DraftedItem], size: str) -> str:
    for item in items:
        keys = item.keys
        if keys.get("metadata") == name:
            return f"the list of stimuli: {size}"
        if name in item.made_of:
            return f"the list of stimuli: {size}, of which {keys['metadata']} is made"
        for key, what in _WHAT.items():
            if _names(keys.get(key), name):
                return f"{what}: {size}, in {keys['identifier']}"
        for dim, table in keys.get("coords", {}).items():
            if table == name:
                return f"what each {dim} is: {size}"
    return f"not used: {size}, which no array and no item needs"


def _called(stimuli: Stimuli) -> str:
    if stimuli.session is not None:
        return f"{stimuli.session}:stimulus"
    if stimuli.name != ".":
        return stimuli.name if stimuli.name.endswith(".zip") else f"{stimuli.name}/"
    return ", ".join(sorted({f"*{PurePosixPath(each).suffix}" for each in stimuli.members}))


_WHAT = {
    "table": "what was measured, a row each",
    "spikes": "spikes, a row each",
    "series": "a recording, cut at onsets",
    "values": "an array of measurements",
    "data": "an assembly",
}


def _names(value: Any, name: str) -> bool:
    if isinstance(value, list):
        return name in value
    return value is not None and (value == name or name in matching(value, [name]))
