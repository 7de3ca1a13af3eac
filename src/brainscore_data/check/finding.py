"""What a rule found, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs: errors stop a publication, warnings are shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Place:
    """Where something is.

    Attributes
    ----------
    file : str
        As the user would type it: relative to the working directory where that is shorter.
    line : int or None
        From 1; of a table, the physical line that a row begins on.
    item : str or None
        What has no line: a column, a coordinate, a manifest's table and key, a zip's member.
    """

    file: str
    line: int | None = None
    item: str | None = None

    def __str__(self) -> str:
        placed = self.file if self.line is None else f"{self.file}:{self.line}"
        return placed if self.item is None else f"{placed} ({self.item})"


@dataclass(frozen=True)
class Violation:
    """What a rule says of one place; the engine adds which rule it was.

    Attributes
    ----------
    place : Place
        Where.
    message : str
        What is wrong there, in one sentence.
    hint : str
        What to do next.
    cause : (str, Place) or None
        The code and the place of a finding that says this already. Where that one is told, this
        one is left out; where it is ignored, this one is told.
    """

    place: Place
    message: str
    hint: str
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
