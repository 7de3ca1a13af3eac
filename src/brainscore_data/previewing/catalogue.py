"""What a repository registers, an entry for each identifier: what an audit, manifests and receipts say of it.

Plugins are parsed, never imported, and only the stores that the caller lists are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Unpack

from brainscore_data.auditing.audit import audit
from brainscore_data.auditing.comparing import Compared
from brainscore_data.auditing.pins import (
    NotAudited,
    Pin,
    RegistrationPlace,
    read_pins,
    with_what_is_said,
)
from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.git import Checkout
from brainscore_data.base.progress import Reporter, quiet
from brainscore_data.base.repository import find_repository, folders_of
from brainscore_data.dataset.document import MANIFEST_NAME
from brainscore_data.dataset.identifiers import Kind
from brainscore_data.dataset.manifest import DatasetTable
from brainscore_data.dataset.reading import load_dataset
from brainscore_data.plugins.homes import PACKAGES
from brainscore_data.plugins.parse import PINS
from brainscore_data.records.receipts import FILE_NAME as RECEIPTS_NAME
from brainscore_data.records.receipts import ItemReceipt, load_receipts
from brainscore_data.records.tombstone import Tombstone
from brainscore_data.store.options import StoreOptions
from brainscore_data.store.tombstones import tombstones_of
from brainscore_data.store.urls import open_store, taken_by

Name = tuple[Kind, str]


@dataclass(frozen=True)
class Pinned:
    """One file of a registration, and what its store said of it; None if it was not asked."""

    pin: Pin
    compared: Compared | None


@dataclass(frozen=True)
class ShownRegistration:
    """One registration: where it stands, and what it reads."""

    place: RegistrationPlace
    files: tuple[Pinned, ...] = ()
    reason: str = ""  # why nothing was asked

    @property
    def brainscore_call(self) -> str:
        """The line that loads it in Brain-Score; empty where the package is not known."""
        package = next((each for each in self.place.file.split("/") if each in PACKAGES), None)
        if package is None or self.place.registry_key is None:
            return ""
        function = "load_stimulus_set" if self.place.kind == "stimulus_set" else "load_dataset"
        return f"{package}.{function}({self.place.registry_key!r})"

    @property
    def own_call(self) -> str:
        """The line that loads these versions with this package."""
        if not self.files:
            return ""
        first = self.files[0].pin
        arguments = {"store": first.store, "endpoint_url": first.endpoint, "region": first.region}
        for each in self.files:
            sha1, version = PINS[self.place.kind][each.pin.key.rpartition(".")[2]]
            arguments |= {version: each.pin.version_id, sha1: each.pin.sha1}
        told = "".join(f", {name}={value!r}" for name, value in arguments.items() if value)
        return f"brainscore_data.load_{self.place.kind}({first.identifier!r}{told})"

    @property
    def readers(self) -> str:
        """Who can read it, as was tried; the worst of its files counts."""
        if self.reason:
            return self.reason
        told = [_readers(each.compared) for each in self.files]
        return next((each for each in told if each != _OPEN), told[0] if told else "not tried")


_OPEN = "readable without credentials"


def _readers(compared: Compared | None) -> str:
    if compared is None:
        return "not tried"
    if compared.error is not None:
        return f"it could not be tried: {compared.error.message}"
    if compared.content == "gone":
        return compared.taken_back or "it is not in its store"
    if compared.public is None:
        return compared.visibility or "not known: the store does not tell"
    said = _OPEN if compared.public else "not readable without credentials"
    return f"{said}; {compared.visibility}" if compared.visibility else said


@dataclass
class CatalogueEntry:
    """All that is known of what has one identifier."""

    identifier: str
    registrations: list[ShownRegistration] = field(default_factory=list)
    receipts: list[ItemReceipt] = field(default_factory=list)
    tombstones: list[Tombstone] = field(default_factory=list)
    about: DatasetTable | None = None
    dataset: Path | None = None  # the folder of its manifest
    stated_license: str | None = None
    stated_visibility: str | None = None
    registered_by: tuple[str, str] | None = None  # and on which day, as git says

    @property
    def kinds(self) -> list[str]:
        """What it is: a stimulus set, an assembly, or both."""
        kinds: set[str] = {each.place.kind for each in self.registrations}
        kinds |= {each.kind for each in self.receipts}
        kinds |= {_kind_of(each.key) for each in self.tombstones}
        return sorted(each.replace("_", " ") for each in kinds)

    @property
    def other_keys(self) -> list[str]:
        """The names that Brain-Score knows it by, where they are not the identifier."""
        keys = dict.fromkeys(each.place.registry_key for each in self.registrations)
        return [each for each in keys if each and each != self.identifier]

    @property
    def plugins(self) -> list[str]:
        """The folders of the plugins that register it."""
        files = dict.fromkeys(each.place.file for each in self.registrations)
        return [each.removesuffix("/__init__.py") for each in files]

    @property
    def license(self) -> str | None:
        """As its manifest says, else its receipts, else whoever wrote it into the store."""
        if self.stated_license:
            return self.stated_license
        told = [each.license for each in self.receipts]
        told += [
            file.compared.license
            for each in self.registrations
            for file in each.files
            if file.compared
        ]
        return next(filter(None, told), None)

    @property
    def visibility(self) -> str | None:
        """Who shall read it."""
        said = [self.stated_visibility, *(each.visibility for each in self.receipts)]
        return next(filter(None, said), None)

    @property
    def size(self) -> int | None:
        """Of its files, as its receipts or stores say; None where some are not known."""
        for each in self.registrations:
            sizes = [file.compared.size if file.compared else None for file in each.files]
            known = [size for size in sizes if size is not None]
            if known and len(known) == len(sizes):
                return sum(known)
        return sum(f.object.size for f in self.receipts[0].files) if self.receipts else None

    @property
    def readers(self) -> str:
        """Who can read it, as was tried."""
        if not self.registrations:
            return "retracted" if self.tombstones else "not tried"
        told = [each.readers for each in self.registrations]
        return next((each for each in told if each.startswith(_OPEN)), told[0])

    @property
    def is_open(self) -> bool:
        """Whether everybody can read it, as was tried."""
        return self.readers.startswith(_OPEN)

    @property
    def ask(self) -> list[str]:
        """Whom to ask, as far as the repository says."""
        authors = [each.name for each in (self.about.authors if self.about else [])]
        who = [file.run.who for each in self.receipts for file in each.files]
        if authors or who:
            return authors or [f"{each}, who published it" for each in dict.fromkeys(who)]
        if self.registered_by is None:
            return []
        return ["{}, who registered it on {}".format(*self.registered_by)]


def _kind_of(key: str) -> str:
    return "assembly" if key.endswith(".nc") else "stimulus_set"


@dataclass(frozen=True)
class Catalogue:
    """Everything that a repository registers, by identifier."""

    entries: tuple[CatalogueEntry, ...]
    unread: tuple[NotAudited, ...]  # what names no identifier, and why
    notices: tuple[str, ...]
    tried: bool


def catalogue(
    folder: Path,
    stores: Sequence[str] = (),
    *,
    report: Reporter = quiet,
    tell: Callable[[str], None] = lambda _: None,
    **options: Unpack[StoreOptions],
) -> Catalogue:
    """Gather what a repository registers; without `stores`, nothing is asked of any."""
    pins, left_out = read_pins(folder)
    if not (pins or left_out):
        raise UsageError(
            "nothing here registers data, so there is nothing to show",
            where=str(folder),
            hint="name a checkout of a plugins' repository",
        )
    pins, unread = with_what_is_said(pins, folder)
    outcomes: dict[Pin, Compared] = {}
    left_out += unread
    if stores:
        audited = audit(folder, stores, allow_unversioned=True, report=report, tell=tell, **options)
        outcomes = {each.pin: each for each in audited.outcomes}
        left_out = audited.not_audited
    gathering = _Gathering(find_repository(folder) or folder)
    gathering.registrations(pins, outcomes, left_out)
    gathering.manifests_and_receipts()
    gathering.authors()
    for url in stores:
        gathering.taken_back(url, options)
    entries = sorted(gathering.entries.values(), key=lambda each: each.identifier.lower())
    return Catalogue(
        tuple(entries), tuple(gathering.unread), tuple(gathering.notices), tried=bool(stores)
    )


class _Gathering:
    def __init__(self, root: Path) -> None:
        self._root = root
        self.entries: dict[str, CatalogueEntry] = {}
        self.unread: list[NotAudited] = []
        self.notices: list[str] = []

    def _entry(self, identifier: str) -> CatalogueEntry:
        return self.entries.setdefault(identifier, CatalogueEntry(identifier))

    def registrations(
        self,
        pins: Sequence[Pin],
        outcomes: dict[Pin, Compared],
        left_out: Sequence[NotAudited],
    ) -> None:
        reasons = {each.place: each.reason for each in left_out}
        for place in dict.fromkeys(pin.place for pin in pins):
            mine = [pin for pin in pins if pin.place == place]
            files = tuple(Pinned(pin, outcomes.get(pin)) for pin in mine)
            self._entry(mine[0].identifier).registrations.append(
                ShownRegistration(place, files, reasons.pop(place, ""))
            )
        for where, reason in reasons.items():
            if isinstance(where, RegistrationPlace) and where.registry_key:
                self._entry(where.registry_key).registrations.append(
                    ShownRegistration(where, reason=reason)
                )
            else:
                self.unread.append(NotAudited(where, reason))

    def manifests_and_receipts(self) -> None:
        for folder, names in folders_of(self._root):
            for name, read in (
                (MANIFEST_NAME, self._manifest),
                (RECEIPTS_NAME, self._receipts),
            ):
                path = folder / name
                if name not in names or path.is_symlink():
                    continue
                try:
                    read(path)
                except BrainScoreDataError as error:
                    shown = path.relative_to(self._root).as_posix()
                    self.notices.append(f"{shown} is left out: {error.message}")

    def _manifest(self, path: Path) -> None:
        dataset = load_dataset(path.parent)
        about = dataset.manifest.dataset
        for item in (*dataset.manifest.stimulus_sets, *dataset.manifest.assemblies):
            if (entry := self.entries.get(item.identifier)) is not None:
                entry.about, entry.dataset = about, dataset.root
                entry.stated_license = dataset.manifest.license_of(item)
                entry.stated_visibility = item.visibility

    def _receipts(self, path: Path) -> None:
        for item in load_receipts(path).items:
            self._entry(item.identifier).receipts.append(item)

    def authors(self) -> None:
        """Find who registered what neither a manifest nor receipts tell of."""
        checkout = Checkout(self._root)
        for entry in self.entries.values():
            if entry.ask:
                continue
            pin = next((f.pin for each in entry.registrations for f in each.files), None)
            if pin is not None and pin.sha1 is not None:
                entry.registered_by = checkout.author_of(pin.sha1, pin.place.file)

    def taken_back(self, url: str, options: StoreOptions) -> None:
        try:
            for each in tombstones_of(open_store(url, **taken_by(url, options))):
                self._entry(each.identifier).tombstones.append(each)
        except BrainScoreDataError as error:
            self.notices.append(f"what was taken back in {url} is not known: {error.message}")


def versions_of(entry: CatalogueEntry) -> Iterator[tuple[str, str, str, str]]:
    """List each version that is pinned or was published: file, version, sha1, and what is said of it."""
    seen = set()
    for registration in entry.registrations:
        for file in registration.files:
            pin = file.pin
            content = "" if file.compared is None else _content(file.compared)
            seen.add((pin.key.rpartition("/")[2], pin.version_id))
            yield pin.key, pin.version_id or "none", pin.sha1 or "", f"registered{content}"
    for receipt in entry.receipts:
        for published in receipt.files:
            stored, run = published.object, published.run
            if (stored.key.rpartition("/")[2], stored.version_id) not in seen:
                said = f"published on {run.when[:10]} by {run.who}"
                yield stored.key, stored.version_id or "none", stored.sha1, said
            if run.replaces:
                yield stored.key, run.replaces, "", f"superseded on {run.when[:10]}"
    for each in entry.tombstones:
        yield each.key, each.version_id or "none", each.sha1 or "", str(each)


def _content(compared: Compared) -> str:
    if compared.error is not None:
        return ""
    words = {"same": "its bytes are as pinned", "different": "other bytes than those pinned"}
    return f"; {words.get(compared.content, compared.content)}"
