"""What files say of people: small, frozen, and free of judgement; and what their readers give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from brainscore_data.base.errors import DataError
from brainscore_data.check.engine.unreadable import Unread


@dataclass(frozen=True)
class PersonalColumn:
    """A column, variable or attribute that names people."""

    name: str
    holds: str  # as `signs.names_people` says it
    line: int | None  # the first that shows it
    called: str  # in a sentence: column 'participant'
    left_out: bool = False  # whether the manifest does not publish the column
    stays: str | None = None  # why `--fix` puts no pseudonyms there; None if it does


@dataclass(frozen=True)
class PeopleInTable:
    """What a table, or a file of arrays, says of people."""

    subject: str
    columns: tuple[PersonalColumn, ...] = ()
    unread: tuple[Unread, ...] = ()  # what could not be searched
    missing: str | None = None  # a module without which it cannot be, and that is not installed

    @property
    def is_clear(self) -> bool:
        """Whether all of it was searched, and nothing found."""
        return not (self.columns or self.unread or self.missing)


@dataclass(frozen=True)
class PersonalTag:
    """A piece of an image's metadata that leads to a person."""

    holds: str  # position, owner or serial number
    name: str  # as Exif, PNG or XMP calls it
    member: str | None = None  # of a zip, the image


@dataclass(frozen=True)
class PeopleInImages:
    """What the metadata of an image, or of the images in a zip, says of people."""

    subject: str
    tags: tuple[PersonalTag, ...]
    stays: str | None = None  # why `--fix` leaves it alone; None if it does not

    @property
    def is_clear(self) -> bool:
        """Whether nothing was found."""
        return not self.tags


class NamedTexts(NamedTuple):
    """What a reader of a binary file can give as text under one name."""

    name: str  # of the column, variable or attribute
    called: str  # it in a sentence: variable 'participant'
    values: Iterator[str]  # ends with a `DataError` if the rest cannot be read


class UnopenedError(DataError):
    """A file is not what its name says, or damaged: none of it was read."""
