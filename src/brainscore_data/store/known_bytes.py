"""What the bytes of stored versions are, read once: objects that others wrote have no hashes.

A version never changes, and what an unversioned bucket holds has another ETag when it does. So
the hashes of what was read are kept in the user's cache folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING

from brainscore_data.caching import cache_folder
from brainscore_data.errors import BrainScoreDataError
from brainscore_data.files import Fingerprint, fingerprint, written_whole
from brainscore_data.progress import Quiet

if TYPE_CHECKING:
    from pathlib import Path

    from brainscore_data.progress import Progress
    from brainscore_data.store.interface import Store, StoredObject

_QUIET = Quiet()


def bytes_of(store: Store, stored: StoredObject, progress: Progress = _QUIET) -> Fingerprint:
    """Hash the bytes of a version, unless that was done before.

    Only what has an ETag is remembered: a folder can be edited by hand.

    Parameters
    ----------
    progress : Progress, optional
        Is told the bytes, if they have to be read.

    Raises
    ------
    NotStoredError
        If it is not there any more.
    """
    if stored.etag is None:
        return read_bytes(store, stored, progress)
    path = _path(store, stored)
    if (known := _known(path, stored)) is not None:
        return known
    found = read_bytes(store, stored, progress)
    # To remember is a help, not a duty: the disk may be full, or the home read-only.
    with contextlib.suppress(BrainScoreDataError, OSError), written_whole(path) as target:
        target.write_text(json.dumps(asdict(found)), encoding="utf-8")
    return found


def read_bytes(store: Store, stored: StoredObject, progress: Progress = _QUIET) -> Fingerprint:
    """Read a version and hash it."""
    progress.expect(stored.size)
    with store.open(stored.key, stored.version_id) as stream:
        return fingerprint(stream, lambda block: progress.advance_bytes(len(block)))


def _path(store: Store, stored: StoredObject) -> Path:
    place = store.location
    identity = (place.endpoint, place.url, stored.key, stored.version_id, stored.etag)
    name = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
    return cache_folder() / "hashes" / f"{name}.json"


def _known(path: Path, stored: StoredObject) -> Fingerprint | None:
    """Read what is remembered; None if it is not there, or damaged."""
    try:
        known = Fingerprint(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    plausible = re.fullmatch(r"[0-9a-f]{40} [0-9a-f]{64}", f"{known.sha1} {known.sha256}")
    return known if plausible and known.size == stored.size else None
