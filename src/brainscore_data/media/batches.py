"""Looking at many files: what is known already from the cache, the rest on all cores.

Processes decode, see `workers`: they keep a crash to themselves, and Pillow does not let go of
Python's lock while it decodes a jpeg. A thread for each of them waits for its answers.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from brainscore_data.media.cache import MediaCache
from brainscore_data.media.looks import Look, stamp_of
from brainscore_data.media.workers import Request, Workers

_BATCH = 64


def look_at_files(
    folder: Path,
    names: Iterable[str],
    *,
    cache: MediaCache,
    workers: Workers,
    statuses: Mapping[str, os.stat_result] | None = None,
) -> Iterator[tuple[str, Look]]:
    """Look at files of a folder: first come those that are known and unchanged, then the others."""
    where = os.path.abspath(folder)
    known = cache.known(where)
    unknown: list[str] = []
    for name in names:
        look = _unchanged(where, name, known.get(name), statuses)
        if look is None:
            unknown.append(name)
        else:
            yield name, look
    recall = cache.recall()  # not what this run learns: that is of other files
    yield from _looked_at(
        unknown, lambda batch: Request(where, batch, None, recall), cache, workers
    )


def look_at_archive(
    archive: Path, members: Mapping[str, int], *, cache: MediaCache, workers: Workers
) -> Iterator[tuple[str, Look]]:
    """Look at members of a zip; `members` has for each name which of the zip's it is."""
    where = os.path.abspath(archive)
    recall = cache.recall()
    return _looked_at(
        list(members),
        lambda batch: Request(where, batch, [members[name] for name in batch], recall),
        cache,
        workers,
    )


def _unchanged(
    folder: str,
    name: str,
    known: tuple[object, Look] | None,
    statuses: Mapping[str, os.stat_result] | None,
) -> Look | None:
    if known is None:
        return None
    try:
        status = statuses[name] if statuses else os.stat(f"{folder}{os.sep}{name}")
    except OSError:
        return None
    return known[1] if known[0] == stamp_of(status) else None


def _looked_at(
    names: Sequence[str],
    request: Callable[[Sequence[str]], Request],
    cache: MediaCache,
    workers: Workers,
) -> Iterator[tuple[str, Look]]:
    """Look at batches, a few of them ahead of whoever takes the results."""
    if not names:
        return
    from concurrent.futures import ThreadPoolExecutor  # what is known needs no threads

    size = max(1, min(_BATCH, len(names) // workers.jobs))
    batches = (request(names[start : start + size]) for start in range(0, len(names), size))
    with ThreadPoolExecutor(workers.jobs) as pool:
        try:
            ahead = deque(
                (batch, pool.submit(workers.looks, batch))
                for batch in islice(batches, workers.jobs + 2)
            )
            while ahead:
                batch, result = ahead.popleft()
                looks = result.result()
                ahead.extend(
                    (more, pool.submit(workers.looks, more)) for more in islice(batches, 1)
                )
                cache.keep(batch.where, dict(zip(batch.names, looks, strict=True)))
                yield from zip(batch.names, looks, strict=True)
        except BaseException:
            workers.stop()  # a video can take minutes
            raise
        finally:
            pool.shutdown(cancel_futures=True)
