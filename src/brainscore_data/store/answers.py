"""What a store answers when it is asked before anything is published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class Answer:
    """What was found out about one question.

    Attributes
    ----------
    question : str
        One or two words, e.g. "versioning".
    verdict : {"yes", "no", "unknown"}
        Whether it is as one would like it.
    detail : str
        What was found, or which permission or setting is missing.
    hint : str or None
        What to do about it.
    """

    question: str
    verdict: Verdict
    detail: str
    hint: str | None = None
