"""What is read once in a run, however many ask for it: tables, manifests and listings of folders.

Many rules look at the same few files. Within `reading_once`, the first who opens one of them reads
it whole, and everybody after it gets the same bytes; what was made of them is shared as well. All of
it fits into `_ROOM`; a file that is larger than a quarter of it is read by each on its own.
"""

from __future__ import annotations

import io
import os
import stat
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterator
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
_ENTRY = 400  # and that anything takes which is kept, be it of an empty file
# What many look at; arrays and media are looked at by one, and can be of any size.
_SHARED = frozenset({".csv", ".tsv", ".toml"})


class _Run:
    """What was read in a run, the last that was asked for at the end."""

    def __init__(self) -> None:
        # Ordered: of a dict, finding the first takes the longer the more were taken out before it.
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._size = 0

    def get(self, key: Hashable) -> Any:
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: Hashable, made: Any, size: int) -> None:
        size += _ENTRY
        if size > _LARGEST:
            return
        self._size += size - self._kept.pop(key, (None, 0))[1]
        self._kept[key] = made, size
        while self._size > _ROOM:
            _, (_, size) = self._kept.popitem(last=False)
            self._size -= size


_RUN: ContextVar[_Run | None] = ContextVar("_RUN", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Share what is read until the end, while nobody changes a file."""
    before = _RUN.set(_Run())
    try:
        yield
    finally:
        _RUN.reset(before)


class Sharing:
    """A file as it is now: what was read and made of it in this run, for who asks several times."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._key = _key(path)
        self._run = None if self._key is None else _RUN.get()

    @property
    def is_kept(self) -> bool:
        """Whether what is made of it can be kept."""
        return self._run is not None

    def opened(self) -> BinaryIO:
        """Open it to read it, as ``path.open("rb")`` does; from memory, if it was read before."""
        if self._run is None:
            return door.opened(self.path)
        content = self._run.get(self._key)
        if content is None:
            with door.opened(self.path) as stream:
                content = stream.read(_LARGEST + 1)
            if len(content) > _LARGEST:
                return door.opened(self.path)  # it grew meanwhile
            self._run.keep(self._key, content, len(content))
        return io.BytesIO(content)

    def kept(self, kind: object) -> Any:
        """Give what `keep` got for it; None if it got nothing."""
        return None if self._run is None else self._run.get((kind, self._key))

    def keep(self, kind: object, made: object, size: int) -> None:
        """Keep what was made of it: of about so many bytes, and nothing that anybody changes."""
        if self._run is not None:
            self._run.keep((kind, self._key), made, size)


def opened(path: Path) -> BinaryIO:
    """Open a file to read it; see `Sharing`."""
    return Sharing(path).opened()


def once(make: Callable[[str], Made], about: str) -> Made:
    """Give what `make` says of a folder: of many files in it, each asks."""
    run = _RUN.get()
    if run is None:
        return make(about)
    found: tuple[Made] | None = run.get((make, about))
    if found is None:
        found = (make(about),)
        run.keep((make, about), found, 2 * len(about))
    return found[0]


def whereabouts(path: Path) -> str:
    """Follow a path's links, as `os.path.realpath` does; those of its folder once in a run."""
    folder, name = os.path.split(path)
    if name in {"", ".", ".."}:
        return os.path.realpath(path)
    whole = os.path.join(once(os.path.realpath, folder), name)  # noqa: PTH118 - of many files, which need no paths
    return os.path.realpath(whole) if os.path.islink(whole) else whole  # noqa: PTH114 - likewise


def names_in(folder: Path) -> Collection[str]:
    """List a folder, as ``os.listdir`` does: of many files in it, each looks whether it is there."""
    run = _RUN.get()
    if run is None:
        return dict.fromkeys(os.listdir(folder))  # noqa: PTH208 - of many files, which need no paths
    status = folder.stat()
    key = ("names", status.st_dev, status.st_ino, status.st_mtime_ns)
    names: Collection[str] | None = run.get(key)
    if names is None:
        names = dict.fromkeys(os.listdir(folder))  # noqa: PTH208 - likewise
        run.keep(key, names, _NAME * len(names))
    return names


def kept(path: Path, kind: object) -> Any:
    """Give what `keep` got for a file, if the file is still the same; else None."""
    return Sharing(path).kept(kind)


def keep(path: Path, kind: object, made: object, size: int) -> None:
    """Keep what was made of a file: of about so many bytes, and nothing that anybody changes."""
    Sharing(path).keep(kind, made, size)


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
