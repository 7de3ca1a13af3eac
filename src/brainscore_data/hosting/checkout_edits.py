"""Write down who can read an item from now on: in its manifest, its receipts and its plugin's test."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainscore_data.base.door import content_of
from brainscore_data.base.errors import UsageError
from brainscore_data.base.files import written_whole
from brainscore_data.dataset.identifiers import KINDS
from brainscore_data.dataset.reading import parse_manifest
from brainscore_data.hosting.items import HostedItem
from brainscore_data.plugins.homes import plugin_folder
from brainscore_data.plugins.new_plugin import parameter_lines
from brainscore_data.records.bundle import record_text
from brainscore_data.records.receipts import ItemReceipt, Readable, Receipts, load_receipts
from brainscore_data.sources.pinning import read_to_edit
from brainscore_data.store.openness import Shall

TEST_NAME = "test.py"


def with_visibility(
    path: Path, names: Sequence[tuple[str, str]], shall: Shall, *, retracts: bool = False
) -> bytes | None:
    """Give a manifest as it reads when some items, by kind and identifier, have another visibility.

    Comments and layout stay. An item that is opened, or retracted, loses its embargo. None if it
    says so already.
    """
    document = read_to_edit(path)
    changed = False
    for kind in KINDS:
        for table in document.get(kind, ()):
            if (kind, table.get("identifier")) not in names:
                continue
            if table.get("visibility") != shall:
                table["visibility"] = shall
                changed = True
            if (retracts or shall == "public") and "embargo" in table:
                del table["embargo"]
                changed = True
    text = document.as_string()
    parse_manifest(tomllib.loads(text.removeprefix("\ufeff")), str(path))  # it is still one
    return text.encode() if changed else None


@dataclass(frozen=True)
class CheckoutTexts:
    """What the files of a checkout are to say, and what is left to a person."""

    texts: tuple[tuple[Path, bytes], ...]
    left: tuple[str, ...]

    def write(self) -> Iterator[Path]:
        """Write them, each whole."""
        for path, text in self.texts:
            with written_whole(path) as target:
                target.write_bytes(text)
            yield path


def texts_of(items: Sequence[HostedItem], shall: Shall, *, tried: Readable | None) -> CheckoutTexts:
    """Say what manifests, receipts and tests are to read; nothing is written.

    `tried` is what receipts are to say of reading it without credentials.
    """
    retracts = tried == "retracted"
    texts: list[tuple[Path, bytes]] = []
    left: list[str] = []
    homes: dict[Path | None, list[HostedItem]] = {}
    for item in items:
        homes.setdefault(item.receipts, []).append(item)
    for path, those in homes.items():
        names = [(item.kind, item.identifier) for item in those]
        manifest = those[0].manifest
        if manifest is None:
            where = "no receipt here names it" if path is None else f"no dataset.toml beside {path}"
            left += [f"{where}; the line of its manifest: {_line(item, shall)}" for item in those]
        elif (text := with_visibility(manifest, names, shall, retracts=retracts)) is not None:
            texts.append((manifest, text))
        if path is not None:
            before = load_receipts(path)
            after = _said(before, those, shall, tried)
            if after != before:
                texts.append((path, record_text(after).encode()))
            texts += _tests(after, path, those, shall)
    for path, _ in texts:
        if not os.access(path.parent, os.W_OK):
            raise UsageError(
                "nothing was changed: this cannot be written",
                where=str(path),
                hint="run it in a checkout of your own",
            )
    return CheckoutTexts(tuple(texts), tuple(left))


def _line(item: HostedItem, shall: Shall) -> str:
    return f'[[{item.kind}]] {item.identifier}: visibility = "{shall}"'


def _said(
    receipts: Receipts, items: Sequence[HostedItem], shall: Shall, tried: Readable | None
) -> Receipts:
    now = {(item.kind, tuple(f.stored.version_id for f in item.files)): item for item in items}

    def said(item: ItemReceipt) -> ItemReceipt:
        hosted = now.get((item.kind, tuple(file.object.version_id for file in item.files)))
        if hosted is None or hosted.identifier != item.identifier:
            return item
        changes: dict[str, Any] = {"visibility": shall}
        if shall == "public" or tried == "retracted":
            changes["embargo"] = None
        for receipt in item.files:
            run = receipt.run.model_copy(update={"public": tried})
            suffix = receipt.object.key.rpartition(".")[2]
            changes[suffix] = receipt.model_copy(update={"run": run})
        return item.model_copy(update=changes)

    return receipts.model_copy(update={"items": [said(item) for item in receipts.items]})


def _tests(
    receipts: Receipts, path: Path, items: Sequence[HostedItem], shall: Shall
) -> Iterator[tuple[Path, bytes]]:
    """Take the mark of private items off the plugin's test, or put it there, where we wrote it."""
    if not (receipts.plugin or "").startswith("brainscore_vision/"):
        return  # the mark is declared there only
    test = plugin_folder(receipts, path.parent, None) / TEST_NAME
    if not test.is_file() or test.is_symlink():
        return
    text = before = content_of(test).decode()
    for item in items:
        private, public = parameter_lines(item.identifier)
        old, new = (private, public) if shall == "public" else (public, private)
        text = text.replace(old, new)
    if text != before:
        yield test, text.encode()
