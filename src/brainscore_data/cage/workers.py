"""Programs in the cage, from the outside: started when they are needed, warm until they are not.

They are programs of their own, not `multiprocessing`'s: that would import the script which called the
library a second time.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import os
import queue
import secrets
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self, TypeVar

from brainscore_data.base.bounds import SETTING
from brainscore_data.base.child_environment import harmless
from brainscore_data.base.errors import BrainScoreDataError, DataError, UsageError
from brainscore_data.base.place import Place
from brainscore_data.base.progress import Progress, Reporter, quiet
from brainscore_data.base.text import one_line
from brainscore_data.cage.answers import LONGEST, value_in, written_call
from brainscore_data.cage.limits import MEMORY, SECONDS, Limits
from brainscore_data.cage.processes import NotForkedError, Process, Started, Template, can_fork
from brainscore_data.cage.program import OUT_OF_MEMORY
from brainscore_data.cage.warmth import imported_by

#: What is started. -P: whatever lies in the working directory is not imported.
COMMAND: Sequence[str] = (sys.executable, "-P", "-m", "brainscore_data.cage.program")


# What `pip install --user` put below HOME stays importable, and nothing is compiled anew.
_LIBRARIES = ("HOME", "USERPROFILE", "APPDATA", "PYTHONUSERBASE", "PYTHONPYCACHEPREFIX")
#: Seconds that calls wait, all together, before there is another program: what one costs.
PATIENCE = 0.1 if can_fork() else 1.0
# Seconds for what was killed, or has said its last, to be gone.
_PARTING = 5
_Started = TypeVar("_Started", Started, Template)
_ON_THE_WAY = {"begun", "advanced", "ended"}


class StoppedError(DataError):
    """A file made its parser crash, or take more than there is for it; `how` says which."""

    def __init__(self, how: str, *, where: Place | str | None, hint: str | None = None) -> None:
        super().__init__(f"cannot be read: {how}", where=where, hint=hint)
        self.how = how


class Workers:
    """Programs in the cage; they end with this.

    At most `jobs` at a time. They read below `readable` and write below `writable` alone, where
    the system can hold them to it, and in a folder for what is short-lived.
    """

    def __init__(
        self, jobs: int, *, readable: Iterable[Path] = (), writable: Iterable[Path] = ()
    ) -> None:
        self.jobs = jobs
        self._readable = sorted({os.path.realpath(path) for path in readable})
        self._writable = sorted({os.path.realpath(path) for path in writable})
        self._free = threading.BoundedSemaphore(jobs)
        # The one that was started first comes first: it has imported most.
        self._idle: queue.PriorityQueue[tuple[int, _Worker]] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._alone = threading.Lock()
        self._started: set[_Worker] = set()
        self._number = 0  # of those that are started, or will be in a moment
        self._stopped = False
        self._patience = PATIENCE
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._template: Template | None = None
        self._imported: frozenset[str] = frozenset()  # in what starts from now on
        # The system ends a program with the *thread* that started it, so one thread starts all.
        self._starter = ThreadPoolExecutor(1, "cage")

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
            if self._template is not None:
                self._template.stop()
            self._starter.shutdown()
            if self._scratch is not None:
                self._scratch.cleanup()
                self._scratch = None

    def call(
        self,
        function: Callable[..., Any],
        *,
        limits: Limits | None = None,
        where: Place | str | None = None,
        report: Reporter = quiet,
        **arguments: Any,
    ) -> Any:
        """Call a function of ours in the cage; may be called in many threads.

        Its annotations say what goes in and out. `where` is said of what the function does not
        survive or foresee.

        Raises
        ------
        StoppedError
            If it crashed, hung, or reached a limit.
        UsageError
            If no program can be started.
        """
        limits = limits or Limits.of()
        written = written_call(function, arguments)
        with self._free:
            worker = self._next(imported_by(function))
            try:
                question = {**written, "limits": asdict(limits)}
                found = value_in(worker.ask(question, limits, report), function, where)
            except _EndedError as error:
                self._end(worker)
                raise StoppedError(f"its parser {error}", where=where, hint=error.hint) from None
            except (BrainScoreDataError, ModuleNotFoundError):
                self._idle.put((worker.number, worker))
                raise
            except (ValueError, KeyError, TypeError) as error:
                # Only a parser that something has taken over says what its function does not.
                self._end(worker)
                raise StoppedError("its parser said what is no answer", where=where) from error
            except BaseException:
                self._end(worker)
                raise
            self._idle.put((worker.number, worker))
        return found

    def _next(self, imported: frozenset[str]) -> _Worker:
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

    def _waited_for(self) -> _Worker:
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

    def _new(self, imported: frozenset[str]) -> _Worker:
        worker = None
        try:
            worker = self._begun(imported)
            worker.be_ready(self._readable, self._writable)
        except BaseException:
            self._end(worker)
            raise
        return worker

    def _begun(self, imported: frozenset[str]) -> _Worker:
        with self._alone:
            self._refuse_if_stopped()
            if self._scratch is None:
                self._scratch = tempfile.TemporaryDirectory(prefix="brainscore-data-cage-")
            scratch = self._scratch.name
            self._imported |= imported
            imported = self._imported
        process = self._forked(imported, scratch) if can_fork() else self._start(Started, scratch)
        worker = _Worker(next(self._numbers), process, imported, scratch)
        with self._alone:
            self._started.add(worker)
            self._refuse_if_stopped()
        return worker

    def _forked(self, imported: frozenset[str], scratch: str) -> Process:
        """Fork a program; from a new template if something has ended the one that there was.

        Start one where the template does not fork any more.
        """
        while True:
            with self._alone:
                self._refuse_if_stopped()
                known, template = self._template, self._template
                if template is None:
                    template = self._template = self._start(Template, scratch)
            try:
                process = template.fork(imported)
            except NotForkedError:
                return self._start(Started, scratch)
            if process is not None:
                return process
            with self._alone:
                self._refuse_if_stopped()
                if self._template is template:
                    self._template = None
            status = template.status()
            if known is None:
                raise _not_started(_crashed(status))

    def _start(self, kind: Callable[..., _Started], scratch: str) -> _Started:
        try:
            return self._starter.submit(kind, COMMAND, _environment(scratch)).result()
        except OSError as error:
            raise _not_started(str(error.strerror)) from error

    def _refuse_if_stopped(self) -> None:
        if self._stopped:
            text = "the check was stopped"
            raise UsageError(text)

    def _end(self, worker: _Worker | None) -> None:
        with self._alone:
            self._number -= 1
            if worker is not None:
                self._started.discard(worker)
        if worker is not None:
            worker.end()


class _Shown:
    """How far a call has come, passed on to who asked."""

    def __init__(self, report: Reporter) -> None:
        self._report = report
        self._open = contextlib.ExitStack()
        self._progress = Progress()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def tell(self, found: Mapping[str, Any]) -> None:
        if "begun" in found:
            label, total = found["begun"]
            opened = self._report(one_line(str(label)), int(total))
            self._progress = self._open.enter_context(opened)
        self._progress.advance(int(found.get("advanced", 0)))
        if "ended" in found:
            self._open.close()
            self._progress = Progress()


class _EndedError(Exception):
    """A program ended while it was asked; the message says how, the hint what can be done."""

    def __init__(self, how: str, hint: str | None = None) -> None:
        super().__init__(how)
        self.hint = hint


class _Worker:
    """A program in the cage, and what it had imported when it began."""

    def __init__(
        self, number: int, process: Process, imported: frozenset[str], scratch: str
    ) -> None:
        self.number = number
        self.imported = imported
        self._scratch = scratch
        self._process = process
        self._stdin, self._stdout = process.stdin, process.stdout

    def be_ready(self, readable: list[str], writable: list[str]) -> None:
        try:
            self.ask({"readable": readable, "writable": [*writable, self._scratch]}, Limits.of())
        except (_EndedError, ValueError) as error:
            raise _not_started(str(error)) from error

    def ask(
        self, question: Mapping[str, Any], limits: Limits, report: Reporter = quiet
    ) -> dict[str, Any]:
        # What it says is of this question: nothing that it has said before it was asked.
        mark = secrets.token_hex(8)
        line = json.dumps({**question, "mark": mark}).encode() + b"\n"
        late = threading.Event()
        clock = threading.Timer(limits.clock, self._too_late, (late,))
        clock.daemon = True
        clock.start()
        try:
            with contextlib.suppress(OSError):
                self._stdin.write(line)
                self._stdin.flush()
            with _Shown(report) as shown:
                while (found := self._said(limits, late, mark)).keys() & _ON_THE_WAY:
                    shown.tell(found)
        finally:
            clock.cancel()
        return found

    def _said(self, limits: Limits, late: threading.Event, mark: str) -> dict[str, Any]:
        try:
            said = self._stdout.readline(LONGEST)
        except (OSError, ValueError):  # it was ended by another thread
            said = b""
        if late.is_set():
            raise _EndedError(
                f"was stopped after {limits.clock} seconds",
                _raise(SECONDS, f"{4 * limits.seconds} (seconds)"),
            )
        if not said.endswith(b"\n"):
            raise self._how_it_ended(limits)
        try:
            found = json.loads(said)
        except RecursionError as error:
            raise ValueError(str(error)) from error
        if not isinstance(found, dict) or found.pop("mark", None) != mark:
            text = "an answer to another question"
            raise ValueError(text)
        return found

    def _too_late(self, late: threading.Event) -> None:
        late.set()
        self._process.kill()

    def _how_it_ended(self, limits: Limits) -> _EndedError:
        status = self._process.status(_PARTING)
        if status is None:
            return _EndedError("says more than there is to say of a file")
        if status == OUT_OF_MEMORY:
            gib = limits.memory / (1 << 30)
            return _EndedError(
                f"needs more memory than it may take ({gib:.3g} GiB)",
                _raise(MEMORY, f"{math.ceil(2 * gib)} (GiB)"),
            )
        if status == -getattr(signal, "SIGXCPU", 0) != 0:
            return _EndedError(
                f"was stopped after {limits.seconds} seconds of the processor",
                _raise(SECONDS, f"{4 * limits.seconds} (seconds)"),
            )
        return _EndedError(_crashed(status))

    def end(self) -> None:
        # What is being written to the pipes is lost with them, so nothing waits to be flushed.
        self._process.kill()
        self._process.status(_PARTING)
        for stream in (self._stdin, self._stdout):
            with contextlib.suppress(OSError, ValueError):
                stream.close()


def _crashed(status: int) -> str:
    with contextlib.suppress(ValueError):
        return f"crashed ({signal.Signals(-status).name})"
    return f"crashed (exit status {status})"


def _raise(setting: str, to: str) -> str:
    return f"if you trust the file and it needs more, set {setting} to {to}"


def _environment(scratch: str) -> dict[str, str]:
    """Give it the way to its libraries, one thread (it forks others), and nothing that a file could make it tell."""
    paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    return {
        **harmless(os.environ, more=(*_LIBRARIES, SETTING)),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "TMPDIR": scratch,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
    }


def _not_started(reason: str) -> UsageError:
    return UsageError(
        f"the process that reads files could not be started: it {reason}",
        hint=f"see what `{' '.join(COMMAND)}` says",
    )
