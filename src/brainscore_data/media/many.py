"""Looking at many files: what is known already from the cache, the rest on all cores.

Threads do it, as the decoders and the hashes let go of Python's lock: they share the cache, start
at once, and do not import the program that they were started from again.
"""

from __future__ import annotations

import os
import warnings
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from brainscore_data.media.looking import look_at, look_at_members, stamp_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from brainscore_data.media.cache import MediaCache
    from brainscore_data.media.looking import Look

_BATCH = 32
R = TypeVar("R")


def look_at_files(
    folder: Path, names: Iterable[str], *, cache: MediaCache, jobs: int = 0
) -> Iterator[tuple[str, Look]]:
    """Look at files of a folder.

    Parameters
    ----------
    folder : Path
        Where they are.
    names : iterable of str
        Which.
    cache : MediaCache
        What is known from earlier runs; learns what is new.
    jobs : int
        How many to look at at the same time; 0 for as many as there are cores.

    Yields
    ------
    str, Look
        First those that are known and unchanged, then the others; each in the names' order.
    """
    where = os.path.abspath(folder)
    known = cache.known(where)

    def look_at_batch(batch: Sequence[str]) -> list[Look]:
        return [look_at(os.path.join(where, name), cache.content_of) for name in batch]

    unknown: list[str] = []
    for name in names:
        look = _unchanged(where, name, known)
        if look is None:
            unknown.append(name)
        else:
            yield name, look
    for batch, looks in _in_order(look_at_batch, unknown, jobs):
        cache.keep(where, dict(zip(batch, looks, strict=True)))
        yield from zip(batch, looks, strict=True)


def look_at_archive(
    archive: Path, members: Mapping[str, int], *, cache: MediaCache, jobs: int = 0
) -> Iterator[tuple[str, Look]]:
    """Look at members of a zip; `members` has for each name which of the zip's it is."""
    path = os.path.abspath(archive)

    def look_at_batch(batch: Sequence[str]) -> list[Look]:
        return look_at_members(path, [members[name] for name in batch], cache.content_of)

    for batch, looks in _in_order(look_at_batch, list(members), jobs):
        cache.keep(path, dict(zip(batch, looks, strict=True)))
        yield from zip(batch, looks, strict=True)


def _unchanged(folder: str, name: str, known: Mapping[str, tuple[object, Look]]) -> Look | None:
    found = known.get(name)
    if found is None:
        return None
    try:
        same = found[0] == stamp_of(os.stat(f"{folder}{os.sep}{name}"))
    except OSError:
        return None
    return found[1] if same else None


def _in_order(
    work: Callable[[Sequence[str]], R], names: Sequence[str], jobs: int
) -> Iterator[tuple[Sequence[str], R]]:
    """Do a work on batches, a few of them ahead of whoever takes the results."""
    if not names:
        return
    workers = jobs or _cores()
    size = max(1, min(_BATCH, len(names) // workers))
    batches = iter([names[start : start + size] for start in range(0, len(names), size)])
    with _pillow_quiet(), ThreadPoolExecutor(workers) as pool:
        try:
            ahead = deque(
                (batch, pool.submit(work, batch)) for batch in islice(batches, workers + 2)
            )
            while ahead:
                batch, result = ahead.popleft()
                found = result.result()
                ahead.extend((more, pool.submit(work, more)) for more in islice(batches, 1))
                yield batch, found
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _pillow_quiet() -> Iterator[None]:
    # Filters are the process's, not a thread's. What Pillow warns of, it can still read.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
