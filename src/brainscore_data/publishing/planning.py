"""Decide what a publication has to do, and write nothing.

Every key of every item is looked at before the first byte is sent: if one item is refused,
nothing of any is written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.base.hints import ALLOW_UNVERSIONED, PACKAGE_AGAIN, Hint, Words
from brainscore_data.base.progress import Progress, Reporter, quiet
from brainscore_data.dataset.identifiers import assembly_key, is_key_safe, stimulus_set_keys
from brainscore_data.publishing.committed import NOTHING_COMMITTED, Committed
from brainscore_data.publishing.comparison import ConfirmedVersion, claims_content, same_content
from brainscore_data.records.bundle import Bundle, BundledAssembly, BundledFile, BundledStimulusSet
from brainscore_data.store.interface import Capabilities, Store, StoredObject
from brainscore_data.store.standing import standing_versions
from brainscore_data.store.versioning import what_follows, what_to_do

BundledItem = BundledStimulusSet | BundledAssembly


@dataclass(frozen=True)
class Step:
    """What has to be done about one file.

    Attributes
    ----------
    action : {"create", "replace", "keep"}
        Write the first version, write one on top of `expected_version`, or nothing.
    kept : ConfirmedVersion or None
        What is there already, where nothing has to be done.
    """

    file: BundledFile
    action: Literal["create", "replace", "keep"]
    expected_version: str | None = None
    kept: ConfirmedVersion | None = None


def step_over(
    stored: StoredObject,
    file: BundledFile,
    kept: Callable[[], ConfirmedVersion | None],
    replaces: str | None,
) -> Step | None:
    """Decide about a file whose key is there; None if that is taken by other content than `kept` confirms."""
    if stored.deleted:
        return None
    if (found := kept()) is not None:
        return Step(file, "keep", kept=found)
    if replaces is not None and replaces == stored.version_id:
        return Step(file, "replace", expected_version=replaces)
    return None


@dataclass(frozen=True)
class PlannedItem:
    """An item and what to do about its files, in the order of publication."""

    item: BundledItem
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Refusal:
    """An item that must not be published as it is."""

    identifier: str
    problems: tuple[str, ...]
    hint: str


@dataclass(frozen=True)
class Plan:
    """What a publication has to do; nothing at all while there are refusals."""

    items: tuple[PlannedItem, ...]
    capabilities: Capabilities
    refusals: tuple[Refusal, ...]
    notices: tuple[str, ...]

    @property
    def writes(self) -> bool:
        """Whether anything has to be written."""
        return any(step.action != "keep" for item in self.items for step in item.steps)


def plan(
    bundle: Bundle,
    store: Store,
    *,
    allow_unversioned: bool = False,
    committed: Committed = NOTHING_COMMITTED,
    report: Reporter = quiet,
) -> Plan:
    """Look at every key of a bundle and decide."""
    _check_keys(bundle.items)
    capabilities = store.capabilities()
    if not capabilities.versioned and not allow_unversioned:
        raise UsageError(
            what_follows(capabilities.versioning),
            where=store.location.url,
            hint=what_to_do(capabilities.versioning),
        )
    standing = standing_versions(
        store,
        [file.name for item in bundle.items for file in item.files],
        conditional=capabilities.conditional,
    )
    items, refusals, notices = [], [], []
    if not capabilities.tags and capabilities.writable:
        notices.append(
            "this store keeps no tags: who published what, and from which commit, is in the "
            "receipts only"
        )
    if not capabilities.resumes and capabilities.writable:
        notices.append(
            "you may not list what was begun and not finished here: a large file that is cut off "
            "is sent again from its start (s3:ListBucketMultipartUploads and "
            "s3:ListMultipartUploadParts allow it)"
        )
    with report("reading what is there", 0) as progress:
        for item in bundle.items:
            planner = _ItemPlanner(
                item,
                store,
                standing,
                versioned=capabilities.versioned,
                committed=committed,
                progress=progress,
            )
            steps = tuple(step for step in map(planner.step, item.files) if step is not None)
            if not allow_unversioned:
                planner.refuse_null_versions(steps)
            if planner.problems:
                refusals.append(
                    Refusal(
                        item.identifier, tuple(planner.problems), Hint.joined(" ", planner.hints)
                    )
                )
            items.append(PlannedItem(item, steps))
            notices += planner.notices
    return Plan(tuple(items), capabilities, tuple(refusals), tuple(notices))


def raise_refusals(found: Plan, store: Store) -> None:
    """Raise one error that lists every refused item, if there are any."""
    if not found.refusals:
        return
    problems = [problem for refusal in found.refusals for problem in refusal.problems]
    raise DataError(
        "nothing was published:\n" + "\n".join(f"  - {problem}" for problem in problems),
        where=store.location.url,
        count=len(problems),
        hint=Hint.joined("\n  ", dict.fromkeys(refusal.hint for refusal in found.refusals)),
    )


def described(store: Store, stored: StoredObject) -> str:
    """Say which version is there, with which hash, and who put it there."""
    sha1 = stored.metadata.get("sha1", "not recorded")
    text = f"version {stored.version_id}, sha1 {sha1}"
    try:
        tags = store.tags(stored.key, stored.version_id)
    except BrainScoreDataError:  # not being allowed to read tags must not hide what is wrong
        return text
    if "uploadedBy" in tags:
        text += f", uploaded by {tags['uploadedBy']}"
    if "commit" in tags:
        text += f" from commit {tags['commit']}"
    return text


#: What to do where an object's writer claims the content that is to be published.
WHO_VOUCHES = (
    "If the version that is there is one that you published and trust, commit the receipts.json "
    "that names it, and publish again: then the content is unchanged."
)


def taken(store: Store, stored: StoredObject, file: BundledFile) -> str:
    """Say that a key is taken, by what, and whether that claims to be the same."""
    text = f"taken by other content ({described(store, stored)})"
    if claims_content(stored, file):
        text += (
            "; its writer claims the same content for its other bytes, and no committed receipt "
            "pins that version"
        )
    return text


class _ItemPlanner:
    """Decides about the files of one item and collects why it must not be published."""

    def __init__(
        self,
        item: BundledItem,
        store: Store,
        standing: Mapping[str, StoredObject],
        *,
        versioned: bool,
        committed: Committed,
        progress: Progress,
    ) -> None:
        self._item = item
        self._store = store
        self._standing = standing
        self._versioned = versioned
        self._committed = committed
        self._progress = progress
        self.problems: list[str] = []
        self.hints: dict[str, None] = {}  # a set that keeps its order
        self.notices: list[str] = []

    def step(self, file: BundledFile) -> Step | None:
        """Decide about one file; None if it is refused."""
        stored = self._standing.get(file.name)
        superseded = superseded_version(self._item, file)
        if stored is None:
            if superseded:
                self.notices.append(
                    f"{file.name}: `replaces` names version {superseded}, but this store has no "
                    f"such key yet: it is created"
                )
            return Step(file, "create")

        def kept() -> ConfirmedVersion | None:
            return same_content(self._store, stored, file, self._progress, self._committed)

        step = step_over(stored, file, kept, superseded if self._versioned else None)
        if step is not None:
            return step
        if stored.deleted:
            self._refuse(
                f"{file.name}: a delete marker (version {stored.version_id}) is on top: the key "
                f"is taken, its earlier versions are still read by those who pinned them",
                f"Give {self._item.identifier!r} another identifier, or have the owner of the "
                f"store remove the marker.",
            )
        else:
            self._refuse_taken(file, stored, superseded)
        return None

    def refuse_null_versions(self, steps: Iterable[Step]) -> None:
        """Refuse what is there without a version id: it was written before versions were kept."""
        for step in steps:
            if step.kept is not None and step.kept.version_id in (None, "null"):
                self._refuse(
                    f"{step.file.name}: this content is there, but without a version id",
                    Hint("Accept that with ", ALLOW_UNVERSIONED, "."),
                )

    def _refuse_taken(
        self, file: BundledFile, stored: StoredObject, superseded: str | None
    ) -> None:
        problem = f"{file.name}: {taken(self._store, stored, file)}"
        if superseded:
            problem += f"; `replaces` names version {superseded}"
        hint = Hint(f"Give {self._item.identifier!r} another identifier")
        if self._versioned:
            which = "; or, if it is a correction that supersedes what is there, "
            hint = Hint(hint, which, self._replacing())
        if claims_content(stored, file):
            hint = Hint(hint, f"\n  {WHO_VOUCHES}")
        self._refuse(problem, hint)

    def _replacing(self) -> Words:
        latest = {
            file.name.rpartition(".")[2]: (stored.version_id or "") if stored else ""
            for file in self._item.files
            for stored in [self._standing.get(file.name)]
        }
        paste = f"paste this into its [[{self._item.kind}]] in dataset.toml:\n    replaces = "
        if self._item.kind == "assembly":
            version = json.dumps(latest["nc"])
            return Words(f"{paste}{version}", f"pass replaces={version}")
        csv, zipped = json.dumps(latest["csv"]), json.dumps(latest["zip"])
        return Words(
            f"{paste}{{ csv = {csv}, zip = {zipped} }}",
            f"pass replaces={{'csv': {csv}, 'zip': {zipped}}}",
        )

    def _refuse(self, problem: str, hint: str) -> None:
        self.problems.append(problem)
        self.hints[hint] = None


def superseded_version(item: BundledItem, file: BundledFile) -> str | None:
    """Look up which version of a file its item says it replaces."""
    if item.replaces is None or isinstance(item.replaces, str):
        return item.replaces
    return item.replaces.csv if file.name.endswith(".csv") else item.replaces.zip


def _check_keys(items: Iterable[BundledItem]) -> None:
    """Make sure that no item writes to a key that is not its own."""
    owners: dict[str, str] = {}
    for item in items:
        if item.kind == "assembly":
            expected: tuple[str, ...] = (assembly_key(item.identifier, item.prefix),)
        else:
            csv, zipped = stimulus_set_keys(item.identifier)
            expected = (zipped, csv)
        names = tuple(file.name for file in item.files)
        if not is_key_safe(item.identifier) or names != expected:
            raise DataError(
                f"the files of {item.identifier!r} are named {', '.join(names)}, "
                f"but readers look for {', '.join(expected)}",
                where="bundle.json",
                hint=Hint(PACKAGE_AGAIN),
            )
        for name in names:
            if name in owners:
                raise DataError(
                    f"{owners[name]!r} and {item.identifier!r} both become {name}",
                    where="bundle.json",
                    hint="give one of them another identifier: dots become underscores in keys",
                )
            owners[name] = item.identifier
