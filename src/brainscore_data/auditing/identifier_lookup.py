"""What a checkout says of an identifier: what its registrations pin, and whom to ask for it.

No store is asked, so it needs no permission.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainscore_data.auditing.pins import NotAudited, Pin, read_pins, with_what_is_said
from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.base.git import Checkout
from brainscore_data.base.hints import Hint, Words
from brainscore_data.base.nearest import did_you_mean
from brainscore_data.base.repository import find_repository
from brainscore_data.records.receipts import RunRecord, load_receipts, receipts_below


@dataclass(frozen=True)
class RegisteredFile:
    """A file that a registration names, and who knows more of it."""

    pin: Pin
    #: Of its receipt, if the checkout has one.
    run: RunRecord | None
    #: Who registered it, and on which day, if git says so.
    registered: tuple[str, str] | None

    @property
    def ask(self) -> str:
        """Say whom to ask for it."""
        if self.run is not None:
            asked = f", pull request {self.run.pull_request}" if self.run.pull_request else ""
            return f"{self.run.who}, who published it on {self.run.when[:10]}{asked}"
        if self.registered is not None:
            return "{}, who registered it on {}".format(*self.registered)
        return f"whoever looks after {self.pin.store}"

    @property
    def retracted(self) -> bool:
        """Whether its receipt says that it was taken back."""
        return self.run is not None and self.run.public == "retracted"

    def as_json(self) -> dict[str, Any]:
        """Say it to a program."""
        pin = self.pin
        names = ("store", "endpoint", "region", "key", "version_id", "sha1")
        return {
            **{name: getattr(pin, name) for name in names},
            "registration": str(pin.place),
            "visibility": pin.shall,
            "retracted": self.retracted,
            "ask": self.ask,
        }


def registered_files(
    identifier: str, folder: Path
) -> tuple[list[RegisteredFile], tuple[NotAudited, ...]]:
    """Find what the registrations of a checkout pin of an item; and those that may be of it and do not tell.

    It is named by its identifier, or by the key under which models ask for it.
    """
    root = find_repository(folder) or folder
    pins, untold = read_pins(root)
    meant, unread = with_what_is_said([pin for pin in pins if identifier in _names(pin)], root)
    if not meant:
        raise DataError(
            f"no registration names {identifier!r}"
            + did_you_mean(identifier, {name for pin in pins for name in _names(pin)}),
            where=str(root),
            hint=Hint(
                "run it in a checkout of the plugins that register it, or name a store",
                Words(" with --store", workflow=" in the input `store`"),
            ),
        )
    runs = _runs(root)
    found = [
        RegisteredFile(
            pin,
            runs.get((pin.store, pin.endpoint, pin.key, pin.version_id)),
            Checkout(root).author_of(pin.sha1, pin.place.file) if pin.sha1 else None,
        )
        for pin in meant
    ]
    keys = {None, identifier}
    return found, (*(e for e in untold if getattr(e.place, "registry_key", None) in keys), *unread)


def _names(pin: Pin) -> tuple[str, ...]:
    key = pin.place.registry_key
    return (pin.identifier,) if key is None else (pin.identifier, key)


def _runs(root: Path) -> dict[tuple[str | None, ...], RunRecord]:
    """Read who published which version, from the receipts of a checkout."""
    runs: dict[tuple[str | None, ...], RunRecord] = {}
    for path in receipts_below(root):
        with contextlib.suppress(BrainScoreDataError):  # which is told already
            for item in load_receipts(path).items:
                for file in item.files:
                    stored, key = file.object, file.object.key.rpartition("/")[2]
                    runs[stored.store, stored.endpoint, key, stored.version_id] = file.run
    return runs
