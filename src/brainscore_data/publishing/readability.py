"""Private means private: tried before anything is written. Public means public: tried afterwards.

What is there already is compared as well: the manifest against what the store shows.
"""

from __future__ import annotations

from collections.abc import Sequence

from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.base.in_flight import all_side_by_side
from brainscore_data.publishing.planning import PRIVATE, Plan
from brainscore_data.publishing.published import PublishedFile, PublishedItem
from brainscore_data.records.receipts import Readable, Receipts, opening_command, place_of
from brainscore_data.store.interface import Store, StoreUnavailableError
from brainscore_data.store.tags import VISIBILITY_TAG
from brainscore_data.store.visibility import Shown, how_open, shown_by, tag_of

#: What to do about what is private and open.
CLOSE_IT = (
    f"ask the store's owner to close it (its tag {VISIBILITY_TAG} has to be private), and tell whoever "
    'is responsible for the data; or say visibility = "public"'
)


def private_notices(found: Plan, store: Store, *, trying: bool = True) -> tuple[str, ...]:
    """Make sure that what is private will not be readable by everybody.

    Before a private item is written, an object with the same tag has to be unreadable without
    credentials, if that is `trying`. What is private and there already must be neither readable so
    nor tagged public.
    """
    private = [planned for planned in found.items if planned.bundled.visibility == "private"]
    notices = _refuse_exposed(private, store)
    if not trying:
        notices.append(
            "nothing was tried out: `brainscore-data store check` tells whether you may write there"
        )
    elif any(planned.to_write for planned in private):
        readable = store.would_be_readable_by_all(PRIVATE)
        if readable:
            raise _exposing(store, private)
        if readable is None:
            folder = store.location.url
            notices.append(
                f"{folder} is a folder: whoever may read its files reads private items too"
            )
    return tuple(notices)


def public_notices(found: Plan, store: Store, *, trying: bool = True) -> tuple[str, ...]:
    """Say why what is public will not be open to everybody here, if anything has to be written."""
    names = [
        planned.bundled.identifier
        for planned in found.items
        if planned.bundled.visibility == "public" and planned.to_write
    ]
    openness = store.openness(trying=trying) if names else None
    why = None if openness is None else openness.obstacle("public")
    if openness is None or why is None:
        return ()
    hint = f": {openness.hint}" if openness.hint else ""
    return (
        f"{', '.join(names)}: public, but nobody will read it without credentials: {why}{hint}",
    )


def closed_notices(receipts: Receipts) -> tuple[str, ...]:
    """Name the command for what is public and cannot be read yet, item by item."""
    notices = []
    for item in receipts.items:
        said = {file.run.public for file in item.files}
        for word in ("waits for its release", "not yet"):
            if word in said:
                what = "is public, but not yet readable" if word == "not yet" else word
                command = opening_command(item.files[0].object, item.identifier)
                notices.append(f"{item.identifier} {what}; the store's owner opens it: `{command}`")
                break
    return tuple(notices)


def changed_notices(before: Receipts | None, after: Receipts) -> tuple[str, ...]:
    """Say of which items the receipts said another visibility until now."""
    said = {
        place_of(item): item
        for item in (() if before is None else before.items)
        if item.visibility is not None
    }
    notices = []
    for item in after.items:
        earlier = said.get(place_of(item))
        if earlier is None or item.visibility in (None, earlier.visibility):
            continue
        notice = (
            f"{item.identifier}: its receipt said {earlier.visibility} and says {item.visibility} "
            "from now on, as the manifest does"
        )
        if item.visibility == "private":
            since = min(file.run.when for file in earlier.files)
            notice += f"; it may have been read since {since}, until the store closed it"
        notices.append(notice)
    return tuple(notices)


class ReadBack:
    """Reads public files back without credentials.

    When the store, asked so, has once given no answer at all, it is not asked for the files that
    follow: each would be waited for as long.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._answers = True

    def __call__(self, key: str, version_id: str | None, *, is_new: bool) -> Readable | None:
        """Say whether a public file can be read by everybody, and if not, whether it shall be yet.

        None where the store has no readers without credentials.
        """
        readable = self._tried(key, version_id)
        if readable == "yes" or is_new:
            return readable
        try:
            waits = tag_of(self._store, key, version_id) == "private"
        except BrainScoreDataError:  # what cannot be seen is not known
            waits = False
        return "waits for its release" if waits else readable

    def _tried(self, key: str, version_id: str | None) -> Readable | None:
        if not self._answers:
            return "not yet"
        try:
            readable = self._store.readable_by_all(key, version_id)
        except BrainScoreDataError as error:  # it is published all the same
            self._answers = not isinstance(error, StoreUnavailableError)
            return "not yet"
        return None if readable is None else "yes" if readable else "not yet"


def _exposing(store: Store, private: list[PublishedItem]) -> UsageError:
    names = ", ".join(planned.bundled.identifier for planned in private)
    openness = store.openness()
    if openness.mode == "open" and openness.hint:
        return UsageError(
            f"nothing was published: {names} is private, and this store is {openness}",
            where=store.location.url,
            hint=openness.hint,
        )
    return UsageError(
        f"nothing was published: what is tagged {VISIBILITY_TAG}=private can be read here without "
        f"credentials, and {names} is private",
        where=store.location.url,
        hint="ask the bucket's owner to deny everybody what has this tag (a bucket policy on "
        "s3:ExistingObjectTag/visibility); if the server does not honour that, choose another "
        'store; or say visibility = "public"',
    )


def _refuse_exposed(private: Sequence[PublishedItem], store: Store) -> list[str]:
    """Refuse private items that are there and more open; say what else is to be known of them."""
    problems, unseen, notices = [], dict[str, None](), []
    there = [
        (planned.bundled.identifier, file)
        for planned in private
        for file in planned.files
        if file.status != "new"
    ]

    def shown_of(named: tuple[str, PublishedFile]) -> Shown:
        _, file = named
        return shown_by(store, file.key, _standing_version_id(file), strictly=True)

    for (name, file), shown in zip(there, all_side_by_side(shown_of, there), strict=True):
        key, version_id = file.key, _standing_version_id(file)
        standing = shown.beside("private")
        if standing == "not known":
            unseen[name] = None
        if standing != "too open":
            continue
        said = how_open(store, key, version_id, shown)
        if file.object is None:
            notices.append(f"{key} version {version_id}, which is replaced, stays open: {said}")
        else:
            problems.append(f"{name} is private, but {key} (version {version_id}): {said}")
    if problems:
        raise DataError(
            "nothing was published:\n" + "\n".join(f"  - {problem}" for problem in problems),
            where=store.location.url,
            hint=CLOSE_IT,
        )
    if unseen:
        notices.append(
            f"{', '.join(unseen)}: not known who can read what is there: it has no tag "
            f"{VISIBILITY_TAG} that this caller can see"
        )
    return notices


def _standing_version_id(file: PublishedFile) -> str | None:
    return file.replaces if file.object is None else file.object.version_id
