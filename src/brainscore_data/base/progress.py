"""Progress of long work: rich's bar on a terminal, a line every 30 seconds elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

SECONDS_BETWEEN_LINES = 30.0
_CELLS = 20


class Progress:
    """Something that can be told how far the work has come; this one keeps it for itself."""

    def expect(self, amount: int) -> None:
        """Say that `amount` more is to be done than was known; less, if negative."""

    def advance(self, amount: int) -> None:
        """Say that `amount` more is done."""

    def advance_bytes(self, amount: int) -> None:
        """Say that `amount` more bytes are done; less, if negative (they are sent again)."""

    def expect_files(self, amount: int) -> None:
        """Say that `amount` more files are to be done than was known."""

    def advance_files(self, amount: int = 1) -> None:
        """Say that `amount` more files are done."""


class Reporter(Protocol):
    """Something that opens the progress of one piece of work."""

    def __call__(self, label: str, total: int, /) -> AbstractContextManager[Progress]:
        """Say what is to be done and how much of it there is, in bytes; 0 if unknown."""


class Quiet(Progress):
    """Progress that nobody watches: what the library uses unless told otherwise."""


class Shared(Progress):
    """A progress that several threads may tell something."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._telling = threading.Lock()

    def expect(self, amount: int) -> None:
        """Say that `amount` more is to be done than was known; less, if negative."""
        with self._telling:
            self._progress.expect(amount)

    def advance(self, amount: int) -> None:
        """Say that `amount` more is done."""
        with self._telling:
            self._progress.advance(amount)

    def advance_bytes(self, amount: int) -> None:
        """Say that `amount` more bytes are done; less, if negative (they are sent again)."""
        with self._telling:
            self._progress.advance_bytes(amount)

    def expect_files(self, amount: int) -> None:
        """Say that `amount` more files are to be done than was known."""
        with self._telling:
            self._progress.expect_files(amount)

    def advance_files(self, amount: int = 1) -> None:
        """Say that `amount` more files are done."""
        with self._telling:
            self._progress.advance_files(amount)


def quiet(label: str, total: int) -> AbstractContextManager[Progress]:  # noqa: ARG001
    """Report nothing: a `Reporter` for use as a library."""
    return nullcontext(Quiet())


def one_at_a_time(report: Reporter) -> Reporter:
    """Show of work that goes on beside other work what begins while nothing is shown."""
    shown = threading.Lock()

    @contextmanager
    def opened(label: str, total: int) -> Iterator[Progress]:
        if not shown.acquire(blocking=False):
            yield Quiet()
            return
        try:
            with report(label, total) as progress:
                yield progress
        finally:
            shown.release()

    return opened


class Reported(Progress):
    """Progress on standard error; the class is itself a `Reporter`."""

    def __init__(self, label: str, total: int) -> None:  # 0: not known yet
        # Names in it are others', and a terminal obeys some characters.
        self._label = label if label.isprintable() else ascii(label)
        self._total = total
        self._done = 0
        self._counts_bytes = False
        self._files = self._files_done = 0
        self._bar = _bar() if sys.stderr.isatty() else None
        self._last_shown = time.monotonic()

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.add_task(self._label, total=None, said="")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def expect(self, amount: int) -> None:
        """Say that `amount` more is to be done than was known; less, if negative."""
        self._total += amount

    def advance(self, amount: int) -> None:
        """Say that `amount` more is done, and show it if the time has come."""
        self._done += amount
        self._show_in_time()

    def advance_bytes(self, amount: int) -> None:
        """Say that `amount` more bytes are done; less, if negative (they are sent again)."""
        self._counts_bytes = True
        self.advance(amount)

    def expect_files(self, amount: int) -> None:
        """Say that `amount` more files are to be done than was known."""
        self._files += amount

    def advance_files(self, amount: int = 1) -> None:
        """Say that `amount` more files are done, and show it if the time has come."""
        self._files_done += amount
        self._show_in_time()

    def _show_in_time(self) -> None:
        now = time.monotonic()
        if now - self._last_shown < (SECONDS_BETWEEN_LINES if self._bar is None else 0.1):
            return
        self._last_shown = now
        if self._bar is None:
            sys.stderr.write(f"{self._label}: {self._text()}\n")
            sys.stderr.flush()
            return
        self._bar.update(
            self._bar.task_ids[0],
            total=self._total or None,
            completed=self._done,
            said=self._text(),
        )
        self._bar.start()  # once: short work draws none
        self._bar.refresh()

    def _text(self) -> str:
        parts = [f"{self._done / self._total:.0%}"] if self._total else []
        if self._counts_bytes:
            of_all = f" of {in_bytes(self._total)}" if self._total else ""
            parts.append(f"{in_bytes(self._done)}{of_all}")
        if self._files:
            parts.append(f"{self._files_done} of {self._files} files")
        return ", ".join(parts) or str(self._done)


def _bar() -> RichProgress:
    """Make the bar of a terminal; others' names are shown as they are, and not as rich's markup."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    return RichProgress(
        TextColumn("{task.description}", markup=False),
        BarColumn(_CELLS),
        TextColumn("{task.fields[said]}", markup=False),
        TimeRemainingColumn(compact=True),
        console=Console(stderr=True),
        auto_refresh=False,  # a thread of its own is one more when processes are started
        transient=True,
        redirect_stdout=False,  # it may go into a file
    )


def in_bytes(amount: int) -> str:
    """Write a number of bytes for people.

    >>> in_bytes(999), in_bytes(64 * 10**6), in_bytes(1_530_000_000)
    ('999 B', '64.0 MB', '1.5 GB')
    """
    if amount < 1000:
        return f"{amount} B"
    power = 1
    while power < 4 and amount >= 999.95 * 1000**power:
        power += 1
    return f"{amount / 1000**power:.1f} {'kMGT'[power - 1]}B"
