"""Private means private: tried before anything is written. Public means public: tried afterwards.

A store decides by an object's tag `visibility` who may read it, if it decides at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainscore_data.errors import BrainScoreDataError, UsageError
from brainscore_data.store.interface import VISIBILITY_TAG

if TYPE_CHECKING:
    from brainscore_data.publishing.planning import Plan, PlannedItem
    from brainscore_data.receipts import Readable
    from brainscore_data.store.interface import Store

#: All files of a run are read back without credentials, unless there are more than so many: it is
#: the same policy for all of them, and a request for each of hundreds would take as long as their
#: upload. Of more, a few are, and the receipts of the others say nothing.
ALL_READ_BACK, SOME_READ_BACK = 20, 5


def private_notices(found: Plan, store: Store) -> tuple[str, ...]:
    """Make sure that what is private will not be readable by everybody.

    Before a private item is written, an object with the same tag has to be unreadable without
    credentials. What is private and there already has to be so itself.

    Returns
    -------
    tuple of str
        What a user should know, where the store has no readers without credentials.

    Raises
    ------
    UsageError
        If it is readable, or the store does not say; nothing is written.
    """
    private = [planned for planned in found.items if planned.item.visibility == "private"]
    if not private:
        return ()
    if any(step.action != "keep" for planned in private for step in planned.steps):
        readable = store.would_be_readable_by_all({VISIBILITY_TAG: "private"})
        if readable is None:
            folder = store.location.url
            return (f"{folder} is a folder: whoever may read its files reads private items too",)
        if readable:
            raise _exposing(store, private)
    for planned in private:
        _refuse_exposed(planned, store)
    return ()


class ReadBack:
    """Reads public files back without credentials, some of many.

    Parameters
    ----------
    store : Store
        Where they are published.
    files : int
        How many public files the run has.
    """

    def __init__(self, store: Store, files: int) -> None:
        self._store = store
        self._every = 1 if files <= ALL_READ_BACK else -(-files // SOME_READ_BACK)
        self._seen = 0

    def __call__(self, key: str, version_id: str | None) -> Readable | None:
        """Say whether a public file can be read by everybody.

        None where it was not tried, or the store has no readers without credentials.
        """
        due = self._seen % self._every == 0
        self._seen += 1
        return self._tried(key, version_id) if due else None

    def _tried(self, key: str, version_id: str | None) -> Readable | None:
        try:
            readable = self._store.readable_by_all(key, version_id)
        except BrainScoreDataError:  # it is published all the same
            return "not yet"
        return None if readable is None else "yes" if readable else "not yet"


def _exposing(store: Store, private: list[PlannedItem]) -> UsageError:
    names = ", ".join(planned.item.identifier for planned in private)
    return UsageError(
        f"nothing was published: what is tagged {VISIBILITY_TAG}=private can be read here without "
        f"credentials, and {names} is private",
        where=store.location.url,
        hint="have the bucket's owner keep what is tagged so from everybody (a bucket policy on "
        "s3:ExistingObjectTag/visibility); if the server does not honour that, choose another "
        'store; or say visibility = "public"',
    )


def _refuse_exposed(planned: PlannedItem, store: Store) -> None:
    for step in planned.steps:
        kept = step.kept
        if kept is not None and store.readable_by_all(step.file.name, kept.version_id):
            raise UsageError(
                f"nothing was published: {planned.item.identifier} is private, but "
                f"{step.file.name} is there already (version {kept.version_id}) and can be read "
                f"without credentials",
                where=store.location.url,
                hint=f"have the store's owner set its tag {VISIBILITY_TAG} to private, or say "
                f'visibility = "public"',
            )
