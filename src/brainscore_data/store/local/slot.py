"""One version in a local store: a folder with the bytes and, beside them, ``object.json``."""

from __future__ import annotations

import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from brainscore_data.base.errors import DataError
from brainscore_data.base.files import Fingerprint, fingerprint, flush, written_whole
from brainscore_data.store.interface import StoredObject
from brainscore_data.store.keys import RECORD_NAME
from brainscore_data.store.write import Write

_SLOT_NAME = re.compile(r"[0-9]{8}")
_VERSION_ID = re.compile(r"([0-9]{1,8})\.[A-Za-z0-9_-]{24}")


class SlotRecord(BaseModel):
    """What ``object.json`` holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version_id: str = Field(pattern=f"^{_VERSION_ID.pattern}$")
    size: int = Field(ge=0)
    sha1: str = Field(pattern=r"^[0-9a-f]{40}$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    metadata: dict[str, str]
    tags: dict[str, str]
    #: ISO 8601, UTC.
    created: str

    def described(self, key: str) -> StoredObject:
        """Say it in the words of the store interface.

        `sha256` stays None: anyone can edit a folder, so a checksum in it is a claim that only
        reading the bytes confirms.
        """
        return StoredObject(
            key, self.version_id, self.size, metadata=self.metadata, written=self.created
        )


def new_version_id(slot: int) -> str:
    """Make up a version id: unlike any other, and its slot can be read off it."""
    return f"{slot}.{secrets.token_urlsafe(18)}"


def slot_of(version_id: str) -> int | None:
    """Read the slot off a version id; None if no local store gave it out."""
    match = _VERSION_ID.fullmatch(version_id)
    return int(match[1]) if match else None


def slot_name(slot: int) -> str:
    """Name the folder of a slot."""
    return f"{slot:08d}"


def slots_in(versions: Path) -> list[int]:
    """List the slots in the folder of a key, in order; none if there is no such folder."""
    try:
        names = [path.name for path in versions.iterdir()]
    except FileNotFoundError:
        return []
    return sorted(int(name) for name in names if _SLOT_NAME.fullmatch(name))


def read_record(slot: Path) -> SlotRecord:
    """Read ``object.json`` of a version."""
    source = slot / RECORD_NAME
    try:
        return SlotRecord.model_validate_json(source.read_bytes())
    except (FileNotFoundError, ValidationError) as error:
        raise DataError(
            "the record of this version is missing or damaged",
            where=str(source),
            hint="somebody changed the store by hand: restore the folder from a backup",
        ) from error


def fill(slot: Path, write: Write, version_id: str) -> SlotRecord:
    """Make a version complete and durable in an empty folder, under whatever name it has now."""
    name = write.key.rpartition("/")[2]
    copied = _copy(write, slot / name)
    write.confirm(copied)
    record = SlotRecord(
        version_id=version_id,
        size=copied.size,
        sha1=copied.sha1,
        sha256=copied.sha256,
        metadata=dict(write.metadata),
        tags=dict(write.tags),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    (slot / RECORD_NAME).write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")
    for path in (slot / name, slot / RECORD_NAME, slot):
        flush(path)
    return record


def save_record(slot: Path, record: SlotRecord) -> None:
    """Write ``object.json`` of a version anew, whole or not at all."""
    with written_whole(slot / RECORD_NAME) as path:
        path.write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _copy(write: Write, target: Path) -> Fingerprint:
    with write.open() as reader, target.open("xb") as writer:
        before = os.fstat(reader.fileno())
        copied = fingerprint(reader, writer.write)
        after = os.fstat(reader.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise write.changed()
    return copied
