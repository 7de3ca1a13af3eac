"""What the bytes of stored versions are, read once: objects that others wrote have no hashes.

A version never changes, and what an unversioned bucket holds has another ETag when it does. So
the hashes of what was read are kept in the user's cache folder, if they agree with something that
the store, the writer or the caller says of the bytes. A reading that agrees with nothing may have
been damaged on its way: it is done once more before anybody is told.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Set as AbstractSet
from dataclasses import asdict
from pathlib import Path

from brainscore_data.base.caching import cache_folder
from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.files import Fingerprint, fingerprint, written_whole
from brainscore_data.base.progress import Progress, Quiet
from brainscore_data.store.interface import Store, StoredObject, StoreUnavailableError
from brainscore_data.store.s3.integrity import ETagCheck

_QUIET = Quiet()


def bytes_of(
    store: Store, stored: StoredObject, progress: Progress = _QUIET, *, expected: str | None = None
) -> Fingerprint:
    """Hash the bytes of a version, unless that was done before.

    Only what has an ETag is remembered: a folder can be edited by hand. `expected` is the SHA-1 or
    SHA-256 that the caller hopes for: if it is that, it was read right.
    """
    if stored.etag is None:
        return read_bytes(store, stored, progress, expected=expected)
    path = _path(store, stored)
    if (known := _known(path, stored)) is not None:
        return known
    found, agrees = _read(store, stored, progress, expected)
    if agrees:
        # To remember is a help, not a duty: the disk may be full, or the home read-only.
        with contextlib.suppress(BrainScoreDataError, OSError), written_whole(path) as target:
            target.write_text(json.dumps({**asdict(found), "agrees": True}), encoding="utf-8")
    return found


def read_bytes(
    store: Store, stored: StoredObject, progress: Progress = _QUIET, *, expected: str | None = None
) -> Fingerprint:
    """Read a version and hash it, whatever is remembered; otherwise like `bytes_of`."""
    return _read(store, stored, progress, expected)[0]


def _read(
    store: Store, stored: StoredObject, progress: Progress, expected: str | None
) -> tuple[Fingerprint, bool]:
    """Hash a version, twice if need be; and say whether that agrees with what is said of it."""
    said = {stored.sha256, stored.metadata.get("sha256"), expected} - {None}
    # An MD5 takes longer than the others together: it is left for what nothing else is said of.
    first, agrees = _read_once(store, stored, progress, said, etag=not said)
    if agrees:
        return first, True
    second, agrees = _read_once(store, stored, progress, said, etag=True)
    if agrees or second == first:
        return second, agrees
    raise StoreUnavailableError(
        f"version {stored.version_id} was read twice and had different bytes each time",
        where=stored.key,
        hint="run it again; if that does not help, ask whoever runs the server to check its disks",
    )


def _read_once(
    store: Store,
    stored: StoredObject,
    progress: Progress,
    said: AbstractSet[str | None],
    *,
    etag: bool,
) -> tuple[Fingerprint, bool]:
    progress.expect(stored.size)
    check = ETagCheck(stored.etag if etag else None, stored.size)

    def also(block: bytes) -> None:
        progress.advance_bytes(len(block))
        check.update(block)

    with store.open(stored.key, stored.version_id) as stream:
        found = fingerprint(stream, also)
    return found, check.agrees or not said.isdisjoint({found.sha1, found.sha256})


def _path(store: Store, stored: StoredObject) -> Path:
    place = store.location
    identity = (place.endpoint, place.url, stored.key, stored.version_id, stored.etag)
    name = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
    return cache_folder() / "hashes" / f"{name}.json"


def _known(path: Path, stored: StoredObject) -> Fingerprint | None:
    """Read what is remembered; None if it is not there, damaged, or kept without a comparison."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record.pop("agrees", None) is not True:
            return None
        known = Fingerprint(**record)
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    plausible = re.fullmatch(r"[0-9a-f]{40} [0-9a-f]{64}", f"{known.sha1} {known.sha256}")
    return known if plausible and known.size == stored.size else None
