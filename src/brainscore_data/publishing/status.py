"""How far each item of a dataset has come: checked, packaged, published, registered, readable.

It is told from what is written down: a bundle, the receipts, the plugin. Nothing is packaged or
downloaded, and no store is asked unless that is wanted.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, Unpack

from brainscore_data.base.door import content_of
from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.dataset.assembly_tables import Assembly
from brainscore_data.dataset.identifiers import Kind
from brainscore_data.dataset.manifest import StimulusSet
from brainscore_data.dataset.reading import load_dataset
from brainscore_data.plugins.homes import plugin_folder
from brainscore_data.plugins.registering import plan_registering
from brainscore_data.reading.verification import Stores, shown_of, store_of
from brainscore_data.records.bundle import FILE_NAME as BUNDLE_NAME
from brainscore_data.records.bundle import Bundle, BundledItem
from brainscore_data.records.receipts import (
    FILE_NAME,
    ItemReceipt,
    Receipts,
    load_receipts,
    opening_command,
)
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
    """What is written down of an item, and of the dataset that it is in."""

    item: StimulusSet | Assembly
    folder: Path
    bundled: BundledItem | None
    receipt: ItemReceipt | None
    receipts: Receipts | None
    registered: Step
    errors: int | None  # of the checks; None where they were not run
    options: StoreOptions | None  # None where no store is asked
    stores: Stores

    def status(self) -> ItemStatus:
        """Say how the item stands."""
        steps = {
            "checked": self._checked(),
            "packaged": self._packaged(),
            "published": self._published(),
            "registered": self.registered,
            "readable": self._readable(),
        }
        return ItemStatus(_kind(self.item), self.item.identifier, steps, self._next(steps))

    def _checked(self) -> Step:
        if self.errors is not None:
            said = f"{self.errors} error{'' if self.errors == 1 else 's'} in the dataset"
            return Step("no", said) if self.errors else Step("yes")
        if self.bundled or self.receipt:
            return Step("yes", "when it was packaged")
        return Step("not known", "`--check` runs them")

    def _packaged(self) -> Step:
        if self.bundled is not None:
            return Step("yes")
        return Step("yes", "when it was published") if self.receipt is not None else Step("no")

    def _published(self) -> Step:
        if self.receipt is None:
            return Step("no")
        files = [file.object for file in self.receipt.files]
        stores = " and ".join(dict.fromkeys(each.store for each in files))
        made = () if self.bundled is None else self.bundled.files
        pairs = zip(made, files, strict=False)
        if any(
            here.digest != there.digest and here.sha256 != there.sha256 for here, there in pairs
        ):
            return Step("other", f"{stores} has other content than the bundle")
        return Step("yes", stores)

    def _readable(self) -> Step:
        if self.receipt is None:
            return Step("no")
        if "retracted" in {file.run.public for file in self.receipt.files}:
            return Step("no", "retracted")
        if self.options is not None:
            return self._readable_now(self.receipt, self.options)
        if self.item.visibility == "private":
            return Step("not known", "private: `--ask` asks the store")
        said = {file.run.public for file in self.receipt.files}
        if said == {"yes"}:
            return Step("yes", "when it was published")
        waiting = [each for each in ("not yet", "waits for its release") if each in said]
        return Step("no", waiting[0]) if waiting else Step("not known", "`--ask` asks the store")

    def _readable_now(self, receipt: ItemReceipt, options: StoreOptions) -> Step:
        shall = self.item.visibility
        try:
            standings = {
                shown_of(store_of(each.object, self.stores, options), each.object).beside(shall)
                for each in receipt.files
            }
        except BrainScoreDataError as error:
            return Step("not known", error.message)
        odd = standings - {"as it should be"}
        if not odd:
            return Step("yes", f"{shall}, as the store says")
        return Step("not known" if odd == {"not known"} else "no", " and ".join(sorted(odd)))

    def _next(self, steps: dict[str, Step]) -> str | None:
        """Name the command for the first step that is missing."""
        checked, published = steps["checked"].state, steps["published"].state
        if checked == "no" or (checked == "not known" and self.receipt is None):
            return _command("check", self.folder)
        if published == "other" and self.receipt is not None:
            versions = tuple(file.object.version_id for file in self.receipt.files)
            if _replaces(self.item) != versions:
                return _command("revise", self.item.identifier, self.folder)
        elif published == "yes":
            if self.registered.state in {"no", "other"}:
                return _command("register", self.folder)
            closed = "waits for its release" in steps["readable"].detail
            stored = self.receipt.files[0].object if closed and self.receipt else None
            return opening_command(stored, self.item.identifier) if stored else None
        items = self.receipts.items if self.receipts else []
        stores = {file.object.store for each in items for file in each.files}
        store = stores.pop() if len(stores) == 1 else "URL"
        return _command("publish", self.folder, "--store", store)


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
    made = _bundle(bundle, dataset.root.name)
    bundled = {(each.kind, each.identifier): each for each in (made.items if made else ())}
    published = {
        (each.kind, each.identifier): each for each in (receipts.items if receipts else ())
    }
    errors = _errors(home) if check else None
    registered = _registered(home, receipts)
    stores: Stores = {}
    items = (*dataset.manifest.stimulus_sets, *dataset.manifest.assemblies)
    return [
        _Known(
            item,
            home,
            bundled.get(name := (_kind(item), item.identifier)),
            published.get(name),
            receipts,
            registered if isinstance(registered, Step) else registered.get(name, Step("no")),
            errors,
            options if ask else None,
            stores,
        ).status()
        for item in items
    ]


def _kind(item: StimulusSet | Assembly) -> Kind:
    return "stimulus_set" if isinstance(item, StimulusSet) else "assembly"


def _bundle(folder: Path | None, dataset: str) -> Bundle | None:
    if folder is None or not (folder / BUNDLE_NAME).is_file():
        return None
    content = content_of(folder / BUNDLE_NAME)
    try:
        found = Bundle.model_validate_json(content)
    except ValueError as error:
        raise UsageError(
            "this is not a bundle, or it is damaged",
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


def _replaces(item: StimulusSet | Assembly) -> tuple[str | None, ...]:
    if isinstance(item, StimulusSet):
        return (item.replaces.zip, item.replaces.csv) if item.replaces else ()
    return (item.replaces,)


def _command(*words: str | Path) -> str:
    return shlex.join(["brainscore-data", *map(str, words)])
