"""What can be found in a contributor's folder.

As of all here, a name is what a manifest says: the path from the dataset's folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class FoundTable:
    """A table."""

    name: str
    rows: int
    columns: Mapping[str, tuple[str, ...]]  # the distinct cells, as they come


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


class Parts(NamedTuple):
    """What is in a file that can hold several things."""

    arrays: tuple[Array, ...]
    tables: tuple[FoundTable, ...]
    notices: tuple[str, ...]
    left: dict[str, str]
    pictures: tuple[str, ...] = ()  # that can be drawn from it
