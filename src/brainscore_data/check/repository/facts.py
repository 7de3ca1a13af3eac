"""What is known of a repository and of the datasets in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from brainscore_data.check.engine.finding import Violation
from brainscore_data.check.engine.rule import AboutPlace
from brainscore_data.media.looks import shown


@dataclass(frozen=True)
class ManifestFacts:
    """A manifest, and what is wrong in it."""

    subject: str
    problems: tuple[Violation, ...] = ()
    # The package without which only TOML can be told from what is none.
    lacks: str | None = None
    todos: tuple[tuple[int, str], ...] = ()  # with their lines


@dataclass(frozen=True)
class NotSeen:
    """A file or folder that could not be looked at, and who refused."""

    subject: str
    reason: str
    hint: str
    by: Literal["git", "system"] = "system"


@dataclass(frozen=True)
class Link:
    """A symlink: what is written in it, and where that leads from what it should stay in."""

    target: str
    home: Literal["dataset", "repository"]
    leads: Literal["inside", "outside", "git", "nowhere"]  # git: to what is its own


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A data file, or a link."""

    path: Path  # as the user would type it
    absolute: str  # its folder resolved, itself not
    size: int  # of a link, 0
    is_data: bool  # by its name
    is_listed: bool  # a manifest names it, or a folder that it is in
    is_expected: bool  # git has it, or will if somebody adds all that is not ignored
    is_committed: bool  # git has it, or will because it is listed as well
    in_lfs: bool  # its content belongs there
    is_pointer: bool  # its content is there, and not here
    link: Link | None  # None also for a link that is its owner's own: ignored, and named nowhere

    @property
    def subject(self) -> str:
        """The file."""
        return shown(self.path)


@dataclass(frozen=True)
class UnlistedData:
    """Data files in a folder of a dataset that its manifest does not name."""

    subject: str  # the folder; the file, if it is one only
    names: tuple[str, ...]
    manifest: str


@dataclass(frozen=True)
class PackagedData:
    """The data files of a dataset that lies in a Python package."""

    subject: str  # the manifest
    package: str  # the outermost one
    count: int
    size: int
    example: str  # the largest of them


@dataclass(frozen=True)
class PrivateItem(AboutPlace):
    """A private item of a manifest, and what of it others may see."""

    identifier: str
    committed: tuple[str, ...]  # its files that are in the repository
    # The names in [sources] of its files that anybody can fetch, and of those whose address has a
    # secret in it: open only to who can read the manifest.
    links: tuple[str, ...]
    secret_links: tuple[str, ...]
    is_public: bool | None  # the repository; None if that is not known


@dataclass(frozen=True)
class StatedLicense(AboutPlace):
    """A license in a manifest, as it stands for some public items."""

    license: str
    items: tuple[str, ...]  # the public ones that it is for
    has_text: bool  # whether the manifest says where a text of its own is
