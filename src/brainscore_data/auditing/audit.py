"""An audit: all pins of a repository against the stores that may be asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from brainscore_data.auditing.comparing import Compared, compare
from brainscore_data.auditing.outcomes import Unfinished, usual_path
from brainscore_data.auditing.pins import NotAudited, Pin, read_pins
from brainscore_data.auditing.stores import ListedStores, nothing_listed
from brainscore_data.auditing.words import words_of
from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.place import Place
from brainscore_data.base.progress import Progress, Quiet, Reporter, quiet
from brainscore_data.store.options import StoreOptions


@dataclass(frozen=True)
class Failed:
    """A pin whose store did not answer, or not this caller."""

    pin: Pin
    error: BrainScoreDataError


@dataclass(frozen=True)
class Audit:
    """What came of an audit."""

    compared: tuple[Compared, ...]
    failed: tuple[Failed, ...]
    not_audited: tuple[NotAudited, ...]

    @property
    def mismatches(self) -> tuple[Compared, ...]:
        """The pins whose stores do not hold what is pinned."""
        return tuple(each for each in self.compared if each.problems)

    @property
    def exit_code(self) -> int:
        """1 for a mismatch; else that of the worst failure; 0 if all is fine."""
        failures = (each.error.exit_code for each in self.failed)
        return 1 if self.mismatches else max(failures, default=0)


def audit(
    folder: Path,
    stores: Sequence[str],
    *,
    read: bool = False,
    allow_unversioned: bool = False,
    jobs: int = 8,
    rate: float = 50.0,
    resume: Path | None = None,
    report: Reporter = quiet,
    tell: Callable[[str], None] = lambda _: None,
    **options: Unpack[StoreOptions],
) -> Audit:
    """Compare all registrations of a repository with their stores, by version.

    `rate` is how many comparisons are begun in a second, at most; each is up to three requests.
    Outcomes are kept in `resume` until the audit is whole. `tell` hears that one goes on.
    """
    pins, not_audited = read_pins(folder)
    if not (pins or not_audited):
        # A wrong path must not look like a repository in which all is fine.
        raise UsageError(
            "nothing here registers data, so there is nothing to audit",
            where=str(folder),
            hint="name a checkout of a plugins' repository, a plugin's folder or its __init__.py",
        )
    words = words_of(folder)
    pins = words.about(pins)
    not_audited += tuple(NotAudited(Place(file), why) for file, why in words.unread.items())
    if not stores:
        raise nothing_listed(pins, listed=False)
    listed = ListedStores(stores, **options)
    refused = {pin: reason for pin in pins if (reason := listed.refusal(pin)) is not None}
    asked = [pin for pin in pins if pin not in refused]
    if pins and not asked:
        # A misspelt store must not look like one in which all is fine.
        raise nothing_listed(pins, listed=True)
    # A stimulus set has two pins, and is one registration.
    left_out = {pin.place: (reason, pin.store) for pin, reason in refused.items()}
    not_audited += tuple(NotAudited(place, *why) for place, why in left_out.items())
    unfinished = Unfinished(
        resume or usual_path(folder),
        (options.get("endpoint_url"), options.get("profile"), read, allow_unversioned),
    )
    outcomes: dict[Pin, Compared | Failed] = {}
    for pin in asked:
        if (known := unfinished.find(pin)) is not None:
            outcomes[pin] = known
    if outcomes:
        tell(f"{len(outcomes)} of {len(asked)} files were compared before; going on from there")
    waiting = [pin for pin in asked if pin not in outcomes]
    with report("auditing", 0) as progress:
        stop = threading.Event()
        pace = Pace(rate, sleep=stop.wait)
        comparing = _Comparing(listed, pace, stop, progress, read, allow_unversioned)
        outcomes |= _all(comparing, waiting, jobs, progress, unfinished)
    failed = tuple(each for each in map(outcomes.get, asked) if isinstance(each, Failed))
    if not failed:
        unfinished.forget()
    compared = tuple(
        each for each in map(outcomes.get, asked) if each and not isinstance(each, Failed)
    )
    return Audit(compared, failed, not_audited)


class _StoppedError(Exception):
    """The audit was interrupted."""


@dataclass(frozen=True)
class _Comparing:
    """Compares one pin, in whichever thread."""

    listed: ListedStores
    pace: Pace
    stop: threading.Event
    progress: Progress
    read: bool
    allow_unversioned: bool

    def prepare(self, pin: Pin) -> Failed | None:
        """Open a pin's store, before there are threads."""
        try:
            self.listed.of(pin).prepare()
        except BrainScoreDataError as error:
            return Failed(pin, error)
        return None

    def __call__(self, pin: Pin) -> Compared | Failed:
        self.pace.wait()
        if self.stop.is_set():
            raise _StoppedError
        listed = self.listed.of(pin)
        try:
            return compare(
                pin,
                listed.store,
                read=self.read,
                allow_unversioned=self.allow_unversioned,
                progress=_Interruptible(self.progress, self.stop),
                readable_by_all=listed.readable_by_all,
            )
        except BrainScoreDataError as error:
            return Failed(pin, error)


class _Interruptible(Quiet):
    """Passes progress on; ends a long reading when the audit is interrupted."""

    def __init__(self, progress: Progress, stop: threading.Event) -> None:
        self._progress = progress
        self._stop = stop

    def expect(self, amount: int) -> None:
        self._progress.expect(amount)

    def advance_bytes(self, amount: int) -> None:
        if self._stop.is_set():
            raise _StoppedError
        self._progress.advance_bytes(amount)


def _all(
    comparing: _Comparing,
    pins: Sequence[Pin],
    jobs: int,
    progress: Progress,
    unfinished: Unfinished,
) -> dict[Pin, Compared | Failed]:
    outcomes: dict[Pin, Compared | Failed] = {}
    unprepared = {}
    for store in dict.fromkeys(pin.store for pin in pins):
        first = next(pin for pin in pins if pin.store == store)
        if (failure := comparing.prepare(first)) is not None:
            unprepared[store] = failure.error
    outcomes |= {pin: Failed(pin, unprepared[pin.store]) for pin in pins if pin.store in unprepared}
    waiting = [pin for pin in pins if pin not in outcomes]
    progress.expect_files(len(waiting))
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        futures: set[Future[Compared | Failed]] = {pool.submit(comparing, pin) for pin in waiting}
        try:
            while futures:
                done, futures = wait(futures, return_when=FIRST_COMPLETED)
                for outcome in (future.result() for future in done):
                    outcomes[outcome.pin] = outcome
                    if not isinstance(outcome, Failed):
                        unfinished.add(outcome)
                    progress.advance_files()
        except BaseException:
            comparing.stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return outcomes


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
