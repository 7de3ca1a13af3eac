"""Small items go up a few at a time: most of a small file's time is spent waiting for the store.

A large one goes alone, it is sent in several parts at once already. Within an item nothing
changes: its files go one after another, and the results come in the order of the items.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import groupby
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

AT_ONCE = 4
# For so few it is not worth it.
FEW = 4
#: Of all files of an item: what the user waits for after Ctrl-C is four of these.
SMALL_BYTES = 8 * 2**20


def worked_off(
    tasks: Iterable[Task], size: Callable[[Task], int], work: Callable[[Task], Result]
) -> Generator[list[Result], None, None]:
    """Do `work` for every task, and give the results in the order of the tasks.

    When it is a failed one's turn, or the user stops the program, no other is begun. Those at work
    are waited for, and the results that there are come before the error. A `size` is in bytes.

    Examples
    --------
    >>> [done for several in worked_off("abc", ord, str.upper) for done in several]
    ['A', 'B', 'C']
    """
    for small, group in groupby(tasks, lambda task: size(task) <= SMALL_BYTES):
        several = list(group)
        if small and len(several) > FEW:
            yield from _side_by_side(several, work)
        else:
            yield from ([work(task)] for task in several)


def _side_by_side(
    tasks: list[Task], work: Callable[[Task], Result]
) -> Generator[list[Result], None, None]:
    pool = ThreadPoolExecutor(AT_ONCE)
    waiting = deque(pool.submit(work, task) for task in tasks)
    try:
        while waiting:
            wait([waiting[0]])
            ready = list(_ready(waiting))
            if not ready:
                waiting.popleft().result()  # raises
            yield ready
    except (Exception, KeyboardInterrupt):
        pool.shutdown(cancel_futures=True)
        if done := [future.result() for future in waiting if _succeeded(future)]:
            yield done
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _ready(waiting: deque[Future[Result]]) -> Iterator[Result]:
    """Take the first ones that have succeeded."""
    while waiting and _succeeded(waiting[0]):
        yield waiting.popleft().result()


def _succeeded(future: Future[Result]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
