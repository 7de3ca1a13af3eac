"""How much is done at a time; no result depends on it."""

from __future__ import annotations

import os

from brainscore_data.base.errors import UsageError

JOBS_VARIABLE = "BRAINSCORE_DATA_JOBS"


def cores() -> int:
    """Count the cores that this process may use, where the system tells; else all of them."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def jobs_at_once(asked: int = 0) -> int:
    """Say how many processes decode stimuli, or how many threads compress and hash."""
    said = os.environ.get(JOBS_VARIABLE, "").strip()
    if asked or not said:
        return asked or cores()
    if not said.isascii() or not said.isdigit() or int(said) == 0:
        raise UsageError(
            f"{JOBS_VARIABLE} is {said!r}, and it has to be a number above 0",
            hint=f"unset it, or set it to how many are to work at a time, e.g. {JOBS_VARIABLE}=2",
        )
    return int(said)
