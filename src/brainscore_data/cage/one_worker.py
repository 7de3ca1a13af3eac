"""One program in the cage: what it is asked, how far it has come, and what it answers, or how it ended."""

from __future__ import annotations

import contextlib
import json
import math
import secrets
import signal
import threading
from collections.abc import Mapping
from typing import Any, Self

from brainscore_data.base.progress import Progress, Reporter, quiet
from brainscore_data.base.text import one_line
from brainscore_data.cage.answers import LONGEST
from brainscore_data.cage.cage import Elsewhere
from brainscore_data.cage.limits import MEMORY, SECONDS, Limits
from brainscore_data.cage.processes import Process
from brainscore_data.cage.program import OUT_OF_MEMORY

_DAMAGED = (
    "the file is damaged, or made so that it crashes the library that reads it: download it again, or "
    "export it again from the program that made it"
)
# Seconds for what was killed, or has said its last, to be gone.
_PARTING = 5
_ON_THE_WAY = {"begun", "advanced", "ended", "hands_out", "takes"}


class EndedError(Exception):
    """A program ended while it was asked; the message says how, the hint what can be done."""

    def __init__(self, how: str, hint: str | None = None) -> None:
        super().__init__(how)
        self.hint = hint


class Worker:
    """A program in the cage, and what it had imported when it began."""

    def __init__(self, number: int, process: Process, imported: frozenset[str]) -> None:
        self.number = number
        self.imported = imported
        self._process = process
        self._stdin, self._stdout = process.stdin, process.stdout

    def ask(
        self,
        question: Mapping[str, Any],
        limits: Limits,
        report: Reporter = quiet,
        elsewhere: Elsewhere | None = None,
    ) -> dict[str, Any]:
        """Ask it something, and wait for its answer; parts of it may be done elsewhere."""
        # What it says is of this question: nothing that it has said before it was asked.
        mark = secrets.token_hex(8)
        line = json.dumps({**question, "mark": mark}).encode() + b"\n"
        late = threading.Event()
        clock = self._clock(limits, late)
        try:
            self._send(line)
            with _Shown(report) as shown:
                while (found := self._said(limits, late, mark)).keys() & _ON_THE_WAY:
                    if "takes" in found and elsewhere is not None:
                        clock.cancel()  # it is not slow: others are
                        content = elsewhere.take()
                        clock = self._clock(limits, late)
                        self._send(json.dumps({"bytes": len(content)}).encode() + b"\n", content)
                    elif "hands_out" in found and elsewhere is not None:
                        elsewhere.hand_out(found["hands_out"])
                    else:
                        shown.tell(found)
        finally:
            clock.cancel()
        return found

    def _clock(self, limits: Limits, late: threading.Event) -> threading.Timer:
        clock = threading.Timer(limits.clock, self._too_late, (late,))
        clock.daemon = True
        clock.start()
        return clock

    def _send(self, *parts: bytes) -> None:
        with contextlib.suppress(OSError):  # how it ended is seen when its answer is read
            for part in parts:
                self._stdin.write(part)
            self._stdin.flush()

    def _said(self, limits: Limits, late: threading.Event, mark: str) -> dict[str, Any]:
        try:
            said = self._stdout.readline(LONGEST)
        except (OSError, ValueError):  # it was ended by another thread
            said = b""
        if late.is_set():
            raise self._too_long(limits)
        if not said.endswith(b"\n"):
            raise self._how_it_ended(limits)
        try:
            found = json.loads(said)
        except RecursionError as error:
            raise ValueError(str(error)) from error
        if not isinstance(found, dict) or found.pop("mark", None) != mark:
            text = "answered another question"
            raise ValueError(text)
        if "bytes" in found:
            found["raw"] = self._bytes(found["bytes"], limits, late)
        return found

    def _bytes(self, size: object, limits: Limits, late: threading.Event) -> bytes:
        if type(size) is not int or not 0 <= size <= LONGEST:
            text = "no number of bytes"
            raise ValueError(text)
        content = b""
        with contextlib.suppress(OSError, ValueError):  # it was ended by another thread
            content = self._stdout.read(size)
        if len(content) != size:
            raise self._too_long(limits) if late.is_set() else self._how_it_ended(limits)
        return content

    @staticmethod
    def _too_long(limits: Limits) -> EndedError:
        return EndedError(
            f"was stopped after {limits.clock} seconds",
            _raise(SECONDS, f"{4 * limits.seconds} (seconds)"),
        )

    def _too_late(self, late: threading.Event) -> None:
        late.set()
        self._process.kill()

    def _how_it_ended(self, limits: Limits) -> EndedError:
        status = self._process.status(_PARTING)
        if status is None:
            return EndedError("answered more than there is to say of a file")
        if status == OUT_OF_MEMORY:
            gib = limits.memory / (1 << 30)
            return EndedError(
                f"needs more memory than it may take ({gib:.3g} GiB)",
                _raise(MEMORY, f"{math.ceil(2 * gib)} (GiB)"),
            )
        if status == -getattr(signal, "SIGXCPU", 0) != 0:
            return EndedError(
                f"was stopped after {limits.seconds} seconds of the processor",
                _raise(SECONDS, f"{4 * limits.seconds} (seconds)"),
            )
        return EndedError(crashed(status), _DAMAGED)

    def end(self) -> None:
        """End it, and wait until it is gone."""
        # What is being written to the pipes is lost with them, so nothing waits to be flushed.
        self._process.kill()
        self._process.status(_PARTING)
        for stream in (self._stdin, self._stdout):
            with contextlib.suppress(OSError, ValueError):
                stream.close()


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


def crashed(status: int) -> str:
    """Word how a program ended that was not to end."""
    with contextlib.suppress(ValueError):
        return f"crashed ({signal.Signals(-status).name})"
    return f"crashed (exit status {status})"


def _raise(setting: str, to: str) -> str:
    return f"if you trust the file and it needs more, set {setting} to {to}"
