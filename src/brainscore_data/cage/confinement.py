"""What a process takes from itself before it looks at a stranger's file, and cannot take back.

Linux has most of it; elsewhere what there is not is left out (docs/security.md has the table).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Iterable

_SET_PDEATHSIG, _SET_DUMPABLE, _SET_NO_NEW_PRIVS = 1, 4, 38
# The calls of Landlock have the same numbers on every system but alpha; docs.kernel.org,
# userspace-api/landlock.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PATH_BENEATH, _ASK_VERSION = 1, 1
# Rights by the bit that they are, in the version that brought them.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_FIRST_RIGHTS, _REFER, _TRUNCATE, _DEVICES = (1 << 13) - 1, 1 << 13, 1 << 14, 1 << 15
_TCP = 0b11
_SCOPED = 0b11  # sockets without a name, and signals to others
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICES


def without_new_privileges() -> None:
    """Make sure that nothing this process starts has more rights than it has: no sudo."""
    _control(_SET_NO_NEW_PRIVS, 1)


def ends_with_parent() -> None:
    """Have the system end this process when the one that started it is gone."""
    _control(_SET_PDEATHSIG, signal.SIGKILL)


def secretive(yes: bool) -> None:  # noqa: FBT001 - as the system has it
    """Have the system refuse others what /proc says of this process, environment and memory."""
    _control(_SET_DUMPABLE, 0 if yes else 1)


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
    if sys.platform != "linux":
        return False
    version = _call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    if version < 1:
        return False
    handled = _FIRST_RIGHTS
    handled |= _REFER if version >= 2 else 0
    handled |= _TRUNCATE if version >= 3 else 0
    handled |= _DEVICES if version >= 5 else 0
    tcp, scoped = _TCP if version >= 4 else 0, _SCOPED if version >= 6 else 0
    rules = (ctypes.c_uint64 * 3)(handled, tcp, scoped)
    size = 8 * (3 if version >= 6 else 2 if version >= 4 else 1)
    ruleset = _call(_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0))
    if ruleset < 0:
        return False
    try:
        for path in readable:
            _allow(ruleset, path, _EXECUTE | _READ_FILE | _READ_DIR)
        for path in writable:
            _allow(ruleset, path, handled)
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
