"""Receipts: what is published, where, and how that is known; their home is ``receipts.json``.

Each file's receipt has two parts. `object` says what is in the store and is the same for whoever
publishes it; `run` says who put it there. A run that finds everything there already changes
neither, so that a committed ``receipts.json`` changes only when what is published does.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import Field, ValidationError

from brainscore_data.base.door import content_of
from brainscore_data.base.errors import UsageError
from brainscore_data.base.repository import folders_of
from brainscore_data.dataset.assembly_classes import AssemblyClass
from brainscore_data.dataset.document import MANIFEST_NAME
from brainscore_data.dataset.manifest_values import Visibility
from brainscore_data.records.bundle import (
    CheckRecord,
    Record,
    ShardRecord,
    assembly_prefix,
    embargo_field,
    fault,
    if_known,
    save_record,
)

SCHEMA_VERSION = 1
FILE_NAME = "receipts.json"

#: `adopted`: somebody else put it there, and this run read it.
Status = Literal["new", "unchanged", "replaced", "adopted"]
Verified = Literal["store checksum", "read back", "read whole by version id"]
Guard = Literal["conditional write", "versions listed"]
Readable = Literal["yes", "not yet", "waits for its release", "retracted"]
Tagged = Literal["after the write"]


class PublishedObject(Record):
    """One version of one key, as the store confirmed it."""

    #: These four as in :class:`brainscore_data.store.interface.Location`.
    store: str
    endpoint: str | None
    region: str | None
    bucket: str | None
    #: With the store's prefix.
    key: str
    #: None where the store keeps no versions.
    version_id: str | None
    sha1: str = Field(pattern=r"^[0-9a-f]{40}$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)
    #: Of the content; None where what others uploaded was adopted without the bundle that it is.
    digest: str | None
    #: By the checksum that the store itself computed, or by reading this version and hashing it.
    verified: Verified

    def is_as_well_known_as(self, other: PublishedObject) -> bool:
        """Whether this is the same version, with the same bytes, of which the other knows no more."""
        aside = {"verified", "digest"}
        same = self.model_dump(exclude=aside) == other.model_dump(exclude=aside)
        return same and other.digest in (None, self.digest)


class RunRecord(Record):
    """Who published it, and what the run found."""

    status: Status
    who: str
    when: str
    commit: str | None = None
    pull_request: int | None = None
    run_id: str | None = None
    #: What kept two runs from both winning; None where nothing was written.
    guard: Guard | None = None
    #: Whether a public file could be read without credentials when it was published; it waits where
    #: the store was told that it is private. None for a private one, and in a folder. Of any that
    #: was taken back since: retracted.
    public: Readable | None = None
    #: The version that this one superseded.
    replaces: str | None = None
    #: Where the store did not take tags with the bytes of a large file. None everywhere else.
    tagged: Tagged | None = if_known()


class FileReceipt(Record):
    """The receipt of one file."""

    object: PublishedObject
    run: RunRecord


class StimulusSetReceipt(Record):
    """The receipt of a stimulus set: it is published when both of its files are."""

    kind: Literal["stimulus_set"] = "stimulus_set"
    identifier: str
    visibility: Visibility | None
    embargo: date | None = embargo_field()
    license: str | None = if_known()
    csv: FileReceipt
    zip: FileReceipt

    @property
    def files(self) -> tuple[FileReceipt, ...]:
        """The receipts of its files, in the order of publication."""
        return (self.zip, self.csv)


class AssemblyReceipt(Record):
    """The receipt of an assembly."""

    kind: Literal["assembly"] = "assembly"
    identifier: str
    prefix: str = assembly_prefix()
    visibility: Visibility | None
    embargo: date | None = embargo_field()
    license: str | None = if_known()
    assembly_class: AssemblyClass
    stimulus_set: str | None
    merges_stimulus_set: bool
    nc: FileReceipt

    @property
    def files(self) -> tuple[FileReceipt, ...]:
        """The receipt of its one file, in a tuple."""
        return (self.nc,)


ItemReceipt = StimulusSetReceipt | AssemblyReceipt


class Receipts(Record):
    """The receipts of one dataset: stimulus sets first, each kind by identifier."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    dataset: str
    plugin: str | None = None
    #: Of the run that last changed what is published; None in receipts without a run.
    checks: CheckRecord | None = None
    #: None where they are of all of the dataset.
    shard: ShardRecord | None = if_known()
    items: list[ItemReceipt] = Field(default_factory=list)


class InStore(Protocol):
    """What says which store it is in, on which server: a pin, or the receipt of a file."""

    @property
    def store(self) -> str:
        """The store's URL."""

    @property
    def endpoint(self) -> str | None:
        """The server; None for AWS."""


def opening_command(stored: InStore, identifier: str) -> str:
    """Word the command with which the store's owner opens an item."""
    server = [] if stored.endpoint is None else ["--endpoint-url", stored.endpoint]
    words = ["visibility", "set", "public", identifier, "--store", stored.store, *server]
    return shlex.join(["brainscore-data", *words])


def save_receipts(receipts: Receipts, path: Path) -> None:
    """Write ``receipts.json``, whole or not at all."""
    save_record(receipts, path)


def receipts_below(root: Path) -> Iterator[Path]:
    """List the receipts of a checkout."""
    for folder, files in folders_of(root):
        if FILE_NAME in files and not (folder / FILE_NAME).is_symlink():
            yield folder / FILE_NAME


def receipts_at(given: Path) -> Path:
    """Give the path of the receipts of what a user names: them, their folder, or a dataset.toml."""
    if given.is_dir():
        return given / FILE_NAME
    # The other commands take a dataset by its manifest, too.
    return given.with_name(FILE_NAME) if given.name == MANIFEST_NAME else given


def load_receipts(path: Path) -> Receipts:
    """Read ``receipts.json``."""
    if not path.is_file():
        raise UsageError(
            "there are no receipts here",
            where=str(path),
            hint="check the path; `brainscore-data publish` writes them",
        )
    try:
        return Receipts.model_validate_json(content_of(path))
    except ValidationError as error:
        other_schema, message = fault(error)
        if other_schema is not None:
            raise UsageError(
                f"receipts schema {other_schema} is not known to this version",
                where=str(path),
                hint="update brainscore-data",
            ) from error
        raise UsageError(
            f"these are not receipts, or they are damaged: {message}",
            where=str(path),
            hint=f"if it is your {FILE_NAME}, restore it, or move it away and publish again: "
            "nothing is uploaded twice",
        ) from error


def merge_receipts(old: Receipts, new: Receipts) -> Receipts:
    """Put the receipts of a run into those that are there already.

    A file whose `object` is the same keeps its old `run`: who published it has not changed, and
    how its bytes were known stays as it was, too. Only whether it is public by now is the new run's
    word. Items that the run did not publish stay.
    """
    items: dict[tuple[str, str, str], ItemReceipt] = {place_of(item): item for item in old.items}
    for item in new.items:
        before = items.get(place_of(item))
        items[place_of(item)] = item if before is None else _keep_runs(before, item)
    merged = [
        items[place] for place in sorted(items, key=lambda place: (place[0] == "assembly", place))
    ]
    # Like `run`, they are of the run that published what is there.
    checks = old.checks if merged == old.items else new.checks
    return new.model_copy(update={"items": merged, "checks": checks})


def joined(path: Path, new: Receipts) -> Receipts:
    """Join receipts with those that are in a file already, if there is one."""
    return merge_receipts(load_receipts(path), new) if path.is_file() else new


def saved_where_it_says_more(path: Path, new: Receipts) -> bool:
    """Join receipts with those in a file, unless that says all of it; says whether it did."""
    whole = joined(path, new)
    if path.is_file() and say_the_same(load_receipts(path), whole):
        return False
    save_receipts(whole, path)
    return True


def say_the_same(one: Receipts, other: Receipts) -> bool:
    """Whether receipts say the same of what is published, and only of the runs that looked not."""
    runs = {"__all__": {name: {"run"} for name in ("csv", "zip", "nc")}}
    aside: Any = {"checks": True, "items": runs}
    return one.model_dump(exclude=aside) == other.model_dump(exclude=aside)


def place_of(item: ItemReceipt) -> tuple[str, str, str]:
    """Name what tells an item from all others: its kind, its identifier and its prefix."""
    return item.kind, item.identifier, item.prefix if item.kind == "assembly" else ""


def _keep_runs(old: ItemReceipt, new: ItemReceipt) -> ItemReceipt:
    kept = {}
    for name, receipt in new:
        if isinstance(receipt, FileReceipt):
            known = (each for each in old.files if each.object.is_as_well_known_as(receipt.object))
            before = next(known, receipt)
            run = before.run.model_copy(update={"public": receipt.run.public})
            kept[name] = before.model_copy(update={"run": run})
    return new.model_copy(update=kept)
