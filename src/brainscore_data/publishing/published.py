"""A file and an item on their way from a bundle to a receipt: one record of each, from the plan on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from brainscore_data.publishing.runs import Run
from brainscore_data.records.bundle import BundledFile, BundledItem
from brainscore_data.records.receipts import (
    AssemblyReceipt,
    FileReceipt,
    Guard,
    ItemReceipt,
    PublishedObject,
    Readable,
    Status,
    StimulusSetReceipt,
)


@dataclass(frozen=True)
class PublishedFile:
    """A file as it is planned, and, once it is published, as it is in the store."""

    bundled: BundledFile
    #: What is planned; in the end, what came of it. A key that is taken by other content is refused.
    status: Status | Literal["taken"]
    #: The version that it supersedes.
    replaces: str | None = None
    #: The version that has its content; None until it is written.
    object: PublishedObject | None = None
    #: What kept two runs from both winning; None where nothing was written.
    guard: Guard | None = None
    #: Whether it could be read without credentials; None for a private one, and in a folder.
    public: Readable | None = None

    @property
    def key(self) -> str:
        """Below the store's prefix."""
        return self.bundled.name

    def receipt(self, run: Run) -> FileReceipt:
        """Write down what is published."""
        found = {name: getattr(self, name) for name in ("status", "guard", "replaces", "public")}
        return FileReceipt.model_validate({"object": self.object, "run": {**asdict(run), **found}})


@dataclass(frozen=True)
class PublishedItem:
    """An item and its files, in the order of publication."""

    bundled: BundledItem
    files: tuple[PublishedFile, ...]

    @property
    def to_write(self) -> list[PublishedFile]:
        """The files that have to be written."""
        return [file for file in self.files if file.object is None]

    def receipt(self, run: Run, license_: str | None) -> ItemReceipt:
        """Write down what is published; all of its files are."""
        known = dict(self.bundled)
        del known["replaces"]
        known |= {file.key.rpartition(".")[2]: file.receipt(run) for file in self.files}
        form = StimulusSetReceipt if self.bundled.kind == "stimulus_set" else AssemblyReceipt
        return form(**known, license=license_)
