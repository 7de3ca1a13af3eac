"""What can be found in a contributor's folder.

As of all here, a name is what a manifest says: the path from the dataset's folder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from brainscore_data.dataset.paths import file_part


@dataclass(frozen=True)
class FoundTable:
    """A table."""

    name: str
    rows: int
    columns: Mapping[str, tuple[str, ...]]  # the distinct cells, as they come
    cells: tuple[Sequence[str], ...] | None = None  # by row, of what is no csv and not large


def is_readable(column: str) -> bool:
    """Say whether readers can have a coordinate of that name."""
    return bool(column) and not re.search(r"[\s/]", column) and column != "presentation"


def beside(name: str, tables: Sequence[FoundTable]) -> list[FoundTable]:
    """Give the tables that can say what is in a file: none of another NWB session, its own first."""
    its = file_part(name).file
    files = [(file_part(each.name).file, each) for each in tables]
    is_session = its.endswith(".nwb")
    found = [
        (file != its, each)
        for file, each in files
        if file == its or not (is_session and file.endswith(".nwb"))
    ]
    return [each for _, each in sorted(found, key=lambda pair: pair[0])]


@dataclass(frozen=True)
class Array:
    """A ``.npy`` file, or an array in a ``.mat`` file."""

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Netcdf:
    """A ``.nc`` file."""

    name: str
    dims: tuple[str, ...]
    variables: tuple[str, ...]  # without coordinates: one, in a file that can be an assembly
    stimulus_ids: frozenset[str] | None  # None if there are none, nor the older image_id
    stimulus_set: str | None  # its attribute stimulus_set_identifier


@dataclass(frozen=True)
class Stimuli:
    """A folder or ``.zip`` with stimuli in it."""

    name: str  # ``.`` is the dataset's folder itself
    members: tuple[str, ...]  # in natural order; with a ``/`` where they are in subfolders
    session: str | None = None  # the NWB file that they are in, until they are drawn from it


@dataclass(frozen=True)
class Recording:
    """A series of an NWB file that went on through all presentations."""

    name: str
    shape: tuple[int, ...]
    channels: str  # the table of them


class Parts(NamedTuple):
    """What is in a file that can hold several things."""

    arrays: tuple[Array, ...]
    tables: tuple[FoundTable, ...]
    notices: tuple[str, ...]
    left: dict[str, str]
    pictures: tuple[str, ...] = ()  # files of pictures and films that can be drawn from it
    recordings: tuple[Recording, ...] = ()
