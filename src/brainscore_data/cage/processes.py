"""Processes for programs of the cage: forked where the system can, else each started by itself.

A program that is started imports for longer than it looks at most files. One that is forked has its
imports done. Linux alone: libraries of other systems do not survive a fork.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO, Protocol, cast

# Seconds between looks at whether a process has ended.
_SHORT, _LONG = 0.001, 0.05


class Process(Protocol):
    """A process with its two pipes."""

    stdin: IO[bytes]
    stdout: IO[bytes]

    def kill(self) -> None:
        """End it, and what it started."""

    def status(self, seconds: float) -> int | None:
        """Wait for its exit status, minus a signal; None if it has not ended by then."""


def can_fork() -> bool:
    """Say whether programs of the cage are forked here."""
    return sys.platform == "linux"


class NotForkedError(Exception):
    """The template has more threads than one, so that it forks nothing any more."""


class Started:
    """A process that was started by itself."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process = _popen(command, environment, subprocess.PIPE, subprocess.PIPE)
        # Both are pipes, as was asked for.
        self.stdin = cast("IO[bytes]", self._process.stdin)
        self.stdout = cast("IO[bytes]", self._process.stdout)

    def kill(self) -> None:
        """End it, and what it started."""
        if self._process.poll() is None:
            _kill_session(self._process.pid)

    def status(self, seconds: float) -> int | None:
        """Wait for its exit status, minus a signal; None if it has not ended by then."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None


class Template:
    """The program that forks the others; they end with it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._alone = threading.Lock()
        self._asked, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            # It outlives what asks for it: it is in nobody's folder.
            self._process = _popen(command, environment, its.fileno(), subprocess.DEVNULL, os.sep)

    def fork(self, modules: frozenset[str]) -> Process | None:
        """Fork a process that has imported modules; None if this program itself has ended.

        A `NotForkedError` if an import brought a thread.
        """
        (asked, asks), (told, tells) = os.pipe(), os.pipe()
        try:
            process = self._ask({"imports": sorted(modules)}, [asked, tells])
        finally:
            os.close(asked)
            os.close(tells)
        if process is None or process["process"] is None:
            os.close(asks)
            os.close(told)
            if process is None:
                return None
            raise NotForkedError
        return _Forked(self, process["process"], os.fdopen(asks, "wb"), os.fdopen(told, "rb"))

    def status_of(self, process: int) -> int | None:
        """Give the exit status of a process that it forked; None if that has not ended."""
        found = self._ask({"ended": process}, [])
        return -signal.SIGKILL if found is None else found["status"]  # they end with it

    def leave(self) -> None:
        """Let go of it: this process is a copy of the one that asks it."""
        self._asked.close()
        self._process.returncode = 0  # it is not this one's to wait for

    def stop(self) -> None:
        """End it; what it forked ends, too, but is not waited for."""
        self._process.kill()
        self.status()

    def status(self) -> int:
        """Wait for its own exit status."""
        self._asked.close()
        return self._process.wait()

    def _ask(
        self, question: Mapping[str, object], descriptors: list[int]
    ) -> dict[str, int | None] | None:
        with self._alone, contextlib.suppress(OSError):
            socket.send_fds(self._asked, [json.dumps(question).encode()], descriptors)
            if said := self._asked.recv(1 << 10):
                found: dict[str, int | None] = json.loads(said)
                return found
        return None


class _Forked:
    def __init__(
        self, template: Template, process: int, stdin: IO[bytes], stdout: IO[bytes]
    ) -> None:
        self._template = template
        self._process = process
        self.stdin = stdin
        self.stdout = stdout
        self._alone = threading.Lock()
        self._status: int | None = None

    def kill(self) -> None:
        with self._alone:
            if self._status is None:  # else its number may be another's by now
                _kill_session(self._process)

    def status(self, seconds: float) -> int | None:
        end, pause = time.monotonic() + seconds, _SHORT
        while True:
            with self._alone:
                if self._status is None:
                    self._status = self._template.status_of(self._process)
                if self._status is not None or time.monotonic() > end:
                    return self._status
            time.sleep(pause)
            pause = min(2 * pause, _LONG)


def _popen(
    command: Sequence[str],
    environment: Mapping[str, str],
    stdin: int,
    stdout: int,
    folder: str | None = None,
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own program
        command,
        env=dict(environment),
        cwd=folder,
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.DEVNULL,  # libraries talk to themselves there
        start_new_session=True,  # so that what it started can be ended with it
    )


def _kill_session(process: int) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):
            os.killpg(process, signal.SIGKILL)
            return
    with contextlib.suppress(OSError):  # it has no session yet, or there is none
        os.kill(process, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
