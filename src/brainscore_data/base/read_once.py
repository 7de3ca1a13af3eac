"""What is read once in a run, however many ask for it: tables, manifests and listings of folders.

Many rules look at the same few files. Within `reading_once`, the first who opens one of them reads
it whole, and everybody after it gets the same bytes; what was made of them is shared as well. All of
it fits into `_ROOM`; a file that is larger than a quarter of it is read by each on its own.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Collection, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from brainscore_data.base import door

Made = TypeVar("Made")

# In bytes. A table of a million rows has more than a quarter of it, and is never kept.
_ROOM = 1 << 26
_LARGEST = _ROOM >> 2
_NAME = 200  # bytes that a name takes in a listing, about
# What many look at; arrays and media are looked at by one, and can be of any size.
_SHARED = frozenset({".csv", ".tsv", ".toml"})


class _Run:
    """What was read in a run, the last that was asked for at the end."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[Any, int]] = {}
        self._size = 0

    def get(self, key: Hashable) -> Any:
        found = self._kept.pop(key, None)
        if found is None:
            return None
        self._kept[key] = found
        return found[0]

    def keep(self, key: Hashable, made: Any, size: int) -> None:
        if size > _LARGEST:
            return
        self._size += size - self._kept.pop(key, (None, 0))[1]
        self._kept[key] = made, size
        while self._size > _ROOM:
            self._size -= self._kept.pop(next(iter(self._kept)))[1]


_RUN: ContextVar[_Run | None] = ContextVar("_RUN", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Share what is read until the end, while nobody changes a file."""
    before = _RUN.set(_Run())
    try:
        yield
    finally:
        _RUN.reset(before)


def opened(path: Path) -> BinaryIO:
    """Open a file to read it, as ``path.open("rb")`` does; from memory, if it was read before."""
    key = _key(path)
    run = _RUN.get()
    if run is None or key is None:
        return door.opened(path)
    content = run.get(key)
    if content is None:
        with door.opened(path) as stream:
            content = stream.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            return door.opened(path)  # it grew meanwhile
        run.keep(key, content, len(content))
    return io.BytesIO(content)


def names_in(folder: Path) -> Collection[str]:
    """List a folder, as ``os.listdir`` does: of many files in it, each looks whether it is there."""
    run = _RUN.get()
    if run is None:
        return dict.fromkeys(os.listdir(folder))  # noqa: PTH208 - of many files, which need no paths
    status = folder.stat()
    key = ("names", status.st_dev, status.st_ino, status.st_mtime_ns)
    names: Collection[str] | None = run.get(key)
    if names is None:
        names = dict.fromkeys(os.listdir(folder))  # noqa: PTH208
        run.keep(key, names, _NAME * len(names))
    return names


def is_shared(path: Path) -> bool:
    """Say whether what is made of a file can be kept."""
    return _key(path) is not None


def kept(path: Path, kind: object) -> Any:
    """Give what `keep` got for a file, if the file is still the same; else None."""
    run, key = _RUN.get(), _key(path)
    return None if run is None or key is None else run.get((kind, key))


def keep(path: Path, kind: object, made: object, size: int) -> None:
    """Keep what was made of a file: of about so many bytes, and nothing that anybody changes."""
    run, key = _RUN.get(), _key(path)
    if run is not None and key is not None:
        run.keep((kind, key), made, size)


def _key(path: Path) -> Hashable:
    """Name a file by what it is, not where; None if it is none to share."""
    if _RUN.get() is None or path.suffix.lower() not in _SHARED:
        return None
    try:
        status = path.stat()
    except OSError:
        return None  # who opens it says why it cannot
    if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
