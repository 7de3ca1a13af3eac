"""What of receipts is signed: their public files, as an in-toto statement about them.

A statement has subjects, which are names and SHA-256, and a predicate: the receipts themselves. It is
public for good, so nothing of a private item is in it, nor what was checked beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from brainscore_data.records.bundle import Record
from brainscore_data.records.receipts import FileReceipt, ItemReceipt, Receipts

PREDICATE_TYPE = "https://github.com/brain-score/brainscore-data/receipts/v1"
#: So many GitHub takes in one: https://github.com/actions/attest#subject-limits
MOST_SUBJECTS = 1024
_CLOSED = {"not yet", "waits for its release", "retracted"}


class Predicate(Record):
    """What is said of the subjects: the receipts, by the folder of their dataset."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    receipts: dict[str, Receipts]


def is_signed(item: ItemReceipt) -> bool:
    """Whether an item may be named in public: everybody shall read it, and nothing says they cannot."""
    return item.visibility == "public" and _CLOSED.isdisjoint(f.run.public for f in item.files)


def predicate_of(receipts: Mapping[str, Receipts]) -> Predicate:
    """Take what is signed out of receipts."""
    public = {
        folder: each.model_copy(
            update={"checks": None, "items": [item for item in each.items if is_signed(item)]}
        )
        for folder, each in receipts.items()
    }
    return Predicate(receipts={folder: each for folder, each in public.items() if each.items})


def signed_files(predicate: Predicate) -> Iterator[FileReceipt]:
    """List the files that a predicate is about."""
    for each in predicate.receipts.values():
        for item in each.items:
            yield from item.files


def checksums(predicate: Predicate) -> list[str]:
    """Write the subjects as ``sha256sum`` does, a line each."""
    lines = (f"{file.object.sha256}  {file.object.key}" for file in signed_files(predicate))
    return list(dict.fromkeys(lines))
