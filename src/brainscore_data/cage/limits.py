"""How much a call in the cage may take; it grows with the file, so that honest files have enough."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from brainscore_data.base.bounds import whole_number

#: The settings that raise the limits: GiB of memory, and seconds of processor time.
MEMORY, SECONDS = "BRAINSCORE_DATA_CAGE_MEMORY", "BRAINSCORE_DATA_CAGE_SECONDS"

_MEMORY_GIB, _SECONDS = 4, 120
# What libraries allocate for each byte of a file, at most, and how slowly they read it.
_MEMORY_PER_BYTE, _BYTES_PER_SECOND = 4, 1 << 20
# A process that waits for a disk, or for the other core, takes longer than it computes.
_PATIENCE = 4
# How much a file system may make of what lies on the disk: btrfs and ZFS pack what they can.
_PACKED = 8


@dataclass(frozen=True)
class Limits:
    """What one call may take: bytes of address space, seconds of the processor, bytes of one file."""

    memory: int
    seconds: int
    written: int

    @property
    def clock(self) -> int:
        """Seconds after which it is ended in any case."""
        return _PATIENCE * self.seconds

    @classmethod
    def of(cls, size: int = 0, *, memory_gib: int = _MEMORY_GIB, seconds: int = _SECONDS) -> Limits:
        """Give the limits for files of so many bytes together."""
        return cls(
            (whole_number(MEMORY, memory_gib) << 30) + _MEMORY_PER_BYTE * size,
            whole_number(SECONDS, seconds) + size // _BYTES_PER_SECOND,
            (16 << 30) + 16 * size,
        )


def size_of(paths: Iterable[Path]) -> int:
    """Add up the bytes of files, and of the files in folders; who opens what is not there says so.

    A hole in a file takes no place on the disk, and is worth no memory.
    """
    size = 0
    for path in paths:
        with contextlib.suppress(OSError):
            status = path.stat()
            if not stat.S_ISDIR(status.st_mode):
                size += _stored(status)
                continue
            with os.scandir(path) as entries:
                size += sum(_stored(entry.stat()) for entry in entries if entry.is_file())
    return size


def _stored(status: os.stat_result) -> int:
    """Give what may lie on the disk of a file, which a file system can pack; Windows does not say."""
    blocks: int | None = getattr(status, "st_blocks", None)
    return status.st_size if blocks is None else min(status.st_size, _PACKED * 512 * blocks)
