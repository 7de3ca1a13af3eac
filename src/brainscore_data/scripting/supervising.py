"""A script and all that it starts, kept from other processes and ended together: on Linux.

Where a user may have a namespace of processes, the script is in one and sees no others. Elsewhere
Landlock keeps it from looking into them, where the kernel has that. A process of ours starts the
script, stands in for its lost children, and ends them when it has ended, or when we have.

Standard library only: a half of it runs under whatever interpreter a script needs.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from brainscore_data.cage.confinement import (
    adopt_orphans,
    ends_with_parent,
    keep_from_other_processes,
    without_new_privileges,
)

# Of util-linux. The user stays who he is, so that what the script writes is his.
_NAMESPACES = (
    *("--user", "--map-current-user", "--pid", "--fork", "--kill-child"),
    *("--mount-proc", "--"),
)
# Seconds: for the processes of a script to be ended, and between two looks.
_PATIENCE, _SOON = 5.0, 0.01
_AT_THE_TERMINAL = ("SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP")


class Supervised:
    """A script's process, and those that it starts; elsewhere than on Linux, it alone."""

    def __init__(self, command: list[str], environment: Mapping[str, str], **more: Any) -> None:
        self._listening: int | None = None
        if sys.platform != "linux":
            self.process = subprocess.Popen(command, env=dict(environment), **more)  # noqa: S603
            return
        self._listening, telling = os.pipe()
        try:
            self.process = subprocess.Popen(  # noqa: S603
                [*_apart(command[0], environment), *command, str(telling)],
                env=dict(environment),
                pass_fds=[telling],
                **more,
            )
        finally:
            os.close(telling)

    def ended(self) -> int:
        """Say how the script ended, as `subprocess` does, once the process has."""
        said = b"" if self._listening is None else os.read(self._listening, 16)
        code = self.process.wait()
        return os.waitstatus_to_exitcode(int(said)) if said else code

    def end(self) -> None:
        """End all of them."""
        if self._listening is not None:  # who supervises them sees that nobody listens
            os.close(self._listening)
            self._listening = None
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(2 * _PATIENCE)
        self.process.kill()
        self.process.wait()


def supervise(telling: int) -> None:
    """Go on in a new process, which is shut off; this one waits for its end and says how it was."""
    adopt_orphans()
    # Who started us decides what a signal means; when that is gone, nobody listens.
    handlers = {
        number: signal.signal(number, signal.SIG_IGN)
        for number in (getattr(signal, name) for name in _AT_THE_TERMINAL)
    }
    script = os.fork()
    if script == 0:
        os.close(telling)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        ends_with_parent()
        without_new_privileges()
        keep_from_other_processes()
        return
    threading.Thread(target=_end_if_unheard, args=(script, telling), daemon=True).start()
    status = _status_of(script)
    _end_children()
    with contextlib.suppress(OSError):
        os.write(telling, b"%d" % status)
    os._exit(0)


def _apart(python: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Give what starts a program in a namespace of its own, if that works here."""
    program = shutil.which("unshare")
    # The rights that root has to files of others end at a namespace.
    if program is None or os.geteuid() == 0:
        return ()
    start = (program, *_NAMESPACES)
    try:
        tried = subprocess.run(  # noqa: S603 - nothing of a script
            [*start, python, "-I", "-S", "-c", ""],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:
        return ()
    return start if tried.returncode == 0 else ()


def _end_if_unheard(script: int, telling: int) -> None:
    hearing = select.poll()
    hearing.register(telling, 0)  # an error is told in any case: nobody reads any more
    hearing.poll()
    with contextlib.suppress(ProcessLookupError):
        os.kill(script, signal.SIGKILL)


def _status_of(script: int) -> int:
    while True:
        ended, status = os.wait()
        if ended == script:
            return status


def _end_children() -> None:
    """End what is left, and what that leaves in turn."""
    until = time.monotonic() + _PATIENCE
    while (children := list(_children())) and time.monotonic() < until:
        for each in children:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(each, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(_SOON)  # not a wait without an end: what waits for a disk cannot be killed


def _children() -> Iterator[int]:
    own = str(os.getpid())
    for each in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # Behind the name of its program, which can be anything: how it is, and its parent.
            told = (each / "stat").read_text(errors="replace").rpartition(")")[2].split()
            if told[1] == own:
                yield int(each.name)
