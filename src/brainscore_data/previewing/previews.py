"""From a bundle, a dataset or an identifier to its preview; files are parsed in the cage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack

from brainscore_data.base.caching import downloads_folder
from brainscore_data.base.cores import jobs_at_once
from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.base.progress import Reporter, quiet
from brainscore_data.cage.limits import Limits, size_of
from brainscore_data.cage.workers import Workers
from brainscore_data.check.engine.outcome import Outcome
from brainscore_data.dataset.document import MANIFEST_NAME
from brainscore_data.dataset.identifiers import (
    assembly_key,
    is_key_safe,
    require_key_safe,
    stimulus_set_keys,
)
from brainscore_data.dataset.manifest import StimulusSet
from brainscore_data.previewing.changes import assembly_changes, stimulus_set_changes
from brainscore_data.previewing.preview import ItemPreview, Preview, Remark
from brainscore_data.previewing.seen_assemblies import assembly_seen
from brainscore_data.previewing.seen_stimuli import stimuli_seen
from brainscore_data.previewing.shown_items import (
    Showing,
    ShownItem,
    ShownItems,
    bundle_items,
    dataset_items,
    published_items,
    said_of_readers,
)
from brainscore_data.records.bundle import FILE_NAME
from brainscore_data.store.interface import NotStoredError, Store
from brainscore_data.store.options import StoreOptions
from brainscore_data.store.urls import opened
from brainscore_data.store.verified_copy import cached
from brainscore_data.store.visibility import shown_by

_MEMORY = 8  # GiB of address space: what pictures are decoded in, too
_SECONDS = 600


def preview(
    what: Path | str,
    *,
    store: str | Store | None = None,
    show_private: bool = False,
    check: bool = True,
    outcome: Outcome | None = None,
    jobs: int = 0,
    report: Reporter = quiet,
    **options: Unpack[StoreOptions],
) -> Preview:
    """Look at a bundle, a dataset, or what is published under an identifier; the last needs a store.

    Items are compared with what is in the store. Unless `show_private`, private and restricted items
    are shown in aggregates only. `outcome` is what a check came to that was done already.
    """
    reached = None if store is None else opened(store, **options)
    folder = Path(what)
    showing = Showing(reached, show_private, report)
    looking = _Looking(reached, jobs_at_once(jobs))
    if (folder / FILE_NAME).is_file():
        return looking.at(bundle_items(folder, showing))
    if folder.name == MANIFEST_NAME or (folder / MANIFEST_NAME).is_file():
        shown = dataset_items(folder, showing)
        return looking.at_dataset(shown, folder, check=check, outcome=outcome)
    if folder.exists():
        raise UsageError(
            "there is neither a bundle nor a dataset here",
            where=str(folder),
            hint=f"a bundle has a {FILE_NAME}, a dataset a {MANIFEST_NAME}",
        )
    if reached is None or not is_key_safe(str(what)):
        raise UsageError(
            "there is no such folder",
            where=str(what),
            hint="name a bundle or a dataset; or an identifier, and its store",
        )
    shown = published_items(require_key_safe(str(what)), reached, showing)
    return looking.at(shown, compare=False)


@dataclass(frozen=True)
class _Looking:
    store: Store | None
    jobs: int

    def at(self, shown: ShownItems, *, compare: bool = True) -> Preview:
        with self._workers(shown.readable) as workers:
            items = self._looked_at(shown.items, workers, compare=compare)
        return replace(shown.whole, items=items)

    def at_dataset(
        self, shown: ShownItems, folder: Path, *, check: bool, outcome: Outcome | None
    ) -> Preview:
        root = folder if folder.is_dir() else folder.parent
        with self._workers([*shown.readable, root.resolve()]) as workers:
            if outcome is None and check:
                from brainscore_data.check.engine.checking import check as carry_out

                outcome = carry_out([root], ignore=["BSD5"], jobs=self.jobs, workers=workers)
            items = self._looked_at(shown.items, workers)
        whole = replace(shown.whole, items=items)
        if outcome is None:
            return whole
        return replace(
            whole,
            # The findings tell each fault of a manifest, with its line.
            remarks=tuple(_remarks(outcome, root)) or whole.remarks,
            checked=len(outcome.ran),
            ignored=tuple(
                (each.what, each.by) for each in outcome.ignored_by if each.by != "--ignore"
            ),
        )

    def _workers(self, readable: Sequence[Path]) -> Workers:
        folders = [*readable, *([] if self.store is None else [downloads_folder()])]
        for each in folders:
            with suppress(OSError):
                each.mkdir(parents=True, exist_ok=True)
        return Workers(self.jobs, readable=folders)

    def _looked_at(
        self, subjects: Sequence[ShownItem], workers: Workers, *, compare: bool = True
    ) -> tuple[ItemPreview, ...]:
        tables = {each.item.identifier: each.csv for each in subjects if each.csv is not None}

        def look(subject: ShownItem) -> ItemPreview:
            item = self._seen(subject, tables, workers)
            if compare and self.store is not None and subject.described is not None:
                item = self._compared(replace(subject, item=item), self.store, workers)
            return item

        with ThreadPoolExecutor(workers.jobs) as pool:
            return tuple(pool.map(look, subjects))

    def _seen(
        self, subject: ShownItem, tables: Mapping[str, Path | None], workers: Workers
    ) -> ItemPreview:
        item, described = subject.item, subject.described
        if described is None:
            return item
        inside = _inside(subject)
        limits = Limits.of(size_of(subject.paths.values()), memory_gib=_MEMORY, seconds=_SECONDS)
        try:
            if isinstance(described, StimulusSet):
                seen = workers.call(
                    stimuli_seen,
                    limits=limits,
                    metadata=subject.paths[described.metadata],
                    files=subject.paths[described.files],
                    root=subject.root,
                    inside=inside,
                    contents=item.contents,
                )
                return replace(item, stimuli=seen)
            table = self._table_of(item, tables)
            seen = workers.call(
                assembly_seen,
                limits=limits,
                item=described,
                paths=subject.paths,
                stimuli=table,
                inside=(*inside, *([] if table is None else [table.parent])),
                contents=item.contents,
            )
            return replace(item, assembly=seen)
        except DataError as error:
            return replace(item, error=error.message)

    def _table_of(self, item: ItemPreview, tables: Mapping[str, Path | None]) -> Path | None:
        """Find the csv of an assembly's stimulus set: here, or in the store."""
        name = item.stimulus_set
        if name is None or tables.get(name) is not None:
            return tables.get(name or "")
        if self.store is None or not is_key_safe(name):
            return None
        with suppress(BrainScoreDataError):
            return cached(self.store, stimulus_set_keys(name)[0])
        return None

    def _compared(self, subject: ShownItem, store: Store, workers: Workers) -> ItemPreview:
        item, described = subject.item, subject.described
        is_set = isinstance(described, StimulusSet)
        keys = stimulus_set_keys(item.identifier) if is_set else (assembly_key(item.identifier),)
        try:
            before = [cached(store, key) for key in keys]
            stored = store.stat(keys[0])
            version = None if stored is None else stored.version_id
            item = replace(item, readers=said_of_readers(shown_by(store, keys[0], version)))
        except NotStoredError:
            return replace(item, compared="not in the store yet")
        except BrainScoreDataError as error:
            return replace(item, compared=f"not compared with the store: {error.message}")
        inside = (*_inside(subject), *(path.parent for path in before))
        limits = Limits.of(size_of([*before, *subject.paths.values()]), seconds=_SECONDS)
        known: dict[str, Any] = {"limits": limits, "inside": inside, "contents": item.contents}
        try:
            if isinstance(described, StimulusSet):
                after = subject.paths[described.metadata], subject.paths[described.files]
                changes = workers.call(
                    stimulus_set_changes,
                    before=(before[0], before[1]),
                    after=after,
                    root=subject.root,
                    **known,
                )
            else:
                changes = workers.call(
                    assembly_changes, before=before[0], item=described, paths=subject.paths, **known
                )
        except DataError as error:
            return replace(item, compared=f"not compared with the store: {error.message}")
        named = f"version {version} in" if version else "what is in"
        return replace(item, changes=changes, compared=f"{named} {store.location.url}")


def _inside(subject: ShownItem) -> tuple[Path, ...]:
    return tuple({subject.root, *(path.parent for path in subject.paths.values())})


def _remarks(outcome: Outcome, folder: Path) -> Iterator[Remark]:
    from brainscore_data.check.engine.finding import told

    for each in told([*outcome.errors, *outcome.warnings]):
        place = str(each.place).removeprefix(f"{folder}/")
        yield Remark(
            each.code,
            each.rule,
            each in outcome.errors or each.severity == "error",
            place,
            each.message,
            each.hint,
        )
