"""What a committed ``receipts.json`` claims, without the models that publishing writes it with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainscore_data.base.door import opened
from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.repository import resolved
from brainscore_data.dataset.identifiers import ASSEMBLY_PREFIX, Kind
from brainscore_data.dataset.paths import refuse_escape, refuse_pointer
from brainscore_data.plugins.parse import PINS

_LARGEST = 16 << 20


@dataclass(frozen=True)
class ReceiptPins:
    """What a receipt says of one item: the arguments of a registration, and what they must be."""

    kind: Kind
    identifier: str
    stores: frozenset[str]  # URLs
    sha1s: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class CommittedReceipts:
    """The content of a ``receipts.json``, or why it is not known."""

    plugin: str | None = None  # its folder, from the repository's root
    items: tuple[ReceiptPins, ...] = ()
    error: str | None = None


def read_receipts(path: Path) -> CommittedReceipts:
    """Read a ``receipts.json``; with an `error` if that cannot be done."""
    try:
        refuse_escape(resolved(path.parent), path)
        refuse_pointer(path)
        with opened(path) as stream:
            content = stream.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            return CommittedReceipts(error=f"they are larger than {_LARGEST >> 20} MiB")
        document = json.loads(content.decode("utf-8-sig"))
    except BrainScoreDataError as error:
        return CommittedReceipts(error=f"they are not read: {error.message}")
    except OSError as error:
        return CommittedReceipts(error=f"they cannot be read: {error.strerror}")
    except (ValueError, RecursionError) as error:
        return CommittedReceipts(error=f"they are not JSON: {error}")
    return _understood(document)


def _understood(document: Any) -> CommittedReceipts:
    if not isinstance(document, dict) or document.get("schema") != 1:
        return CommittedReceipts(error="they are not of schema 1, which this version knows")
    plugin, items = document.get("plugin"), document.get("items", [])
    try:
        # Under any other prefix is what no registry names, such as a ceiling.
        found = tuple(
            _item(each) for each in items if each.get("prefix", ASSEMBLY_PREFIX) == ASSEMBLY_PREFIX
        )
    except (LookupError, TypeError, AttributeError):
        return CommittedReceipts(error="an item in them lacks what receipts have")
    return CommittedReceipts(plugin if isinstance(plugin, str) else None, found)


def _item(item: Any) -> ReceiptPins:
    kind, identifier = item["kind"], item["identifier"]
    objects = {name: item[name]["object"] for name in PINS[kind]}
    sha1s, versions = [], []
    for name, (sha1, version) in PINS[kind].items():
        sha1s.append((sha1, _text(objects[name]["sha1"])))
        stored = objects[name]["version_id"]
        versions.append((version, None if stored is None else _text(stored)))
    stores = frozenset(_text(each["store"]) for each in objects.values())
    return ReceiptPins(kind, _text(identifier), stores, tuple(sha1s), tuple(versions))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
