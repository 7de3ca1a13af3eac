"""Multipart uploads that were begun and not completed, by others and by this computer.

Which are this computer's own is kept in the user's cache folder: a small file for each upload that is
under way, and a lock beside it, which the system gives up when the process dies. What cannot be kept
there is not continued before it counts as abandoned; that is all.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import Lock
from typing import Any

from brainscore_data.base.caching import cache_folder
from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.files import written_whole
from brainscore_data.store.s3.connection import Calls, S3Connection
from brainscore_data.store.s3.errors import headers_of
from brainscore_data.store.s3.parts import Part

#: Younger ones are not removed: they may belong to somebody who is at work.
ABANDONED_AFTER = timedelta(hours=24)
#: Somebody else's upload whose newest part is younger is not joined: it may be at work.
UNTOUCHED_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Upload:
    """A multipart upload that is not complete."""

    #: The object's key, with the store's prefix.
    name: str
    upload_id: str
    #: By the server's clock; this computer's may be wrong.
    age: timedelta
    #: Whether it was begun with the checksums that this program asks for, or does not say.
    keeps_crc32: bool = True


@dataclass(frozen=True)
class ListedPart:
    """A part that the server holds."""

    number: int
    size: int
    etag: str
    crc32: str | None
    modified: datetime | None = None
    #: By the server's clock; nothing where it does not say when the part arrived.
    age: timedelta = timedelta(0)


def uploads_of(calls: Calls) -> list[Upload]:
    """List the unfinished uploads of one object; `UsageError` if that is not permitted."""
    return [upload for upload in uploads_below(calls) if upload.name == calls.name]


def uploads_below(calls: Calls) -> list[Upload]:
    """List the unfinished uploads below a prefix: the name of `calls`."""

    def listed(client: Any) -> list[Upload]:
        pages = client.get_paginator("list_multipart_uploads").paginate(
            Bucket=calls.connection.bucket, Prefix=calls.name
        )
        return [upload for page in pages for upload in _on_page(page)]

    return calls.patiently("s3:ListBucketMultipartUploads", listed, writes=False)


def old_ones(uploads: Iterable[Upload]) -> list[Upload]:
    """Pick those that nobody is at work on."""
    return [upload for upload in uploads if upload.age >= ABANDONED_AFTER]


class LostStarts:
    """Uploads that were begun by a request whose answer got lost, so that it was sent again.

    Nobody knows their ids. They are those that were begun before the answer that arrived, and that
    were not there before.
    """

    def __init__(self) -> None:
        self._answered: float | None = None
        self._known: set[str] = set()

    def were_there(self, uploads: Iterable[Upload]) -> None:
        """Take note of uploads that were begun before."""
        self._known |= {upload.upload_id for upload in uploads}

    def look_at(self, answer: dict[str, Any]) -> None:
        """Take note of the answer to a request that began an upload."""
        self._known.add(str(answer["UploadId"]))
        if answer.get("ResponseMetadata", {}).get("RetryAttempts"):
            self._answered = time.monotonic()

    def __bool__(self) -> bool:
        """Whether an answer got lost."""
        return self._answered is not None

    def among(self, uploads: Iterable[Upload]) -> list[Upload]:
        """Pick them; their parts are to be looked at, as another run can have begun at that moment."""
        if self._answered is None:
            return []
        since = timedelta(seconds=time.monotonic() - self._answered) - _A_MOMENT
        unknown = (upload for upload in uploads if upload.upload_id not in self._known)
        return [upload for upload in unknown if upload.age >= since]


def untouched(parts: Iterable[ListedPart], since: timedelta) -> bool:
    """Tell whether nobody has sent a part for so long."""
    return all(part.age >= since for part in parts)


def may_be_continued(
    upload: Upload, parts: Sequence[ListedPart], *, is_ours: bool, at_once: bool
) -> bool:
    """Tell whether this run may send parts of an upload, and complete it.

    Two runs can decide in the same second to go on with one. A server that completes an upload all
    at once lets one of them do it. Ceph's gateway can lose parts of the object when a part is sent
    again [1]_, or the upload aborted [2]_, while it is being completed: there nobody goes on with
    somebody else's, nor with one that others are about to abort.

    .. [1] https://github.com/ceph/ceph/pull/55582, https://github.com/ceph/ceph/pull/58082
    .. [2] https://github.com/ceph/ceph/pull/60771
    """
    if at_once:
        return is_ours or untouched(parts, UNTOUCHED_AFTER)
    soon = ABANDONED_AFTER - UNTOUCHED_AFTER
    return is_ours and not (upload.age >= soon and untouched(parts, soon))


def parts_of(calls: Calls, upload: Upload) -> list[ListedPart] | None:
    """List the parts of an upload; None if it has ended in the meantime."""
    from botocore.exceptions import ClientError

    def listed(client: Any) -> list[ListedPart] | None:
        pages = client.get_paginator("list_parts").paginate(
            **calls.where, UploadId=upload.upload_id
        )
        try:
            return [
                _part(entry, served_at(page)) for page in pages for entry in page.get("Parts", [])
            ]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchUpload":
                return None
            raise

    return calls.patiently("s3:ListMultipartUploadParts", listed, writes=False)


def are_ours(listed: Sequence[ListedPart], plan: tuple[Part, ...]) -> bool:
    """Tell whether parts have the numbers and sizes of the plan, before anything is hashed."""
    sizes = {part.number: part.size for part in plan}
    return all(sizes.get(there.number) == there.size for there in listed)


def abort_old_uploads(
    connection: S3Connection, prefix: str, names: Collection[str], uploads: list[Upload] | None
) -> None:
    """Abort uploads of some objects that nobody has continued for a day.

    Where listing is not permitted, they are left to the bucket's owner and its lifecycle rules.
    """
    with contextlib.suppress(BrainScoreDataError):
        known = uploads_below(Calls(connection, prefix)) if uploads is None else uploads
        for upload in old_ones(known):
            if upload.name in names:
                calls = Calls(connection, upload.name)
                if untouched(parts_of(calls, upload) or (), ABANDONED_AFTER):
                    abort(calls, upload.upload_id)


def served_at(answer: dict[str, Any]) -> datetime:
    """Read the server's time off an answer; this computer's where it says none."""
    date = headers_of(answer).get("date")
    return parsedate_to_datetime(date).astimezone(UTC) if date else datetime.now(UTC)


def abort(calls: Calls, upload_id: str) -> None:
    """Give an upload up; one that cannot be aborted stays for a later run."""
    with contextlib.suppress(BrainScoreDataError):
        calls.patiently(
            "s3:AbortMultipartUpload",
            lambda client: client.abort_multipart_upload(**calls.where, UploadId=upload_id),
        )


def _on_page(page: dict[str, Any]) -> Iterator[Upload]:
    now = served_at(page)
    for entry in page.get("Uploads", []):
        algorithm, kind = entry.get("ChecksumAlgorithm"), entry.get("ChecksumType")
        yield Upload(
            entry["Key"],
            entry["UploadId"],
            now - entry["Initiated"],
            keeps_crc32=algorithm in (None, "CRC32") and kind in (None, "FULL_OBJECT"),
        )


def _part(entry: dict[str, Any], now: datetime) -> ListedPart:
    modified = entry.get("LastModified")
    return ListedPart(
        entry["PartNumber"],
        entry["Size"],
        entry["ETag"],
        entry.get("ChecksumCRC32"),
        modified,
        now - modified if modified else timedelta(0),
    )


_KEPT = timedelta(days=7)
# Servers tell times in whole seconds.
_A_MOMENT = timedelta(seconds=2)


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
