"""From a dataset's folder to a bundle's: every item packaged, then ``bundle.json``."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.base.caching import cache_folder, downloads_folder
from brainscore_data.base.cores import jobs_at_once
from brainscore_data.base.errors import DataError
from brainscore_data.base.progress import Reporter, one_at_a_time, quiet
from brainscore_data.base.read_once import reading_once
from brainscore_data.base.repository import find_repository
from brainscore_data.cage.cage import Elsewhere
from brainscore_data.cage.limits import Limits, size_of
from brainscore_data.cage.warmth import imported_by
from brainscore_data.cage.workers import Workers
from brainscore_data.check.engine.baseline import Baseline
from brainscore_data.check.engine.configuration import Configuration
from brainscore_data.dataset.document import Name
from brainscore_data.dataset.identifiers import assembly_key, stimulus_set_keys
from brainscore_data.dataset.licenses import written_license
from brainscore_data.dataset.manifest import StimulusSet
from brainscore_data.dataset.reading import Dataset
from brainscore_data.packaging.bundle_folder import replacing_bundle
from brainscore_data.packaging.check_first import check_first, rules_about_people
from brainscore_data.packaging.found_files import ItemFiles, compared, find_all
from brainscore_data.packaging.inputs import item_name
from brainscore_data.packaging.one_item import Item, Located, Packaged, package_item
from brainscore_data.packaging.shards import part_of
from brainscore_data.packaging.stimulus_reference import StimulusReference
from brainscore_data.records.bundle import (
    Bundle,
    BundledAssembly,
    BundledItem,
    BundledStimulusSet,
    CheckRecord,
    ShardRecord,
    bundled_file,
    save_bundle,
    writers,
)

if TYPE_CHECKING:
    from brainscore_data.cluster.calls import ClusterCage
    from brainscore_data.cluster.connecting import ClusterOrAddress

# Bytes of files; a larger item is packaged with no other large one beside it.
_LARGE = 1 << 26


def package(
    folder: Path | str,
    out: Path | str,
    *,
    ignore: Sequence[str] = (),
    baseline: Path | str | Baseline | None = None,
    configuration: Configuration | None = None,
    jobs: int = 0,
    cluster: ClusterOrAddress | None = None,
    shard: str | None = None,
    report: Reporter = quiet,
) -> Bundle:
    """Check a dataset and package it into a bundle.

    Parameters
    ----------
    folder : path
        The dataset: the folder with ``dataset.toml``, or that file.
    out : path
        The bundle's folder. A bundle that is there already is replaced once the new one is whole;
        anything else that is there is left alone.
    ignore : sequence of str, optional
        Rules to leave out: codes, families (``BSD3``) or names.
    baseline : path or Baseline, optional
        Findings that are known and let pass.
    configuration : Configuration, optional
        The settings of the checks, in place of those of the ``pyproject.toml`` above the folder.
    jobs : int, optional
        How many processes check and package, and how many threads compress and hash in each. 0 for as many as the variable ``BRAINSCORE_DATA_JOBS`` says, or one for each core.
        The files do not depend on it.
    cluster : str or dask.distributed.Client, optional
        A cluster of dask that looks at files and compresses: the scheduler's address (``tcp://…``), the file in which it says that, ``local:4`` for four workers here, or a client. For your own data, on your own network.
    shard : str, optional
        Only the items of this shard: ``2/5``, as ``brainscore-data shard`` shares them out, or that,
        ``@`` and the digest of the plan.
    report : Reporter
        Opens the progress of each item.

    Returns
    -------
    Bundle
        What ``bundle.json`` holds.

    Raises
    ------
    DataError
        If a rule finds an error, or the data breaks the contract with Brain-Score's readers.
    UsageError
        If there is no dataset, a rule is unknown or fails itself, `out` cannot be written to, or a source cannot be reached.
    """
    part = part_of(Path(folder), shard)
    check = partial(
        check_first,
        part.dataset.path.parent,
        ignore=ignore,
        baseline=Path(baseline) if isinstance(baseline, str) else baseline,
        configuration=configuration,
    )
    return package_items(
        part.dataset,
        Path(out),
        check,
        part.wanted,
        jobs=jobs,
        cluster=cluster,
        report=report,
        shard=part.record,
    )


def package_items(
    dataset: Dataset,
    out: Path,
    check: Callable[..., CheckRecord],
    wanted: Collection[Name] | None = None,
    *,
    checked: CheckRecord | None = None,
    jobs: int = 0,
    cluster: ClusterOrAddress | None = None,
    shard: ShardRecord | None = None,
    report: Reporter = quiet,
) -> Bundle:
    """Package items of a dataset, or all; where it was `checked` before, what is fetched now is checked."""
    jobs = jobs_at_once(jobs)
    with contextlib.ExitStack() as ending:
        staging = ending.enter_context(replacing_bundle(out))
        readable = _readable(dataset)
        workers = ending.enter_context(Workers(jobs, readable=readable, writable=[staging]))
        elsewhere = _cage_of(cluster, dataset, readable, ending)
        if elsewhere is not None and dataset.manifest.assemblies:
            from brainscore_data.packaging.one_part import warm_up

            warm_up(elsewhere)
            workers.warm_up(imported_by(package_item))
        named = (*dataset.manifest.stimulus_sets, *dataset.manifest.assemblies)
        items = [
            ItemFiles(dataset, item, dataset.place(item), report)
            for item in named
            if wanted is None or item_name(item) in wanted
        ]
        needed = [*items, *compared(dataset, items, report)]
        with reading_once():
            paths = find_all(dataset, needed)
        check = partial(check, jobs=jobs, workers=elsewhere or workers)
        checks = check() if checked is None else checked
        fetched = {
            name: files.find(name, key)
            for files in needed
            for key, name in files.named(fetched=True)
        }
        if fetched and (about_people := rules_about_people(checks)):
            again = check(select=about_people)  # what was not here before can name people, too
            checks = checks.model_copy(update={"ran": sorted({*checks.ran, *again.ran})})
        packaged = _package_all(
            items, {**paths, **fetched}, staging, workers, elsewhere=elsewhere, report=report
        )
        described = dataset.manifest.dataset
        bundle = Bundle(
            dataset=dataset.root.name,
            license=written_license(described.license) or described.license,
            reference=described.reference,
            plugin=described.plugin,
            items=[item for item, _ in packaged],
            checks=checks,
            writers=writers(),
            notices=[
                f"{item.identifier}: {notice}" for item, notices in packaged for notice in notices
            ],
            shard=shard,
        )
        save_bundle(bundle, staging)
    return bundle


def _cage_of(
    cluster: ClusterOrAddress | None,
    dataset: Dataset,
    readable: Iterable[Path],
    ending: contextlib.ExitStack,
) -> ClusterCage | None:
    """Connect to a cluster, if there is to be one."""
    if cluster is None:
        return None
    from brainscore_data.cluster.connecting import connected

    return ending.enter_context(connected(cluster)).cage(readable, [dataset.path])


def _readable(dataset: Dataset) -> set[Path]:
    """Name the folders that are read, in the cage; those of caches are there afterwards."""
    readable = {dataset.root, cache_folder(), downloads_folder()}
    for folder in readable:
        with contextlib.suppress(OSError):  # who has to write there says why it cannot
            folder.mkdir(parents=True, exist_ok=True)
    if repository := find_repository(dataset.root):
        readable.add(repository)  # its plugins register stimulus sets that assemblies name
    return readable


def _package_all(
    items: Sequence[ItemFiles],
    paths: Mapping[str, Path],
    staging: Path,
    workers: Workers,
    *,
    elsewhere: ClusterCage | None,
    report: Reporter,
) -> list[tuple[BundledItem, tuple[str, ...]]]:
    """Package many small items at a time, and one large one: it has all threads, and much memory."""
    references: dict[str, StimulusReference] = {}
    shown = one_at_a_time(report)

    def packaged(
        located: Located, files: ItemFiles, size: int
    ) -> tuple[BundledItem, tuple[str, ...]]:
        found: Packaged = workers.call(
            package_item,
            limits=Limits.of(size),
            where=str(files.main(paths)),
            report=shown,
            elsewhere=_parts_elsewhere(elsewhere, files.item, located),
            item=files.item,
            located=located,
            folder=staging,
            jobs=workers.jobs,
        )
        bundled = _bundled(files.item, located, found)
        _require_pinned(files, bundled)
        return bundled, found.notices

    with ThreadPoolExecutor(workers.jobs) as small, ThreadPoolExecutor(1) as large:
        futures: list[Future[tuple[BundledItem, tuple[str, ...]]]] = []
        try:
            for files in items:
                located = files.located(paths, references)
                size = size_of(located.paths.values())
                pool = large if size > _LARGE else small
                futures.append(pool.submit(packaged, located, files, size))
            return [future.result() for future in futures]
        except BaseException:
            for future in futures:
                future.cancel()
            workers.stop()
            if elsewhere is not None:
                elsewhere.stop()
            raise


def _parts_elsewhere(cage: ClusterCage | None, item: Item, located: Located) -> Elsewhere | None:
    if cage is None:
        return None
    from brainscore_data.cluster.in_order import InOrder
    from brainscore_data.packaging.one_part import PartsElsewhere

    return PartsElsewhere(InOrder(cage), item, located)


def _require_pinned(files: ItemFiles, bundled: BundledItem) -> None:
    """Make sure that what is hosted is pinned by the bytes that packaging gives."""
    pinned = files.item.sha256
    if pinned is None:
        return
    wanted = {"nc": pinned} if isinstance(pinned, str) else pinned.model_dump()
    for file in bundled.files:
        if file.sha256 != wanted[file.name.rpartition(".")[2]]:
            raise DataError(
                f"packaging gives {file.name} other bytes than those that are pinned as hosted: its "
                f"sha256 is {file.sha256}",
                where=files.place.inside("sha256"),
                hint="upload the file that `brainscore-data package` writes now, and pin its sha256. "
                "Other versions of the libraries write other bytes",
            )


def _bundled(item: Item, located: Located, found: Packaged) -> BundledItem:
    """Say of an item what its manifest says, and of its files what their writer says."""
    if isinstance(item, StimulusSet):
        csv, zipped = (
            bundled_file(key, written)
            for key, written in zip(stimulus_set_keys(item.identifier), found.written, strict=True)
        )
        return BundledStimulusSet(
            identifier=item.identifier,
            visibility=item.visibility,
            embargo=item.embargo,
            license=written_license(item.license),
            csv=csv,
            zip=zipped,
            hosted=item.hosted,
            replaces=item.replaces,
        )
    (written,) = found.written
    reference = located.stimulus_set
    return BundledAssembly(
        identifier=item.identifier,
        visibility=item.visibility,
        embargo=item.embargo,
        license=written_license(item.license),
        assembly_class=item.assembly_class,
        stimulus_set=reference.registry_key if reference else None,
        merges_stimulus_set=found.merges_stimulus_set,
        nc=bundled_file(assembly_key(item.identifier), written),
        hosted=item.hosted,
        replaces=item.replaces,
    )
