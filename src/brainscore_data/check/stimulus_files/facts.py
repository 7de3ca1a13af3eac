"""What is known of stimulus files: of each, of those of a set, and of what its csv lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from brainscore_data.base.place import Place
from brainscore_data.check.engine.unreadable import Unread
from brainscore_data.media.decoding import Content


@dataclass(frozen=True)
class StimulusListing:
    """What a stimulus set's csv lists, and what there is."""

    subject: str  # the folder or the zip
    identifier: str
    table: str  # its csv
    # Name and line for each row of the csv; None if it cannot be read, which is said elsewhere.
    listed: tuple[tuple[str, int], ...] | None = None
    present: tuple[str, ...] | None = None  # the names of the files, if they can be listed
    unlisted: Unread | None = None  # why they cannot
    not_fetched: bool = False  # whether a part of it is in [sources] only: nothing is known
    is_mended: bool = False  # whether `--fix` writes the names in the csv as the files are called


class MediaFacts(NamedTuple):
    """What is known of one stimulus file; there can be a million of them."""

    subject: str  # the file, or the zip that it is in
    name: str  # its own
    item: str | None = None  # in a zip, which member
    size: int | None = None
    sha256: str | None = None
    content: Content | None = None  # what it decodes to
    error: str | None = None  # why it cannot be read

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.subject, item=self.item)


@dataclass(frozen=True)
class StimulusMedia:
    """What the files of a stimulus set have in common, and which differ."""

    subject: str  # the folder or the zip
    media: Mapping[str, tuple[int, str]]  # media type → how many, and the name of the first
    same: tuple[tuple[str, ...], ...]  # groups of names with one content
    sizes: Mapping[tuple[int, int], tuple[int, str]]  # width and height of images → likewise
    missing: str | None = None  # a module that would have decoded some, and is not installed
