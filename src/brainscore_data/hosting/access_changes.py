"""Open and close what is published: looked at whole, then done, then tried, then written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from brainscore_data.base.errors import BrainScoreDataError, DataError, IncompleteError, UsageError
from brainscore_data.hosting.items import HostedFile, HostedItem
from brainscore_data.store.interface import Store
from brainscore_data.store.openness import Openness, Shall
from brainscore_data.store.tags import VISIBILITY_TAG
from brainscore_data.store.visibility import open_since, shown_by


@dataclass(frozen=True)
class VisibilityChange:
    """What opening or closing some items comes to, before any of it is done."""

    store: Store
    openness: Openness
    shall: Shall
    items: tuple[HostedItem, ...]
    #: Tags beside that of the visibility.
    marks: Mapping[str, str] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """Say of every file what becomes of it, and who could read what is closed since when."""
        for item in self.items:
            yield f"{item.identifier} ({item.kind.replace('_', ' ')}), versions by {item.said_by}:"
            for file in item.files:
                yield f"  {file.name}: {said(file)} → {self.shall}"
                if self.shall == "private" and "public" in (file.shown.tag, said(file)):
                    how = open_since(file.shown, file.since)
                    yield f"    {how}; downloaded copies stay"


def said(file: HostedFile) -> str:
    """Say in a word who can read a file."""
    shown = file.shown
    if shown.readable is None:
        return shown.tag or "not tagged"
    return "public" if shown.readable else "private"


def planned_change(
    store: Store,
    items: Sequence[HostedItem],
    shall: Shall,
    *,
    today: date | None = None,
) -> VisibilityChange:
    """Make sure that all of it can be done; whatever stands against it is in one error."""
    openness = store.openness(trying=True)
    today = today or datetime.now(UTC).date()
    problems = [problem for item in items for problem in _problems(item, shall, today)]
    if problems:
        raise DataError(
            "nothing was changed:\n" + "\n".join(f"  - {problem}" for problem in problems),
            where=store.location.url,
            count=len(problems),
            hint=_hint(items),
        )
    if not all(_is_so(file, shall) for item in items for file in item.files):
        _require_way(store, openness, shall)
    return VisibilityChange(store, openness, shall, tuple(items))


def _problems(item: HostedItem, shall: Shall, today: date) -> Iterator[str]:
    if shall == "private":
        return
    if item.license == "restricted":
        yield f'{item.identifier} has license = "restricted": it is for nobody without permission'
    if item.embargo is not None and item.embargo > today:
        yield f"{item.identifier} is under embargo until {item.embargo}"
    for file in item.files:
        if file.taken_back is not None:
            yield f"{item.identifier}: {file.name} was {file.taken_back}"


def _hint(items: Sequence[HostedItem]) -> str:
    if any(file.taken_back is not None for item in items for file in item.files):
        return (
            "a correction is published as a version of its own; what was retracted by mistake, "
            "`brainscore-data retract NAME --undo` restores"
        )
    return "whoever is responsible for the data changes its dataset.toml first, on a pull request that others see"


def _is_so(file: HostedFile, shall: Shall) -> bool:
    return said(file) == shall and file.shown.tag in (shall, None)


def _require_way(store: Store, openness: Openness, shall: Shall) -> None:
    """Make sure that single objects can be opened, or closed, in this store."""
    why = openness.obstacle(shall)
    tag = {VISIBILITY_TAG: "private"}
    if why is None and shall == "private" and store.would_be_readable_by_all(tag):
        why = (
            f"what is tagged {VISIBILITY_TAG}=private can be read here without credentials: the "
            "whole store is open, or its server keeps policies and does not honour them"
        )
    if why is not None:
        raise UsageError(
            f"nothing was changed: {why}",
            where=store.location.url,
            hint=openness.hint
            or "close the bucket by its policy, and open it by tag (docs/visibility.md)",
        )


def carry_out(change: VisibilityChange) -> tuple[HostedItem, ...]:
    """Open or close every file, and try each without credentials; gives what is there then.

    If something fails while items are opened, those that were opened are closed again. What was
    closed stays closed.
    """
    done: list[HostedFile] = []
    try:
        for item in change.items:
            for file in item.files:
                done.append(file)
                change.store.set_visibility(
                    file.stored.key, file.stored.version_id, change.shall, change.marks
                )
        return tuple(map(_Trial(change).tried, change.items))
    except BrainScoreDataError as error:
        if change.shall == "public":
            _undo(change, done)
            error.message = f"nothing stays open: {error.message}"
        else:
            error.message = f"not everything is closed: {error.message}"
        raise


def _undo(change: VisibilityChange, done: Sequence[HostedFile]) -> None:
    for file in done:
        if file.shown.tag != "public" and not file.shown.readable:
            change.store.set_visibility(file.stored.key, file.stored.version_id, "private")


@dataclass(frozen=True)
class _Trial:
    """Looks at items after a change."""

    change: VisibilityChange

    def tried(self, item: HostedItem) -> HostedItem:
        """Read every file of an item as somebody without credentials would."""
        files = tuple(map(self._file, item.files))
        return replace(item, files=files)

    def _file(self, file: HostedFile) -> HostedFile:
        store, shall = self.change.store, self.change.shall
        stored = file.stored
        shown = shown_by(store, stored.key, stored.version_id, strictly=True)
        now = replace(file, shown=shown)
        if shown.readable is None or said(now) == shall:
            return now
        if shall == "private":
            raise DataError(
                f"{file.name} can still be read without credentials",
                where=store.location.url,
                hint="look into the bucket's policy for a statement that opens it, and close it "
                "there; `brainscore-data store check` says how this store opens",
            )
        raise IncompleteError(
            f"{file.name} was opened, but still cannot be read without credentials",
            where=store.location.url,
            hint=f"this store opens {self.change.openness}; does its server honour that? If a "
            "setting was changed a moment ago, wait a little and run it again",
        )
