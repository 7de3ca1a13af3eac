"""What a preview is made of: items with what was seen of them, and what is said of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from brainscore_data.previewing.seen import AssemblySeen, Difference, StimuliSeen


@dataclass(frozen=True)
class FinalFile:
    """A file that is in a bundle or in a store."""

    name: str
    size: int
    sha1: str
    sha256: str
    version_id: str | None = None


@dataclass(frozen=True)
class Remark:
    """A finding, as pages show it."""

    code: str
    name: str
    is_error: bool
    place: str
    message: str
    hint: str = ""


@dataclass(frozen=True)
class ItemPreview:
    """One stimulus set or assembly."""

    kind: Literal["stimulus_set", "assembly"]
    identifier: str
    visibility: str | None  # as its manifest or bundle says
    license: str | None
    contents: bool  # whether more than aggregates is shown
    assembly_class: str = ""
    stimulus_set: str | None = None
    readers: str = ""  # who can read it, as was tried in the store
    files: tuple[FinalFile, ...] = ()
    stimuli: StimuliSeen | None = None
    assembly: AssemblySeen | None = None
    error: str = ""  # why nothing was seen
    changes: Difference | None = None
    compared: str = ""  # with what, or why not
    load: str = ""

    @property
    def notices(self) -> tuple[str, ...]:
        """What was said while it was read: rows taken and left out, gaps, other encodings."""
        return tuple(
            note for seen in (self.stimuli, self.assembly) if seen for note in seen.notices
        )


@dataclass(frozen=True)
class Preview:
    """A dataset, a bundle, or what is published under an identifier."""

    name: str
    source: Literal["dataset", "bundle", "store"]
    license: str | None
    reference: str | None
    items: tuple[ItemPreview, ...]
    remarks: tuple[Remark, ...] = ()  # errors first
    checked: int | None = None  # by how many rules; None if not at all
    ignored: tuple[tuple[str, str], ...] = ()  # what did not count, and by whose word
    notices: tuple[str, ...] = ()
    store: str | None = None

    @property
    def errors(self) -> tuple[Remark, ...]:
        """What stops a publication."""
        return tuple(each for each in self.remarks if each.is_error)
