"""A program that forks programs of the cage: it has imported what they need, so that they begin warm.

It sees no file of anybody's, so nothing takes it over. What it forks confines itself as a program does
that was started by itself. It is asked in messages of JSON, with a program's two pipes beside them.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import stat
import threading

from brainscore_data.cage.warmth import import_all

_LONGEST = 1 << 16
# Whoever has asked for nothing in so long will hardly ask again; another is soon started.
_IDLE_SECONDS = 60


def is_asked_for() -> bool:
    """Say whether this process is to be one: it is asked by a socket, where others have a pipe."""
    return stat.S_ISSOCK(os.fstat(0).st_mode)


def fork_for_each() -> bool:
    """Fork as often as is asked. Says True in each that was forked, and False at the end."""
    with socket.socket(fileno=os.dup(0)) as asked:
        asked.settimeout(_IDLE_SECONDS)
        while True:
            try:
                message, descriptors, _, _ = socket.recv_fds(asked, _LONGEST, 2)
            except TimeoutError:
                if _has_children():
                    continue
                break
            if not message:
                break
            question = json.loads(message)
            if "ended" in question:
                answer: dict[str, int | None] = _how_it_ended(question["ended"])
            else:
                answer = {"process": _forked(question["imports"], descriptors)}
            if answer == {"process": 0}:
                return True
            asked.send(json.dumps(answer).encode())
    return False


def _forked(modules: list[str], descriptors: list[int]) -> int | None:
    """Fork; None if a library has brought a thread: its locks would stay closed in the copy."""
    import_all(modules)
    gc.freeze()  # what a collection touches is no longer shared
    child = None if _threads() > 1 else os.fork()
    if child == 0:
        os.setsid()  # so that it can be ended with what it starts
        for own, given in enumerate(descriptors):
            os.dup2(given, own)
    for given in descriptors:
        os.close(given)
    return child


def _threads() -> int:
    """Count the threads of this process, those that Python did not start as well."""
    try:
        return len(os.listdir("/proc/self/task"))  # noqa: PTH208 - their number alone
    except OSError:
        return threading.active_count()


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _how_it_ended(process: int) -> dict[str, int | None]:
    found, status = os.waitpid(process, os.WNOHANG)
    if found == 0:
        return {"status": None}
    return {"status": os.waitstatus_to_exitcode(status)}
