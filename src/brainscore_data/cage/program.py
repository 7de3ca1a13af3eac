"""The program inside the cage: ``python -P -m brainscore_data.cage.program`` answers calls.

The first line that it reads says what it may touch; each further line is a call. It answers each
with a line of JSON. Or it is a template, and forks programs that do.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import tempfile
import time
import warnings
from functools import partial
from typing import Any, Self

from brainscore_data.base.progress import Progress
from brainscore_data.base.read_once import reading_once
from brainscore_data.cage import template
from brainscore_data.cage.answers import carried_out
from brainscore_data.cage.confinement import (
    confine_to,
    ends_with_parent,
    set_limit,
    without_new_privileges,
)

#: The exit status when the memory did not suffice.
OUT_OF_MEMORY = 75
_OPEN_FILES = 256
_SECONDS_BETWEEN = 0.2
# What libraries import where it is there, for what nobody does here: xarray asks of each array whether
# it is one of dask's, which takes as long to import as xarray.
_LEFT_OUT: dict[str, Any] = {"dask": None}
# Where Python, its packages and what they load lie; and what libraries ask of the system.
_SYSTEM = ("/usr", "/lib", "/lib64", "/opt", "/etc", "/sys/devices/system/cpu", "/proc/self",
           "/proc/cpuinfo", "/proc/meminfo", "/dev/urandom")  # fmt: skip


def main() -> None:
    """Answer calls until there are no more."""
    # Ctrl-C reaches all processes of a terminal; the one that asks decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ends_with_parent()
    without_new_privileges()
    warnings.simplefilter("ignore")  # what a library warns of, it can still read
    sys.modules.update(_LEFT_OUT)
    if template.is_asked_for():
        if not template.fork_for_each():
            return
        ends_with_parent()
    # What a library prints is no answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    set_limit("RLIMIT_CORE", 0)
    set_limit("RLIMIT_NOFILE", _OPEN_FILES)
    may = json.loads(sys.stdin.buffer.readline())
    _settle(may["folder"], may["scratch"])
    confined = _confine(may["readable"], may["writable"])
    _tell(answers, {"confined": confined, "mark": may["mark"]})
    with reading_once():  # many calls are about one manifest and its tables
        for line in sys.stdin.buffer:
            call = json.loads(line)
            _limit(call["limits"])
            try:
                mark = call["mark"]
                report = partial(_Told, answers, mark)
                found = carried_out(call, report, _Outside(answers, mark))
                _tell(answers, {**found, "mark": mark})
            except MemoryError:
                os._exit(OUT_OF_MEMORY)


class _Told(Progress):
    """Progress that the other side of the wall shows; as a class, it is the `Reporter`."""

    def __init__(self, answers: Any, mark: str, label: str, total: int) -> None:
        self._answers, self._mark = answers, mark
        self._untold, self._last = 0, time.monotonic()
        _tell(answers, {"begun": [label, total], "mark": mark})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        _tell(self._answers, {"advanced": self._untold, "ended": True, "mark": self._mark})

    def advance(self, amount: int) -> None:
        """Say that `amount` more is done, a few times in a second."""
        self._untold += amount
        if time.monotonic() - self._last > _SECONDS_BETWEEN:
            _tell(self._answers, {"advanced": self._untold, "mark": self._mark})
            self._untold, self._last = 0, time.monotonic()


class _Outside:
    """Those on the other side of the wall who do parts of a call, see `Elsewhere`."""

    def __init__(self, answers: Any, mark: str) -> None:
        self._answers, self._mark = answers, mark

    def hand_out(self, part: Any) -> None:
        """Name a part."""
        _tell(self._answers, {"hands_out": part, "mark": self._mark})

    def take(self) -> bytes:
        """Wait for what the next one became."""
        _tell(self._answers, {"takes": True, "mark": self._mark})
        size = json.loads(sys.stdin.buffer.readline())["bytes"]
        return sys.stdin.buffer.read(size)


def _settle(folder: str, scratch: str) -> None:
    """Be where the one that asks is, and write what is short-lived where it says."""
    with contextlib.suppress(OSError):  # it may have no place any more
        os.chdir(folder)
    os.environ["TMPDIR"] = tempfile.tempdir = scratch


def _confine(readable: list[str], writable: list[str]) -> bool:
    compiled = sys.pycache_prefix or ""
    ours = filter(None, (sys.prefix, sys.base_prefix, sys.exec_prefix, compiled, *sys.path))
    return confine_to((*_SYSTEM, *ours, *readable), ("/dev/null", *writable))


def _limit(limits: dict[str, int]) -> None:
    set_limit("RLIMIT_AS", limits["memory"])
    set_limit("RLIMIT_CPU", int(time.process_time()) + 1 + limits["seconds"])
    set_limit("RLIMIT_FSIZE", limits["written"])


def _tell(stream: Any, answer: dict[str, Any]) -> None:
    raw = answer.pop("raw", None)
    if raw is not None:
        answer["bytes"] = len(raw)
    stream.write(json.dumps(answer).encode() + b"\n")
    if raw is not None:
        stream.write(raw)
    stream.flush()


if __name__ == "__main__":
    main()
