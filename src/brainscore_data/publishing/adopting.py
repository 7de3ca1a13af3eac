"""Adopt what somebody else uploaded: read it, compare it, and write its receipts.

Nothing is written to the store, and no receipt before all files were looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Unpack

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.hints import Hint
from brainscore_data.base.in_flight import all_side_by_side
from brainscore_data.base.nearest import did_you_mean
from brainscore_data.base.progress import Reporter, Shared, quiet
from brainscore_data.dataset.document import MANIFEST_NAME, stated_visibility
from brainscore_data.dataset.identifiers import (
    Kind,
    assembly_key,
    require_key_safe,
    stimulus_set_keys,
)
from brainscore_data.dataset.manifest_values import Visibility
from brainscore_data.plugins.homes import folder_in_package
from brainscore_data.publishing.bundles import receipts_of
from brainscore_data.publishing.kept_receipts import KeptReceipts
from brainscore_data.publishing.planning import require_own_keys, superseded_version
from brainscore_data.publishing.published import PublishedFile, PublishedItem, Run, current_run
from brainscore_data.publishing.readability import ReadBack, changed_notices, closed_notices
from brainscore_data.publishing.uploaded_files import NAME_IT, ReadVersion, UploadedFiles
from brainscore_data.records.bundle import BundledFile, load_bundle
from brainscore_data.records.receipts import (
    AssemblyReceipt,
    FileReceipt,
    ItemReceipt,
    Receipts,
    RunRecord,
    StimulusSetReceipt,
)
from brainscore_data.store.interface import NotStoredError, Store
from brainscore_data.store.options import StoreOptions
from brainscore_data.store.urls import open_store


@dataclass(frozen=True)
class Adopted:
    """The receipts of this run, and what a user should know beside them."""

    receipts: Receipts
    notices: tuple[str, ...]


def adopt_bundle(
    bundle: Path,
    at: str,
    *,
    versions: Mapping[str, str],
    receipts: Path | None = None,
    allow_unversioned: bool = False,
    report: Reporter = quiet,
    **options: Unpack[StoreOptions],
) -> Adopted:
    """Write the receipts of a bundle whose files somebody uploaded to the folder `at`.

    Each is compared with the bundle's. `versions` are by the names of files; of one that is not in
    it, it is the published version.
    """
    contents = load_bundle(bundle, hashed=False)
    require_own_keys(contents.items)
    home = KeptReceipts(bundle, receipts)
    wanted = [
        _Wanted(file.name, item.visibility, (file, bundle / file.name))
        for item in contents.items
        for file in item.files
    ]
    _require_names(versions, at, [each.key for each in wanted])
    store, notices = open_store(at, **options), list[str]()
    files = UploadedFiles(store, versions, allow_unversioned, ReadBack(store), notices.append)
    read = _all_read(files, wanted, report)
    items = [
        PublishedItem(item, tuple(_adopted(file, read, item) for file in item.files))
        for item in contents.items
    ]
    run = current_run(home.path.parent)
    told = [item.receipt(run, contents.license or None) for item in items]
    return _kept(home, receipts_of(contents, told), notices)


def adopt_identifier(
    identifier: str,
    at: str,
    *,
    versions: Mapping[str, str],
    receipts: Path,
    assembly_class: str | None = None,
    stimulus_set: str | None = None,
    allow_unversioned: bool = False,
    report: Reporter = quiet,
    **options: Unpack[StoreOptions],
) -> Adopted:
    """Write the receipts of what is at a place under an identifier, with no bundle to compare it with.

    Whether that is a stimulus set, an assembly or both, `versions` say, else what is there. Of the
    content nothing is known, and the receipts say so: they have no digest.
    """
    csv, zipped = stimulus_set_keys(require_key_safe(identifier))
    keys: dict[Kind, tuple[str, ...]] = {
        "stimulus_set": (zipped, csv),
        "assembly": (assembly_key(identifier),),
    }
    _require_names(versions, at, [key for names in keys.values() for key in names])
    home = KeptReceipts(receipts)
    store, notices = open_store(at, **options), list[str]()
    kinds = [kind for kind, names in keys.items() if not versions.keys().isdisjoint(names)]
    kinds = kinds or _kinds_there(store, identifier, keys)
    said = [] if home.found is None else home.found.items
    before = {item.kind: item for item in said if item.identifier == identifier}
    if "assembly" in kinds and not (assembly_class or "assembly" in before):
        raise UsageError(
            f"{identifier!r} is an assembly, and the store does not say of which class",
            where=at,
            hint="name it, e.g. --class NeuroidAssembly, and with --stimulus-set what it was "
            "measured on",
        )
    shall = {kind: item.visibility for kind, item in before.items()}
    shall |= _stated(home.path.with_name(MANIFEST_NAME), identifier)
    wanted = [_Wanted(key, shall.get(kind)) for kind in kinds for key in keys[kind]]
    files = UploadedFiles(store, versions, allow_unversioned, ReadBack(store), notices.append)
    read = _all_read(files, wanted, report)
    _refuse_others(store, identifier, read)
    run = current_run(home.path.parent)
    items: list[ItemReceipt] = []
    for kind in kinds:
        told: dict[str, Any] = {"visibility": shall.get(kind)}
        told |= {key.rpartition(".")[2]: _file_receipt(read[key], run) for key in keys[kind]}
        if kind in before:
            items.append(before[kind].model_copy(update=told))
        else:
            measured_on = stimulus_set if kind == "assembly" else None
            items.append(_new_item(kind, identifier, told, assembly_class, measured_on))
    folder = home.path.parent.absolute()
    new = Receipts(dataset=folder.name, plugin=folder_in_package(folder.as_posix()), items=items)
    if home.found is not None:
        new = home.found.model_copy(update={"items": items})
    return _kept(home, new, notices)


@dataclass(frozen=True)
class _Wanted:
    """A file that is read, who shall be able to read it, and the bundle's own if there is one."""

    key: str
    shall: Visibility | None
    bundled: tuple[BundledFile, Path] | None = None

    @property
    def size(self) -> int:
        return 0 if self.bundled is None else self.bundled[0].size


def _all_read(
    files: UploadedFiles, wanted: Sequence[_Wanted], report: Reporter
) -> dict[str, ReadVersion]:
    """Read files, many at a time; one error lists all that are not as they should be."""
    _ = files.store.location  # once, and not by each of the threads
    with report("reading what was uploaded", sum(each.size for each in wanted)) as unshared:
        progress = Shared(unshared)
        progress.expect_files(len(wanted))

        def tried(each: _Wanted) -> ReadVersion | DataError:
            try:
                return files.read(each.key, each.shall, each.bundled, progress)
            except DataError as error:
                return error

        found = all_side_by_side(tried, wanted, lambda each: each.size)
    problems = [each for each in found if isinstance(each, DataError)]
    if problems:
        raise DataError(
            "nothing was adopted:\n" + "\n".join(f"  - {each.message}" for each in problems),
            where=files.store.location.url,
            hint=Hint.joined("\n  ", dict.fromkeys(each.hint or "" for each in problems)),
            count=len(problems),
        )
    read = (each for each in found if isinstance(each, ReadVersion))
    return {each.key: uploaded for each, uploaded in zip(wanted, read, strict=True)}


def _require_names(versions: Mapping[str, str], at: str, names: Collection[str]) -> None:
    """Refuse versions of other files, and a place that is a file."""
    if (last := at.rpartition("/")[2]) in names:
        raise UsageError(
            "this is a file", where=at, hint=f"name its folder: {at.removesuffix(f'/{last}')}"
        )
    for name in versions:
        if name not in names:
            raise UsageError(
                f"{name!r} is none of the files{did_you_mean(name, names)}",
                where="--version",
                hint=f"they are {', '.join(names)}; a file with another key belongs to another "
                "identifier",
            )


def _adopted(file: BundledFile, read: Mapping[str, ReadVersion], item: Any) -> PublishedFile:
    there = read[file.name]
    superseded = superseded_version(item, file)
    return PublishedFile(file, "adopted", superseded, there.object, public=there.public)


def _kinds_there(store: Store, identifier: str, keys: Mapping[Kind, tuple[str, ...]]) -> list[Kind]:
    """Look what is there; who may not list is not told what is not."""
    try:
        there = [kind for kind, names in keys.items() if any(map(store.stat, names))]
    except UsageError as error:
        error.hint = f"{NAME_IT}\n  {error.hint}"
        raise
    if not there:
        raise NotStoredError(
            f"there is nothing with the identifier {identifier!r}",
            where=store.location.url,
            hint="check the identifier and the place for a typing error",
        )
    return there


def _refuse_others(store: Store, identifier: str, read: Mapping[str, ReadVersion]) -> None:
    """Refuse what says of itself that it is another's: two identifiers can have one key."""
    for key, uploaded in read.items():
        try:
            stored = store.stat(key, uploaded.object.version_id)
        except UsageError:  # it was read by somebody without rights here, who asks no more of it
            continue
        owner = identifier if stored is None else stored.metadata.get("identifier", identifier)
        if owner != identifier:
            raise DataError(
                f"{key} is the key of {owner!r}, not of {identifier!r}: nothing was adopted",
                where=store.location.url,
                hint="dots become underscores in keys; check the identifier",
            )


def _new_item(
    kind: Kind,
    identifier: str,
    told: Mapping[str, Any],
    assembly_class: str | None,
    stimulus_set: str | None,
) -> ItemReceipt:
    """Write down an item of which there is no receipt yet."""
    known: dict[str, Any] = {"identifier": identifier, **told}
    if kind == "stimulus_set":
        return StimulusSetReceipt(**known)
    known |= {"assembly_class": assembly_class, "stimulus_set": stimulus_set}
    return AssemblyReceipt(**known, merges_stimulus_set=stimulus_set is not None)


def _file_receipt(uploaded: ReadVersion, run: Run) -> FileReceipt:
    record = RunRecord(**asdict(run), status="adopted", public=uploaded.public)
    return FileReceipt(object=uploaded.object, run=record)


def _stated(manifest: Path, identifier: str) -> dict[Kind, Visibility | None]:
    """Read who shall be able to read an identifier, where a manifest says it."""
    stated = stated_visibility(manifest) if manifest.is_file() else {}
    return {kind: word for (kind, name), word in stated.items() if name == identifier}


def _kept(home: KeptReceipts, new: Receipts, notices: list[str]) -> Adopted:
    with home.shown_in_the_end():
        home.keep(new)
    changed = changed_notices(home.found, new)
    return Adopted(new, (*notices, *closed_notices(new), *changed))
