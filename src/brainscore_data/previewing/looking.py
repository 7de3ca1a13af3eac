"""From a bundle, a dataset or an identifier to its preview; files are parsed in the cage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Unpack

from pydantic import ValidationError

from brainscore_data.base.caching import cache_folder, downloads_folder
from brainscore_data.base.cores import jobs_at_once
from brainscore_data.base.door import content_of
from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.base.progress import Reporter, quiet
from brainscore_data.base.repository import find_repository
from brainscore_data.cage.limits import Limits, size_of
from brainscore_data.cage.workers import Workers
from brainscore_data.check.engine.outcome import Outcome
from brainscore_data.dataset.assembly_tables import Assembly, NetcdfAssembly
from brainscore_data.dataset.document import MANIFEST_NAME, names_in
from brainscore_data.dataset.identifiers import (
    assembly_key,
    is_key_safe,
    require_key_safe,
    stimulus_set_keys,
)
from brainscore_data.dataset.locating import locate
from brainscore_data.dataset.manifest import Source, StimulusSet
from brainscore_data.dataset.reading import Dataset, load_dataset
from brainscore_data.previewing.changes import assembly_changes, stimulus_set_changes
from brainscore_data.previewing.measurements import assembly_seen
from brainscore_data.previewing.preview import FinalFile, ItemPreview, Preview, Remark
from brainscore_data.previewing.stimuli import stimuli_seen
from brainscore_data.reading.versions import lookup
from brainscore_data.records.bundle import FILE_NAME, Bundle, BundledItem, load_bundle
from brainscore_data.sources.pinning import fetch_source
from brainscore_data.store.interface import NotStoredError, Store
from brainscore_data.store.options import StoreOptions
from brainscore_data.store.urls import opened
from brainscore_data.store.verified_copy import cached
from brainscore_data.store.visibility import Shown, shown_by

_MEMORY = 8  # GiB of address space: what pictures are decoded in, too
_SECONDS = 600
_CLASS_OF_LOOSE_FILES = "DataAssembly"


@dataclass(frozen=True)
class _Subject:
    """An item, and where its files are."""

    item: ItemPreview
    described: StimulusSet | Assembly | None  # None: its files could not be found
    paths: Mapping[str, Path] = field(default_factory=dict)
    root: Path = Path()

    @property
    def csv(self) -> Path | None:
        """The table of a stimulus set."""
        return (
            self.paths[self.described.metadata] if isinstance(self.described, StimulusSet) else None
        )


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
    """Look at a bundle, a dataset, or what is published under an identifier.

    Parameters
    ----------
    what : path or str
        The folder of a bundle or a dataset, or an identifier; the latter needs a `store`.
    store : str or Store, optional
        ``s3://bucket/prefix`` or ``file:///folder``: what items are compared with.
    show_private : bool
        Whether private and restricted items are shown with their stimuli, ids and values, and not in
        aggregates only.
    check : bool
        Whether a dataset is checked, unless the `outcome` of that is given.
    outcome : Outcome, optional
        What a check of the dataset came to.
    jobs : int
        How many items are looked at at once; 0 for as many as there are cores.
    report : Reporter, optional
        Shows how far the work has come.
    **options
        How to reach the store: :class:`brainscore_data.store.options.StoreOptions`.

    Returns
    -------
    Preview
        What was seen, and what could not be and why.

    Raises
    ------
    UsageError
        If there is nothing of that name.
    """
    reached = None if store is None else opened(store, **options)
    folder = Path(what)
    run = _Run(reached, show_private, jobs_at_once(jobs), report)
    if (folder / FILE_NAME).is_file():
        return run.of_bundle(folder)
    if folder.name == MANIFEST_NAME or (folder / MANIFEST_NAME).is_file():
        return run.of_dataset(folder, check=check, outcome=outcome)
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
    return run.of_identifier(require_key_safe(str(what)))


@dataclass(frozen=True)
class _Run:
    store: Store | None
    show_private: bool
    jobs: int
    report: Reporter

    def of_bundle(self, folder: Path) -> Preview:
        remarks: list[Remark] = []
        try:
            bundle = load_bundle(folder)
        except DataError as error:
            remarks.append(remark_of(error))
            bundle = _unverified(folder, error)
        root = folder.resolve()
        subjects = [self._bundled(item, bundle, root) for item in bundle.items]
        with self._workers([root]) as workers:
            items = self._looked_at(subjects, workers)
        remarks += (
            Remark(each.code, "", is_error=False, place=each.place, message=each.message)
            for each in bundle.checks.warnings
        )
        return Preview(
            bundle.dataset,
            "bundle",
            bundle.license,
            bundle.reference,
            items,
            remarks=tuple(remarks),
            checked=len(bundle.checks.ran),
            ignored=tuple((each.what, each.by) for each in bundle.checks.ignored_by),
            notices=tuple(bundle.notices),
            store=self._url,
        )

    def _bundled(self, item: BundledItem, bundle: Bundle, root: Path) -> _Subject:
        license_ = getattr(item, "license", None) or bundle.license
        files = tuple(
            FinalFile(each.name, each.size, each.sha1, each.sha256) for each in item.files
        )
        known: dict[str, Any] = {
            "identifier": item.identifier,
            "visibility": item.visibility or "private",
        }
        described: StimulusSet | NetcdfAssembly
        if item.kind == "stimulus_set":
            known |= {"metadata": item.csv.name, "files": item.zip.name}
            described = StimulusSet.model_validate(known)
        else:
            known |= {"class": item.assembly_class, "data": item.nc.name}
            described = NetcdfAssembly.model_validate(known)
        shown = self._item(described, item.visibility, license_)
        shown = replace(shown, files=files, stimulus_set=getattr(item, "stimulus_set", None))
        return _Subject(shown, described, {each.name: root / each.name for each in files}, root)

    def of_dataset(self, folder: Path, *, check: bool, outcome: Outcome | None) -> Preview:
        dataset = load_dataset(folder)
        about = dataset.manifest.dataset
        named = (*dataset.manifest.stimulus_sets, *dataset.manifest.assemblies)
        subjects = [self._listed(dataset, item) for item in named]
        readable = [dataset.root, cache_folder()]
        if repository := find_repository(dataset.root):
            readable.append(repository)
        with self._workers(readable) as workers:
            if outcome is None and check:
                from brainscore_data.check.engine.checking import check as carry_out

                outcome = carry_out(
                    [dataset.path.parent], ignore=["BSD5"], jobs=self.jobs, workers=workers
                )
            items = self._looked_at(subjects, workers)
        return Preview(
            dataset.root.name,
            "dataset",
            about.license,
            about.reference,
            items,
            remarks=() if outcome is None else tuple(_remarks(outcome, dataset.path.parent)),
            checked=None if outcome is None else len(outcome.ran),
            ignored=()
            if outcome is None
            else tuple(
                (each.what, each.by) for each in outcome.ignored_by if each.by != "--ignore"
            ),
            store=self._url,
        )

    def _listed(self, dataset: Dataset, item: StimulusSet | Assembly) -> _Subject:
        license_ = getattr(item, "license", None) or dataset.manifest.dataset.license
        shown = self._item(item, item.visibility, license_)

        def fetch(name: str, source: Source) -> Path:
            with self.report(f"downloading {name}", 0) as progress:
                return fetch_source(name, source, progress=progress)

        try:
            paths = {
                name: locate(dataset, name, where=dataset.place(item), fetch=fetch)
                for _, name in names_in(item.model_dump(by_alias=True), dataset.root)
            }
        except BrainScoreDataError as error:
            return _Subject(replace(shown, error=error.message), None)
        return _Subject(shown, item, paths, dataset.root)

    def of_identifier(self, identifier: str) -> Preview:
        store = self.store
        if store is None:
            raise UsageError("an identifier needs a store", where=identifier)
        notices: list[str] = []
        found = {
            each.key: each
            for each in lookup(identifier, store=store, tell=notices.append)
            if each.latest
        }
        csv, zipped = stimulus_set_keys(identifier)
        prefix = store.location.prefix
        subjects = []
        for keys in ((csv, zipped), (assembly_key(identifier),)):
            if not all(prefix + key in found for key in keys):
                continue
            versions = [found[prefix + key] for key in keys]
            shown = shown_by(store, keys[0], versions[0].version_id)
            paths = {
                key: cached(store, key, version_id=each.version_id, sha1=each.sha1)
                for key, each in zip(keys, versions, strict=True)
            }
            visibility = shown.tag or ("public" if shown.readable else None)
            known: dict[str, Any] = {
                "identifier": identifier,
                "visibility": visibility or "private",
            }
            described: StimulusSet | NetcdfAssembly = (
                StimulusSet.model_validate({**known, "metadata": csv, "files": zipped})
                if len(keys) > 1
                else NetcdfAssembly.model_validate(
                    {**known, "class": _CLASS_OF_LOOSE_FILES, "data": keys[0]}
                )
            )
            stored = store.stat(keys[0], versions[0].version_id)
            item = self._item(
                described, visibility, stored.metadata.get("license") if stored else None
            )
            files = tuple(
                FinalFile(key, each.size, each.sha1, each.sha256, each.version_id)
                for key, each in zip(keys, versions, strict=True)
            )
            item = replace(item, files=files, readers=_said_of_readers(shown), assembly_class="")
            subjects.append(_Subject(item, described, paths, downloads_folder()))
        with self._workers([downloads_folder()]) as workers:
            items = self._looked_at(subjects, workers, compare=False)
        license_ = next((each.license for each in items if each.license), None)
        return Preview(
            identifier, "store", license_, None, items, notices=tuple(notices), store=self._url
        )

    @property
    def _url(self) -> str | None:
        return None if self.store is None else self.store.location.url

    def _item(
        self, item: StimulusSet | Assembly, visibility: str | None, license_: str | None
    ) -> ItemPreview:
        is_set = isinstance(item, StimulusSet)
        is_open = visibility == "public" and (license_ or "").strip().lower() != "restricted"
        return ItemPreview(
            kind="stimulus_set" if is_set else "assembly",
            identifier=item.identifier,
            visibility=visibility,
            license=license_,
            contents=self.show_private or is_open,
            assembly_class="" if isinstance(item, StimulusSet) else item.assembly_class,
            stimulus_set=None if isinstance(item, StimulusSet) else item.stimulus_set,
            load=_load_line(item, self._url),
        )

    def _workers(self, readable: Sequence[Path]) -> Workers:
        folders = [*readable, *([] if self.store is None else [downloads_folder()])]
        for each in folders:
            with suppress(OSError):
                each.mkdir(parents=True, exist_ok=True)
        return Workers(self.jobs, readable=folders)

    def _looked_at(
        self, subjects: Sequence[_Subject], workers: Workers, *, compare: bool = True
    ) -> tuple[ItemPreview, ...]:
        tables = {each.item.identifier: each.csv for each in subjects if each.csv is not None}

        def look(subject: _Subject) -> ItemPreview:
            item = self._seen(subject, tables, workers)
            if compare and self.store is not None and subject.described is not None:
                item = self._compared(replace(subject, item=item), self.store, workers)
            return item

        with ThreadPoolExecutor(workers.jobs) as pool:
            return tuple(pool.map(look, subjects))

    def _seen(
        self, subject: _Subject, tables: Mapping[str, Path | None], workers: Workers
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

    def _compared(self, subject: _Subject, store: Store, workers: Workers) -> ItemPreview:
        item, described = subject.item, subject.described
        is_set = isinstance(described, StimulusSet)
        keys = stimulus_set_keys(item.identifier) if is_set else (assembly_key(item.identifier),)
        try:
            before = [cached(store, key) for key in keys]
            stored = store.stat(keys[0])
            version = None if stored is None else stored.version_id
            item = replace(item, readers=_said_of_readers(shown_by(store, keys[0], version)))
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


def _inside(subject: _Subject) -> tuple[Path, ...]:
    return tuple({subject.root, *(path.parent for path in subject.paths.values())})


def _unverified(folder: Path, error: DataError) -> Bundle:
    """Read a bundle whose files are not as it says, to show what can be shown."""
    try:
        return Bundle.model_validate_json(content_of(folder / FILE_NAME))
    except ValidationError:
        raise error from None


def remark_of(error: BrainScoreDataError) -> Remark:
    """Show an error as pages show findings."""
    place = "" if error.place is None else str(error.place)
    return Remark(
        "", "", is_error=True, place=place, message=error.message, hint=str(error.hint or "")
    )


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


def _said_of_readers(shown: Shown) -> str:
    if shown.readable:
        return "readable without credentials, as was tried"
    if shown.readable is False:
        return "not readable without credentials, as was tried"
    return f"the store says {shown.tag}" if shown.tag else "not known who can read it"


def _load_line(item: StimulusSet | Assembly, store: str | None) -> str:
    function = "load_stimulus_set" if isinstance(item, StimulusSet) else "load_assembly"
    return f'brainscore_data.{function}("{item.identifier}", store="{store or "s3://…"}")'
