"""Who has which pseudonym: kept for one run, or in a file outside of the repository."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from brainscore_data.base.errors import UsageError
from brainscore_data.base.files import explained, written_whole
from brainscore_data.base.repository import find_repository, resolved
from brainscore_data.check.people.signs_of_people import pseudonym

_KIND = "linking table of brainscore-data, version 1: keep it secret, and out of every repository"
_SALT_BYTES = 32


@dataclass
class LinkingTable:
    """The pseudonyms of people."""

    path: Path | None  # where it is kept, if it is
    # Makes the pseudonyms of this table unlike those of any other.
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(_SALT_BYTES))
    people: dict[str, str] = field(default_factory=dict)  # who was replaced → the pseudonym

    @property
    def fingerprint(self) -> str:
        """What a manifest says of the table: it leads to nobody, and stays when people are added."""
        return hashlib.sha256(b"linking table" + self.salt).hexdigest()[:16]

    def pseudonym(self, person: str) -> str:
        """Give a person's pseudonym, and keep it."""
        name = pseudonym(person, self.salt)
        self.people.setdefault(person.strip(), name)
        return name

    def save(self) -> None:
        """Write it, readable by its owner alone."""
        if self.path is None:
            return
        document = {
            "kind": _KIND,
            "fingerprint": self.fingerprint,
            "salt": self.salt.hex(),
            "people": dict(sorted(self.people.items())),
        }
        with written_whole(self.path, mode=0o600) as path:
            path.write_text(
                json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
            )


def open_linking_table(path: Path | None, datasets: Iterable[Path]) -> LinkingTable:
    """Open a linking table, or begin one; it is in no repository and in none of the datasets."""
    if path is None:
        return LinkingTable(None)
    place = resolved(path)
    within = find_repository(place.parent) or next(
        (folder for folder in datasets if place.is_relative_to(resolved(folder))), None
    )
    if within is not None:
        raise UsageError(
            f"a linking table leads to people, so it must not lie in {within}",
            where=str(path),
            hint="keep it outside of the dataset and of any git repository, in a place that only "
            "people who may know the participants can read",
        )
    try:
        with explained(path):
            return _read(path) if path.exists() else LinkingTable(path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(
            "this is not a linking table, or it is damaged",
            where=str(path),
            hint="give the file that an earlier --linking-table wrote, or the name of a new one",
        ) from error


def _read(path: Path) -> LinkingTable:
    document: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    salt, people = document["salt"], document["people"]
    table = LinkingTable(path, bytes.fromhex(salt), dict(people))
    if (
        document["kind"] != _KIND
        or re.fullmatch(r"[0-9a-f]{64}", salt) is None
        or document["fingerprint"] != table.fingerprint
        or not all(isinstance(name, str) for name in people.values())
    ):
        raise ValueError(path)
    return table
