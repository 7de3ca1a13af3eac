"""What a new publication supersedes: ``replaces`` in ``dataset.toml``, filled from the receipts."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.base.errors import UsageError
from brainscore_data.base.files import written_whole
from brainscore_data.base.nearest import did_you_mean
from brainscore_data.dataset.identifiers import KINDS, Kind
from brainscore_data.dataset.reading import load_dataset, parse_manifest
from brainscore_data.records.receipts import FILE_NAME, FileReceipt, ItemReceipt, load_receipts
from brainscore_data.sources.pinning import read_to_edit

if TYPE_CHECKING:
    from tomlkit.items import Item

# As `replaces` is written: a version, or one for each file of a stimulus set.
Replaced = str | dict[str, str]


@dataclass(frozen=True)
class Revision:
    """An item, and what its ``replaces`` says now."""

    kind: Kind
    before: Replaced | None
    after: Replaced


def revise(folder: Path, identifier: str) -> list[Revision]:
    """Have the next publication of an identifier replace the version that the receipts name.

    The manifest's comments and layout stay. It is written only if something changes.
    """
    path = load_dataset(folder).path
    receipts = load_receipts(path.with_name(FILE_NAME))
    published = {(each.kind, each.identifier): each for each in receipts.items}
    document = read_to_edit(path)
    tables = [(kind, each) for kind in KINDS for each in document.get(kind, ())]
    named = [(kind, each) for kind, each in tables if each["identifier"] == identifier]
    if not named:
        known = [str(each["identifier"]) for _, each in tables]
        raise UsageError(
            f"lists no {identifier!r}{did_you_mean(identifier, known)}",
            where=str(path),
            hint=f"it lists {', '.join(known)}",
        )
    found = []
    for kind, table in named:
        receipt = published.get((kind, identifier))
        if receipt is None:
            raise UsageError(
                f"there is no receipt for the {kind.replace('_', ' ')} {identifier!r}",
                where=str(path.with_name(FILE_NAME)),
                hint="nothing is published that it could replace: publish it without `replaces`",
            )
        before = table.get("replaces")
        found.append(Revision(kind, None if before is None else before.unwrap(), _of(receipt)))
    if any(each.before != each.after for each in found):
        for (_, table), revision in zip(named, found, strict=True):
            _set(table, revision.after)
        text = document.as_string()
        parse_manifest(tomllib.loads(text.removeprefix("\ufeff")), str(path))  # it is still one
        with written_whole(path) as target:
            target.write_bytes(text.encode())
    return found


def _of(receipt: ItemReceipt) -> Replaced:
    if receipt.kind == "assembly":
        return _version(receipt.nc)
    return {"csv": _version(receipt.csv), "zip": _version(receipt.zip)}


def _version(receipt: FileReceipt) -> str:
    if receipt.object.version_id is None:
        raise UsageError(
            "this store keeps no versions, and nothing in it is ever replaced",
            where=f"{receipt.object.store} {receipt.object.key}",
            hint="publish it under another identifier",
        )
    return receipt.object.version_id


def _set(table: Any, replaces: Replaced) -> None:
    import tomlkit

    there = table.get("replaces")
    if isinstance(there, MutableMapping) and isinstance(replaces, Mapping):
        there.update(replaces)  # in the form that it has
    elif there is not None:
        table["replaces"] = replaces
    else:
        value: Item = tomlkit.item(replaces)
        if isinstance(replaces, dict):
            value = tomlkit.inline_table()
            value.update(replaces)
        beside = table.item("identifier").trivia
        value.trivia.indent, value.trivia.trail = beside.indent, beside.trail
        # At the end it would stand below the comments of the next table.
        table.value._insert_after("identifier", "replaces", value)  # noqa: SLF001
