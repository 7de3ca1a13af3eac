"""The receipts of a run, kept while more are coming in: what is confirmed is not lost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Event, Thread
from typing import Self

from brainscore_data.records.receipts import ItemReceipt

# Each time all receipts are written: those of a moment go together.
TOGETHER_SECONDS = 0.2


class Keeping(AbstractContextManager["Keeping"]):
    """Has the receipt of each item kept within a moment, and all of them in the end.

    A thread of its own keeps them: Ctrl-C comes to the main thread alone, wherever that is, and
    those who publish do not wait for it.
    """

    def __init__(self, keep: Callable[[list[ItemReceipt]], None]) -> None:
        self._keep = keep
        self._confirmed = list[tuple[int, ItemReceipt]]()
        self._kept = 0
        self._failure: Exception | None = None
        self._news, self._ended = Event(), Event()
        self._thread = Thread(target=self._keep_on, daemon=True)

    @property
    def receipts(self) -> list[ItemReceipt]:
        """All so far, in the order of the bundle."""
        return [receipt for _, receipt in sorted(self._confirmed, key=lambda each: each[0])]

    def confirm(self, number: int, receipt: ItemReceipt) -> None:
        """Take the receipt of the item that has this number in the bundle; from any thread."""
        self._confirmed.append((number, receipt))
        self._news.set()
        if self._failure is not None:  # nothing more is to be published
            raise self._failure

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Keep what is not kept yet; Ctrl-C comes after it."""
        try:
            self._end()
        except KeyboardInterrupt:
            self._end()
            raise

    def _end(self) -> None:
        self._ended.set()
        self._news.set()
        self._thread.join()
        self._keep_new()

    def _keep_on(self) -> None:
        while self._news.wait() and not self._ended.is_set():
            self._news.clear()
            try:
                self._keep_new()
            except Exception as failure:  # noqa: BLE001 - it is raised where items are confirmed
                self._failure = failure
                return
            self._ended.wait(TOGETHER_SECONDS)

    def _keep_new(self) -> None:
        if new := self._confirmed[self._kept :]:
            self._keep([receipt for _, receipt in new])
            self._kept += len(new)
