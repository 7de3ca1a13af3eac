"""What can go wrong, sorted by who can fix it; each sort has its exit code."""

from __future__ import annotations

from brainscore_data.base.hints import Reader, told
from brainscore_data.base.place import Place


class BrainScoreDataError(Exception):
    """An error that its reader can act on.

    Examples
    --------
    >>> from brainscore_data.base.place import Place
    >>> print(DataError("two rows have stimulus_id 'n1'", where=Place("stimuli.csv", 3),
    ...                 hint="give each stimulus an id of its own"))
    stimuli.csv:3: two rows have stimulus_id 'n1'
      hint: give each stimulus an id of its own
    """

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        where: Place | str | None = None,
        hint: str | None = None,
        count: int = 1,
    ) -> None:
        # Every command imports this module, also where nothing goes wrong.
        from brainscore_data.base.place import Place

        super().__init__(message)
        self.message = message
        self.place = Place(where) if isinstance(where, str) else where
        self.hint = hint
        self.count = count

    @property
    def where(self) -> str | None:
        """The place as a text."""
        return None if self.place is None else self.place.in_text()

    @property
    def line(self) -> int | None:
        """The line, if the place has one."""
        return None if self.place is None else self.place.line

    def __str__(self) -> str:
        return self.told("command")

    def told(self, reader: Reader) -> str:
        """Say it to whoever types commands, calls functions, or reads the log of a workflow."""
        placed = f"{self.where}: {self.message}" if self.where else self.message
        return f"{placed}\n  hint: {told(self.hint, reader)}" if self.hint else placed


class DataError(BrainScoreDataError):
    """The data is at fault: its owner fixes it."""

    exit_code = 1


class UsageError(BrainScoreDataError):
    """The arguments, the settings or the environment are at fault."""

    exit_code = 2


class IncompleteError(BrainScoreDataError):
    """It stopped before the end by no fault of data or user; running it again finishes it."""

    exit_code = 3
