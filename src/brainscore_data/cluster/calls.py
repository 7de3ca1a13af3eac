"""Calls to the workers of a cluster: handed to whoever is free, and to another if one dies.

What is read is read by the worker, where it lies; through the scheduler goes what is to be done, and
results come from the workers themselves. All of it is pickle: whoever can speak to the cluster can do
on it what its owner can.
"""

from __future__ import annotations

import contextlib
import functools
import os
import pickle
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import CancelledError
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.base.bounds import SETTING
from brainscore_data.base.caching import cache_folder
from brainscore_data.base.errors import IncompleteError, UsageError
from brainscore_data.base.place import Place
from brainscore_data.base.progress import Reporter, quiet
from brainscore_data.cage.cage import NotCarriedOutError
from brainscore_data.cage.limits import Limits, size_of
from brainscore_data.cage.warmth import imported_by
from brainscore_data.cage.workers import working_folder
from brainscore_data.cluster.on_worker import (
    Call,
    NotAlike,
    Raised,
    RunSurroundings,
    Stamp,
    carried_out,
    say_goodbye,
    stamp_of,
    too_little_memory,
    warm_up,
)
from brainscore_data.cluster.own_copies import PinnedFile, pinned_files
from brainscore_data.cluster.versions import installed

if TYPE_CHECKING:
    from distributed import Client, Future

#: What a worker takes that has imported what it needs, and holds the files of one call.
LEAST_MEMORY = 256 << 20
# Calls wait in threads, which cost little: workers that come later find some, too.
_LEAST_JOBS, _MOST_JOBS = 16, 256
_SECONDS_BETWEEN_LOOKS = 20
# Who is there is known for so long: to ask takes the scheduler and this process as long as a call.
_SECONDS_KNOWN = 1.0


class NotAlikeError(NotCarriedOutError, UsageError):
    """A worker of the cluster cannot do it as it would be done here."""


class GoneError(NotCarriedOutError, IncompleteError):
    """The cluster went away, or its workers died over something."""


class Cluster:
    """A cluster, as one run sees it."""

    def __init__(self, client: Client, name: str) -> None:
        self.name = name
        self._client = client
        self._runs: list[str] = []
        self._told = threading.Event()
        self._looking = threading.Lock()
        self._known: Mapping[str, Any] = {}
        self._known_until = 0.0

    @property
    def threads(self) -> int:
        """Count what its workers do at once, for the time being."""
        return sum(each["nthreads"] for each in self._workers().values())

    def cage(self, readable: Iterable[Path], manifests: Iterable[Path] = ()) -> ClusterCage:
        """Give what carries out calls there; it may read below these, and fetch what manifests pin."""
        self._known_until = 0.0  # what has come since
        self._refuse_small(LEAST_MEMORY)
        run = secrets.token_hex(8)
        self._runs.append(run)
        settings = {SETTING: os.environ[SETTING]} if SETTING in os.environ else {}
        around = RunSurroundings(
            run,
            installed(),
            working_folder(),
            tuple(sorted({os.path.realpath(path) for path in readable})),
            settings,
            str(cache_folder()),
        )
        return ClusterCage(self, around, manifests)

    def asked_of_all(self, function: Callable[..., Any], *arguments: Any) -> Mapping[str, Any]:
        """Ask each worker that is there; what one raised is its answer, and who dies over it has none."""
        if not self._workers():
            return {}
        try:
            found: dict[str, Any] = self._client.run(function, *arguments, on_error="return")
        except (OSError, RuntimeError, ValueError, CancelledError) as error:
            raise self._gone(error) from error
        return {worker: each for worker, each in found.items() if not isinstance(each, OSError)}

    def submit(self, call: Call, around: RunSurroundings) -> Future:
        """Hand out a call."""
        self._refuse_small(call.memory)
        try:
            # The scheduler reads what it passes on, and would import what a call names.
            return self._client.submit(carried_out, pickle.dumps(call), around, pure=False)
        except (OSError, RuntimeError, ValueError, CancelledError) as error:
            raise self._gone(error) from error

    def result(self, future: Future) -> Any:
        """Wait for what a call gives."""
        from distributed import KilledWorker

        while True:
            try:
                found = future.result(timeout=_SECONDS_BETWEEN_LOOKS)
                break
            except TimeoutError:
                self._tell_of_waiting()
            except KilledWorker as error:
                died = f"{self.name}: one worker after the other died during the same piece of work"
                hint = "look into their logs: most often they were out of memory. Then run it again"
                raise GoneError(died, hint=hint) from error
            except (OSError, CancelledError) as error:
                raise self._gone(error) from error
            except Exception as error:
                self.refuse_others()
                text = f"a worker could not be asked: {type(error).__name__}: {error}"
                raise NotAlikeError(" ".join(text.split()), where=self.name) from error
        if isinstance(found, NotAlike):
            raise refused(found)
        if isinstance(found, Raised):
            raise found.error
        return found

    def cancel(self, futures: Iterable[Future]) -> None:
        """Take calls back."""
        with contextlib.suppress(Exception):  # there may be nobody to tell any more
            self._client.cancel([*futures], force=True)

    def close(self) -> None:
        """Have the workers end what they have started for this."""
        if self._client.status != "running" or not self._workers():
            return
        for run in self._runs:
            with contextlib.suppress(Exception):  # who is gone has ended it
                self._client.run(say_goodbye, run, on_error="ignore")

    def _workers(self) -> Mapping[str, Any]:
        with self._looking:
            if time.monotonic() < self._known_until and self._client.status == "running":
                return self._known
            try:
                self._known = self._client.scheduler_info(n_workers=-1)["workers"]
            except (OSError, RuntimeError, ValueError, KeyError) as error:
                raise self._gone(error) from error
            self._known_until = time.monotonic() + _SECONDS_KNOWN
            return self._known

    def _refuse_small(self, needed: int) -> None:
        for name, each in self._workers().items():
            most = each.get("memory_limit") or 0
            if 0 < most < needed:
                raise refused(too_little_memory(name, most, needed))

    def refuse_others(self) -> None:
        """Refuse a worker without this program, by what any Python can answer."""
        from importlib import metadata

        from brainscore_data.cluster.on_worker import OTHER_VERSION
        from brainscore_data.cluster.versions import OWN

        here = installed()[OWN]
        for worker, version in self.asked_of_all(metadata.version, OWN).items():
            if version != here:
                other = f"no {OWN}" if isinstance(version, BaseException) else f"{OWN} {version}"
                raise refused(NotAlike(worker, f"it has {other}, and not {here}", OTHER_VERSION))

    def _tell_of_waiting(self) -> None:
        if not self._workers() and not self._told.is_set():
            self._told.set()
            text = f"note: the cluster {self.name} has no worker: waiting for one"
            print(text, file=sys.stderr, flush=True)

    def _gone(self, error: BaseException) -> GoneError:
        what = "the scheduler of the cluster went away"
        if self._client.status == "running":
            what = f"the cluster does not answer: {type(error).__name__}"
        hint = "check whether it still runs; if not, start it again; then run this again"
        return GoneError(what, where=self.name, hint=hint)


class ClusterCage:
    """Carries out calls on a cluster, see `Cage`."""

    # A call takes a scheduler, a worker and this process longer than one across a pipe.
    at_a_time = 256

    def __init__(
        self, cluster: Cluster, around: RunSurroundings, manifests: Iterable[Path] = ()
    ) -> None:
        self._cluster, self._around, self._manifests = cluster, around, manifests
        self._alone = threading.Lock()
        self._waiting: set[Future] = set()
        self._stopped = False

    @property
    def threads(self) -> int:
        """How many calls its workers carry out at once."""
        return self._cluster.threads

    @property
    def jobs(self) -> int:
        """How many calls it is worth to make at once: some wait at each worker."""
        return min(_MOST_JOBS, max(_LEAST_JOBS, 2 * self.threads))

    def warm_up(self, *functions: Callable[..., Any]) -> None:
        """Have the workers that are there import what these need, while this goes on."""
        imported = frozenset[str]().union(*map(imported_by, functions))
        self._cluster.asked_of_all(warm_up, imported, self._around)

    def call(
        self,
        function: Callable[..., Any],
        *,
        limits: Limits | None = None,
        about: Iterable[Path] = (),
        where: Place | str | None = None,
        report: Reporter = quiet,  # noqa: ARG002 - a cage is called in this way
        **arguments: Any,
    ) -> Any:
        """Call a function of ours on a worker, which sees the same files there.

        A `NotAlikeError` if it has other versions or other files, or too little memory; a
        `GoneError` if the scheduler goes away, or workers die over it.
        """
        return self.result(
            self.begun(function, limits=limits, about=about, where=where, arguments=arguments)
        )

    def begun(
        self,
        function: Callable[..., Any],
        *,
        limits: Limits | None = None,
        about: Iterable[Path] = (),
        where: Place | str | None = None,
        memory: int = LEAST_MEMORY,
        arguments: Mapping[str, Any],
    ) -> Future:
        """Begin such a call."""
        named = tuple(about)
        limits = limits or Limits.of(size_of(named))
        stamps = _stamps(named)
        call = Call(function, arguments, limits, where, stamps, self._pinned(stamps), memory)
        future = self._cluster.submit(call, self._around)
        with self._alone:
            self._waiting.add(future)
            stopped = self._stopped
        if stopped:
            self._cluster.cancel([future])
        return future

    def _pinned(self, paths: Iterable[str]) -> dict[str, PinnedFile]:
        """Say which of these are copies of what a worker can fetch itself."""
        below = self._around.cache + os.sep
        known = self._known if any(path.startswith(below) for path in paths) else {}
        return {path: known[path] for path in paths if path in known}

    @functools.cached_property
    def _known(self) -> Mapping[str, PinnedFile]:
        return pinned_files(self._manifests)

    def result(self, future: Future) -> Any:
        """Wait for what it gives."""
        try:
            return self._cluster.result(future)
        finally:
            with self._alone:
                self._waiting.discard(future)

    def stop(self) -> None:
        """Take back what nobody wants to know any more."""
        with self._alone:
            self._stopped = True
            waiting = [*self._waiting]
        self._cluster.cancel(waiting)


def refused(refusal: NotAlike) -> NotAlikeError:
    """Make an error of it, which names the worker."""
    return NotAlikeError(
        f"the worker {refusal.worker} cannot do it: {refusal.reason}", hint=refusal.hint
    )


def _stamps(files: Iterable[Path]) -> dict[str, Stamp]:
    """Say what is at each path; what cannot be read here is for whoever reads it to tell."""
    stamps = {}
    for path in files:
        where = os.path.abspath(path)  # noqa: PTH100 - links stay as they are named
        with contextlib.suppress(OSError):
            stamps[where] = stamp_of(where)
    return stamps
