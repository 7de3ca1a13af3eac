"""Tasks that mostly wait, such as requests, side by side: as many as the line has room for.

How many that is, nobody knows beforehand. It begins with `START`, and grows as long as more are
done in the same time for it: over a long line each waits longer, and more of them fit. What is at
work is limited in bytes, too: what is begun is waited for when the user stops the program.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Condition
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

START, MOST = 64, 128
#: So many bytes at least are at work at once; more where the line takes more in `_SECONDS`.
LEAST_BYTES = 64 * 2**20
_SECONDS = 2
# It has to be worth it: each takes memory, and its turn of the processor.
_BETTER = 1.1


class Gate:
    """Lets so many tasks through at once as pays; may be shared by threads."""

    def __init__(self, *, least_bytes: int | None = LEAST_BYTES) -> None:
        #: How many are let through at once, for the time being.
        self.limit = START
        self._bytes = least_bytes
        self._changed = Condition()
        self._closed = self._settled = False
        self._at_work = self._held = 0
        self._begun, self._done, self._amount, self._best = 0.0, 0, 0, 0.0

    def close(self) -> None:
        """Let nobody through any more: who waits gets a `CancelledError`."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @contextmanager
    def through(self, size: int) -> Iterator[None]:
        """Wait for one's turn with a task of `size` bytes, and be at work."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._has_room(size))
            if self._closed:
                raise CancelledError
            self._begun = self._begun or time.monotonic()
            self._at_work += 1
            self._held += size
        try:
            yield
        finally:
            with self._changed:
                self._at_work -= 1
                self._held -= size
                self._learn(size)
                self._changed.notify_all()

    def _has_room(self, size: int) -> bool:
        fits = self._bytes is None or self._held + size <= self._bytes
        return self._at_work == 0 or (self._at_work < self.limit and fits)

    def _learn(self, size: int) -> None:
        """Compare what was done since the last change with the best so far."""
        self._done += 1
        self._amount += max(size, 1)
        if self._done < self.limit:
            return
        now = time.monotonic()
        speed = self._amount / max(now - self._begun, 1e-6)
        self._begun, self._done, self._amount = now, 0, 0
        if self._bytes is not None:
            self._bytes = max(LEAST_BYTES, self._bytes, int(speed * _SECONDS))
        if not self._settled and speed > _BETTER * self._best:
            self._best = speed
            self.limit = min(MOST, self.limit * 3 // 2)
        else:
            self._settled = True


def _no_bytes(_: object) -> int:
    return 0


def side_by_side(
    work: Callable[[Task], Result],
    tasks: Iterable[Task],
    size: Callable[[Task], int] = _no_bytes,
) -> Generator[list[Result], None, None]:
    """Do `work` for every task, many at once, and give the results in the order of the tasks.

    When one fails, or the user stops the program, no other is begun, and those at work are waited
    for. A `size` is in bytes.
    """
    several = list(tasks)
    if len(several) <= 1:
        yield from ([work(task)] for task in several)
        return
    gate, failures = Gate(), list[BaseException]()

    def do(task: Task) -> Result:
        with gate.through(size(task)):
            try:
                return work(task)
            except BaseException as failure:
                failures.append(failure)
                gate.close()
                raise

    pool = ThreadPoolExecutor(min(MOST, len(several)))
    waiting = deque[Future[Result]]()
    try:
        # Ctrl-C may come here as well: the first are at work while the last are handed over.
        waiting.extend(pool.submit(do, task) for task in several)
        while waiting:
            wait([waiting[0]])
            ready = list(_ready(waiting))
            if not ready:
                raise failures[0]
            yield ready
    finally:
        gate.close()
        pool.shutdown(cancel_futures=True)


def all_side_by_side(
    work: Callable[[Task], Result], tasks: Iterable[Task], size: Callable[[Task], int] = _no_bytes
) -> list[Result]:
    """Do the same, and give all results when the last one is done."""
    return [done for several in side_by_side(work, tasks, size) for done in several]


def _ready(waiting: deque[Future[Result]]) -> Iterator[Result]:
    """Take the first ones that have succeeded."""
    while waiting and _succeeded(waiting[0]):
        yield waiting.popleft().result()


def _succeeded(future: Future[Result]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
