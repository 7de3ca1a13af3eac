"""Names with a `*` in them: one table that is in several files, as ``sub-*.csv``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath

from brainscore_data.base.read_once import names_in
from brainscore_data.base.repository import resolved
from brainscore_data.base.text import natural_order
from brainscore_data.dataset.paths import path_problem

#: What the name of a table with pseudonyms in it ends in, before its suffix: beside the raw one, it is
#: no further file of the table.
PSEUDONYMISED = ".pseudonymised"


def is_pattern(name: str) -> bool:
    """Say whether a name stands for several files."""
    return "*" in name


def matching(pattern: str, names: Iterable[str]) -> list[str]:
    """Choose the names that a pattern stands for, in natural order.

    >>> matching("sub-*.csv", ["sub-10.csv", "sub-2.csv", "sub-2.pseudonymised.csv", "a/sub-3.csv"])
    ['sub-2.csv', 'sub-10.csv']
    """
    marked = PSEUDONYMISED in pattern
    found = (
        name
        for name in set(names)
        if _form(pattern).fullmatch(name) and marked == (PSEUDONYMISED in name)
    )
    return sorted(found, key=natural_order)


def starred(pattern: str, name: str) -> str:
    """Give what `*` stands for in a name.

    >>> starred("day1/sub-*.csv", "day1/sub-07.csv")
    '07'
    """
    found = _form(pattern).fullmatch(name)
    return found[1] if found and is_pattern(pattern) else name


def names_on_disk(folder: Path, name: str) -> list[str]:
    """List what a name of a manifest stands for in its folder: itself, if it is no pattern.

    It is itself as well where nothing matches, so that it can be said to be missing.
    """
    if not is_pattern(name):
        return [name]
    above = PurePosixPath(name).parent
    there = []
    # Who asks may not have looked at the manifest yet: nothing outside of the folder is listed.
    if path_problem(name) is None and resolved(folder / above).is_relative_to(resolved(folder)):
        with suppress(OSError, ValueError):
            there = [str(above / each) for each in names_in(folder / above)]
    return matching(name, there) or [name]


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile("([^/]+)".join(map(re.escape, pattern.split("*"))))
