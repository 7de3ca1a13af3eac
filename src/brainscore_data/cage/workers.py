"""Programs in the cage, from the outside: started when they are needed, warm until they are not.

They are programs of their own, not `multiprocessing`'s: that would import the script which called the
library a second time.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from brainscore_data.base.bounds import SETTING
from brainscore_data.base.child_environment import harmless
from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.base.place import Place
from brainscore_data.base.progress import Reporter, quiet
from brainscore_data.cage.answers import value_in, written_call
from brainscore_data.cage.cage import Elsewhere
from brainscore_data.cage.limits import Limits, size_of
from brainscore_data.cage.one_worker import EndedError, Worker, crashed
from brainscore_data.cage.processes import NotForkedError, Process, Started, can_fork
from brainscore_data.cage.templates import forget, started, template_for
from brainscore_data.cage.warmth import imported_by

#: What is started. -P: whatever lies in the working directory is not imported.
COMMAND: Sequence[str] = (sys.executable, "-P", "-m", "brainscore_data.cage.program")


# What `pip install --user` put below HOME stays importable, and nothing is compiled anew.
_LIBRARIES = ("HOME", "USERPROFILE", "APPDATA", "PYTHONUSERBASE", "PYTHONPYCACHEPREFIX")
# A megabyte that is freed stays with the program: else glibc gives it back, and takes it again page by page.
_ALLOCATION = {"MALLOC_TRIM_THRESHOLD_": str(128 << 20), "MALLOC_MMAP_THRESHOLD_": str(32 << 20)}
#: Seconds that calls wait, all together, before there is another program: what one costs.
PATIENCE = 0.1 if can_fork() else 1.0


class StoppedError(DataError):
    """A file made its parser crash, or take more than there is for it; `how` says which."""

    def __init__(
        self, how: str, *, where: Place | str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(f"cannot be read: {how}", where=where, hint=hint)
        self.how = how


class Workers:
    """Programs in the cage; they end with this.

    At most `jobs` at a time. They read below `readable` and write below `writable` alone, where
    the system can hold them to it, and in a folder for what is short-lived. They are in `folder`,
    or else where this process is, and `settings` are variables of their environment.
    """

    at_a_time = 64

    def __init__(
        self,
        jobs: int,
        *,
        readable: Iterable[Path] = (),
        writable: Iterable[Path] = (),
        folder: str | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.jobs = jobs
        self._folder, self._settings = folder, settings or {}
        self._readable = sorted({os.path.realpath(path) for path in readable})
        self._writable = sorted({os.path.realpath(path) for path in writable})
        self._free = threading.BoundedSemaphore(jobs)
        # The one that was started first comes first: it has imported most.
        self._idle: queue.PriorityQueue[tuple[int, Worker]] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._alone = threading.Lock()
        self._started: set[Worker] = set()
        self._number = 0  # of those that are started, or will be in a moment
        self._stopped = False
        self._patience = PATIENCE
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._imported: frozenset[str] = frozenset()  # in what starts from now on

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End all of them, at once."""
        with self._alone:
            self._stopped = True
            for worker in self._started:
                worker.end()
            self._started.clear()
            if self._scratch is not None:
                self._scratch.cleanup()
                self._scratch = None

    def call(
        self,
        function: Callable[..., Any],
        *,
        limits: Limits | None = None,
        about: Iterable[Path] = (),
        where: Place | str | None = None,
        report: Reporter = quiet,
        elsewhere: Elsewhere | None = None,
        **arguments: Any,
    ) -> Any:
        """Call a function of ours in the cage; may be called in many threads.

        Its annotations say what goes in and out. The larger the files are that it is `about`, the
        more it may take, if nothing else is said. `where` is said of what the function does not
        survive or foresee. A `StoppedError` if it crashed, hung or reached a limit; a `UsageError`
        if no program can be started. Of a function that wants it, parts may be done `elsewhere`.
        """
        limits = limits or Limits.of(size_of(about))
        written = written_call(function, arguments)
        with self._free:
            worker = self._next(imported_by(function))
            try:
                question = {**written, "limits": asdict(limits)}
                question["elsewhere"] = elsewhere is not None
                found = value_in(worker.ask(question, limits, report, elsewhere), function, where)
            except EndedError as error:
                self._end(worker)
                raise StoppedError(f"its parser {error}", where=where, hint=error.hint) from None
            except (BrainScoreDataError, ModuleNotFoundError):
                self._idle.put((worker.number, worker))
                raise
            except (ValueError, KeyError, TypeError) as error:
                # Only a parser that something has taken over says what its function does not.
                self._end(worker)
                raise StoppedError("its parser gave an invalid answer", where=where) from error
            except BaseException:
                self._end(worker)
                raise
            self._idle.put((worker.number, worker))
        return found

    def warm_up(self, imported: frozenset[str]) -> None:
        """Begin to start a program that has imported these; calls that come later find it ready."""
        threading.Thread(target=self._warmed_up, args=(imported,), daemon=True).start()

    def _warmed_up(self, imported: frozenset[str]) -> None:
        with contextlib.suppress(Exception), self._free:  # a call says what is wrong
            worker = self._next(imported)
            self._idle.put((worker.number, worker))

    def _next(self, imported: frozenset[str]) -> Worker:
        """Take an idle one; start the first at once, others when waiting has cost what they would."""
        with self._alone:
            is_first = self._number == 0
            self._number += is_first
        if is_first:
            return self._new(imported)
        try:
            worker = self._waited_for()
        except queue.Empty:
            with self._alone:
                self._number += 1
            return self._new(imported)
        if can_fork() and not imported <= worker.imported:
            # One that has done its imports costs less than they do.
            self._end(worker)
            with self._alone:
                self._number += 1
            return self._new(imported)
        return worker

    def _waited_for(self) -> Worker:
        with contextlib.suppress(queue.Empty):
            return self._idle.get_nowait()[1]
        began = time.monotonic()
        try:
            _, worker = self._idle.get(timeout=max(0.0, self._patience))
        except queue.Empty:
            self._patience = PATIENCE
            raise
        self._patience -= time.monotonic() - began
        return worker

    def _new(self, imported: frozenset[str]) -> Worker:
        worker = None
        try:
            worker, scratch = self._begun(imported)
            may = {
                "folder": self._folder or working_folder(),
                "scratch": scratch,
                "readable": self._readable,
                "writable": [*self._writable, scratch],
            }
            worker.ask(may, Limits.of())
        except (EndedError, ValueError) as error:
            self._end(worker)
            raise _not_started(str(error)) from error
        except BaseException:
            self._end(worker)
            raise
        return worker

    def _begun(self, imported: frozenset[str]) -> tuple[Worker, str]:
        with self._alone:
            self._refuse_if_stopped()
            if self._scratch is None:
                self._scratch = tempfile.TemporaryDirectory(prefix="brainscore-data-cage-")
            scratch = self._scratch.name
            self._imported |= imported
            imported = self._imported
        process = self._forked(imported) if can_fork() else _start(self._environment())
        worker = Worker(next(self._numbers), process, imported)
        with self._alone:
            self._started.add(worker)
            self._refuse_if_stopped()
        return worker, scratch

    def _forked(self, imported: frozenset[str]) -> Process:
        """Fork a program; from a new template if the one that there was has ended.

        Start one where the template does not fork any more.
        """
        while True:
            self._refuse_if_stopped()
            try:
                template, is_new = template_for(COMMAND, self._environment())
                process = template.fork(imported)
            except NotForkedError:
                return _start(self._environment())
            except OSError as error:
                raise _not_started(str(error.strerror)) from error
            if process is not None:
                return process
            forget(template)
            status = template.status()
            if is_new:
                raise _not_started(crashed(status))

    def _environment(self) -> dict[str, str]:
        return {**_environment(), **self._settings}

    def _refuse_if_stopped(self) -> None:
        if self._stopped:
            text = "the check was stopped"
            raise UsageError(text)

    def _end(self, worker: Worker | None) -> None:
        with self._alone:
            self._number -= 1
            if worker is not None:
                self._started.discard(worker)
        if worker is not None:
            worker.end()


def working_folder() -> str:
    """Say where this process is."""
    try:
        return os.getcwd()  # noqa: PTH109 - a Path of it is for nothing
    except OSError:  # somebody has removed it
        return os.sep


def _start(environment: Mapping[str, str]) -> Started:
    try:
        return started(Started, COMMAND, environment)
    except OSError as error:
        raise _not_started(str(error.strerror)) from error


def _environment() -> dict[str, str]:
    """Give it the way to its libraries, one thread (it forks others), and nothing that a file could make it tell."""
    further = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    paths = [str(Path(__file__).parents[2]), *map(os.path.abspath, further)]
    return {
        **harmless(os.environ, more=(*_LIBRARIES, SETTING)),
        **_ALLOCATION,
        "PYTHONPATH": os.pathsep.join(paths),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
    }


def _not_started(reason: str) -> UsageError:
    return UsageError(
        f"the process that reads files could not start: it {reason}",
        hint=f"see what `{' '.join(COMMAND)}` says",
    )
