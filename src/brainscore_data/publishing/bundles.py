"""Publish a bundle: all of it or a clear word on what is missing."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from brainscore_data.base.errors import BrainScoreDataError, IncompleteError, UsageError
from brainscore_data.base.hints import Hint, Words
from brainscore_data.base.progress import Progress, Reporter, Shared, quiet
from brainscore_data.publishing.committed import NOTHING_COMMITTED, Committed
from brainscore_data.publishing.exposure import ReadBack, private_notices
from brainscore_data.publishing.labels import content_metadata, run_tags
from brainscore_data.publishing.planning import PlannedItem, Step, plan, raise_refusals
from brainscore_data.publishing.runs import Run
from brainscore_data.publishing.side_by_side import worked_off
from brainscore_data.publishing.writing import FileWriter, Outcome
from brainscore_data.records.bundle import Bundle, bundle_digest, load_bundle
from brainscore_data.records.receipts import (
    AssemblyReceipt,
    FileReceipt,
    ItemReceipt,
    PublishedObject,
    Readable,
    Receipts,
    RunRecord,
    StimulusSetReceipt,
)
from brainscore_data.store.interface import (
    Location,
    ReadOnlyStoreError,
    Store,
    StoreUnavailableError,
)

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
    """

    receipts: Receipts
    notices: tuple[str, ...] = ()


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
) -> Published:
    """Publish what a bundle's folder holds.

    Every key is looked at first; if one item is refused, nothing is written. What is there with
    the same content is not sent again. A stimulus set's zip goes before its csv, and has a receipt
    when both are there. `keep` is given the receipts of items as soon as they are published, so
    that they are kept whatever happens to the next ones.
    """
    bundle = load_bundle(folder, approved=approved)
    if bundle.script is not None and approved is None:
        raise _unapproved(folder, store.location)
    found = plan(
        bundle,
        store,
        allow_unversioned=allow_unversioned,
        committed=committed,
        report=report,
    )
    raise_refusals(found, store)
    if found.writes and not found.capabilities.writable:
        obstacle = found.capabilities.obstacle
        raise ReadOnlyStoreError(
            "you may not write to this store" + (f": {obstacle}" if obstacle else ""),
            where=store.location.url,
            hint=Hint("ask its owner for permission, or choose another ", _STORE),
        )
    aside = private_notices(found, store)
    total = sum(file.size for item in bundle.items for file in item.files)
    read_back = ReadBack(store)
    finished: list[ItemReceipt] = []
    with report("publishing", total) as unshared:
        progress = Shared(unshared)
        progress.expect_files(sum(len(item.files) for item in bundle.items))
        writer = FileWriter(
            store,
            folder,
            found.capabilities.conditional,
            allow_unversioned,
            progress,
            committed=committed,
        )
        published = worked_off(
            found.items,
            _bytes_to_send,
            lambda item: _publish_item(item, bundle, writer, read_back, run),
        )
        with _told_what_is_done(finished, store), closing(published):
            for items in published:
                finished += items
                if keep is not None:
                    keep(_receipts(bundle, items))
    if found.capabilities.writable:
        with suppress(BrainScoreDataError):  # all is published, and another run tidies as well
            store.tidy([file.name for item in bundle.items for file in item.files])
    return Published(_receipts(bundle, finished), (*bundle.notices, *found.notices, *aside))


def _unapproved(folder: Path, location: Location) -> UsageError:
    url = location.url
    digest = bundle_digest(folder)
    line = f"brainscore-data publish {shlex.quote(str(folder))} --store {shlex.quote(url)}"
    approving = Words(
        f"{line} --approve-digest {digest}",
        workflow=f"start publish-on-approval.yml with bundle-sha256: {digest.removeprefix('sha256:')}",
    )
    return UsageError(
        "a script made this bundle, and nobody can make it again to compare",
        where=str(folder),
        hint=Hint("look at what it holds, and approve it by its digest:\n    ", approving),
    )


@contextmanager
def _told_what_is_done(finished: list[ItemReceipt], store: Store) -> Iterator[None]:
    """Add to an error which items are published in spite of it."""
    try:
        yield
    except (IncompleteError, StoreUnavailableError) as error:
        raise IncompleteError(
            f"{error.message}; {_so_far(finished)}",
            where=error.place or store.location.url,
            hint=Hint(_AGAIN, ": it goes on from here and uploads nothing twice"),
        ) from error
    except BrainScoreDataError as error:
        error.add_note(_so_far(finished))
        raise


def _so_far(finished: list[ItemReceipt]) -> str:
    names = ", ".join(item.identifier for item in finished)
    return f"published so far: {names}" if names else "no item is published yet"


def _bytes_to_send(planned: PlannedItem) -> int:
    return sum(step.file.size for step in planned.steps if step.action != "keep")


def _publish_item(
    planned: PlannedItem, bundle: Bundle, writer: FileWriter, read_back: ReadBack, run: Run
) -> ItemReceipt:
    item = planned.item
    files: dict[str, FileReceipt] = {}
    for step in planned.steps:
        with _counted(step.file.size, writer.progress) as sent:
            outcome = writer.carry_out(
                step,
                content_metadata(bundle, item, step.file),
                run_tags(bundle, item, step.file, run),
                sent,
            )
        public = (
            read_back(
                step.file.name, outcome.version.version_id, is_new=outcome.status != "unchanged"
            )
            if item.visibility == "public"
            else None
        )
        files[step.file.name] = _file_receipt(step, outcome, writer.store.location, run, public)
        writer.progress.advance_files()
    if item.kind == "stimulus_set":
        return StimulusSetReceipt(
            identifier=item.identifier,
            visibility=item.visibility,
            license=bundle.license or None,
            csv=files[item.csv.name],
            zip=files[item.zip.name],
        )
    return AssemblyReceipt(
        identifier=item.identifier,
        prefix=item.prefix,
        visibility=item.visibility,
        license=bundle.license or None,
        assembly_class=item.assembly_class,
        stimulus_set=item.stimulus_set,
        merges_stimulus_set=item.merges_stimulus_set,
        nc=files[item.nc.name],
    )


@contextmanager
def _counted(size: int, progress: Progress) -> Iterator[Callable[[int], None]]:
    """Count the bytes of a file as they are sent; in the end all, whoever had sent them."""
    counted = 0

    def sent(amount: int) -> None:
        nonlocal counted
        counted += amount
        progress.advance_bytes(amount)

    yield sent
    progress.advance_bytes(size - counted)


def _file_receipt(
    step: Step, outcome: Outcome, location: Location, run: Run, public: Readable | None
) -> FileReceipt:
    version = outcome.version
    replaces = step.expected_version if outcome.status == "replaced" else None
    return FileReceipt(
        object=PublishedObject(
            store=location.url,
            endpoint=location.endpoint,
            region=location.region,
            bucket=location.bucket,
            key=location.prefix + step.file.name,
            version_id=version.version_id,
            sha1=version.bytes.sha1,
            sha256=version.bytes.sha256,
            size=version.bytes.size,
            digest=version.digest,
            verified=version.verified,
        ),
        run=RunRecord(
            status=outcome.status,
            guard=outcome.guard,
            replaces=replaces,
            public=public,
            **asdict(run),
        ),
    )


def _receipts(bundle: Bundle, items: list[ItemReceipt]) -> Receipts:
    return Receipts(dataset=bundle.dataset, plugin=bundle.plugin, checks=bundle.checks, items=items)
