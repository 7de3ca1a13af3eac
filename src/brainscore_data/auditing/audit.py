"""An audit: all pins of a repository against the stores that may be asked.

What it has found out so far is kept, so that one that was cut off goes on: one line of JSON for each
file that was compared, appended as it is done. Whatever ends the program, at most its last line is
lost.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Unpack

from brainscore_data.auditing.comparing import Compared, Disagreement, compare
from brainscore_data.auditing.pins import NotAudited, Pin, read_pins, with_what_is_said
from brainscore_data.auditing.stores import ListedStores, nothing_listed
from brainscore_data.base.caching import cache_folder
from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.files import explained
from brainscore_data.base.in_flight import MOST, Gate
from brainscore_data.base.progress import Progress, Quiet, Reporter, Shared, quiet
from brainscore_data.store.options import StoreOptions
from brainscore_data.store.published import ask_beforehand

# What somebody fixes while an audit pauses; it is looked at again.
_MENDED = frozenset({"gone", "different", "exposed", "hidden"})
# What a store held a day ago says little about what it holds.
LONGEST_PAUSE = 24 * 60 * 60


class Unfinished:
    """The outcomes of an audit that is under way.

    `purpose` is what they depend on beside the pin: the server, and how the audit was asked for.
    """

    def __init__(self, path: Path, purpose: tuple[object, ...]) -> None:
        self._path = path
        self._purpose = purpose
        self._lock = threading.Lock()
        self._known = {} if self._is_too_old() else self._load()

    def __len__(self) -> int:
        return len(self._known)

    def find(self, pin: Pin) -> Compared | None:
        """Give what is known of a pin; None if it has to be compared."""
        known = self._known.get(self._name(pin))
        with contextlib.suppress(KeyError, TypeError):
            if known is not None:
                problems = tuple(Disagreement(**each) for each in known["problems"])
                return Compared(pin, **{**known, "problems": problems})
        return None

    def add(self, compared: Compared) -> None:
        """Keep the outcome of one comparison, unless it is one that somebody may fix."""
        mended = any(problem.kind in _MENDED for problem in compared.problems)
        if mended or compared.visibility or compared.error:
            return
        entry = asdict(compared)
        del entry["pin"]
        entry["name"] = self._name(compared.pin)
        with self._lock, explained(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as stream:
                # On a line of its own, also behind one that was cut off.
                stream.write(f"\n{json.dumps(entry)}\n")

    def forget(self) -> None:
        """Remove what was kept: the audit is whole."""
        with explained(self._path):
            self._path.unlink(missing_ok=True)

    def _is_too_old(self) -> bool:
        try:
            age = time.time() - self._path.stat().st_mtime
        except OSError:
            return False
        if age > LONGEST_PAUSE:
            self.forget()
            return True
        return False

    def _load(self) -> dict[str, dict[str, Any]]:
        known = {}
        with contextlib.suppress(FileNotFoundError), explained(self._path):
            for line in self._path.read_bytes().splitlines():
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    entry = json.loads(line)
                    known[entry.pop("name")] = entry
        return known

    def _name(self, pin: Pin) -> str:
        identity = [*self._purpose, pin.store, pin.key, pin.version_id, pin.sha1, pin.said_by]
        return hashlib.sha256(json.dumps(identity).encode()).hexdigest()


def usual_path(folder: Path) -> Path:
    """Name where the outcomes for a folder are kept, in the user's cache folder."""
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return cache_folder() / "audits" / f"{name}.jsonl"


@dataclass(frozen=True)
class Audit:
    """What came of an audit."""

    outcomes: tuple[Compared, ...]
    not_audited: tuple[NotAudited, ...]

    @property
    def compared(self) -> tuple[Compared, ...]:
        """The pins of which their stores said something."""
        return tuple(each for each in self.outcomes if each.error is None)

    @property
    def failed(self) -> tuple[Compared, ...]:
        """The pins whose stores did not answer, or not this caller."""
        return tuple(each for each in self.outcomes if each.error is not None)

    @property
    def mismatches(self) -> tuple[Compared, ...]:
        """The pins whose stores do not hold what is pinned."""
        return tuple(each for each in self.outcomes if each.problems)

    @property
    def exit_code(self) -> int:
        """1 for a mismatch; else that of the worst failure; 0 if all is fine."""
        failures = (each.error.exit_code for each in self.outcomes if each.error)
        return 1 if self.mismatches else max(failures, default=0)


def audit(
    folder: Path,
    stores: Sequence[str],
    *,
    read: bool = False,
    allow_unversioned: bool = False,
    jobs: int | None = None,
    rate: float | None = None,
    resume: Path | None = None,
    report: Reporter = quiet,
    tell: Callable[[str], None] = lambda _: None,
    **options: Unpack[StoreOptions],
) -> Audit:
    """Compare all registrations of a repository with their stores, by version.

    `jobs` are at work at a time, at most, and `rate` are begun in a second; without these, as many
    as the line has room for. One that is as it shall be is three requests.
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
    pins, unread = with_what_is_said(pins, folder)
    not_audited += unread
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
        (listed.server, options.get("profile"), read, allow_unversioned),
    )
    known = {pin: outcome for pin in asked if (outcome := unfinished.find(pin)) is not None}
    if known:
        tell(f"{len(known)} of {len(asked)} files were compared before; continuing from there")
    with report("auditing", 0) as progress:
        comparing = _Comparing(
            listed, unfinished, rate, progress, read=read, allow_unversioned=allow_unversioned
        )
        outcomes = known | comparing.all([pin for pin in asked if pin not in known], jobs)
    found = Audit(tuple(outcomes[pin] for pin in asked), not_audited)
    if not found.failed:
        unfinished.forget()
    return found


class _StoppedError(Exception):
    """The audit was interrupted."""


class _Comparing(Quiet):
    """Compares pins in several threads; passes progress on, and ends a reading that is interrupted."""

    def __init__(
        self,
        listed: ListedStores,
        unfinished: Unfinished,
        rate: float | None,
        progress: Progress,
        *,
        read: bool,
        allow_unversioned: bool,
    ) -> None:
        self._listed, self._unfinished, self._progress = listed, unfinished, Shared(progress)
        self._read, self._allow_unversioned = read, allow_unversioned
        self._stop = threading.Event()
        self._pace = None if rate is None else Pace(rate, sleep=self._stop.wait)
        self._gate = Gate()

    def expect(self, amount: int) -> None:
        self._progress.expect(amount)

    def advance_bytes(self, amount: int) -> None:
        if self._stop.is_set():
            raise _StoppedError
        self._progress.advance_bytes(amount)

    def all(self, pins: Sequence[Pin], jobs: int | None) -> dict[Pin, Compared]:
        """Compare them, and keep the outcomes as they come."""
        unprepared = {}
        for url in dict.fromkeys(pin.store for pin in pins):
            try:
                ask_beforehand(self._listed.of(url))
            except BrainScoreDataError as error:
                unprepared[url] = error
        outcomes = {
            pin: Compared(pin, "unknown", error=unprepared[pin.store])
            for pin in pins
            if pin.store in unprepared
        }
        waiting = [pin for pin in pins if pin not in outcomes]
        self._progress.expect_files(len(waiting))
        with ThreadPoolExecutor(max_workers=jobs or MOST) as pool:
            try:
                futures = [pool.submit(self._one, pin) for pin in waiting]
                for outcome in (future.result() for future in as_completed(futures)):
                    outcomes[outcome.pin] = outcome
                    self._unfinished.add(outcome)
                    self._progress.advance_files()
            except BaseException:
                self._stop.set()
                self._gate.close()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return outcomes

    def _one(self, pin: Pin) -> Compared:
        if self._pace is not None:
            self._pace.wait()
        with self._gate.through(0):
            if self._stop.is_set():
                raise _StoppedError
            try:
                return compare(
                    pin,
                    self._listed.of(pin.store),
                    read=self._read,
                    allow_unversioned=self._allow_unversioned,
                    progress=self,
                )
            except BrainScoreDataError as error:
                return Compared(pin, "unknown", error=error)


class Pace:
    """Lets one caller through at a time, evenly.

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
