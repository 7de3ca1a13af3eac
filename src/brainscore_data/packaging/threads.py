"""How many decode, compress and hash at a time; what is written does not depend on it."""

from __future__ import annotations

import os

from brainscore_data.cores import cores
from brainscore_data.errors import UsageError

JOBS_VARIABLE = "BRAINSCORE_DATA_JOBS"


def threads() -> int:
    """Say how many threads work: the variable ``BRAINSCORE_DATA_JOBS``, or one for each core.

    Of the processes that decode stimuli before packaging there are as many.

    Raises
    ------
    UsageError
        If the variable is no number above 0.
    """
    said = os.environ.get(JOBS_VARIABLE, "").strip()
    if said:
        if not said.isascii() or not said.isdigit() or int(said) == 0:
            raise UsageError(
                f"{JOBS_VARIABLE} is {said!r}, and it has to be a number above 0",
                hint=f"unset it, or set it to how many threads are to work, e.g. {JOBS_VARIABLE}=2",
            )
        return int(said)
    return cores()
