"""What a table of stimuli holds, and what readers make of it: small, and frozen."""

from __future__ import annotations

from dataclasses import dataclass

from brainscore_data.check.engine.finding import Violation
from brainscore_data.check.engine.unreadable import Unread


@dataclass(frozen=True)
class StimulusTable:
    """What a table of stimuli holds."""

    subject: str  # the csv
    error: Unread | None = None  # why it cannot be read; all else is then empty
    guess: str | None = None  # that its encoding is a guess
    columns: tuple[str, ...] = ()  # their names, in the file's order
    header_line: int = 1
    id_column: str | None = None  # stimulus_id, or image_id where only that is there
    # The first cells that are wrong, the last of them with how many more are; blanks are a change.
    empty: tuple[Violation, ...] = ()
    repeated: tuple[Violation, ...] = ()
    changed: tuple[Violation, ...] = ()
    changed_filenames: tuple[Violation, ...] = ()
    # Of each other column, the first cell of which readers get another value.
    changes: tuple[Violation, ...] = ()
    is_published: bool = False  # whether this is what packaging wrote, beside its zip
    mended: frozenset[str] = frozenset()  # codes of the rules whose findings `--fix` fixes here
