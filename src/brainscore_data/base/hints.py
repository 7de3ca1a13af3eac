"""What to do next, for each of those who read it: they type commands, call functions, set inputs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, Self

#: Whoever types commands, calls functions in Python, or reads the log of a workflow.
Reader = Literal["command", "function", "workflow"]


class Words(NamedTuple):
    """One thing, as each reader knows it; None where that is as on the command line."""

    command: str
    function: str | None = None
    workflow: str | None = None


class Hint(str):
    """A text as the command line says it, which knows how it reads elsewhere.

    >>> hint = Hint("accept it with ", Words("--force", function="force=True"), "; or wait")
    >>> hint
    'accept it with --force; or wait'
    >>> told(hint, "function")
    'accept it with force=True; or wait'
    """

    __slots__ = ("parts",)
    parts: tuple[str | Words, ...]

    def __new__(cls, *parts: str | Words) -> Self:
        """Put it together of texts, hints among them, and of what has other names elsewhere."""
        hint = super().__new__(cls, _joined(parts, "command"))
        hint.parts = parts
        return hint

    def __getnewargs__(self) -> tuple[str | Words, ...]:  # type: ignore[override]
        return self.parts

    @classmethod
    def joined(cls, between: str, hints: Iterable[str]) -> Self:
        """Put hints one after the other."""
        first, *others = hints
        return cls(first, *(part for hint in others for part in (between, hint)))


def told(text: str, reader: Reader) -> str:
    """Say it to a reader; what is no hint is the same for all."""
    return _joined(text.parts, reader) if isinstance(text, Hint) else text


def _joined(parts: Iterable[str | Words], reader: Reader) -> str:
    return "".join(
        told(part, reader) if isinstance(part, str) else getattr(part, reader) or part.command
        for part in parts
    )


ALLOW_UNVERSIONED = Words(
    "--allow-unversioned",
    "allow_unversioned=True, or BRAINSCORE_DATA_ALLOW_UNVERSIONED=1 in the environment",
    "the input `allow-unversioned: true`",
)
PACKAGE_AGAIN = Words("package the dataset again", "run it again")
