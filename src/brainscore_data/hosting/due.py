"""Items whose embargo has ended: listed, and proposed to a person. Nothing is opened here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from brainscore_data.base.repository import find_repository
from brainscore_data.dataset.document import MANIFEST_NAME, items_in
from brainscore_data.dataset.identifiers import Kind
from brainscore_data.dataset.toml import read_toml
from brainscore_data.records.receipts import load_receipts, opening_command, receipts_below


@dataclass(frozen=True)
class Due:
    """A published item that is private, and need not be any more."""

    kind: Kind
    identifier: str
    embargo: date
    #: From the folder that was looked through.
    manifest: str
    #: What opens it.
    command: str

    def as_json(self) -> dict[str, str]:
        """Say it to a program."""
        return {**vars(self), "embargo": self.embargo.isoformat()}


def due_items(folder: Path, today: date) -> list[Due]:
    """List what is due in a checkout, or in one dataset, the longest overdue first."""
    root = find_repository(folder) or folder
    below = folder if folder.is_dir() else folder.parent
    found = [
        each for path in receipts_below(below) for each in _beside(path, root.resolve(), today)
    ]
    return sorted(found, key=lambda each: (each.embargo, each.identifier))


def _beside(path: Path, root: Path, today: date) -> Iterator[Due]:
    manifest = path.with_name(MANIFEST_NAME)
    if not manifest.is_file() or manifest.is_symlink():
        return
    published = {(item.kind, item.identifier): item for item in load_receipts(path).items}
    for kind, _, table in items_in(read_toml(manifest)):
        identifier, day = str(table.get("identifier")), table.get("embargo")
        receipt = published.get((kind, identifier))
        if receipt is None or any(file.run.public == "retracted" for file in receipt.files):
            continue
        if type(day) is date and day <= today and table["visibility"] == "private":
            shown = manifest.resolve()
            name = shown.relative_to(root) if shown.is_relative_to(root) else shown
            command = opening_command(receipt.files[0].object, identifier)
            yield Due(kind, identifier, day, name.as_posix(), command)
