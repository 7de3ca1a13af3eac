"""Put compressed chunks into a file whose structure is there already.

Threads compress; chunks are written in the order in which they were handed over, so that the
bytes of the file do not depend on how many threads there are.

The libraries' own writers compress in one thread, with zlib: 128 MB of noise as float32 took h5py at
level 1 three to eight times as long on two cores, and netCDF4 at level 4 five to seven times, for a
file that is 1 % larger. What that is for whole packages is in ``docs/performance.md``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Self, TypeAlias

from brainscore_data.assemblies.contract.variables import SLAB
from brainscore_data.base.cores import jobs_at_once
from brainscore_data.packaging.netcdf.chunks import CHUNK, ChunkLayout, chunk_at, cut
from brainscore_data.packaging.netcdf.handed_out import stored_chunk

if TYPE_CHECKING:
    import h5py
    import numpy as np

# Chunks that wait: as many as two slabs have, so that threads compress one slab while the next
# one is read and the last one is hashed. They are views of slabs, so no more memory is held.
_WAITING = 2 * SLAB // CHUNK
# A chunk of fewer bytes takes less time to compress than to hand over to a thread.
_AT_ONCE = 1 << 15
_Chunk: TypeAlias = bytes | memoryview | Future[bytes | memoryview]


class ChunkWriter:
    """Compresses the chunks of slabs in threads and writes them in order.

    `reached` is told how many bytes were written, each time that more are.
    """

    def __init__(self, jobs: int, reached: Callable[[int], object]) -> None:
        self._written, self._reached = 0, reached
        count = jobs_at_once(jobs)
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="compress")
        self._waiting: deque[tuple[h5py.h5d.DatasetID, tuple[int, ...], _Chunk]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            while kind is None and self._waiting:
                self._write_first()
        finally:
            self._pool.shutdown(cancel_futures=True)

    def put(
        self,
        dataset: h5py.h5d.DatasetID,
        slab: np.ndarray,
        first_row: int,
        layout: ChunkLayout,
        found: Iterable[memoryview] | None = None,
    ) -> None:
        """Write a slab of whole rows, whose first begins a chunk; it must not change until the end.

        Others may have `found` what takes long of each chunk.
        """
        parts: Iterator[memoryview | None] = repeat(None) if found is None else iter(found)
        for at in cut(slab.shape, layout.chunks):
            chunk = chunk_at(slab, at, layout.chunks)
            while len(self._waiting) >= _WAITING:
                self._write_first()
            work = partial(stored_chunk, chunk, layout, next(parts))
            stored = work() if chunk.nbytes < _AT_ONCE else self._pool.submit(work)
            self._waiting.append((dataset, (first_row + at[0], *at[1:]), stored))

    def _write_first(self) -> None:
        dataset, offset, stored = self._waiting.popleft()
        self._write(dataset, offset, stored.result() if isinstance(stored, Future) else stored)

    def _write(
        self, dataset: h5py.h5d.DatasetID, offset: tuple[int, ...], content: bytes | memoryview
    ) -> None:
        dataset.write_direct_chunk(offset, content)
        self._written += len(content)
        self._reached(self._written)
