"""Doing something again that may go well the next time: what waits between attempts is here alone.

What libraries repeat by themselves stays theirs: boto3's ``standard`` mode, PyGithub's and urllib3's
retries. Here is what they do not, and each caller says which failure is worth another attempt.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")
Failure = TypeVar("Failure", bound=Exception)

#: Replaced by tests, which do not wait.
sleep = time.sleep


def repeated(
    act: Callable[[], Result],
    failing: type[Failure] | tuple[type[Failure], ...],
    pause: Callable[[Failure, int], float | None],
    wait: Callable[[float], object] | None = None,
) -> Result:
    """Do something until it goes well; `pause` says how long to wait, or None: then it has failed.

    >>> waited, answers = [], iter(["", "12"])
    >>> pause = lambda failure, attempt: growing(attempt) if attempt < 4 else None
    >>> repeated(lambda: int(next(answers)), ValueError, pause, waited.append)
    12
    >>> 0.5 <= waited[0] <= 1
    True
    """
    for attempt in itertools.count(1):
        try:
            return act()
        except failing as failure:
            seconds = pause(failure, attempt)
            if seconds is None:
                raise
        (wait or sleep)(seconds)
    raise AssertionError  # pragma: no cover - the loop has no other end


def growing(attempt: int) -> float:
    """Draw a pause of 1, 2, 4 … seconds at most, so that those who failed together do not return so."""
    longest: float = 2 ** (attempt - 1)
    return random.uniform(0.5, 1) * longest  # noqa: S311 - nothing secret about it
