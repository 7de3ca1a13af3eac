"""What there is to look at: the items of a bundle, of a dataset, or of what is published under an identifier.

Nothing of the data is parsed here; manifests and bundles are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from brainscore_data.base.caching import cache_folder, downloads_folder
from brainscore_data.base.door import content_of
from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.base.progress import Reporter
from brainscore_data.base.repository import find_repository
from brainscore_data.dataset.assembly_tables import Assembly, NetcdfAssembly
from brainscore_data.dataset.document import names_in
from brainscore_data.dataset.identifiers import assembly_key, stimulus_set_keys
from brainscore_data.dataset.locating import locate
from brainscore_data.dataset.manifest import Source, StimulusSet
from brainscore_data.dataset.reading import Dataset, load_dataset
from brainscore_data.previewing.preview import FinalFile, ItemPreview, Preview, Remark
from brainscore_data.reading.versions import FoundVersion, lookup
from brainscore_data.records.bundle import FILE_NAME, Bundle, BundledItem, load_bundle
from brainscore_data.sources.pinning import fetch_source
from brainscore_data.store.interface import Store
from brainscore_data.store.verified_copy import cached
from brainscore_data.store.visibility import Shown, shown_by

_CLASS_OF_LOOSE_FILES = "DataAssembly"


@dataclass(frozen=True)
class ShownItem:
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


@dataclass(frozen=True)
class ShownItems:
    """What there is to look at, and what is known of the whole before."""

    whole: Preview
    items: tuple[ShownItem, ...] = ()
    readable: tuple[Path, ...] = ()  # by those who look


@dataclass(frozen=True)
class Showing:
    """How things are to be shown."""

    store: Store | None  # what they are compared with
    show_private: bool
    report: Reporter

    @property
    def url(self) -> str | None:
        """The store's."""
        return None if self.store is None else self.store.location.url

    def item(
        self, item: StimulusSet | Assembly, visibility: str | None, license_: str | None
    ) -> ItemPreview:
        """Say what is known of an item before it is looked at, and how much may be shown."""
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
            load=_load_line(item, self.url),
        )


def bundle_items(folder: Path, showing: Showing) -> ShownItems:
    """Find the items of a bundle; one whose files are not as it says is shown with the error."""
    remarks: list[Remark] = []
    try:
        bundle = load_bundle(folder)
    except DataError as error:
        remarks.append(remark_of(error))
        bundle = _unverified(folder, error)
    root = folder.resolve()
    remarks += (
        Remark(each.code, "", is_error=False, place=each.place, message=each.message)
        for each in bundle.checks.warnings
    )
    whole = Preview(
        bundle.dataset,
        "bundle",
        bundle.license,
        bundle.reference,
        (),
        remarks=tuple(remarks),
        checked=len(bundle.checks.ran),
        ignored=tuple((each.what, each.by) for each in bundle.checks.ignored_by),
        notices=tuple(bundle.notices),
        store=showing.url,
    )
    items = tuple(_bundled(item, bundle, root, showing) for item in bundle.items)
    return ShownItems(whole, items, (root,))


def _bundled(item: BundledItem, bundle: Bundle, root: Path, showing: Showing) -> ShownItem:
    license_ = bundle.license_of(item)
    files = tuple(FinalFile(each.name, each.size, each.sha1, each.sha256) for each in item.files)
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
    shown = showing.item(described, item.visibility, license_)
    shown = replace(shown, files=files, stimulus_set=getattr(item, "stimulus_set", None))
    return ShownItem(shown, described, {each.name: root / each.name for each in files}, root)


def _unverified(folder: Path, error: DataError) -> Bundle:
    """Read a bundle whose files are not as it says, to show what can be shown."""
    try:
        return Bundle.model_validate_json(content_of(folder / FILE_NAME))
    except ValidationError:
        raise error from None


def dataset_items(folder: Path, showing: Showing) -> ShownItems:
    """Find the items of a dataset; of one whose manifest cannot be read there is the error alone."""
    try:
        dataset = load_dataset(folder)
    except DataError as error:
        root = folder if folder.is_dir() else folder.parent
        name = root.resolve().name
        remarks = (remark_of(error),)
        return ShownItems(Preview(name, "dataset", None, None, (), remarks, store=showing.url))
    about = dataset.manifest.dataset
    named = (*dataset.manifest.stimulus_sets, *dataset.manifest.assemblies)
    whole = Preview(
        dataset.root.name, "dataset", about.license, about.reference, (), store=showing.url
    )
    readable = [dataset.root, cache_folder()]
    if repository := find_repository(dataset.root):
        readable.append(repository)
    items = tuple(_listed(dataset, item, showing) for item in named)
    return ShownItems(whole, items, tuple(readable))


def _listed(dataset: Dataset, item: StimulusSet | Assembly, showing: Showing) -> ShownItem:
    license_ = dataset.manifest.license_of(item)
    shown = showing.item(item, item.visibility, license_)

    def fetch(name: str, source: Source) -> Path:
        with showing.report(f"downloading {name}", 0) as progress:
            return fetch_source(name, source, progress=progress)

    try:
        paths = {
            name: locate(dataset, name, where=dataset.place(item), fetch=fetch)
            for _, name in names_in(item.model_dump(by_alias=True), dataset.root)
        }
    except BrainScoreDataError as error:
        return ShownItem(replace(shown, error=error.message), None)
    return ShownItem(shown, item, paths, dataset.root)


def published_items(identifier: str, store: Store, showing: Showing) -> ShownItems:
    """Find what is published under an identifier, in its latest version; it is downloaded."""
    notices: list[str] = []
    found = {
        each.key: each
        for each in lookup(identifier, store=store, tell=notices.append)
        if each.latest
    }
    prefix = store.location.prefix
    items = []
    for keys in (stimulus_set_keys(identifier), (assembly_key(identifier),)):
        if all(prefix + key in found for key in keys):
            versions = {key: found[prefix + key] for key in keys}
            items.append(_published(identifier, versions, store, showing))
    license_ = next((each.item.license for each in items if each.item.license), None)
    whole = Preview(
        identifier, "store", license_, None, (), notices=tuple(notices), store=showing.url
    )
    return ShownItems(whole, tuple(items), (downloads_folder(),))


def _published(
    identifier: str, versions: Mapping[str, FoundVersion], store: Store, showing: Showing
) -> ShownItem:
    first, version = next(iter(versions.items()))
    shown = shown_by(store, first, version.version_id)
    paths = {
        key: cached(store, key, version_id=each.version_id, sha1=each.sha1)
        for key, each in versions.items()
    }
    visibility = shown.tag or ("public" if shown.readable else None)
    known: dict[str, Any] = {"identifier": identifier, "visibility": visibility or "private"}
    described: StimulusSet | NetcdfAssembly
    if len(versions) > 1:
        csv, zipped = versions
        described = StimulusSet.model_validate({**known, "metadata": csv, "files": zipped})
    else:
        loose = {"class": _CLASS_OF_LOOSE_FILES, "data": first}
        described = NetcdfAssembly.model_validate({**known, **loose})
    item = replace(
        showing.item(described, visibility, version.license),
        files=tuple(
            FinalFile(key, each.size, each.sha1, each.sha256, each.version_id)
            for key, each in versions.items()
        ),
        readers=said_of_readers(shown),
        assembly_class="",
    )
    return ShownItem(item, described, paths, downloads_folder())


def remark_of(error: BrainScoreDataError) -> Remark:
    """Show an error as pages show findings."""
    place = "" if error.place is None else str(error.place)
    return Remark(
        "", "", is_error=True, place=place, message=error.message, hint=str(error.hint or "")
    )


def said_of_readers(shown: Shown) -> str:
    """Say who can read a version, as was tried in its store."""
    if shown.readable:
        return "readable without credentials, as was tried"
    if shown.readable is False:
        return "not readable without credentials, as was tried"
    return f"the store says {shown.tag}" if shown.tag else "not known who can read it"


def _load_line(item: StimulusSet | Assembly, store: str | None) -> str:
    function = "load_stimulus_set" if isinstance(item, StimulusSet) else "load_assembly"
    return f'brainscore_data.{function}("{item.identifier}", store="{store or "s3://…"}")'
