"""What identifiers mean in a store: exact versions, and who says that it is these.

Receipts of the checkout say it, or else its registrations. What neither knows is looked up in the
store, where it has to be unmistakable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from brainscore_data.auditing.pins import read_pins
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.nearest import did_you_mean
from brainscore_data.base.repository import find_repository
from brainscore_data.dataset.document import MANIFEST_NAME, items_in, manifest_document
from brainscore_data.dataset.identifiers import (
    Kind,
    assembly_key,
    require_key_safe,
    stimulus_set_keys,
)
from brainscore_data.records.receipts import FileReceipt, ItemReceipt, load_receipts, receipts_below
from brainscore_data.records.tombstone import Tombstone
from brainscore_data.store.interface import NotStoredError, Store, StoredObject
from brainscore_data.store.tombstones import tombstone_of
from brainscore_data.store.visibility import Shown, shown_by


@dataclass(frozen=True)
class HostedFile:
    """One version of one key, as the store has it."""

    stored: StoredObject
    shown: Shown
    #: Why it was taken back, if it was.
    taken_back: Tombstone | None = None
    #: When its receipt says that it was published.
    published: str | None = None

    @property
    def since(self) -> str | None:
        """When it was written. To Ceph's gateway that is also when its tags were: then its receipt tells."""
        return min(filter(None, (self.stored.written, self.published)), default=None)

    @property
    def name(self) -> str:
        """Key and version, for people."""
        version = self.stored.version_id
        return self.stored.key if version is None else f"{self.stored.key} version {version}"


@dataclass(frozen=True)
class HostedItem:
    """An item in a store, all of its files, and what says that it is these versions."""

    kind: Kind
    identifier: str
    files: tuple[HostedFile, ...]
    said_by: str
    license: str | None = None
    embargo: date | None = None
    #: The ``receipts.json`` that names these versions.
    receipts: Path | None = None

    @property
    def manifest(self) -> Path | None:
        """The ``dataset.toml`` beside the receipts."""
        path = None if self.receipts is None else self.receipts.with_name(MANIFEST_NAME)
        return path if path is not None and path.is_file() and not path.is_symlink() else None


#: Key → the version, and its receipt if there is one.
_Versions = dict[str, tuple[str | None, FileReceipt | None]]


def hosted_items(
    store: Store,
    identifiers: Sequence[str],
    checkout: Path,
    *,
    versions: Sequence[str] = (),
    earlier: bool = False,
) -> list[HostedItem]:
    """Find what identifiers mean in a store; each may be a stimulus set, an assembly, or both.

    `versions` are those that a caller names, for what is in no receipt; and for `earlier` ones than
    receipts and registrations name, if that is allowed.
    """
    root = find_repository(checkout) or checkout
    known = list(_in_receipts(root, store))
    names = [require_key_safe(each) for each in dict.fromkeys(identifiers)]
    named = {file.object.version_id for _, item in known for file in item.files}
    if earlier and not named.issuperset(versions):
        found = [item for name in names for item in _in_store(store, name, versions)]
    else:
        found = [item for name in names for item in _of(name, store, root, known, versions)]
    meant = {file.stored.version_id for item in found for file in item.files}
    if strangers := [each for each in versions if each not in meant]:
        raise DataError(
            f"version {strangers[0]!r} is none of these: "
            + ", ".join(file.name for item in found for file in item.files),
            where=store.location.url,
            hint="leave --version-id out to take the versions that receipts name",
        )
    return found


def identifiers_in_receipts(checkout: Path, store: Store) -> list[str]:
    """List what receipts of a checkout name in a store."""
    root = find_repository(checkout) or checkout
    return list(dict.fromkeys(item.identifier for _, item in _in_receipts(root, store)))


def _in_receipts(root: Path, store: Store) -> Iterator[tuple[Path, ItemReceipt]]:
    place = store.location
    for path in receipts_below(root):
        for item in load_receipts(path).items:
            stored = [file.object for file in item.files]
            if all((each.store, each.endpoint) == (place.url, place.endpoint) for each in stored):
                yield path, item


def _of(
    identifier: str,
    store: Store,
    root: Path,
    known: list[tuple[Path, ItemReceipt]],
    versions: Sequence[str],
) -> list[HostedItem]:
    receipts = [(path, item) for path, item in known if item.identifier == identifier]
    if receipts:
        return [_of_receipt(store, path, item, root) for path, item in receipts]
    pinned = _in_registrations(root, store, identifier)
    items = [
        _looked_at(store, kind, identifier, pins, where) for kind, (pins, where) in pinned.items()
    ] or list(_in_store(store, identifier, versions))
    if not items:
        names = [item.identifier for _, item in known]
        raise NotStoredError(
            f"nothing is published as {identifier!r}{did_you_mean(identifier, names)}",
            where=store.location.url,
            hint="check the identifier and the store for a typing error",
        )
    return items


def _of_receipt(store: Store, path: Path, item: ItemReceipt, root: Path) -> HostedItem:
    prefix = store.location.prefix
    versions: _Versions = {
        file.object.key.removeprefix(prefix): (file.object.version_id, file) for file in item.files
    }
    license_, embargo = _stated(path.with_name(MANIFEST_NAME), item)
    shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
    return _looked_at(
        store,
        item.kind,
        item.identifier,
        versions,
        shown,
        license=license_,
        embargo=embargo,
        receipts=path,
    )


def _stated(manifest: Path, item: ItemReceipt) -> tuple[str | None, date | None]:
    """Read license and embargo: what the manifest says now, or else what the receipt says."""
    document = manifest_document(manifest) if manifest.is_file() else {}
    for kind, _, table in items_in(document):
        if (kind, table.get("identifier")) == (item.kind, item.identifier):
            day, license_ = table.get("embargo"), document.get("dataset", {}).get("license")
            restricted = "restricted" in {license_, item.license}
            return "restricted" if restricted else license_, day if type(day) is date else None
    return item.license, item.embargo


def _in_registrations(
    root: Path, store: Store, identifier: str
) -> dict[Kind, tuple[_Versions, str]]:
    found: dict[Kind, tuple[_Versions, str]] = {}
    place = store.location
    for pin in read_pins(root)[0]:
        here = (pin.store, pin.endpoint) == (place.url, place.endpoint)
        if pin.identifier == identifier and here:
            versions, _ = found.setdefault(pin.place.kind, ({}, pin.place.file))
            versions[pin.key] = (pin.version_id, None)
    return found


def _in_store(store: Store, identifier: str, named: Sequence[str]) -> Iterator[HostedItem]:
    """Look a store through: a version that is the only one of its key, or one that was named."""
    keys: dict[Kind, tuple[str, ...]] = {
        "stimulus_set": stimulus_set_keys(identifier)[::-1],
        "assembly": (assembly_key(identifier),),
    }
    for kind, files in keys.items():
        there = {key: [each for each in store.versions(key) if not each.deleted] for key in files}
        if not any(there.values()):
            continue
        versions: _Versions = {}
        for key, found in there.items():
            chosen = [each for each in found if each.version_id in named] or found
            if len(chosen) > 1:
                ids = ", ".join(str(each.version_id) for each in chosen)
                raise UsageError(
                    f"{key} has {len(chosen)} versions, and no receipt or registration here says "
                    f"which is meant: {ids}",
                    where=store.location.url,
                    hint="run it in the repository that has its receipts, or name the version with "
                    "--version-id",
                )
            versions[key] = (chosen[0].version_id if chosen else None, None)
        yield _looked_at(store, kind, identifier, versions, "the store")


def _looked_at(
    store: Store, kind: Kind, identifier: str, versions: _Versions, said_by: str, **facts: Any
) -> HostedItem:
    files = tuple(
        HostedFile(
            stored,
            shown_by(store, stored.key, stored.version_id),
            tombstone_of(store, stored.key, stored.version_id),
            None if receipt is None else receipt.run.when,
        )
        for stored, receipt in _there(store, identifier, versions, said_by)
    )
    return HostedItem(kind, identifier, files, said_by, **facts)


def _is_left(store: Store, versions: _Versions) -> bool:
    """Whether an erasure of these files was cut off: one of them is still to be deleted."""
    return any(
        (found := tombstone_of(store, key, version_id)) is not None
        and found.state == "erasing"
        and store.stat(key, version_id) is not None
        for key, (version_id, _) in versions.items()
    )


def _there(
    store: Store, identifier: str, versions: _Versions, said_by: str
) -> Iterable[tuple[StoredObject, FileReceipt | None]]:
    """Look at every file: one that is gone, or another than it should be, ends it."""
    for key, (version_id, receipt) in versions.items():
        claimed = None if receipt is None else receipt.object
        stored = store.stat(key, version_id)
        version = f" version {version_id}" if version_id else ""
        if stored is None or stored.deleted:
            gone = tombstone_of(store, key, version_id)
            if gone is not None and gone.erased and _is_left(store, versions):
                continue  # of an item that is being erased, this file is done
            why = "" if gone is None else f" (it was {gone})"
            raise NotStoredError(
                f"{identifier} is not whole: {key}{version} is not there{why}, and {said_by} names it",
                where=store.location.url,
                hint="nothing was changed; `brainscore-data verify` and `audit` say what else is gone",
            )
        if claimed is not None and (
            stored.size != claimed.size
            or stored.metadata.get("sha256", claimed.sha256) != claimed.sha256
        ):
            raise DataError(
                f"{key}{version} is not what {said_by} says: its bytes differ",
                where=store.location.url,
                hint="nothing was changed; `brainscore-data verify` compares all of them",
            )
        yield stored, receipt
