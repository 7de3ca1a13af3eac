"""Progress of long work: a bar on a terminal, a line every 30 seconds elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import TracebackType

SECONDS_BETWEEN_LINES = 30.0


class Progress(Protocol):
    """Something that can be told how far the work has come."""

    def expect(self, amount: int) -> None:
        """Say that `amount` more is to be done than was known; less, if negative."""

    def advance(self, amount: int) -> None:
        """Say that `amount` more is done."""


class Reporter(Protocol):
    """Something that opens the progress of one piece of work."""

    def __call__(self, label: str, total: int, /) -> AbstractContextManager[Progress]:
        """Say what is to be done and how much of it there is, in bytes; 0 if unknown."""


class Quiet:
    """Progress that nobody watches: what the library uses unless told otherwise."""

    def expect(self, amount: int) -> None:
        """Do nothing."""

    def advance(self, amount: int) -> None:
        """Do nothing."""


def quiet(label: str, total: int) -> AbstractContextManager[Progress]:  # noqa: ARG001
    """Report nothing: a `Reporter` for use as a library."""
    return nullcontext(Quiet())


class Reported:
    """Progress on standard error; the class is itself a `Reporter`.

    Parameters
    ----------
    label : str
        What is being done.
    total : int
        How much there is to do, in the same unit as `advance`; 0 if that is not known yet.
    """

    def __init__(self, label: str, total: int) -> None:
        self._label = label
        self._total = total
        self._done = 0
        self._on_terminal = sys.stderr.isatty()
        self._last_shown = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._on_terminal:
            sys.stderr.write("\r\x1b[K")

    def expect(self, amount: int) -> None:
        """Say that `amount` more is to be done than was known; less, if negative."""
        self._total += amount

    def advance(self, amount: int) -> None:
        """Say that `amount` more is done, and show it if the time has come."""
        self._done += amount
        now = time.monotonic()
        if now - self._last_shown < (0.1 if self._on_terminal else SECONDS_BETWEEN_LINES):
            return
        self._last_shown = now
        share = f"{self._done / self._total:.0%}" if self._total else str(self._done)
        if self._on_terminal:
            sys.stderr.write(f"\r\x1b[K{self._label} {share}")
        else:
            sys.stderr.write(f"{self._label}: {share}\n")
        sys.stderr.flush()
