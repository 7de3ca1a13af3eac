"""Versions that were taken back: a record of each is a note in the store.

They are named by key and version. One listing says of which versions there are any, and of most
stores that there are none; who may not list looks for each.
"""

from __future__ import annotations

from contextlib import suppress

from pydantic import ValidationError

from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.records.bundle import record_text
from brainscore_data.records.tombstone import Tombstone
from brainscore_data.store.interface import Store

#: Where they are, among the notes of a store.
RECORDS = "retracted"


def look_for_tombstones(store: Store) -> None:
    """List them, so that those who ask about versions need not wait; what fails, fails for these."""
    with suppress(BrainScoreDataError):
        store.upkeep.notes(RECORDS)


def tombstone_of(store: Store, key: str, version_id: str | None) -> Tombstone | None:
    """Read what is said of a version that was taken back; None of any other, or one restored since."""
    name = _name(key, version_id)
    listed = store.upkeep.notes(RECORDS)
    return _read(store, name) if listed is None or name in listed else None


def tombstones_of(store: Store, key: str | None = None) -> list[Tombstone]:
    """Read what is said of all versions of a key, or of all keys, the earliest word first."""
    listed = store.upkeep.notes(RECORDS) or ()
    place = f"{RECORDS}/" if key is None else f"{RECORDS}/{key}/"
    found = [_read(store, name) for name in listed if name.startswith(place)]
    return sorted(filter(None, found), key=lambda each: each.when)


def buried(store: Store, tombstone: Tombstone) -> None:
    """Write down that a version was taken back."""
    name = _name(tombstone.key, tombstone.version_id)
    store.upkeep.put_note(name, record_text(tombstone).encode())


def _name(key: str, version_id: str | None) -> str:
    return f"{RECORDS}/{key}/{version_id or 'null'}.json"


def _read(store: Store, name: str) -> Tombstone | None:
    content = store.upkeep.note(name)
    if content is None:
        return None
    try:
        found = Tombstone.model_validate_json(content)
    except ValidationError as error:
        raise DataError(
            f"a version was taken back, and the record of it is damaged: {name}",
            where=store.location.url,
            hint="ask the store's owner; an earlier version of the record may be whole",
        ) from error
    return None if found.state == "restored" else found
