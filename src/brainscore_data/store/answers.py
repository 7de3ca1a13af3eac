"""What a store answers when it is asked before anything is published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class Answer:
    """What was found out about one question."""

    #: One or two words, e.g. "versioning".
    question: str
    #: Whether it is as one would like it.
    verdict: Verdict
    detail: str
    hint: str | None = None
