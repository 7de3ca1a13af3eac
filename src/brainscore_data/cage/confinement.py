"""What a process takes from itself before it looks at a stranger's file, and cannot take back.

Linux has most of it; elsewhere what there is not is left out (docs/security.md has the table).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

_SET_PDEATHSIG, _SET_DUMPABLE, _SET_CHILD_SUBREAPER, _SET_NO_NEW_PRIVS = 1, 4, 36, 38
# The calls of Landlock have the same numbers on every system but alpha; docs.kernel.org,
# userspace-api/landlock.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PATH_BENEATH, _ASK_VERSION = 1, 1
# Rights by the bit that they are, in the version that brought them.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_FIRST_RIGHTS, _REFER, _TRUNCATE, _DEVICES = (1 << 13) - 1, 1 << 13, 1 << 14, 1 << 15
_TCP = 0b11
_SOCKETS_WITHOUT_NAME, _SIGNALS = 0b01, 0b10  # those of others, and to others
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICES


def without_new_privileges() -> None:
    """Make sure that nothing this process starts has more rights than it has: no sudo."""
    _control(_SET_NO_NEW_PRIVS, 1)


def ends_with_parent() -> None:
    """Have the system end this process when the one that started it is gone."""
    _control(_SET_PDEATHSIG, signal.SIGKILL)


@contextlib.contextmanager
def secretive() -> Iterator[None]:
    """Have the system refuse others what /proc says of this process, environment and memory."""
    _control(_SET_DUMPABLE, 0)
    try:
        yield
    finally:
        _control(_SET_DUMPABLE, 1)


def adopt_orphans() -> None:
    """Become the parent of what those that this process starts leave behind when they end."""
    _control(_SET_CHILD_SUBREAPER, 1)


def set_limit(name: str, most: int) -> None:
    """Set a limit that this process may lift again; Windows has none, macOS not all."""
    with contextlib.suppress(ImportError, AttributeError, ValueError, OSError):
        import resource

        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, hard))


def confine_to(readable: Iterable[str], writable: Iterable[str]) -> bool:
    """Leave this process these files and folders, no others, no TCP and no other process.

    Says whether the system could: Linux can since 5.13, where Landlock is switched on.
    """
    version = _landlock()
    if version < 1:
        return False
    handled = _FIRST_RIGHTS
    handled |= _REFER if version >= 2 else 0
    handled |= _TRUNCATE if version >= 3 else 0
    handled |= _DEVICES if version >= 5 else 0
    read = dict.fromkeys(readable, _EXECUTE | _READ_FILE | _READ_DIR)
    write = dict.fromkeys(writable, handled)
    return _restrict(version, handled, _TCP, _SOCKETS_WITHOUT_NAME | _SIGNALS, [read, write])


def keep_from_other_processes() -> bool:
    """Leave this process and its children nothing of others' environment, memory or open files.

    Signals to others are refused, too, since Linux 6.12. Says whether the system could: Linux can
    since 5.19, where Landlock is switched on.
    """
    version = _landlock()
    # Whoever is in a domain looks into nobody outside it. The first version would refuse to move
    # files from folder to folder as well.
    return version >= 2 and _restrict(version, _REFER, 0, _SIGNALS, [{"/": _REFER}])


def _landlock() -> int:
    if sys.platform != "linux":
        return 0
    return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))


def _restrict(
    version: int, files: int, tcp: int, scoped: int, allowed: Iterable[Mapping[str, int]]
) -> bool:
    """Take rights from this process, but those that are allowed below a path."""
    rules = (ctypes.c_uint64 * 3)(files, tcp if version >= 4 else 0, scoped if version >= 6 else 0)
    size = 8 * (3 if version >= 6 else 2 if version >= 4 else 1)
    ruleset = _call(_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0))
    if ruleset < 0:
        return False
    try:
        for path, rights in chain.from_iterable(each.items() for each in allowed):
            _allow(ruleset, path, rights)
        without_new_privileges()
        return _call(_RESTRICT_SELF, ruleset, ctypes.c_uint32(0)) == 0
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no right
    try:
        if not os.path.isdir(path):  # noqa: PTH112 - /proc/self is no pathlib's affair
            rights &= _ON_FILES
        # A packed struct: __u64 rights, __s32 descriptor.
        rule = rights.to_bytes(8, sys.byteorder) + opened.to_bytes(4, sys.byteorder)
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.c_char_p(rule), ctypes.c_uint32(0))
    finally:
        os.close(opened)


def _control(option: int, value: int) -> None:
    if sys.platform == "linux":
        zero = ctypes.c_ulong(0)
        ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), zero, zero, zero)


def _call(number: int, *arguments: object) -> int:
    result: int = ctypes.CDLL(None, use_errno=True).syscall(number, *arguments)
    return result
