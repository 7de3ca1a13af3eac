"""Private means private: tried before anything is written. Public means public: tried afterwards.

A store decides by an object's tag `visibility` who may read it, if it decides at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainscore_data.errors import BrainScoreDataError, UsageError
from brainscore_data.store.interface import VISIBILITY_TAG, StoreUnavailableError

if TYPE_CHECKING:
    from brainscore_data.publishing.planning import Plan, PlannedItem
    from brainscore_data.receipts import Readable
    from brainscore_data.store.interface import Store


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
    """Reads public files back without credentials.

    When the store, asked so, has once given no answer at all, it is not asked for the files that
    follow: each would be waited for as long.

    Parameters
    ----------
    store : Store
        Where they are published.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._answers = True

    def __call__(self, key: str, version_id: str | None) -> Readable | None:
        """Say whether a public file can be read by everybody.

        None where the store has no readers without credentials.
        """
        if not self._answers:
            return "not yet"
        try:
            readable = self._store.readable_by_all(key, version_id)
        except BrainScoreDataError as error:  # it is published all the same
            self._answers = not isinstance(error, StoreUnavailableError)
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
