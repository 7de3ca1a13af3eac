"""Copy what is published to another store: the same versions, byte for byte, with receipts for there.

A copy is a publication whose bytes come from a store: what is planned, refused, guarded, compared and
received is what `publish` does. Where both stores are on one server it copies them itself; else they
come by this machine, some items at a time, each held to its hash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from brainscore_data.auditing.pins import Pin, read_pins
from brainscore_data.base.errors import UsageError
from brainscore_data.base.in_flight import all_side_by_side
from brainscore_data.base.progress import Reporter, Shared, quiet
from brainscore_data.base.repository import find_repository
from brainscore_data.base.version import own_version
from brainscore_data.base.work_folders import work_folder
from brainscore_data.hosting.copied import CopiedItem, described
from brainscore_data.hosting.holdings import listed_items
from brainscore_data.hosting.items import (
    HostedFile,
    HostedItem,
    hosted_items,
    identifiers_in_receipts,
)
from brainscore_data.publishing.bundles import Published, publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.records.bundle import Bundle, BundledFile, CheckRecord, save_bundle
from brainscore_data.records.receipts import ItemReceipt, Receipts
from brainscore_data.store.interface import Store
from brainscore_data.store.urls import copying_inside
from brainscore_data.store.verified_copy import write_verified

_A_PART = 64 * 2**20
#: So much is on this machine at once, or one item.
TOGETHER = 2 * 10**9
_UNCHECKED = CheckRecord(ran=[], ignored=[], baseline=False, warnings=[])


@dataclass(frozen=True)
class Moved:
    """A file at its old and at its new place, as a maintainer compares the two."""

    identifier: str
    key: str
    old_version: str | None
    old_sha1: str
    new_version: str | None
    new_sha1: str
    #: As the stores' checksums, or reading, confirmed it.
    same_bytes: bool


@dataclass(frozen=True)
class Copy:
    """What copying comes to; nothing is written yet."""

    source: Store
    target: Store
    items: tuple[CopiedItem, ...]
    #: Of a dry run: what would become of each file, and what stands against it.
    outlook: Published
    #: Whether the server copies by itself.
    inside: bool

    @property
    def to_write(self) -> list[tuple[str, int]]:
        """Key and size of each file that is not there yet."""
        return [
            (file.key, file.bundled.size)
            for item in self.outlook.plan.items
            for file in item.to_write
        ]

    @property
    def bytes(self) -> int:
        """How many have to be copied."""
        return sum(size for _, size in self.to_write)

    @property
    def requests(self) -> int:
        """How many it takes at least: one that reads or copies a file, one that looks at it, parts."""
        return sum(2 + (not self.inside) + size // _A_PART for _, size in self.to_write)

    @property
    def through_here(self) -> int:
        """How many come to this machine, and go from it."""
        return 0 if self.inside else self.bytes


def identifiers_to_copy(source: Store, checkout: Path) -> list[str]:
    """List what a checkout has in a store by receipts and registrations; else all that is in it."""
    root = find_repository(checkout) or checkout
    names = dict.fromkeys(identifiers_in_receipts(checkout, source))
    names |= dict.fromkeys(pin.identifier for pin in _pins(root, source))
    if not names:
        listed = listed_items(source, source.upkeep.inventory())
        there = [
            item for item in listed if item.kind and item.visibility not in {"deleted", "erased"}
        ]
        names = dict.fromkeys(item.identifier for item in there)
    if not names:
        raise UsageError(
            "there is nothing to copy", where=source.location.url, hint="check the store's URL"
        )
    return list(names)


def planned_copy(
    source: Store,
    target: Store,
    identifiers: Sequence[str],
    checkout: Path,
    *,
    run: Run,
    allow_unversioned: bool = False,
    report: Reporter = quiet,
) -> Copy:
    """Look at both stores; what has no hashes that somebody vouches for is read."""
    if source.location == target.location:
        raise UsageError("these are one store", where=target.location.url)
    root = find_repository(checkout) or checkout
    hosted = hosted_items(source, identifiers, checkout)
    pins = _pins(root, source)
    with report("reading what is there", sum(_size(item) for item in hosted)) as progress:
        describe = partial(described, source, root, pins, progress=Shared(progress))
        items = tuple(all_side_by_side(describe, hosted, _size))
    inside = _inside(target, source, items)
    with work_folder() as folder:
        save_bundle(_bundle(source, items), folder)
        outlook = publish_bundle(
            folder,
            target,
            run=run,
            allow_unversioned=allow_unversioned,
            report=report,
            dry_run=True,
            staged=True,
        )
    return Copy(source, target, items, outlook, inside is not None)


def carry_out(
    copy: Copy,
    *,
    run: Run,
    allow_unversioned: bool = False,
    report: Reporter = quiet,
    keep: Callable[[CopiedItem, ItemReceipt], None] = lambda _, __: None,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Moved, ...]:
    """Copy what is not there yet; `keep` is given each receipt when its item is there."""
    if copy.outlook.error is not None:
        raise copy.outlook.error
    done: dict[tuple[str, str], ItemReceipt] = {}

    def kept(items: Sequence[CopiedItem], receipts: Receipts) -> None:
        by_name = {(item.bundled.kind, item.bundled.identifier): item for item in items}
        for receipt in receipts.items:
            name = receipt.kind, receipt.identifier
            if name not in done:
                keep(by_name[name], receipt)
            done[name] = receipt

    target = _inside(copy.target, copy.source, copy.items)
    for items in [list(copy.items)] if target else list(_together(copy.items)):
        with work_folder() as folder:
            save_bundle(_bundle(copy.source, items), folder)
            if target is None:
                _fetch(copy, items, folder, report)
            published = publish_bundle(
                folder,
                target or copy.target,
                run=run,
                allow_unversioned=allow_unversioned,
                report=report,
                keep=partial(kept, items),
                staged=target is not None,
            )
        for notice in published.notices:
            tell(notice)
    return tuple(
        moved
        for item in copy.items
        for moved in _moved(item, done[item.bundled.kind, item.bundled.identifier])
    )


def _moved(item: CopiedItem, receipt: ItemReceipt) -> Iterator[Moved]:
    new = {file.object.key.rpartition("/")[2]: file.object for file in receipt.files}
    for old, file in item.files:
        there = new[file.name]
        yield Moved(
            item.bundled.identifier,
            file.name,
            old.stored.version_id,
            file.sha1,
            there.version_id,
            there.sha1,
            (there.sha256, there.size) == (file.sha256, file.size),
        )


def _inside(target: Store, source: Store, items: Iterable[CopiedItem]) -> Store | None:
    versions = {
        file.stored.key: file.stored.version_id for item in items for file in item.hosted.files
    }
    return copying_inside(target, source, versions)


def _fetch(copy: Copy, items: Sequence[CopiedItem], folder: Path, report: Reporter) -> None:
    """Bring the files here that are not there yet, each held to its hash."""
    missing = {key for key, _ in copy.to_write}
    wanted = [each for item in items for each in item.files]
    with report("fetching", sum(file.size for _, file in wanted)) as unshared:
        progress = Shared(unshared)

        def fetch(pair: tuple[HostedFile, BundledFile]) -> None:
            old, file = pair
            path = folder / file.name
            if file.name not in missing:  # nobody opens it, and its size is looked at
                with path.open("wb") as empty:
                    empty.truncate(file.size)
                return
            write_verified(
                copy.source,
                file.name,
                old.stored.version_id,
                sha256=file.sha256,
                target=path,
                progress=progress,
            )

        all_side_by_side(fetch, wanted, lambda pair: pair[1].size)


def _together(items: Sequence[CopiedItem]) -> Iterator[list[CopiedItem]]:
    """Put items together that fit on this machine at once."""
    several: list[CopiedItem] = []
    for item in items:
        if several and sum(each.size for each in several) + item.size > TOGETHER:
            yield several
            several = []
        several.append(item)
    if several:
        yield several


def _size(item: HostedItem) -> int:
    return sum(file.stored.size for file in item.files)


def _pins(root: Path, source: Store) -> list[Pin]:
    place = source.location
    return [
        pin
        for pin in read_pins(root)[0]
        if (pin.store, pin.endpoint) == (place.url, place.endpoint)
    ]


def _bundle(source: Store, items: Sequence[CopiedItem]) -> Bundle:
    return Bundle(
        dataset=f"copied from {source.location.url}",
        license="",
        items=[item.bundled for item in items],
        checks=_UNCHECKED,
        writers={"brainscore-data": own_version()},
    )
