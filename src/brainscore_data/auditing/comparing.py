"""One pinned file and what its store says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from brainscore_data.auditing.pins import Pin
from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.files import digests
from brainscore_data.base.progress import Progress, Quiet
from brainscore_data.dataset.naming import visibility_in_name
from brainscore_data.plugins.parse import pinned_version
from brainscore_data.records.receipts import opening_command
from brainscore_data.store.hashes import read_bytes
from brainscore_data.store.interface import NotStoredError, Store, StoredObject
from brainscore_data.store.published import PublishedVersion, published_version
from brainscore_data.store.tombstones import tombstone_of
from brainscore_data.store.visibility import Shown, how_open, opened_for, shown_by

Mismatch = Literal["gone", "different", "unversioned", "exposed", "hidden"]
Content = Literal["same", "different", "unknown", "gone"]
Basis = Literal["store checksum", "read back"]
_QUIET = Quiet()


@dataclass(frozen=True)
class Disagreement:
    """One way in which a store and a registration disagree."""

    #: `exposed`: meant to be private, the store is more open; `hidden`: its name says public.
    kind: Mismatch
    message: str


@dataclass(frozen=True)
class Compared:
    """What came of comparing one pin with its store."""

    pin: Pin
    #: `unknown` where only the writer's word stands for the bytes, or nobody's.
    content: Content
    basis: Basis | None = None
    #: Why the content is unknown.
    note: str = ""
    #: None where reading without credentials was not tried, or there is no such thing.
    public: bool | None = None
    #: Of a later version on top of the published one, which the store could not refuse.
    on_top: str = ""
    #: Worth knowing and no problem: waits for its release, not yet readable, not known.
    visibility: str = ""
    problems: tuple[Disagreement, ...] = ()
    #: As the writer of this version said it; None if nobody did.
    license: str | None = None
    size: int | None = None
    #: Why it was retracted or erased; empty if it was not.
    taken_back: str = ""
    #: If the store did not answer, or not this caller: then nothing else is known.
    error: BrainScoreDataError | None = None


def compare(
    pin: Pin,
    store: Store,
    *,
    read: bool = False,
    allow_unversioned: bool = False,
    progress: Progress = _QUIET,
) -> Compared:
    """Compare one pin with its store; `read` hashes what only its writer vouches for."""
    published = (
        PublishedVersion(None)
        if store.conditions_hold() is True
        else published_version(store, pin.key)
    )
    taken_back = tombstone_of(store, pin.key, pin.version_id)
    if (
        read
        and taken_back is None
        and (compared := _read_as_pinned(pin, store, published, progress))
    ):
        return compared
    stored = (
        published.version
        if pin.version_id is None and published.version is not None
        else store.stat(pin.key, pin.version_id)
    )
    # What is there in place of a version that is not.
    latest = store.stat(pin.key) if stored is None and pin.version_id is not None else stored
    problems = []
    if pinned_version(pin.version_id) is None and not allow_unversioned:
        problems.append(Disagreement("unversioned", _unversioned(pin, latest)))
    if pin.version_id is None and stored is not None:
        taken_back = tombstone_of(store, pin.key, stored.version_id)
    if stored is None or stored.deleted:
        why = "" if taken_back is None else f": {taken_back}"
        problems.insert(0, Disagreement("gone", f"{_gone(pin, latest)}{why}"))
        return Compared(pin, "gone", problems=tuple(problems), taken_back=str(taken_back or ""))
    meant = pin if taken_back is None else replace(pin, shall="private", said_by=str(taken_back))
    try:
        content, basis, note = _content(pin, store, stored, read=read, progress=progress)
        shown = shown_by(store, pin.key, pin.version_id)
        problem, visibility = _beside_what_is_said(meant, store, shown)
        visibility = str(taken_back or visibility)
    except NotStoredError:  # removed while it was looked at
        problems.insert(0, Disagreement("gone", _gone(pin, None)))
        return Compared(pin, "gone", problems=tuple(problems))
    if problem is not None:
        problems.append(problem)
    if content == "different":
        problems.insert(0, Disagreement("different", note))
    return Compared(
        pin,
        content,
        basis,
        note if content == "unknown" else "",
        public=shown.readable,
        on_top=published.notice,
        visibility=visibility,
        problems=tuple(problems),
        license=stored.metadata.get("license"),
        size=stored.size,
        taken_back=str(taken_back or ""),
    )


def _read_as_pinned(
    pin: Pin, store: Store, published: PublishedVersion, progress: Progress
) -> Compared | None:
    """Read a version without asking for it before; None if it is not what is pinned.

    Not where the store may vouch for its bytes, which a question tells without reading them.
    """
    of_aws = store.location.endpoint is None and store.location.bucket is not None
    if of_aws or pin.sha1 is None or pinned_version(pin.version_id) is None:
        return None

    def read(block: bytes) -> None:
        progress.expect(len(block))
        progress.advance_bytes(len(block))

    try:
        stream, by_all = opened_for(store, pin.key, pin.version_id, public=pin.shall == "public")
        with stream:
            if digests(stream, ["sha1"], read)["sha1"] != pin.sha1:
                return None
        shown = Shown(None, readable=True) if by_all else shown_by(store, pin.key, pin.version_id)
        problem, visibility = _beside_what_is_said(pin, store, shown)
    except NotStoredError:
        return None
    return Compared(
        pin,
        "same",
        "read back",
        public=shown.readable,
        on_top=published.notice,
        visibility=visibility,
        problems=() if problem is None else (problem,),
    )


def _content(
    pin: Pin, store: Store, stored: StoredObject, *, read: bool, progress: Progress
) -> tuple[Content, Basis | None, str]:
    if pin.sha1 is None:
        return "unknown", None, "it pins no hash"
    claimed = stored.metadata.get("sha1", "")
    basis: Basis
    # The store computes SHA-256; who wrote it, knew both of the same bytes.
    vouched = stored.sha256 is not None and stored.metadata.get("sha256") == stored.sha256
    if vouched and re.fullmatch(r"[0-9a-f]{40}", claimed):
        found, basis = claimed, "store checksum"
    elif read:
        found, basis = read_bytes(store, stored, progress, expected=pin.sha1).sha1, "read back"
    elif claimed:
        agrees = "and so it is pinned" if claimed == pin.sha1 else f"and {pin.sha1} is pinned"
        said = f"only its writer says what its bytes are: their sha1 is {claimed}, {agrees}"
        return "unknown", None, said
    else:
        return "unknown", None, "the store does not know the hash of its bytes"
    if found == pin.sha1:
        return "same", basis, ""
    return "different", basis, f"its sha1 is {found}, and {pin.sha1} is pinned"


def _beside_what_is_said(pin: Pin, store: Store, shown: Shown) -> tuple[Disagreement | None, str]:
    """Compare what a store shows with who shall be able to read a file.

    That says a manifest or receipts of the repository, else its tag, else the ending of its
    identifier. Gives a problem, or what is worth knowing.
    """
    if pin.shall is None and shown.tag is None:
        return _beside_its_name(pin, shown), ""
    shall = pin.shall or shown.tag or "private"
    said = pin.said_by or f"it is tagged {shall}"
    standing = shown.beside(shall)
    if standing == "too open":
        how = how_open(store, pin.key, pin.version_id, shown)
        return Disagreement("exposed", f"{pin.key}: {said}, and {how}"), ""
    if standing == "waits for its release":
        opening = opening_command(pin, pin.identifier)
        return None, (
            f"waits for its release: {said}, and it is tagged private; its store's owner opens it: "
            f"`{opening}`"
        )
    if standing == "not yet readable":
        return None, f"public, but not yet readable: {said}, and nobody can read it without keys"
    if standing == "not known":
        return None, f"not known who can read it: {said}, and the store does not tell"
    return None, ""


def _beside_its_name(pin: Pin, shown: Shown) -> Disagreement | None:
    ending = visibility_in_name(pin.identifier)
    said = f"its identifier ends in {ending}"
    if ending == "private" and shown.readable:
        return Disagreement("exposed", f"{said}, and everybody can read it")
    if ending == "public" and shown.readable is False:
        return Disagreement("hidden", f"{said}, and nobody can read it without keys")
    return None


def _gone(pin: Pin, latest: StoredObject | None) -> str:
    if pin.version_id is None:
        if latest is not None:
            return f"{pin.url} was deleted, and no version is pinned"
        return f"{pin.url} is not in the store"
    gone = f"version {pin.version_id!r} of {pin.url} is not in the store"
    if latest is None:
        return f"{gone}, and the key holds no other"
    if latest.deleted:
        return f"{gone}; the latest there is a delete marker"
    return f"{gone}; the latest there is {latest.version_id or 'null'!r}"


def _unversioned(pin: Pin, stored: StoredObject | None) -> str:
    if stored is not None and stored.version_id is not None and not stored.deleted:
        return f"it pins no version of {pin.key}; the store's latest is {stored.version_id!r}"
    return f"it pins no version of {pin.key}: whoever overwrites it breaks this registration"
