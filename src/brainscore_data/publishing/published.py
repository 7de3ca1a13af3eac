"""Who publishes, when and from which commit; and what of it is written beside the bytes."""

from __future__ import annotations

import getpass
import re
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from brainscore_data.base.errors import UsageError
from brainscore_data.base.git import ask_git
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
    Tagged,
)
from brainscore_data.store.interface import REPLACES
from brainscore_data.store.tags import TAG_VALUE_LENGTH, allowed_in_tags

# S3 allows 2 KB of metadata in all; the other entries need less than 500 bytes.
_WRITER_LENGTH = 1000


@dataclass(frozen=True)
class Run:
    """One run of a publication: what differs between two that publish the same."""

    #: The user, or the author of the pull request.
    who: str
    #: Its start: UTC, ISO 8601 to the second.
    when: str
    commit: str | None = None
    pull_request: int | None = None
    #: Of the workflow run, or made up: it tells this run's own writes from another's when the
    #: store's answer got lost.
    run_id: str | None = None

    def tags(self, replaces: str | None, **more: str | None) -> dict[str, str]:
        """Say who published a file and what it supersedes, and `more` as far as it is known."""
        known = {
            "uploadedBy": self.who,
            **more,
            "commit": self.commit,
            "pull-request": None if self.pull_request is None else str(self.pull_request),
            "run": self.run_id,
            REPLACES: replaces,
        }
        return {
            name: allowed_in_tags(value)[:TAG_VALUE_LENGTH]
            for name, value in known.items()
            if value
        }


def current_run(
    folder: Path,
    *,
    who: str | None = None,
    commit: str | None = None,
    pull_request: int | None = None,
    run_id: str | None = None,
) -> Run:
    """Describe the run that starts now, for data in `folder`."""
    return Run(
        who=who or _user(),
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=commit or _commit(folder),
        pull_request=pull_request,
        run_id=run_id or f"local-{secrets.token_hex(6)}",
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"


def _commit(folder: Path) -> str | None:
    try:
        return ask_git(folder, "rev-parse", "--verify", "HEAD").decode().strip()
    except UsageError:
        return None


def content_metadata(file: BundledFile, replaces: str | None, **more: str) -> dict[str, str]:
    """Describe a file, and what it supersedes; nothing in it depends on who publishes, or when."""
    known = {"sha1": file.sha1, "sha256": file.sha256, **more}
    if file.digest is not None:
        known["digest"] = file.digest
    return known if replaces is None else known | {REPLACES: replaces}


def writer_metadata(writers: dict[str, str]) -> str:
    """Name the libraries that wrote a bundle's files, as metadata may hold it."""
    return as_metadata("; ".join(f"{name} {version}" for name, version in sorted(writers.items())))


def as_metadata(text: str) -> str:
    """Write text as metadata may hold it."""
    return re.sub(r"[^ -~]", "?", text)[:_WRITER_LENGTH]


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
    #: Where its tags did not come with its bytes.
    tagged: Tagged | None = None

    @property
    def key(self) -> str:
        """Below the store's prefix."""
        return self.bundled.name

    def receipt(self, run: Run) -> FileReceipt:
        """Write down what is published."""
        found = {
            name: getattr(self, name)
            for name in ("status", "guard", "replaces", "public", "tagged")
        }
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
        """Write down what is published; all of its files are. The license is the dataset's."""
        known = dict(self.bundled)
        del known["replaces"], known["hosted"]  # the receipts of its files say both
        known["license"] = self.bundled.license or license_
        known |= {file.key.rpartition(".")[2]: file.receipt(run) for file in self.files}
        form = StimulusSetReceipt if self.bundled.kind == "stimulus_set" else AssemblyReceipt
        return form(**known)
