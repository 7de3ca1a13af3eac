"""The one door: whoever reads a file of a contributor's opens it here.

A path that was looked at can be another file when it is opened. So the door walks from the folder
that everything must lie in, part by part, by descriptors: a link that leaves the folder, git's own,
and what is no ordinary file are refused, and what is handed on is the opened file itself. Where the
system has no descriptors of folders, the file that was opened is compared with the one that was
looked at.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path, PurePath
from typing import BinaryIO, NamedTuple, Self

from brainscore_data.base.repository import is_git_name, is_gits_own, names_git

_WALKS = {os.open, os.readlink} <= os.supports_dir_fd
_CLOSED = getattr(os, "O_CLOEXEC", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | _CLOSED
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | _CLOSED
# A pipe without a writer would be waited for.
_FILE = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | _CLOSED
# As Linux: nobody needs more links one behind the other.
_MOST_LINKS = 40
#: Bytes that whoever reads a stream takes at a time.
BLOCK = 1 << 20
#: A record or a program of 64 MiB is none, and its parser would take many times the memory.
MOST_AT_ONCE = 64 << 20
_LEAVES, _GITS = "it is a link out of the dataset's folder", "it is git's own"


class _Inside(NamedTuple):
    """Folders as they are spelled and as they resolve, and which folders below are git's own."""

    folders: tuple[tuple[str, PurePath], ...]  # with a separator at the end; and as it resolves
    gits: dict[str, bool]


#: Without it, a path is its giver's word, links and all.
_INSIDE: ContextVar[_Inside | None] = ContextVar("_INSIDE", default=None)


class RefusedError(PermissionError):
    """A file that is not opened, whoever may read it; its `strerror` says why."""


@contextmanager
def only_inside(*folders: Path) -> Iterator[None]:
    """Open nothing, until the end, that does not lie in one of the folders."""
    found = tuple(
        (os.path.normcase(os.path.join(spelled, "")), PurePath(os.path.realpath(each)))  # noqa: PTH118 - a separator at the end, which no path has
        for each in folders
        for spelled in dict.fromkeys((os.path.abspath(each), os.path.realpath(each)))  # noqa: PTH100 - of which one has its links
    )
    before = _INSIDE.set(_Inside(found, {}))
    try:
        yield
    finally:
        _INSIDE.reset(before)


def opened(path: Path | str, buffering: int = -1) -> BinaryIO:
    """Open a file as ``open(path, "rb")`` does; a `RefusedError` for what the door does not open."""
    return open(path, "rb", buffering, opener=lambda *_: descriptor_of(path))


def content_of(path: Path | str, most: int = MOST_AT_ONCE) -> bytes:
    """Read a file whole; a `RefusedError` if it has more than `most` bytes."""
    with opened(path) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise _refused(path, f"it is larger than {most >> 20} MiB")
    return content


@contextmanager
def named(path: Path | str) -> Iterator[str]:
    """Open a file, and give a name by which libraries open that very file, until the end.

    A `RefusedError` at the end, too, where the name has come to mean another file.
    """
    descriptor = descriptor_of(path)
    try:
        name = f"/proc/self/fd/{descriptor}"
        if sys.platform == "linux" and os.path.exists(name):  # noqa: PTH110 - there may be no /proc
            yield name
        else:
            yield os.fspath(path)
            _refuse_another(path, descriptor)
    finally:
        os.close(descriptor)


def descriptor_of(path: Path | str) -> int:
    """Open a file; who asks closes the descriptor."""
    inside = _INSIDE.get()
    descriptor = _given(path) if inside is None else _found(path, inside)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise _is_folder(path)
    raise _refused(path, "it is not an ordinary file")


def _given(path: Path | str) -> int:
    descriptor = os.open(path, _FILE)
    if names_git(PurePath(os.path.realpath(path)).parts):
        os.close(descriptor)
        raise _refused(path, _GITS)
    return descriptor


def _found(path: Path | str, inside: _Inside) -> int:
    spelled = os.path.abspath(path)  # noqa: PTH100 - links stay, to be looked at one by one
    alike = os.path.normcase(spelled)
    for folder, real in inside.folders:
        # Of many files, each is looked for: texts are compared in less time than paths.
        if os.path.join(alike, "") == folder:  # noqa: PTH118 - as above
            raise _is_folder(path)
        if alike.startswith(folder):
            parts = tuple(spelled[len(folder) :].split(os.sep))  # noqa: PTH206 - as above
            return (_walked if _WALKS else _compared)(path, real, parts, inside)
    raise _refused(path, "it lies out of the dataset's folder")


def _walked(path: Path | str, root: PurePath, parts: tuple[str, ...], inside: _Inside) -> int:
    """Go down by descriptors; a link is read, and its parts take its place."""
    todo, links = deque(parts), 0
    with _Way(root) as way:
        while todo:
            part = todo.popleft()
            if part == "..":
                if not way.up():
                    raise _refused(path, _LEAVES)
                continue
            if is_git_name(part):
                raise _refused(path, _GITS)
            try:
                found = way.opened(part, _FOLDER if todo else _FILE)
            except OSError as error:
                target = way.target_of(part, error)
                links += 1
                if links > _MOST_LINKS:
                    raise _refused(path, "its links go in a circle") from None
                if target.is_absolute() and not target.is_relative_to(root):
                    raise _refused(path, _LEAVES) from None
                if target.is_absolute():
                    target = target.relative_to(root)
                    while way.up():
                        pass
                todo.extendleft(reversed(target.parts))
                continue
            if not todo:
                return _unless_gits(found, path, os.path.join(root, *way.names), inside)  # noqa: PTH118 - likewise
            way.down(part, found)
    raise _is_folder(path)


class _Way:
    """The folders from the root to where one stands: each opened in the one before."""

    def __init__(self, root: PurePath) -> None:
        self.names: list[str] = []
        self._folders = [os.open(root, _FOLDER)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for folder in self._folders:
            os.close(folder)

    def opened(self, name: str, how: int) -> int:
        return os.open(name, how | _NO_LINK, dir_fd=self._folders[-1])

    def down(self, name: str, folder: int) -> None:
        self.names.append(name)
        self._folders.append(folder)

    def up(self) -> bool:
        """Go a folder back; say whether there was one below the root."""
        if not self.names:
            return False
        self.names.pop()
        os.close(self._folders.pop())
        return True

    def target_of(self, name: str, error: OSError) -> PurePath:
        """Give where a link leads; if it is none, what could not be opened stays an error."""
        if error.errno not in {errno.ELOOP, errno.ENOTDIR, errno.EMLINK}:
            raise error
        try:
            return PurePath(os.readlink(name, dir_fd=self._folders[-1]))
        except OSError:
            raise error from None


def _unless_gits(found: int, path: Path | str, folder: str, inside: _Inside) -> int:
    """Hand on a file, unless its folder is git's under another name."""
    if folder not in inside.gits:
        inside.gits[folder] = is_gits_own(Path(folder))
    if not inside.gits[folder]:
        return found
    os.close(found)
    raise _refused(path, _GITS)


def _compared(path: Path | str, root: PurePath, parts: tuple[str, ...], inside: _Inside) -> int:
    """Resolve, look, open, and see that it is still the same file."""
    real = PurePath(os.path.realpath(root.joinpath(*parts)))
    if not real.is_relative_to(root):
        raise _refused(path, _LEAVES)
    if is_gits_own(Path(real)):
        raise _refused(path, _GITS)
    if not stat.S_ISREG(Path(real).stat().st_mode):
        raise _refused(path, "it is not an ordinary file")
    descriptor = _unless_gits(os.open(real, _FILE), path, str(real.parent), inside)
    try:
        _refuse_another(real, descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _refuse_another(path: Path | str | PurePath, descriptor: int) -> None:
    if not os.path.samestat(Path(path).stat(), os.fstat(descriptor)):
        raise _refused(path, "another file took its place while it was opened")


def _is_folder(path: Path | str) -> IsADirectoryError:
    return IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))


def _refused(path: Path | str | PurePath, why: str) -> RefusedError:
    return RefusedError(errno.EACCES, why, os.fspath(path))
