"""Which multipart upload this computer has begun for a file, and that nobody here is sending it.

One small file for each upload that is under way, in the user's cache folder, and a lock beside
it, which the system gives up when the process dies. What cannot be kept there is not continued
before it counts as abandoned; that is all.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

from brainscore_data.base.caching import cache_folder
from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.files import written_whole
from brainscore_data.store.s3.leftovers import UNTOUCHED_AFTER, ListedPart

_KEPT = timedelta(days=7)


@dataclass(frozen=True)
class _Record:
    upload_id: str
    seen: datetime


class OwnUpload:
    """The upload that this computer is to go on with, for one file and one key."""

    def __init__(self, path: Path, *, alone: bool) -> None:
        self._path, self._alone = path, alone
        self._record = _load(path)
        self._lock = Lock()

    def may_continue(self, upload_id: str, parts: list[ListedPart]) -> bool:
        """Tell whether an upload is this computer's, and sent by nobody at the moment.

        Another computer takes it over when its parts are old enough; it is theirs then.
        """
        if self._record is None or self._record.upload_id != upload_id or not self._alone:
            return False
        return all(
            part.modified is None or part.modified < self._record.seen + UNTOUCHED_AFTER
            for part in parts
        )

    def is_being_sent(self, upload_id: str) -> bool:
        """Tell whether another process of this computer is at work on it."""
        return not self._alone and self._record is not None and self._record.upload_id == upload_id

    def begun(self, upload_id: str, now: datetime) -> None:
        """Record it; the time is the server's."""
        if self._alone:
            self._keep(_Record(upload_id, now))

    def sent(self, now: datetime) -> None:
        """Record that a part of it has arrived."""
        with self._lock:
            if self._alone and self._record is not None:
                self._keep(replace(self._record, seen=max(now, self._record.seen)))

    def ended(self) -> None:
        """Forget it: it was completed, or given up."""
        if self._alone:
            self._record = None
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _keep(self, record: _Record) -> None:
        self._record = record
        text = json.dumps({"upload_id": record.upload_id, "seen": record.seen.isoformat()})
        with contextlib.suppress(BrainScoreDataError, OSError), written_whole(self._path) as target:
            target.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def own_upload(*identity: object) -> Iterator[OwnUpload]:
    """Find what is recorded of a file's upload to a key, and keep other processes off it."""
    from filelock import FileLock, Timeout

    name = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
    path = cache_folder() / "uploads" / f"{name}.json"
    with contextlib.ExitStack() as held:
        alone = True
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _tidy(path.parent)
            held.enter_context(FileLock(path.with_suffix(".lock"), timeout=0))
        except Timeout:
            alone = False
        except OSError:  # a home that cannot be written to
            pass
        yield OwnUpload(path, alone=alone)


def _load(path: Path) -> _Record | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        seen = datetime.fromisoformat(found["seen"]).astimezone(UTC)
        return _Record(str(found["upload_id"]), seen)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _tidy(folder: Path) -> None:
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < time.time() - _KEPT.total_seconds():
                path.unlink()
