"""Looking at many files: what is known already from the cache, the rest on all cores.

Programs in the cage decode: they keep a crash to themselves, and Pillow does not let go of Python's
lock while it decodes a jpeg. A thread for each of them waits for its answers.
"""

from __future__ import annotations

import functools
import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from brainscore_data.base.door import only_inside
from brainscore_data.base.errors import DataError
from brainscore_data.cage.limits import Limits, size_of
from brainscore_data.media.cache import MediaCache
from brainscore_data.media.decoding import Content
from brainscore_data.media.kinds import kind_of_name, media_of
from brainscore_data.media.looks import Look, look_at, look_at_members, nothing, stamp_of

if TYPE_CHECKING:
    from brainscore_data.cage.cage import Cage

# GiB of address space. The largest image that Pillow agrees to decode takes a tenth of it.
_MEMORY = 8
# Of processor time: the longest video that is decoded at all takes about half of it, and so does the
# largest animation.
_RECORDING_SECONDS = 3600
_IMAGE_SECONDS = 600


class Batch(NamedTuple):
    """Files that are looked at in one call."""

    where: str  # a folder, or a zip
    names: tuple[str, ...]  # files in the folder, or members of the zip
    within: tuple[str, ...]  # folders that none of it may lie out of, links and all
    members: tuple[int, ...] | None = None  # in a zip, which of its entries the names are
    # The cache that knows contents: its file, and the decoder that they were decoded with
    recall: tuple[str, str] | None = None

    def one_by_one(self) -> Iterator[Batch]:
        """Take each file for itself."""
        for number, name in enumerate(self.names):
            member = None if self.members is None else self.members[number : number + 1]
            yield self._replace(names=(name,), members=member)

    @property
    def files(self) -> list[Path]:
        """Name what is read; of a zip all of it, as what it says of its members' sizes is a claim."""
        where = Path(self.where)
        return [where] if self.members else [where / name for name in self.names]

    @property
    def limits(self) -> Limits:
        """Give what it may take: decoders stream, so that only time grows with the size."""
        recordings = sum(media_of(kind_of_name(name)) in {"video", "audio"} for name in self.names)
        images = len(self.names) - recordings
        size = size_of(self.files)
        seconds = recordings * _RECORDING_SECONDS + (_IMAGE_SECONDS + images if images else 0)
        most = Limits.of(size, memory_gib=_MEMORY, seconds=seconds)
        return replace(most, memory=Limits.of(memory_gib=_MEMORY).memory)


def look_at_files(
    folder: Path,
    names: Iterable[str],
    *,
    within: Path,
    cache: MediaCache,
    workers: Callable[[], Cage],
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
    # Not what this run learns: that is of other files.
    batch = Batch(where, tuple(unknown), (os.fspath(within),), recall=cache.recall())
    yield from _looked_at(batch, cache, workers)


def look_at_archive(
    archive: Path,
    members: Mapping[str, int],
    *,
    within: Path,
    cache: MediaCache,
    workers: Callable[[], Cage],
) -> Iterator[tuple[str, Look]]:
    """Look at members of a zip; `members` has for each name which of the zip's it is."""
    where, numbers = os.path.abspath(archive), tuple(members.values())
    batch = Batch(where, tuple(members), (os.fspath(within),), numbers, cache.recall())
    return _looked_at(batch, cache, workers)


def looks(batch: Batch) -> list[Look]:
    """Look at each file; this is what is called in the cage."""
    recall = _opened_cache(*batch.recall).content_of if batch.recall else nothing
    with only_inside(*map(Path, batch.within)):
        if batch.members is not None:
            return look_at_members(batch.where, batch.members, recall)
        return [look_at(os.path.join(batch.where, name), recall) for name in batch.names]


@functools.cache
def _opened_cache(where: str, decoder: str) -> MediaCache:
    return MediaCache(where, decoder, read_only=True)


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
    whole: Batch, cache: MediaCache, workers: Callable[[], Cage]
) -> Iterator[tuple[str, Look]]:
    """Look at batches, a few of them ahead of whoever takes the results."""
    if not whole.names:
        return
    from concurrent.futures import ThreadPoolExecutor  # what is known needs no threads

    cage = workers()
    batches = _parts(whole, max(1, min(cage.at_a_time, len(whole.names) // cage.jobs)))
    with ThreadPoolExecutor(cage.jobs) as pool:
        try:
            ahead = deque(
                (batch, pool.submit(_called, cage, batch))
                for batch in islice(batches, cage.jobs + 2)
            )
            while ahead:
                batch, result = ahead.popleft()
                found = result.result()
                ahead.extend(
                    (more, pool.submit(_called, cage, more)) for more in islice(batches, 1)
                )
                cache.keep(batch.where, dict(zip(batch.names, found, strict=True)))
                yield from zip(batch.names, found, strict=True)
        except (KeyboardInterrupt, GeneratorExit):
            cage.stop()  # a video can take minutes
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _parts(whole: Batch, size: int) -> Iterator[Batch]:
    for start in range(0, len(whole.names), size):
        part = slice(start, start + size)
        members = None if whole.members is None else whole.members[part]
        yield whole._replace(names=whole.names[part], members=members)


def _called(cage: Cage, batch: Batch) -> Sequence[Look]:
    """Have the cage look; a crash is said of the file alone whose decoder crashed."""
    from brainscore_data.cage.workers import StoppedError

    try:
        found: list[Look] = cage.call(looks, limits=batch.limits, about=batch.files, batch=batch)
        if len(found) == len(batch.names) and all(map(_is_one, found)):
            return found
        said = "its decoder gave an invalid answer"
    except StoppedError as error:
        said = error.how if error.hint is None else f"{error.how}; {error.hint}"
    except DataError as error:
        said = error.message
    if len(batch.names) > 1:
        return [look for one in batch.one_by_one() for look in _called(cage, one)]
    # Not what is in it: that is not known, and nothing else is to be said of it.
    return [Look(content=Content(kind_of_name(batch.names[0]), error=said))]


def _is_one(look: Look) -> bool:
    """Doubt what a decoder may say that a file has taken over."""
    return look.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", look.sha256) is not None
