"""What runs in a worker of the cluster: it has a call carried out in a cage of its own.

A worker may not have children of multiprocessing where a nanny looks after it; the cage's programs
are none. It keeps them warm until whoever asks says goodbye.
"""

from __future__ import annotations

import os
import pickle
import stat
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.place import Place
from brainscore_data.cage.limits import Limits
from brainscore_data.cage.workers import Workers
from brainscore_data.cluster.own_copies import PinnedFile, fetch_own_copy, moved, own_cache
from brainscore_data.cluster.versions import differences, installed

#: Of a file: its size, and when it was changed. Of a folder nothing: it is enough that it is there.
Stamp = tuple[int, int] | None
# So many runs of other people have a warm cage in one worker.
_MOST_CAGES = 4


@dataclass(frozen=True)
class RunSurroundings:
    """What holds for all calls of a run."""

    run: str
    versions: dict[str, str]
    folder: str  # where the one is that asks
    readable: tuple[str, ...]
    settings: dict[str, str]  # variables of the environment
    cache: str  # where the one who asks has what it fetched


@dataclass(frozen=True)
class Call:
    """A call, and what its caller sees of the files that it is about."""

    function: Callable[..., Any]
    arguments: Mapping[str, Any]
    limits: Limits
    where: Place | str | None
    stamps: Mapping[str, Stamp]
    pinned: Mapping[str, PinnedFile]  # those of these files that can be fetched
    memory: int  # bytes that it takes in the worker


@dataclass(frozen=True)
class NotAlike:
    """Why a worker does not do it."""

    worker: str
    reason: str
    hint: str


@dataclass(frozen=True)
class Raised:
    """What the call raised."""

    error: BrainScoreDataError | ModuleNotFoundError


@dataclass
class _Kept:
    """The cages of this worker, by run, the one that was used last at the end."""

    alone: threading.Lock = field(default_factory=threading.Lock)
    cages: dict[str, Workers] = field(default_factory=dict)


_kept = _Kept()


def carried_out(packed: bytes, around: RunSurroundings) -> Any:
    """Carry out a call: give its value, or what it raised, or why not here."""
    from distributed import get_worker

    worker = get_worker()
    if other := differences(around.versions, installed()):
        return NotAlike(worker.address, f"it has {other}", OTHER_VERSION)
    call: Call = pickle.loads(packed)  # noqa: S301 - as all that dask passes on
    refusal = _refusal(call, worker)
    if refusal is not None:
        return refusal
    arguments: Mapping[str, Any] = call.arguments
    if any(_unseen(path, call.stamps[path]) for path in call.pinned):
        refusal = _not_fetched(call, worker.address)
        if refusal is not None:
            return refusal
        arguments = moved(arguments, around.cache, str(own_cache()))
    cage = _cage(around, worker.state.nthreads)
    try:
        return cage.call(call.function, limits=call.limits, where=call.where, **arguments)
    except (BrainScoreDataError, ModuleNotFoundError) as error:
        return Raised(error)


def warm_up(imported: frozenset[str], around: RunSurroundings, dask_worker: Any) -> None:
    """Begin to import what calls will need; whoever makes them has something to do meanwhile."""
    _cage(around, dask_worker.state.nthreads).warm_up(imported)


def say_goodbye(run: str) -> None:
    """End the programs of a run."""
    with _kept.alone:
        cage = _kept.cages.pop(run, None)
    if cage is not None:
        cage.stop()


def stamp_of(path: str) -> Stamp:
    """Look what is at a path; raises an OSError if nothing is."""
    status = os.stat(path)  # noqa: PTH116 - of many files, which need no paths
    return None if stat.S_ISDIR(status.st_mode) else (status.st_size, status.st_mtime_ns)


def _refusal(call: Call, worker: Any) -> NotAlike | None:
    most = worker.memory_manager.memory_limit
    if most and most < call.memory:
        return too_little_memory(worker.address, most, call.memory)
    for path, stamp in call.stamps.items():
        if path not in call.pinned and (unseen := _unseen(path, stamp)):
            return NotAlike(worker.address, unseen, NOT_SHARED)
    return None


def _unseen(path: str, stamp: Stamp) -> str:
    """Say why a file is not there as whoever asks sees it; nothing if it is."""
    try:
        return "" if stamp_of(path) == stamp else f"{path} is a different file there"
    except OSError as error:
        return f"it cannot read {path}: {error.strerror}"


def _not_fetched(call: Call, worker: str) -> NotAlike | None:
    """Fetch all that the call is about and is pinned; say why that is not possible here."""
    for path, pinned in call.pinned.items():
        try:
            fetch_own_copy(pinned)
        except BrainScoreDataError as error:
            reason = (
                f"it does not see {path}, and cannot fetch the source {pinned.name!r} itself: "
                f"{error.message}"
            )
            hints = [error.hint] if error.hint else []
            return NotAlike(worker, reason, "; or ".join([*hints, SHARED_CACHE]))
    return None


OTHER_VERSION = (
    "install the same versions on all workers: the findings and the bytes depend on them"
)
NOT_SHARED = (
    "put the dataset into a folder that all workers see by the same name; if you changed a file a "
    "moment ago, wait a moment and run it again"
)
SHARED_CACHE = (
    "set BRAINSCORE_DATA_CACHE to a folder that all workers see, and the file is fetched only once"
)


def too_little_memory(worker: str, most: int, needed: int) -> NotAlike:
    """Say that a worker's memory does not suffice."""
    mib = f"it may use {most >> 20} MiB of memory, but one piece of the work needs {needed >> 20}"
    return NotAlike(worker, mib, "give the workers more memory: --memory-limit of `dask worker`")


def _cage(around: RunSurroundings, threads: int) -> Workers:
    with _kept.alone:
        cage = _kept.cages.pop(around.run, None) or Workers(
            threads,
            readable=[*map(Path, around.readable), own_cache() / "sources"],
            folder=around.folder,
            settings=around.settings,
        )
        _kept.cages[around.run] = cage
        forgotten = [] if len(_kept.cages) <= _MOST_CAGES else [next(iter(_kept.cages))]
        ended = [_kept.cages.pop(run) for run in forgotten]
    for each in ended:
        each.stop()
    return cage
