"""Not more of something in a second than was agreed on, whatever the number of threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Pace:
    """Lets one caller through at a time, evenly.

    Examples
    --------
    >>> waited = []
    >>> pace = Pace(2, clock=lambda: 0.0, sleep=waited.append)
    >>> for _ in range(3):
    ...     pace.wait()
    >>> waited
    [0.5, 1.0]
    """

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._between = 1 / per_second
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = clock()

    def wait(self) -> None:
        """Wait until it is the caller's turn."""
        with self._lock:
            now = self._clock()
            turn = max(self._next, now)
            self._next = turn + self._between
        if turn > now:
            self._sleep(turn - now)
