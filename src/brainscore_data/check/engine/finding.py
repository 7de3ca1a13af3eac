"""What a rule found, and where; and what `--fix` did about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from brainscore_data.base.place import Place


def shown(text: str) -> str:
    """Quote in a message what others wrote, of whatever length and content.

    >>> print(shown("Kar2019"), shown("a" * 100)[-4:])
    'Kar2019' aa…'
    """
    return repr(text if len(text) <= 80 else f"{text[:79]}…")


class Severity(StrEnum):
    """How much a finding weighs: errors stop a publication, warnings are shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Violation:
    """What a rule says of one place; the engine adds which rule it was."""

    place: Place
    message: str  # what is wrong there, in one sentence
    hint: str  # what to do next
    # The code and the place of a finding that says this already. Where that one is told, this one is
    # left out; where it is ignored, this one is told.
    cause: tuple[str, Place] | None = None


@dataclass(frozen=True)
class Finding:
    """A violation and the rule that it is one of."""

    code: str
    rule: str
    severity: Severity
    place: Place
    message: str
    hint: str


_MOST_TOLD = 20


def told(findings: Iterable[Finding]) -> list[Finding]:
    """Leave out what a rule finds in a file for the twenty-first time, and say how often it does."""
    times: dict[tuple[str, str], int] = {}
    kept: dict[tuple[str, str] | int, Finding] = {}
    for number, finding in enumerate(findings):
        kind = finding.code, finding.place.file
        times[kind] = times.get(kind, 0) + 1
        if times[kind] <= _MOST_TOLD:
            kept[number] = finding
        else:
            more = f"and {times[kind] - _MOST_TOLD:,} more"
            kept[kind] = replace(finding, place=Place(finding.place.file), message=more, hint="")
    return list(kept.values())


#: Gets the code of a rule and a file: whether what the rule finds there is to be fixed.
Wanted = Callable[[str, Path], bool]


class Fixed(NamedTuple):
    """Something that was fixed."""

    path: Path  # as the user typed it
    what: str  # was done to it, in a few words
    left: tuple[str, ...] = ()  # to know or to do
