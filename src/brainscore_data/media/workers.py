"""Processes that look at files, so that a decoder that crashes takes nobody along.

They are started as programs of their own, not with `multiprocessing`: that would import the
script which called the library a second time.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from brainscore_data.base.child_environment import harmless
from brainscore_data.base.errors import UsageError
from brainscore_data.media.decoding import Content
from brainscore_data.media.kinds import kind_of_name
from brainscore_data.media.looks import Look, Stamp
from brainscore_data.media.worker import MEMORY_GIB, OUT_OF_MEMORY, SECONDS

#: What is started. -P: whatever lies in the working directory is not imported.
COMMAND: Sequence[str] = (sys.executable, "-P", "-m", "brainscore_data.media.worker")


class Request(NamedTuple):
    """What a worker is to look at."""

    where: str  # a folder, or a zip
    names: Sequence[str]  # files in the folder, or members of the zip
    members: Sequence[int] | None = None  # in a zip, which of its entries the names are
    # The cache that knows contents: its file, and the decoder that they were decoded with
    recall: tuple[str, str] | None = None

    def one_by_one(self) -> list[Request]:
        """Ask for each name by itself."""
        numbers = [None] * len(self.names) if self.members is None else [[n] for n in self.members]
        return [
            self._replace(names=[name], members=number)
            for name, number in zip(self.names, numbers, strict=True)
        ]


class _EndedError(Exception):
    """A worker ended while it was asked; the message says how."""


class Workers:
    """Processes that look at files; they are started when they are needed, and end with this."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._alone = threading.Lock()
        self._started: list[_Worker] = []
        self._stopped = False

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

    def looks(self, request: Request) -> list[Look]:
        """Look at files; may be called in as many threads as there are jobs.

        A crash is said of the file alone whose decoder crashed.
        """
        worker = self._free()
        try:
            found = worker.ask(request)
        except _EndedError as error:
            with self._alone:
                if self._stopped:
                    return []
                self._started.remove(worker)
            worker.end()
            if len(request.names) > 1:
                return [look for one in request.one_by_one() for look in self.looks(one)]
            # Not what is in it: that is not known, and nothing else is to be said of it.
            kind = kind_of_name(request.names[0])
            return [Look(content=Content(kind, error=str(error)))]
        except BaseException:
            worker.end()
            raise
        self._idle.put(worker)
        return found

    def _free(self) -> _Worker:
        with contextlib.suppress(queue.Empty):
            return self._idle.get_nowait()
        with self._alone:
            if self._stopped:
                text = "the check was stopped"
                raise UsageError(text)
            worker = _Worker(COMMAND)
            self._started.append(worker)
        worker.wait_until_ready()
        return worker


class _Worker:
    def __init__(self, command: Sequence[str]) -> None:
        import subprocess  # what is known needs no processes

        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command,
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # libraries of decoders talk to themselves there
            )
        except OSError as error:
            raise _not_started(str(error.strerror)) from error

    def wait_until_ready(self) -> None:
        try:
            self._answer()
        except _EndedError as error:
            raise _not_started(str(error)) from error

    def ask(self, request: Request) -> list[Look]:
        line = json.dumps(request._asdict()).encode() + b"\n"
        stdin = self._process.stdin
        try:
            if stdin is not None:
                stdin.write(line)
                stdin.flush()
        except OSError as error:
            raise _EndedError(self._how_it_ended()) from error
        return [_as_look(*values) for values in self._answer()["looks"]]

    def _answer(self) -> dict[str, Any]:
        stdout = self._process.stdout
        line = stdout.readline() if stdout is not None else b""
        if not line.endswith(b"\n"):
            raise _EndedError(self._how_it_ended())
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _how_it_ended(self) -> str:
        status = self._process.wait()
        if status == OUT_OF_MEMORY:
            return f"its decoder needs more memory than there is for a check ({MEMORY_GIB} GiB)"
        if status == -getattr(signal, "SIGXCPU", 0) != 0:
            return f"its decoder was stopped after {SECONDS} seconds"
        with contextlib.suppress(ValueError):
            return f"its decoder crashed ({signal.Signals(-status).name})"
        return f"its decoder crashed (exit status {status})"

    def end(self) -> None:
        # What is being written to the pipes is lost with them, so nothing waits to be flushed.
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError, ValueError):
                if stream is not None:
                    stream.close()


def _environment() -> dict[str, str]:
    """Give a decoder the way to its libraries, and nothing that a file could make it tell."""
    paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    return {
        # What `pip install --user` put below HOME stays importable.
        **harmless(os.environ, more=("HOME", "USERPROFILE", "APPDATA", "PYTHONUSERBASE")),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }


def _not_started(reason: str) -> UsageError:
    return UsageError(
        f"the process that decodes stimuli could not be started: {reason}",
        hint=f"see what `{' '.join(COMMAND)}` says",
    )


def _as_look(size: Any, sha256: Any, content: Any, error: Any, stamp: Any) -> Look:
    return Look(
        size,
        sha256,
        None if content is None else Content(*content),
        error,
        None if stamp is None else Stamp(*stamp),
    )
