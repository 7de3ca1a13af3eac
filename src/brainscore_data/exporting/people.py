"""The names of those who are cited, in parts."""

from __future__ import annotations

from typing import NamedTuple

from brainscore_data.dataset.describing import Author


class Name(NamedTuple):
    """A person's, or in one part that of a group."""

    family: str
    given: str = ""


def name_of(author: Author) -> Name:
    """Tell a person from a group by the comma.

    >>> name_of(Author(name="Doe, Jane")), name_of(Author(name="The Lab"))
    (Name(family='Doe', given='Jane'), Name(family='The Lab', given=''))
    """
    family, _, given = author.name.partition(",")
    return Name(family.strip(), given.strip())
