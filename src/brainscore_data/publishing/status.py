"""How far each item of a dataset has come: checked, packaged, published, registered, readable.

It is told from what is written down: a bundle, the receipts, the plugin. Nothing is packaged or
downloaded, and no store is asked unless that is wanted.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, Unpack

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.dataset.identifiers import Kind
from brainscore_data.dataset.manifest import Assembly, StimulusSet, Visibility
from brainscore_data.dataset.reading import load_dataset
from brainscore_data.plugins.homes import plugin_folder
from brainscore_data.plugins.registering import plan_registering
from brainscore_data.reading.verification import Stores, shown_of, store_of
from brainscore_data.records.bundle import FILE_NAME as BUNDLE_NAME
from brainscore_data.records.bundle import Bundle, BundledAssembly, BundledStimulusSet
from brainscore_data.records.receipts import FILE_NAME, ItemReceipt, Receipts, load_receipts
from brainscore_data.store.options import StoreOptions

# "other": of an earlier version of the item, or of another one.
State = Literal["yes", "no", "other", "not known"]
STEPS = ("checked", "packaged", "published", "registered", "readable")


class Step(NamedTuple):
    """How one step stands, and what there is to say of it."""

    state: State
    detail: str = ""


@dataclass(frozen=True)
class ItemStatus:
    """How an item stands; `next` is the command that brings it on, if there is one."""

    kind: Kind
    identifier: str
    steps: dict[str, Step]  # by STEPS
    next: str | None


@dataclass(frozen=True)
class _Known:
    """What is written down of a dataset."""

    folder: Path
    bundle: Bundle | None
    receipts: Receipts | None
    errors: int | None  # of the checks; None where they were not run
    registered: dict[tuple[Kind, str], Step] | Step  # one for all, where no plugin is known
    options: StoreOptions | None  # None where no store is asked
    stores: Stores = field(default_factory=dict)


def status(
    folder: Path,
    *,
    bundle: Path | None = None,
    check: bool = False,
    ask: bool = False,
    **options: Unpack[StoreOptions],
) -> list[ItemStatus]:
    """Say of each item of a dataset how far it has come.

    `bundle` is looked at if it is one of this dataset; `check` runs the checks; `ask` asks the stores
    that the receipts name who can read it now.
    """
    dataset = load_dataset(folder)
    home = dataset.path.parent
    path = home / FILE_NAME
    receipts = load_receipts(path) if path.is_file() else None
    known = _Known(
        home,
        _bundle(bundle, dataset.root.name),
        receipts,
        _errors(home) if check else None,
        _registered(home, receipts),
        options if ask else None,
    )
    manifest = dataset.manifest
    return [_status(item, known) for item in (*manifest.stimulus_sets, *manifest.assemblies)]


def _bundle(folder: Path | None, dataset: str) -> Bundle | None:
    if folder is None or not (folder / BUNDLE_NAME).is_file():
        return None
    content = (folder / BUNDLE_NAME).read_bytes()
    try:
        found = Bundle.model_validate_json(content)
    except ValueError as error:
        raise UsageError(
            "this is no bundle, or a damaged one",
            where=str(folder / BUNDLE_NAME),
            hint="package the dataset again",
        ) from error
    return found if found.dataset == dataset else None


def _errors(folder: Path) -> int:
    from brainscore_data.check.engine.checking import check

    outcome = check([folder])
    if outcome.incomplete:
        raise UsageError(
            "the checks could not all be run",
            where=str(folder),
            hint=f"{_command('check', folder)} says why",
        )
    return len(outcome.errors)


def _registered(folder: Path, receipts: Receipts | None) -> dict[tuple[Kind, str], Step] | Step:
    """Compare the plugin with the receipts; what is earlier only a store could tell."""
    if receipts is None or not receipts.items:
        return Step("no")
    try:
        plugin = plugin_folder(receipts, folder, None)
        planned = plan_registering(receipts, plugin, is_earlier=lambda _, __: True)
    except BrainScoreDataError as error:
        return Step("not known", error.message)
    steps = {
        "add": Step("no"),
        "update": Step("other", "another version"),
        "keep": Step("yes", plugin.name),
    }
    return {
        (each.item.kind, each.item.identifier): steps.get(
            each.action, Step("not known", each.reason)
        )
        for each in planned.changes
    }


def _status(item: StimulusSet | Assembly, known: _Known) -> ItemStatus:
    kind: Kind = "stimulus_set" if isinstance(item, StimulusSet) else "assembly"
    name = (kind, item.identifier)
    bundled = next(
        (each for each in (known.bundle.items if known.bundle else ()) if _is(each, name)), None
    )
    receipt = next(
        (each for each in (known.receipts.items if known.receipts else ()) if _is(each, name)), None
    )
    published = _published(bundled, receipt)
    registered = known.registered
    steps = {
        "checked": _checked(known, recorded=bool(bundled or receipt)),
        "packaged": _packaged(bundled, receipt),
        "published": published,
        "registered": registered
        if isinstance(registered, Step)
        else registered.get(name, Step("no")),
        "readable": _readable(receipt, item.visibility, known),
    }
    return ItemStatus(kind, item.identifier, steps, _next(item, steps, receipt, known))


def _is(item: BundledStimulusSet | BundledAssembly | ItemReceipt, name: tuple[Kind, str]) -> bool:
    return (item.kind, item.identifier) == name


def _checked(known: _Known, *, recorded: bool) -> Step:
    if known.errors is not None:
        said = f"{known.errors} error{'' if known.errors == 1 else 's'} in the dataset"
        return Step("no", said) if known.errors else Step("yes")
    return (
        Step("yes", "when it was packaged")
        if recorded
        else Step("not known", "`--check` runs them")
    )


def _packaged(
    bundled: BundledStimulusSet | BundledAssembly | None, receipt: ItemReceipt | None
) -> Step:
    if bundled is not None:
        return Step("yes")
    return Step("yes", "when it was published") if receipt is not None else Step("no")


def _published(
    bundled: BundledStimulusSet | BundledAssembly | None, receipt: ItemReceipt | None
) -> Step:
    if receipt is None:
        return Step("no")
    stores = " and ".join(dict.fromkeys(file.object.store for file in receipt.files))
    if bundled is not None and [each.digest for each in bundled.files] != [
        each.object.digest for each in receipt.files
    ]:
        return Step("other", f"{stores} has other content than the bundle")
    return Step("yes", stores)


def _readable(receipt: ItemReceipt | None, shall: Visibility, known: _Known) -> Step:
    if receipt is None:
        return Step("no")
    if known.options is not None:
        return _readable_now(receipt, shall, known.stores, known.options)
    if shall == "private":
        return Step("not known", "private: `--ask` asks the store")
    said = {file.run.public for file in receipt.files}
    if said == {"yes"}:
        return Step("yes", "when it was published")
    waiting = [each for each in ("not yet", "waits for its release") if each in said]
    return Step("no", waiting[0]) if waiting else Step("not known", "`--ask` asks the store")


def _readable_now(
    receipt: ItemReceipt, shall: Visibility, stores: Stores, options: StoreOptions
) -> Step:
    try:
        standings = {
            shown_of(store_of(each.object, stores, options), each.object).beside(shall)
            for each in receipt.files
        }
    except BrainScoreDataError as error:
        return Step("not known", error.message)
    odd = standings - {"as it shall be"}
    if not odd:
        return Step("yes", f"{shall}, as the store says")
    return Step("not known" if odd == {"not known"} else "no", " and ".join(sorted(odd)))


def _next(
    item: StimulusSet | Assembly,
    steps: dict[str, Step],
    receipt: ItemReceipt | None,
    known: _Known,
) -> str | None:
    """Name the command for the first step that is missing."""
    if steps["checked"].state == "no" or (
        steps["checked"].state == "not known" and receipt is None
    ):
        return _command("check", known.folder)
    if steps["published"].state == "other" and receipt is not None:
        if _replaces(item) != tuple(file.object.version_id for file in receipt.files):
            return _command("revise", item.identifier, known.folder)
    elif steps["published"].state == "yes":
        waits = steps["registered"].state in {"no", "other"}
        return _command("register", known.folder) if waits else None
    published = known.receipts.items if known.receipts else []
    stores = {file.object.store for each in published for file in each.files}
    store = stores.pop() if len(stores) == 1 else "URL"
    return _command("publish", known.folder, "--store", store)


def _replaces(item: StimulusSet | Assembly) -> tuple[str | None, ...]:
    if isinstance(item, StimulusSet):
        return (item.replaces.zip, item.replaces.csv) if item.replaces else ()
    return (item.replaces,)


def _command(*words: str | Path) -> str:
    return shlex.join(["brainscore-data", *map(str, words)])
