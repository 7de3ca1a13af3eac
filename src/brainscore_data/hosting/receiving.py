"""Where receipts of what was copied go: where those for the old place are, or beside the registration."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Lock

from brainscore_data.base.repository import find_repository
from brainscore_data.hosting.copied import CopiedItem
from brainscore_data.plugins.homes import SOURCE_NAME, folder_in_package, plugin_folder
from brainscore_data.plugins.registering import Registering, plan_registering
from brainscore_data.records.receipts import (
    FILE_NAME,
    ItemReceipt,
    Receipts,
    load_receipts,
    merge_receipts,
    save_receipts,
)


class Receiving:
    """Keeps receipts as they come, each in its file."""

    def __init__(self, checkout: Path, output: Path) -> None:
        self._root = find_repository(checkout) or checkout
        self._output = output
        self._alone = Lock()
        self.written: dict[Path, None] = {}

    def keep(self, item: CopiedItem, receipt: ItemReceipt) -> None:
        """Put a receipt where the one for the old place was; the checks that it tells of stay."""
        path = self._home(item)
        with self._alone:
            there = load_receipts(path) if path.is_file() else self._new(path)
            merged = merge_receipts(there, there.model_copy(update={"items": [receipt]}))
            save_receipts(merged.model_copy(update={"checks": there.checks}), path)
            self.written[path] = None

    def registered(self) -> Iterator[Registering]:
        """Have each plugin pin what its receipts say now: the bytes are those that it pinned."""
        for path in self.written:
            receipts = load_receipts(path)
            beside = path.parent if (path.parent / SOURCE_NAME).is_file() else None
            folder = plugin_folder(receipts, path.parent, beside)
            planned = plan_registering(receipts, folder, is_earlier=lambda *_: True, force=True)
            planned.write()
            yield planned

    def _home(self, item: CopiedItem) -> Path:
        if item.hosted.receipts is not None:
            return item.hosted.receipts
        registration = self._root / item.hosted.said_by
        if registration.name == SOURCE_NAME and registration.is_file():
            return registration.with_name(FILE_NAME)
        return self._output

    def _new(self, path: Path) -> Receipts:
        folder = path.absolute().parent
        return Receipts(
            dataset=folder.name, plugin=folder_in_package(folder.as_posix()), checks=None, items=[]
        )
