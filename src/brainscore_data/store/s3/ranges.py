"""Reading an object: in order, and where it is large in ranges that several connections bring at once.

One connection gives what it gives, however wide the line is. A range that breaks off is asked for
again from where it broke. All are of one version, or of one ETag where there are no versions.
"""

from __future__ import annotations

import io
import mmap
import re
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Event
from typing import Any, BinaryIO

from brainscore_data.base.door import BLOCK
from brainscore_data.base.retry import growing, repeated
from brainscore_data.store.interface import StoreUnavailableError
from brainscore_data.store.s3.connection import CALL_ATTEMPTS, Calls
from brainscore_data.store.s3.direct_calls import answered
from brainscore_data.store.s3.errors import status_of
from brainscore_data.store.s3.parts import Cancelled

# What comes with one request; a file up to this size takes no other.
RANGE_BYTES = 8 * 2**20
# Ranges of one object on their way, or waiting to be read; of all objects, as these take the memory.
FEWEST, MOST = 4, 16
_ROOM = BoundedSemaphore(MOST)
_READ_BYTES = 1 << 18


@dataclass(frozen=True)
class Reading:
    """How one version of an object is read."""

    calls: Calls
    version_id: str | None
    #: Turns errors into the program's words, also that it is not there.
    asking: Callable[[], AbstractContextManager[None]]

    def opened(self, start: int = 0) -> BinaryIO:
        """Open the bytes from `start` on.

        Where this caller's credentials do not serve, it is tried without: public data is for all.
        """
        from botocore.exceptions import ClientError

        with self.asking():
            try:
                calls, answer = self.calls, self._asked(self.calls, start)
            except ClientError as refused:
                if status_of(refused) == 416:  # there are no bytes from there on
                    return io.BytesIO()
                connection = self.calls.connection
                if status_of(refused) not in {400, 401, 403} or not connection.signed:
                    raise
                calls = Calls(connection.for_everybody, self.calls.name)
                try:
                    answer = self._asked(calls, start)
                except ClientError:
                    raise refused from None
        return self._stream(calls, answer, start)

    def opened_as_anybody(self) -> BinaryIO | None:
        """Open the bytes without credentials; None where the server does not give them so."""
        from botocore.exceptions import ClientError

        calls = Calls(self.calls.connection.for_everybody, self.calls.name)
        with self.asking():
            try:
                answer = self._asked(calls, 0)
            except ClientError as refused:
                if status_of(refused) >= 500:
                    raise
                return None
        return self._stream(calls, answer, 0)

    def _stream(self, calls: Calls, answer: Mapping[str, Any], start: int) -> BinaryIO:
        return io.BufferedReader(_Stream(_Ranges(calls, self.asking, answer), start), _READ_BYTES)

    def _asked(self, calls: Calls, start: int) -> dict[str, Any]:
        wanted = f"bytes={start}-{start + RANGE_BYTES - 1}"
        found = answered(calls.connection, "GetObject", calls.name, self.version_id, Range=wanted)
        if found is not None:
            return found
        version = {} if self.version_id is None else {"VersionId": self.version_id}
        answer: dict[str, Any] = calls.repeated(
            lambda client: client.get_object(**calls.where, **version, Range=wanted)
        )
        return answer


@dataclass
class _Ranges:
    """The object that the first answer was about: gives further ranges of it, and of no other."""

    calls: Calls
    asking: Callable[[], AbstractContextManager[None]]
    first: Mapping[str, Any]
    #: Nobody reads any more.
    stop: Event = field(default_factory=Event)

    @property
    def served(self) -> bool:
        """Whether the server gives ranges at all; one that does not sends all."""
        return "ContentRange" in self.first

    @property
    def extent(self) -> tuple[int, int, int]:
        """Where the first range begins and ends, and how large the object is."""
        found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", self.first.get("ContentRange", ""))
        if found is None:
            size = self.first["ContentLength"]
            return 0, size, size
        return int(found[1]), int(found[2]) + 1, int(found[3])

    def body(self, start: int, end: int) -> Any:
        """Ask for a range."""
        from botocore.exceptions import ClientError

        if self.stop.is_set():
            raise Cancelled
        etag, version_id = self.first.get("ETag", ""), self.first.get("VersionId")
        same = {"IfMatch": etag} if version_id in {None, "null"} else {"VersionId": version_id}
        asked = {**self.calls.where, **same, "Range": f"bytes={start}-{end - 1}"}
        try:
            with self.asking():
                answer = self.calls.repeated(lambda client: client.get_object(**asked))
        except Exception as error:
            cause = error.__cause__
            if isinstance(cause, ClientError) and status_of(cause) in {412, 416}:
                raise self._changed() from error
            raise
        size = self.extent[2]
        found = answer.get("ContentRange"), answer.get("ETag", "")
        if found != (f"bytes {start}-{end - 1}/{size}", etag):
            answer["Body"].close()
            raise self._changed()
        return answer["Body"]

    def whole(self, room: memoryview, start: int, end: int) -> memoryview:
        """Read a range to its end; gives the part of `room` that it fills."""
        view, at = room[: end - start], 0
        with _Range(self, start, end) as source:
            while at < len(view):
                at += source.readinto(view[at : at + _READ_BYTES])
        return view

    def _changed(self) -> StoreUnavailableError:
        return StoreUnavailableError(
            "it was overwritten while it was read", where=self.calls.url, hint="run it again"
        )


class _Range(io.RawIOBase):
    """A range as it arrives, asked for again from where it breaks off, as long as that helps."""

    def __init__(self, ranges: _Ranges, start: int, end: int, body: Any = None) -> None:
        super().__init__()
        self._ranges, self._at, self._end, self._body = ranges, start, end, body
        self._failures = self._since = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Read what has arrived into `buffer`; 0 at the end."""
        from botocore.exceptions import HTTPClientError, IncompleteReadError

        if self._ranges.stop.is_set():
            raise Cancelled
        view = memoryview(buffer)[: self._end - self._at]
        if not view:
            self._compare_checksum()
            return 0
        broken = (HTTPClientError, IncompleteReadError)
        with self._ranges.asking():
            count = repeated(lambda: self._received(view), broken, self._pause)
        self._at += count
        self._since += count
        if self._since >= _READ_BYTES:
            self._failures = self._since = 0
        return count

    def close(self) -> None:
        """Give the connection up; one whose answer was read to its end serves again."""
        if self._body is not None:
            self._body.close()
        super().close()

    def _compare_checksum(self) -> None:
        # botocore's body does so when it is read beyond its end.
        body, self._body = self._body, None
        if body is not None:
            with self._ranges.asking():
                body.readinto(bytearray(1))
            body.close()

    def _received(self, view: memoryview) -> int:
        from botocore.exceptions import ResponseStreamingError

        if self._body is None:
            self._body = self._ranges.body(self._at, self._end)
        count: int = self._body.readinto(view)
        if count == 0:
            raise ResponseStreamingError(error="the answer ended too early")
        return count

    def _pause(self, _: Exception, __: int) -> float | None:
        self._body.close()
        self._body = None
        self._failures += 1
        hope = self._ranges.served and self._failures < CALL_ATTEMPTS
        return growing(self._failures) if hope else None


class _Stream(io.RawIOBase):
    """All bytes in order: the first range as it arrives, the others as they are complete.

    More are on their way for each time that the next one is waited for, so that what is in flight
    follows the line, and not more than the reader takes.
    """

    def __init__(self, ranges: _Ranges, start: int) -> None:
        super().__init__()
        self._ranges = ranges
        begin, end, self._size = ranges.extent
        self._arriving = _Range(ranges, begin, end, ranges.first["Body"])
        self._at_once, self._next, self._rooms = FEWEST, end, 0
        self._complete = memoryview(b"")
        self._waiting: deque[tuple[memoryview, Future[memoryview]]] = deque()
        # What the ranges are in that were read: it takes the next ones. To have the system give
        # memory, page by page, took more of the processor than all else.
        self._empty: list[memoryview] = []
        # Its threads start when they are needed.
        self._pool = ThreadPoolExecutor(MOST, thread_name_prefix="reading")
        self._ask_for_more()
        while begin < start and (dropped := self.readinto(bytearray(min(BLOCK, start - begin)))):
            begin += dropped

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Read on into `buffer`; 0 at the end."""
        if not (count := self._arriving.readinto(buffer)):
            if not self._complete and self._go_on():
                return self._arriving.readinto(buffer)
            count = min(len(buffer), len(self._complete))
            buffer[:count] = self._complete[:count]
            self._complete = self._complete[count:]
        return count

    def close(self) -> None:
        """Give up what is on its way."""
        if not self.closed:
            self._ranges.stop.set()
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._arriving.close()
            self._waiting.clear()
            self._give_back(self._rooms)
        super().close()

    def _go_on(self) -> bool:
        """Turn to the next range; says whether that arrives only now: others have all the room."""
        self._give_back(self._rooms - len(self._waiting))
        waited = bool(self._waiting)
        if waited:
            memory, coming = self._waiting.popleft()
            if not coming.done():
                self._at_once = min(MOST, self._at_once + 2)
            self._complete = coming.result()
        else:
            self._arriving.close()
            self._arriving = _Range(self._ranges, *self._following())
        self._ask_for_more()
        if waited:
            self._empty.append(memory)
        return not waited

    def _ask_for_more(self) -> None:
        while self._next < self._size and len(self._waiting) < self._at_once:
            if not _ROOM.acquire(blocking=False):
                break
            self._rooms += 1
            # Not the C library's: that keeps what threads free.
            memory = self._empty.pop() if self._empty else memoryview(mmap.mmap(-1, RANGE_BYTES))
            coming = self._pool.submit(self._ranges.whole, memory, *self._following())
            self._waiting.append((memory, coming))
        self._empty.clear()

    def _following(self) -> tuple[int, int]:
        start, self._next = self._next, min(self._next + RANGE_BYTES, self._size)
        return start, self._next

    def _give_back(self, rooms: int) -> None:
        self._rooms -= rooms
        for _ in range(rooms):
            _ROOM.release()
