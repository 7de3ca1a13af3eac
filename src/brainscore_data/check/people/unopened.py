"""What readers of binary files give the search for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from brainscore_data.base.errors import DataError


@dataclass(frozen=True)
class Texts:
    """What can be read as text under one name.

    Attributes
    ----------
    name : str
        Of the column, variable or attribute.
    called : str
        It in a sentence: ``variable 'participant'``.
    values : iterator of str
        Ends with a `DataError` if the rest cannot be read.
    """

    name: str
    called: str
    values: Iterator[str]


class UnopenedError(DataError):
    """A file is not what its name says, or damaged: none of it was read."""
