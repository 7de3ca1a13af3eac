"""Take a version back: closed to everybody, and with a reason that stays with it.

Its bytes stay for those who pinned it and may read it. A corrected version can follow. What was
taken back by mistake is restored: it stays closed, and its record says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.text import one_line
from brainscore_data.hosting.access_changes import VisibilityChange, carry_out
from brainscore_data.hosting.items import HostedFile, HostedItem
from brainscore_data.records.tombstone import State, Tombstone
from brainscore_data.store.tombstones import buried

#: The tag of a version that was taken back: the day; and until which, of one that was restored.
RETRACTED_TAG = "retracted"
LONGEST_REASON = 1000


@dataclass(frozen=True)
class Reason:
    """Why something is taken back, who says so, and when (ISO 8601)."""

    because: str
    who: str
    when: str

    def __post_init__(self) -> None:
        text = self.because.strip()
        if not text or len(text) > LONGEST_REASON or one_line(text) != text:
            raise UsageError(
                f"a reason is one line of text, with {LONGEST_REASON} characters at most",
                hint="say in one line what is wrong; whoever asks for this version will read it",
            )

    def tombstone(self, state: State, item: HostedItem, file: HostedFile) -> Tombstone:
        """Word it for one version; of one that was taken back before, who did so first stays."""
        stored, said = file.stored, file.stored.metadata
        found = Tombstone(
            state=state,
            identifier=item.identifier,
            key=stored.key,
            version_id=stored.version_id,
            because=self.because.strip(),
            who=self.who,
            when=self.when,
            sha1=said.get("sha1"),
            sha256=said.get("sha256"),
            size=stored.size,
            digest=said.get("digest"),
        )
        before = file.taken_back
        same = before is not None and (before.state, before.because) == (state, found.because)
        return before if before is not None and same else found


def lines_of(change: VisibilityChange) -> Iterator[str]:
    """Say what taking back comes to, before it is done."""
    yield from change.lines()
    for item in change.items:
        for file in item.files:
            if file.taken_back is not None:
                yield f"  {file.name} was {file.taken_back}"


def require_retracted(items: Sequence[HostedItem]) -> None:
    """Make sure that there is something to restore; what a cut-off run restored already may be among it."""
    for item in items:
        states = {file.taken_back.state for file in item.files if file.taken_back is not None}
        if states != {"retracted"}:
            why = "is being erased" if states else "is not retracted"
            raise DataError(
                f"nothing was changed: {item.identifier} {why}",
                where=", ".join(file.name for file in item.files),
                hint="`brainscore-data lookup NAME --store URL` lists the versions, and what was said of "
                "each; an earlier one is named with --version-id",
            )


def retract(
    change: VisibilityChange,
    reason: Reason,
    *,
    state: Literal["retracted", "restored"] = "retracted",
) -> tuple[HostedItem, ...]:
    """Close what a change closes, and write down why; gives what is there then.

    Closed first: if writing it down fails, running it again does that. To restore it is the same
    with another word: who can read it, is said by itself.
    """
    day = reason.when[:10]
    tag = day if state == "retracted" else f"until {day}"
    done = carry_out(replace(change, marks={RETRACTED_TAG: tag}))
    for item in change.items:
        for file in item.files:
            buried(change.store, reason.tombstone(state, item, file))
    return done
