"""What carries out calls behind the wall: programs on this machine, or those of others that help."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.place import Place
from brainscore_data.base.progress import Reporter, quiet
from brainscore_data.cage.limits import Limits


class NotCarriedOutError(BrainScoreDataError):
    """A call was not carried out, by no fault of a file: nothing is known, and nothing can be said."""


class Elsewhere(Protocol):
    """Others who do parts of a call, while it goes on."""

    def hand_out(self, part: Any) -> None:
        """Name a part, as JSON can carry it."""

    def take(self) -> bytes:
        """Wait for what became of the first part that was not taken yet."""


class Cage(Protocol):
    """Carries out calls, several at a time."""

    @property
    def jobs(self) -> int:
        """How many calls it is worth to make at once."""

    @property
    def at_a_time(self) -> int:
        """How many small files one call is best about."""

    def call(
        self,
        function: Callable[..., Any],
        *,
        limits: Limits | None = None,
        about: Iterable[Path] = (),
        where: Place | str | None = None,
        report: Reporter = quiet,
        **arguments: Any,
    ) -> Any:
        """Call a function of ours, as `Workers.call` does; may be called in many threads."""

    def stop(self) -> None:
        """End all calls, at once."""
