"""Folders for the time of one run, which the next run removes if this one is killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_LOCK, _INSIDE = "in-use.lock", "work"
# Between its making and its locking, a folder looks like one that was left.
_YOUNG = 60.0
_LONGEST_KEPT = 7 * 24 * 60 * 60.0
_RANDOM_LETTERS = 8  # of tempfile.mkdtemp


@contextlib.contextmanager
def work_folder(parent: Path | None = None, prefix: str = "brainscore-data-") -> Iterator[Path]:
    """Give an empty folder, removed in the end; remove those that killed runs have left.

    A lock in the folder says that it is in use; the system frees it with the process.
    """
    parent = Path(tempfile.gettempdir()) if parent is None else parent
    _remove_left(parent, prefix)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    with contextlib.ExitStack() as ending:
        # A script may leave behind what cannot be removed.
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        ending.enter_context(_in_use(folder / _LOCK))
        inside = folder / _INSIDE
        inside.mkdir()
        yield inside


@contextlib.contextmanager
def kept_folder(parent: Path, prefix: str, name: str) -> Iterator[Path]:
    """Give a folder for work of some name. If the work fails, it is kept, and continued next time.

    The next run continues one that was killed, too; one that is under way has its folder for itself. What
    nobody went on with for a week is removed. Where the block leaves nothing, nothing is kept.

    >>> parent = Path(tempfile.mkdtemp())
    >>> with contextlib.suppress(OSError), kept_folder(parent, ".get-", "rates") as folder:
    ...     _ = (folder / "part").write_bytes(b"ra")
    ...     raise OSError
    >>> with kept_folder(parent, ".get-", "rates") as folder:
    ...     (folder / "part").read_bytes()
    b'ra'
    >>> list(parent.iterdir())
    []
    """
    with contextlib.ExitStack() as ending:
        folder = None
        for left in sorted(parent.glob(f"{prefix}{name}-*")):
            with contextlib.suppress(OSError):
                if ending.enter_context(_taken_over(left)):
                    folder = left
                    break
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix=f"{prefix}{name}-", dir=parent))
            ending.enter_context(_in_use(folder / _LOCK))
        inside = folder / _INSIDE
        inside.mkdir(exist_ok=True)
        try:
            yield inside
        except BaseException:
            if not any(inside.iterdir()):
                shutil.rmtree(folder, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)
    for left in parent.glob(f"{prefix}*-*"):
        with contextlib.suppress(OSError), _taken_over(left) as is_left:
            if is_left and time.time() - (left / _INSIDE).stat().st_mtime > _LONGEST_KEPT:
                shutil.rmtree(left, ignore_errors=True)


def left_folders(parent: Path, prefix: str) -> Iterator[Path]:
    """Go through the kept folders that no run is at, each held for as long as it is looked at."""
    for left in sorted(parent.glob(f"{prefix}*")):
        with contextlib.suppress(OSError), _taken_over(left) as is_left:
            if is_left:
                yield left / _INSIDE


@contextlib.contextmanager
def _taken_over(folder: Path) -> Iterator[bool]:
    """Hold the lock of a folder, if it is of this user and nobody else holds it."""
    from filelock import FileLock, Timeout

    if not _is_own(folder):
        yield False
        return
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(FileLock(folder / _LOCK, timeout=0))
        except (Timeout, NotImplementedError):
            yield False
            return
        # Whoever had it may have removed it meanwhile; names are never used again.
        yield (folder / _INSIDE).is_dir()


def _is_own(folder: Path) -> bool:
    made, lock = folder.lstat(), (folder / _LOCK).lstat()
    own = made.st_uid == os.getuid() if hasattr(os, "getuid") else True
    return stat.S_ISDIR(made.st_mode) and own and stat.S_ISREG(lock.st_mode)


@contextlib.contextmanager
def _in_use(lock: Path) -> Iterator[None]:
    from filelock import FileLock

    with contextlib.ExitStack() as held:
        try:
            held.enter_context(FileLock(lock, timeout=0))
        except (OSError, NotImplementedError):  # no locks here: nobody may take it for left
            lock.unlink(missing_ok=True)
        yield


def _remove_left(parent: Path, prefix: str) -> None:
    with contextlib.suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if entry.name.startswith(prefix) and len(entry.name) == len(prefix) + _RANDOM_LETTERS:
                with contextlib.suppress(OSError):
                    folder = Path(entry.path)
                    if _is_left(folder):
                        shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: Path) -> bool:
    """Tell whether it is a work folder of this user that no process uses any more."""
    from filelock import FileLock, Timeout

    lock = folder / _LOCK
    if not _is_own(folder):
        return False
    if time.time() - lock.lstat().st_mtime < _YOUNG:
        return False
    try:
        with FileLock(lock, timeout=0):
            return True
    except (Timeout, NotImplementedError):
        return False
