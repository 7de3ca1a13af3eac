"""What this machine can do at best, on the same data: copying, hashing, writing, compressing."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from typing import TYPE_CHECKING

from brainscore_data.base.cores import cores

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SAMPLE = 64 << 20


def limits(source: Path, seconds: float) -> str:
    """Say how long each of these would take for a case's data, beside what writing it took."""
    import numpy as np
    from isal import isal_zlib

    values = np.load(source / "data.npy", mmap_mode="r")
    whole = values.nbytes
    sample = np.ascontiguousarray(values.reshape(-1)[: _SAMPLE // values.itemsize])
    raw = sample.view("u1").data
    count = cores()
    rates = {
        "copying": _rate(sample.copy, len(raw)),
        "SHA-1": _rate(lambda: hashlib.sha1(raw, usedforsecurity=False), len(raw)),
        "writing to disk": _rate(lambda: _write(raw), len(raw)),
        f"deflating on {count} cores": count * _rate(lambda: isal_zlib.compress(raw, 2), len(raw)),
    }
    parts = [f"{name} {whole / rate:.2f} s" for name, rate in rates.items()]
    return f"of {seconds:.2f} s, the data alone needs: {', '.join(parts)}"


def _rate(work: Callable[[], object], size: int) -> float:
    begin = time.perf_counter()
    work()
    return size / max(time.perf_counter() - begin, 1e-9)


def _write(raw: memoryview) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
