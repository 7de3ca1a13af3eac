"""What all that mend have in common: who is asked, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

#: Gets the code of a rule and a file: whether what the rule finds there is to be mended.
Wanted = Callable[[str, Path], bool]


class Fixed(NamedTuple):
    """Something that was mended."""

    path: Path  # as the user typed it
    what: str  # was done to it, in a few words
    left: tuple[str, ...] = ()  # to know or to do
