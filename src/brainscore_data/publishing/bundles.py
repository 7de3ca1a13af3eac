"""Publish a bundle: all of it or a clear word on what is missing.

Small items go up many at a time: most of a small file's time is spent waiting for the store.

A large one goes alone, it is sent in several parts at once already. Within an item nothing
changes: its files go one after another, and the results come in the order of the items.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TypeVar

from brainscore_data.base.errors import BrainScoreDataError, DataError, IncompleteError, UsageError
from brainscore_data.base.hints import PACKAGE_AGAIN, Hint, Words
from brainscore_data.base.in_flight import all_side_by_side
from brainscore_data.base.progress import Progress, Reporter, Shared, quiet
from brainscore_data.publishing.comparison import NOTHING_COMMITTED, Committed, Comparison
from brainscore_data.publishing.file_writer import FileWriter
from brainscore_data.publishing.hosted import compared, without_hosted
from brainscore_data.publishing.keeping import Keeping
from brainscore_data.publishing.planning import Plan, plan, raise_refusals, superseded_version
from brainscore_data.publishing.published import (
    PublishedFile,
    PublishedItem,
    Run,
    as_metadata,
    content_metadata,
    writer_metadata,
)
from brainscore_data.publishing.readability import (
    ReadBack,
    closed_notices,
    private_notices,
    public_notices,
)
from brainscore_data.records.bundle import Bundle, BundledItem, bundle_digest, load_bundle
from brainscore_data.records.receipts import ItemReceipt, Receipts
from brainscore_data.store.interface import ReadOnlyStoreError, Store, StoreUnavailableError
from brainscore_data.store.tags import VISIBILITY_TAG
from brainscore_data.store.write import Write

Task = TypeVar("Task")

# So few go in order, though side by side they would wait less: of two runs with other content the
# one that comes second to the first file stops there, and the other's is published whole.
FEW = 4
#: Of all files of an item; a larger one goes in parts, many at once.
SMALL_BYTES = 64 * 2**20


def work_off(
    tasks: Iterable[Task], size: Callable[[Task], int], work: Callable[[Task], object]
) -> None:
    """Do `work` for every task.

    When it is a failed one's turn, or the user stops the program, no other is begun, and those at
    work are waited for. A `size` is in bytes.
    """
    for small, group in groupby(tasks, lambda task: size(task) <= SMALL_BYTES):
        several = list(group)
        if small and len(several) > FEW:
            all_side_by_side(work, several, size)
        else:
            for task in several:
                work(task)


_STORE = Words("store with --store", "bucket_name", "store with the input `store`")
_AGAIN = Words("run it again", "run the script again")


@dataclass(frozen=True)
class Published:
    """What a run published.

    Attributes
    ----------
    receipts : Receipts
        Of this run: one for each item, in the order of the bundle.
    notices : tuple of str
        What a user should know beside that.
    plan : Plan
        What was to be done about each file; a dry run leaves it at that.
    error : BrainScoreDataError or None
        In a dry run, what would end a real one before anything is written.
    """

    receipts: Receipts
    notices: tuple[str, ...]
    plan: Plan
    error: BrainScoreDataError | None = None


def publish_bundle(
    folder: Path,
    store: Store,
    *,
    run: Run,
    allow_unversioned: bool = False,
    approved: str | None = None,
    committed: Committed = NOTHING_COMMITTED,
    report: Reporter = quiet,
    keep: Callable[[Receipts], None] | None = None,
    dry_run: bool = False,
    staged: bool = False,
) -> Published:
    """Publish what a bundle's folder holds.

    Every key is looked at first; if one item is refused, nothing is written. What is there with
    the same content is not sent again. A stimulus set's zip goes before its csv, and has a receipt
    when both are there. `keep` is given the receipts of items as soon as they are published, so
    that they are kept whatever happens to the next ones. A dry run ends where the first byte would
    be written, and nothing is tried out in the store. Where the files are `staged`, the folder has
    ``bundle.json`` only, and the store copies what it writes.
    """
    whole = approved_bundle(folder, store, approved, staged=staged)
    bundle, here, there = without_hosted(whole)
    found = plan(
        bundle,
        store,
        allow_unversioned=allow_unversioned,
        committed=committed,
        report=report,
        trying=not dry_run,
    )
    error: BrainScoreDataError | None = None
    aside: tuple[str, ...] = ()
    try:
        _refuse_what_is_open(bundle)
        aside = _accepted(found, store, trying=not dry_run)
    except BrainScoreDataError as refused:
        if not dry_run:
            raise
        error = refused
    elsewhere = [whole.items[number] for number in there]
    hosted = tuple(
        f"{item.identifier} is hosted at {item.hosted}: compared there, and not sent"
        for item in elsewhere
    )
    notices = (*bundle.notices, *found.notices, *aside, *hosted)
    if dry_run:
        return Published(receipts_of(bundle, []), notices, found, error)
    if bundle.shard is not None and keep is not None:
        keep(receipts_of(bundle, []))  # a shard of which nothing is left is none that is missing
    told = [item.receipt(run, bundle.license or None) for item in compared(elsewhere, report)]
    files = [file for item in bundle.items for file in item.files]
    publication = _Publication(bundle, folder, run, ReadBack(store))
    kept = Keeping(lambda new: keep(receipts_of(bundle, new)) if keep is not None else None)
    with report("publishing", sum(file.size for file in files)) as unshared:
        progress = Shared(unshared)
        progress.expect_files(len(files))
        writer = FileWriter(
            Comparison(store, committed, progress),
            found.capabilities.conditional,
            allow_unversioned,
        )

        def publish(numbered: tuple[int, PublishedItem]) -> None:
            number, item = numbered
            kept.confirm(here[number], publication.of_item(item, writer))

        with _told_what_is_done(kept, store), kept:
            for number, receipt in zip(there, told, strict=True):
                kept.confirm(number, receipt)
            work_off(
                enumerate(found.items),
                lambda numbered: sum(file.bundled.size for file in numbered[1].to_write),
                publish,
            )
    if found.capabilities.writable:
        with suppress(BrainScoreDataError):  # all is published, and another run tidies as well
            store.tidy([file.name for file in files])
    receipts = receipts_of(bundle, kept.receipts)
    return Published(receipts, (*notices, *closed_notices(receipts)), found)


def _refuse_what_is_open(bundle: Bundle) -> None:
    """Raise if its manifest has TODOs left: what is published stays so."""
    from brainscore_data.check.repository.rules import DecisionsMade

    left = [each for each in bundle.checks.warnings if each.code == DecisionsMade.code]
    if left:
        raise DataError(
            "nothing was published, because something is still undecided:\n"
            + "\n".join(f"  - {each.place}: {each.message}" for each in left),
            where=bundle.dataset,
            count=len(left),
            hint=Hint(
                "decide it, delete the comments with TODO in dataset.toml, then ", PACKAGE_AGAIN
            ),
        )


def _accepted(found: Plan, store: Store, *, trying: bool) -> tuple[str, ...]:
    """Raise what stands against carrying out a plan; gives what a user should know beside it."""
    raise_refusals(found, store)
    if found.writes and not found.capabilities.writable:
        obstacle = found.capabilities.obstacle
        raise ReadOnlyStoreError(
            "you may not write to this store" + (f": {obstacle}" if obstacle else ""),
            where=store.location.url,
            hint=Hint("ask its owner for permission, or choose another ", _STORE),
        )
    private = private_notices(found, store, trying=trying)
    return (*private, *public_notices(found, store, trying=trying))


def approved_bundle(
    folder: Path, store: Store, approved: str | None, *, staged: bool = False
) -> Bundle:
    """Load a bundle; that of a script, if it is approved by its digest."""
    # Their bytes are compared while they are sent.
    bundle = load_bundle(folder, approved=approved, hashed=False, staged=staged)
    if bundle.script is None or approved is not None:
        return bundle
    digest = bundle_digest(folder)
    line = f"brainscore-data publish {shlex.quote(str(folder))} --store {shlex.quote(store.location.url)}"
    approving = Words(
        f"{line} --approve-digest {digest}",
        workflow=f"start publish-data.yml with bundle-sha256: {digest.removeprefix('sha256:')}",
    )
    raise UsageError(
        "a script made this bundle, and nobody can make it again to compare",
        where=str(folder),
        hint=Hint("look at what it holds, and approve it by its digest:\n    ", approving),
    )


@contextmanager
def _told_what_is_done(kept: Keeping, store: Store) -> Iterator[None]:
    """Add to an error which items are published in spite of it."""
    try:
        yield
    except (IncompleteError, StoreUnavailableError) as error:
        raise IncompleteError(
            f"{error.message}; {_so_far(kept.receipts)}",
            where=error.place or store.location.url,
            hint=Hint(_AGAIN, ": it continues from here and uploads nothing twice"),
        ) from error
    except BrainScoreDataError as error:
        error.add_note(_so_far(kept.receipts))
        raise


def _so_far(finished: list[ItemReceipt]) -> str:
    names = ", ".join(item.identifier for item in finished)
    return f"published so far: {names}" if names else "no item is published yet"


@dataclass(frozen=True)
class _Publication:
    """What is the same for all items of a bundle."""

    bundle: Bundle
    folder: Path
    run: Run
    read_back: ReadBack

    def of_item(self, item: PublishedItem, writer: FileWriter) -> ItemReceipt:
        files = tuple(self._of_file(file, item.bundled, writer) for file in item.files)
        return PublishedItem(item.bundled, files).receipt(self.run, self.bundle.license or None)

    def _of_file(
        self, planned: PublishedFile, item: BundledItem, writer: FileWriter
    ) -> PublishedFile:
        license_ = as_metadata(self.bundle.license_of(item))
        metadata = content_metadata(
            planned.bundled,
            planned.replaces,
            identifier=item.identifier,
            **({"license": license_} if license_ else {}),
            writer=writer_metadata(self.bundle.writers),
        )
        tags = self.run.tags(
            superseded_version(item, planned.bundled),
            **{VISIBILITY_TAG: item.visibility},
            dataset=self.bundle.dataset,
        )
        progress = writer.comparison.progress
        with counted(planned.bundled.size, progress) as sent:
            path = self.folder / planned.key
            file = writer.carry_out(
                planned,
                Write(
                    planned.key,
                    path,
                    metadata,
                    tags,
                    planned.replaces,
                    sent,
                    planned.bundled.crc32,
                ),
            )
        if item.visibility == "public" and file.object is not None and file.public is None:
            is_new = file.status != "unchanged"
            public = self.read_back(file.key, file.object.version_id, is_new=is_new)
            file = replace(file, public=public)
        progress.advance_files()
        return file


@contextmanager
def counted(size: int, progress: Progress) -> Iterator[Callable[[int], None]]:
    """Count the bytes of a file as they are sent; in the end all, whoever had sent them."""
    counted = 0

    def sent(amount: int) -> None:
        nonlocal counted
        counted += amount
        progress.advance_bytes(amount)

    yield sent
    progress.advance_bytes(size - counted)


def receipts_of(bundle: Bundle, items: list[ItemReceipt]) -> Receipts:
    """Give the receipts of these items of a bundle."""
    return Receipts(
        dataset=bundle.dataset,
        plugin=bundle.plugin,
        checks=bundle.checks,
        shard=bundle.shard,
        items=items,
    )
