"""What the tables of all formats have in common."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self, TypeAlias

from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place

if TYPE_CHECKING:
    import numpy as np

#: Whether somebody wants a cell: its value and its text.
IsWanted = Callable[[object, str], bool]


class LazyColumn(Protocol):
    """Values that stay in the file until somebody asks for some of them."""

    @property
    def dtype(self) -> np.dtype:
        """The type of the values."""

    def __len__(self) -> int: ...

    def read(self, start: int, stop: int) -> np.ndarray:
        """Give the values of the rows from `start` to before `stop`."""


Column: TypeAlias = "np.ndarray | LazyColumn"


class Rows(Protocol):
    """What the tables of all formats have in common."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in the file's order."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What was not as expected, and what was made of it."""

    def __len__(self) -> int: ...

    def place(self, row: int) -> Place:
        """Say where in the file a row is."""

    def first_rows(self, column: str) -> dict[str, int]:
        """Give the different texts of a column, and the row in which each is for the first time.

        Nothing is the empty text. They are in the order of these rows.
        """

    def counts(self, column: str) -> Counter[str]:
        """Count the different texts of a column."""

    def only(self, columns: Sequence[str], notices: Sequence[str]) -> Self:
        """Give the table for who uses no more than these columns, and has more to say of it."""

    def where(self, wanted: Mapping[str, IsWanted]) -> Self | None:
        """Keep the rows with wanted cells in all these columns; None if there are none."""

    def typed(self, column: str, missing: str | None) -> tuple[Column, tuple[str, ...]]:
        """Give a column with one type, and notices; `missing` is what empty texts become."""

    def replaced(self, column: str, texts: Iterable[str], values: np.ndarray) -> Column:
        """Put another value in the place of each text that `first_rows` gives."""

    def close(self) -> None:
        """Close the file, if it is open: the table can still be read from."""


def require_columns(
    wanted: Iterable[str], there: Collection[str], *, where: str, asked_by: str | None = None
) -> None:
    """Make sure that columns are there."""
    for name in wanted:
        if name in there:
            continue
        import difflib  # only errors need it

        by_lower = {column.strip().lower(): column for column in there}
        near = difflib.get_close_matches(name.strip().lower(), by_lower, n=2)
        guess = " or ".join(repr(by_lower[column]) for column in near)
        listed = ", ".join(repr(column) for column in itertools.islice(there, 30))
        message, remedy = f"there is no column {name!r}", "rename or add the column"
        if asked_by is not None:
            message += f", which `{asked_by}` asks for"
            remedy = f"correct `{asked_by}` in dataset.toml"
        hint = f"is it {guess}? {remedy.capitalize()}" if guess else remedy
        raise DataError(message, where=where, hint=f"{hint}; there are: {listed}")
