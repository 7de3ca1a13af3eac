"""From a folder to receipts: what ``brainscore-data publish`` does, and `brainscore_data.publish`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from brainscore_data.base.errors import UsageError
from brainscore_data.base.progress import Reporter, quiet
from brainscore_data.dataset.document import MANIFEST_NAME
from brainscore_data.publishing.bundles import Published, publish_bundle
from brainscore_data.publishing.comparison import Committed, committed_at
from brainscore_data.publishing.kept_receipts import KeptReceipts
from brainscore_data.publishing.published import current_run
from brainscore_data.publishing.readability import changed_notices
from brainscore_data.publishing.submitting import described_at, require_approval, staged_at
from brainscore_data.records import bundle as bundles
from brainscore_data.store.interface import Store
from brainscore_data.store.options import StoreOptions
from brainscore_data.store.urls import opened

if TYPE_CHECKING:
    from brainscore_data.packaging.shards import DatasetPart


def publish(
    folder: str | os.PathLike[str],
    store: str | Store,
    *,
    receipts: str | os.PathLike[str] | None = None,
    bundle: str | os.PathLike[str] | None = None,
    ignore: Sequence[str] = (),
    baseline: str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    shard: str | None = None,
    disk: int | None = None,
    allow_unversioned: bool = False,
    approve_digest: str | None = None,
    who: str | None = None,
    commit: str | None = None,
    pull_request: int | None = None,
    run_id: str | None = None,
    committed: Committed | None = None,
    dry_run: bool = False,
    report: Reporter = quiet,
    say: Callable[[str], None] = lambda _: None,
    **options: Unpack[StoreOptions],
) -> Published:
    """Publish a dataset, which is checked first, or a bundle that was made of one.

    Parameters
    ----------
    folder : path
        A folder with a ``dataset.toml`` (or that file), which is packaged first, or one with a
        ``bundle.json``; or the URL of a bundle that was submitted (`submit`), which needs its approved
        digest and is copied inside of the store.
    store : str or Store
        ``s3://bucket/prefix``, ``osf://project/folder`` or ``file:///folder``.
    receipts : path, optional
        Where the receipts are kept, or the folder for a ``receipts.json``; by default `folder`.
        A ``receipt.md`` for people is written beside it.
    bundle : path, optional
        Where to leave the bundle of a dataset; by default it is removed in the end.
    ignore : sequence of str, optional
        Rules that the dataset is not checked with: codes, families (``BSD3``) or names.
    baseline : path, optional
        Findings of the checks that are known and let pass.
    jobs : int, optional
        How many processes check stimuli, and how many threads compress and hash, when a dataset
        is packaged; by default as many as the variable ``BRAINSCORE_DATA_JOBS`` says, or one for
        each core.
    shard : str, optional
        Only the items of this shard of a dataset: ``2/5``, as `package` takes it. The receipts have a
        file of their own, ``receipts.shard-2-of-5.json``.
    disk : int, optional
        How many bytes of disk may be taken by what is fetched and packaged; by default what is free.
        Where that does not hold all of a dataset, it goes in rounds.
    allow_unversioned : bool
        Whether a store that keeps no versions is good enough.
    approve_digest : str, optional
        The digest of the bundle, if somebody has looked at it; the bundle of a script needs that.
    who, commit, pull_request, run_id : optional
        What the receipts say of the run; by default `who` is the user, and `commit` the one that
        is checked out in `folder`.
    committed : Committed, optional
        The receipts that vouch for equal content in other bytes; by default those at HEAD of the
        repository that the receipts are kept in.
    dry_run : bool
        Whether to leave it at the plan: nothing is written to the store, and no receipt.
    report : Reporter, optional
        Shows how far the work has come, e.g. :class:`brainscore_data.base.progress.Reported`.
    say : callable, optional
        Is told, before anything begins, what disk it takes.
    **options
        How to reach the store: :class:`brainscore_data.store.options.StoreOptions`.

    Returns
    -------
    Published
        The receipts of this run; those of earlier ones stay in the file.

    Raises
    ------
    DataError
        If a rule finds an error, the data has a fault, or a key is taken by other content.
    UsageError
        If the folder holds neither, or the store cannot be used.
    IncompleteError
        If the store stopped answering: running it again finishes it.
    """
    staged = staged_at(folder, **options)
    folder = Path.cwd() if staged else _dataset_folder(Path(folder))
    made = staged is not None or _is_bundle(folder)
    if made and (shard is not None or disk is not None):
        raise UsageError(
            "this is a bundle, and --shard and --disk are for a dataset that is still to be "
            "packaged",
            where=str(folder),
            hint="leave --shard and --disk out, or give them with the dataset",
        )
    part = None if shard is None else _part(folder, shard)
    record = None if part is None else part.record
    if made and staged is None:
        record = bundles.load_bundle(folder, hashed=False, staged=True).shard
    home = KeptReceipts(folder, None if receipts is None else Path(receipts), record)
    target_store = opened(store, **options)
    if staged is not None:
        require_approval(staged, approve_digest, ignore=ignore, baseline=baseline, bundle=bundle)
        target_store = staged.promoting(target_store)
    run = current_run(folder, who=who, commit=commit, pull_request=pull_request, run_id=run_id)
    if (ignore or baseline is not None) and staged is None and made:
        raise UsageError(
            "this is a bundle, which was checked when it was packaged",
            where=str(folder),
            hint="leave --ignore and --baseline out, or give them to `brainscore-data package`",
        )
    if approve_digest is not None and not made:
        raise UsageError(
            "only a bundle has a digest to approve, and this is a dataset",
            where=str(folder),
            hint="leave --approve-digest out",
        )
    publish = partial(
        publish_bundle,
        store=target_store,
        run=run,
        allow_unversioned=allow_unversioned,
        approved=approve_digest,
        committed=committed or committed_at(home.path.parent),
        report=report,
        keep=home.keep,
        dry_run=dry_run,
        staged=staged is not None,
    )
    if not made:
        part = part or _part(folder, None)
    with contextlib.nullcontext() if dry_run else home.shown_in_the_end():
        if staged is not None:
            with described_at(staged) as described:
                published = publish(described)
        elif part is None:
            published = publish(folder)
        else:
            from brainscore_data.publishing.datasets import publish_part

            published = publish_part(
                part,
                publish,
                home,
                target_store,
                bundle=None if bundle is None else Path(bundle),
                ignore=ignore,
                baseline=None if baseline is None else Path(baseline),
                jobs=jobs or 0,
                disk=disk,
                report=report,
                say=say,
            )
    changed = changed_notices(home.found, published.receipts)
    return replace(published, notices=(*published.notices, *changed))


def _is_bundle(folder: Path) -> bool:
    return (folder / bundles.FILE_NAME).is_file() and not (folder / MANIFEST_NAME).is_file()


def _part(folder: Path, shard: str | None) -> DatasetPart:
    """Find what is to be published of a dataset that is not packaged yet."""
    if not (folder / MANIFEST_NAME).is_file():
        raise UsageError(
            f"there is neither a {MANIFEST_NAME} nor a {bundles.FILE_NAME} here",
            where=str(folder),
            hint=f"`brainscore-data init {folder}` writes a {MANIFEST_NAME}",
        )
    from brainscore_data.packaging.shards import part_of  # who has a bundle needs no more

    return part_of(folder, shard)


def _dataset_folder(given: Path) -> Path:
    if given.is_dir():
        return given
    if given.name == MANIFEST_NAME and given.is_file():
        return given.parent
    raise UsageError(
        "this is a file, not a folder" if given.exists() else "there is no such folder",
        where=str(given),
        hint=f"name the folder with the {MANIFEST_NAME}, or with the {bundles.FILE_NAME}",
    )
