"""Who can read a version, as its store shows it, beside who shall, as its owner says.

A store decides by the tag `visibility` who may read an object, if it decides at all. What the tag
says is what the store was told; what somebody without credentials can read is what came of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Literal

from brainscore_data.base.errors import UsageError
from brainscore_data.store.interface import Store
from brainscore_data.store.openness import Shall
from brainscore_data.store.tags import VISIBILITY_TAG

Standing = Literal[
    "as it should be", "not yet readable", "waits for its release", "too open", "not known"
]


@dataclass(frozen=True)
class Shown:
    """What a store shows of who can read a version."""

    #: None where it has no such tag, or this caller cannot see it.
    tag: Shall | None
    #: Without credentials; None where the store does not tell, or has no such readers.
    readable: bool | None

    def beside(self, shall: Shall) -> Standing:
        """Compare it with who shall be able to read the version."""
        if shall == "private":
            if self.readable or self.tag == "public":
                return "too open"
            return "as it should be" if self.tag or self.readable is False else "not known"
        if self.readable:
            return "as it should be"
        if self.tag == "private":
            return "waits for its release"
        if self.readable is False:
            return "not yet readable"
        return "as it should be" if self.tag else "not known"


def shown_by(store: Store, key: str, version_id: str | None, *, strictly: bool = False) -> Shown:
    """Ask a store for the tag of a version, and try to read it without credentials.

    An answer to that which tells neither is an error if it is asked `strictly`.
    """
    tag = tag_of(store, key, version_id)
    try:
        return Shown(tag, store.readable_by_all(key, version_id))
    except UsageError:
        if strictly:
            raise
        return Shown(tag, None)


def opened_for(
    store: Store, key: str, version_id: str | None, *, public: bool
) -> tuple[BinaryIO, bool]:
    """Open what is to be read; says also whether it came without credentials.

    That is tried where all shall be able to read it. If it comes so, nothing else about its readers
    is left to ask: it is as it should be, whatever its tag.
    """
    stream = store.open_as_anybody(key, version_id) if public else None
    return stream or store.open(key, version_id), stream is not None


def tag_of(store: Store, key: str, version_id: str | None) -> Shall | None:
    """Read what the tag of a version says; None where this caller cannot see it, or it says nothing."""
    try:
        tag = store.tags(key, version_id).get(VISIBILITY_TAG)
    except UsageError:  # readers of public data may rarely read its tags
        return None
    return "public" if tag == "public" else "private" if tag == "private" else None


def how_open(store: Store, key: str, version_id: str | None, shown: Shown) -> str:
    """Say who may have read a version that is more open than it shall be, and since when."""
    stored = store.stat(key, version_id)
    return open_since(shown, None if stored is None else stored.written)


def open_since(shown: Shown, written: str | None) -> str:
    """Say who may have read a version, if it was written then."""
    since = written or "it was written"
    if shown.readable:
        return f"everybody can read it without credentials, and may have read it since {since}"
    who = (
        "whoever may read the folder"
        if shown.readable is None
        else "nobody can read it without credentials today, but whoever may read what has this "
        "tag in the store"
    )
    return f"it is tagged {VISIBILITY_TAG}=public: {who} may have read it since {since}"
