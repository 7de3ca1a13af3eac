"""Decide what a publication has to do, and write nothing.

Every key of every item is looked at before the first byte is sent: if one item is refused,
nothing of any is written.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import get_args

from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.base.hints import ALLOW_UNVERSIONED, PACKAGE_AGAIN, Hint, Words
from brainscore_data.base.in_flight import all_side_by_side
from brainscore_data.base.progress import Reporter, Shared, quiet
from brainscore_data.dataset.identifiers import is_key_safe
from brainscore_data.dataset.manifest_values import Visibility
from brainscore_data.publishing.comparison import (
    NOTHING_COMMITTED,
    Committed,
    Comparison,
    claims_content,
)
from brainscore_data.publishing.published import PublishedFile, PublishedItem
from brainscore_data.records.bundle import Bundle, BundledFile, BundledItem
from brainscore_data.store.interface import Capabilities, ReadOnlyStoreError, Store, StoredObject
from brainscore_data.store.preflight import what_follows, what_to_do
from brainscore_data.store.published import standing_versions
from brainscore_data.store.tags import VISIBILITY_TAG
from brainscore_data.store.tombstones import look_for_tombstones, tombstone_of, tombstones_of

#: What is tried for private items.
PRIVATE = {VISIBILITY_TAG: "private"}


@dataclass(frozen=True)
class Refusal:
    """An item that must not be published as it is."""

    identifier: str
    problems: tuple[str, ...]
    hint: str


@dataclass(frozen=True)
class Plan:
    """What a publication has to do; nothing at all while there are refusals."""

    items: tuple[PublishedItem, ...]
    capabilities: Capabilities
    refusals: tuple[Refusal, ...]
    notices: tuple[str, ...]

    @property
    def writes(self) -> bool:
        """Whether anything has to be written."""
        return any(item.to_write for item in self.items)


def plan(
    bundle: Bundle,
    store: Store,
    *,
    allow_unversioned: bool = False,
    committed: Committed = NOTHING_COMMITTED,
    report: Reporter = quiet,
    trying: bool = True,
) -> Plan:
    """Look at every key of a bundle and decide; what only a write can tell, if that is `trying`."""
    require_own_keys(bundle.items)
    names = [file.name for item in bundle.items for file in item.files]
    with ThreadPoolExecutor(4) as beside:
        _ = store.location  # once, and not by each thread
        latest = beside.submit(store.latest, names, _names_of("public", bundle.items))
        tried = [
            beside.submit(_try_for_new, shall, bundle.items, store, latest)
            for shall in get_args(Visibility)
            if trying
        ]
        tombstones = beside.submit(look_for_tombstones, store)
        capabilities = required_capabilities(
            store, allow_unversioned=allow_unversioned, trying=trying
        )
    for each in (tombstones, *tried):
        each.result()
    standing = standing_versions(store, latest.result(), conditional=capabilities.conditional)
    if bundle.items and capabilities.writable and not capabilities.conditional:
        store.versions(names[0])  # who may not list them is told before a write
    items, refusals, notices = [], [], []
    if not capabilities.tags and capabilities.writable:
        notices.append(
            "this store keeps no tags: who published what, and from which commit, is in the "
            "receipts only"
        )
    if not capabilities.checks_owner:
        notices.append(
            "this server ignores expected-bucket-owner, so the program cannot make sure whose "
            "bucket it is"
        )
    if not capabilities.resumes and capabilities.writable:
        notices.append(
            "you may not list unfinished uploads here: if the upload of a large file is "
            "interrupted, it starts again from the beginning (s3:ListBucketMultipartUploads and "
            "s3:ListMultipartUploadParts allow it)"
        )
    with report("reading what is there", 0) as progress:
        comparison = Comparison(store, committed, Shared(progress))
        planners = [
            _ItemPlanner(item, comparison, standing, versioned=capabilities.versioned)
            for item in bundle.items
        ]
        decided = all_side_by_side(_ItemPlanner.all_planned, planners)
    for planner, planned in zip(planners, decided, strict=True):
        if not allow_unversioned:
            planner.refuse_null_versions(planned.files)
        planner.refuse_past_embargo(planned.files)
        planner.refuse_larger(planned.files, capabilities.largest)
        if planner.problems:
            identifier = planned.bundled.identifier
            why = Hint.joined(" ", planner.hints)
            refusals.append(Refusal(identifier, tuple(planner.problems), why))
        items.append(planned)
        notices += planner.notices
    return Plan(tuple(items), capabilities, tuple(refusals), tuple(notices))


def _names_of(shall: Visibility, items: Iterable[BundledItem]) -> set[str]:
    return {file.name for item in items if item.visibility == shall for file in item.files}


def _try_for_new(
    shall: Visibility,
    items: Iterable[BundledItem],
    store: Store,
    latest: Future[Mapping[str, StoredObject]],
) -> None:
    """Try beside all else who could read such items, if the store lacks one: it remembers.

    If that fails, it fails again for those who ask before they write.
    """
    if _names_of(shall, items) <= latest.result().keys():
        return
    with contextlib.suppress(BrainScoreDataError):
        if shall == "private":
            store.would_be_readable_by_all(PRIVATE)
        else:
            store.openness(trying=True)


def required_capabilities(
    store: Store, *, allow_unversioned: bool, trying: bool = True
) -> Capabilities:
    """Find out what a store guarantees, and that it keeps versions unless that is not asked for."""
    capabilities = store.capabilities(trying=trying)
    if not capabilities.versioned and not allow_unversioned:
        if capabilities.versioning == "unknown" and capabilities.obstacle:
            raise ReadOnlyStoreError(  # who may do nothing is not to turn versioning on
                capabilities.obstacle,
                where=store.location.url,
                hint=Hint(
                    "check the access key, its secret and the session token, which expires; or ",
                    "ask the store's owner for that permission"
                    if not capabilities.writable
                    else what_to_do("unknown") or "",
                ),
            )
        raise UsageError(
            what_follows(capabilities.versioning),
            where=store.location.url,
            hint=what_to_do(capabilities.versioning),
        )
    return capabilities


def planned_file(
    file: BundledFile, stored: StoredObject | None, replaces: str | None, comparison: Comparison
) -> PublishedFile | StoredObject:
    """Decide about a file; gives what is there, if the key is taken by that.

    `stored` is what is there, and `replaces` the version that may be superseded.
    """
    if stored is None:
        return PublishedFile(file, "new")
    if stored.deleted:
        return stored
    if (same := comparison.same_content(stored, file)) is not None:
        return PublishedFile(file, "unchanged", object=same)
    if replaces is not None and replaces == stored.version_id:
        return PublishedFile(file, "replaced", replaces=replaces)
    return stored


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
    "If you published the version that is there and trust it, commit the receipts.json that "
    "names it, and publish again: then the content counts as unchanged."
)


def taken(store: Store, stored: StoredObject, file: BundledFile) -> str:
    """Say that a key is taken, by what, and whether that claims to be the same."""
    text = f"taken by other content ({described(store, stored)})"
    if claims_content(stored, file):
        text += (
            "; whoever wrote it claims that its other bytes have the same content, and no committed "
            "receipt pins that version"
        )
    return text


class _ItemPlanner:
    """Decides about the files of one item and collects why it must not be published."""

    def __init__(
        self,
        item: BundledItem,
        comparison: Comparison,
        standing: Mapping[str, StoredObject],
        *,
        versioned: bool,
    ) -> None:
        self._item = item
        self._comparison = comparison
        self._standing = standing
        self._versioned = versioned
        self.problems: list[str] = []
        self.hints: dict[str, None] = {}  # a set that keeps its order
        self.notices: list[str] = []

    def all_planned(self) -> PublishedItem:
        """Decide about the item's files."""
        return PublishedItem(self._item, tuple(map(self._planned, self._item.files)))

    def _planned(self, file: BundledFile) -> PublishedFile:
        stored = self._standing.get(file.name)
        superseded = superseded_version(self._item, file)
        planned = planned_file(
            file, stored, superseded if self._versioned else None, self._comparison
        )
        if stored is None and superseded:
            self.notices.append(
                f"{file.name}: `replaces` names version {superseded}, but this store has no such "
                f"key yet: it is created"
            )
        if isinstance(planned, PublishedFile):
            return self._unless_taken_back(planned)
        if planned.deleted:
            self._refuse(
                f"{file.name}: a delete marker (version {planned.version_id}) is on top: the key "
                f"is taken, its earlier versions are still read by those who pinned them",
                f"Give {self._item.identifier!r} another identifier, or have the owner of the "
                f"store remove the marker.",
            )
        else:
            self._refuse_taken(file, planned, superseded)
        return PublishedFile(file, "taken")

    def _unless_taken_back(self, file: PublishedFile) -> PublishedFile:
        """Say of what is there that it is retracted, and refuse to write again what was taken back."""
        store, bundled = self._comparison.store, file.bundled
        if file.object is not None:
            found = tombstone_of(store, file.key, file.object.version_id)
            if found is None:
                return file
            self.notices.append(f"{file.key} version {found.version_id}: {found}")
            return replace(file, public="retracted")
        for found in tombstones_of(store, file.key):
            if found.is_of(bundled.sha256, bundled.digest):
                self._refuse(
                    f"{file.key}: this content was {found} (version {found.version_id})",
                    "Publish a corrected version, or leave the item out.",
                )
                break
        return file

    def refuse_null_versions(self, files: Iterable[PublishedFile]) -> None:
        """Refuse what is there without a version id: it was written before versions were kept."""
        for file in files:
            if file.object is not None and file.object.version_id in (None, "null"):
                self._refuse(
                    f"{file.key}: this content is there, but without a version id",
                    Hint("Accept that with ", ALLOW_UNVERSIONED, "."),
                )

    def refuse_past_embargo(self, files: Iterable[PublishedFile]) -> None:
        """Refuse a first version that would be private until a day that has passed."""
        day = self._item.embargo
        is_first = all(file.status == "new" for file in files)
        if day is not None and day <= datetime.now(UTC).date() and is_first:
            self._refuse(
                f"{self._item.identifier}: its embargo ended on {day}, before it was ever published",
                'Say visibility = "public" and leave the embargo out, or give a later day.',
            )

    def refuse_larger(self, files: Iterable[PublishedFile], largest: int | None) -> None:
        """Refuse what this store cannot hold."""
        for file in files:
            if largest is not None and file.object is None and file.bundled.size > largest:
                self._refuse(
                    f"{file.key} has {file.bundled.size:,} bytes, and a file in this store at most "
                    f"{largest:,}",
                    "Publish it to another store, or as several items.",
                )

    def _refuse_taken(
        self, file: BundledFile, stored: StoredObject, superseded: str | None
    ) -> None:
        problem = f"{file.name}: {taken(self._comparison.store, stored, file)}"
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


def require_own_keys(items: Iterable[BundledItem]) -> None:
    """Make sure that no item writes to a key that is not its own."""
    owners: dict[str, str] = {}
    for item in items:
        names = tuple(file.name for file in item.files)
        if not is_key_safe(item.identifier) or names != item.expected_names:
            raise DataError(
                f"the files of {item.identifier!r} are named {', '.join(names)}, "
                f"but readers look for {', '.join(item.expected_names)}",
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
