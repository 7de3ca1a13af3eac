"""A part of one item, done on a worker of a cluster for whoever writes its files: bytes as they lie there.

Each worker opens the item once, and reads of it what it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.assemblies.opening import IMPORTED, OpenedAssembly, open_assembly
from brainscore_data.base.door import only_inside
from brainscore_data.cage.json_values import shape_of
from brainscore_data.cage.warmth import imports
from brainscore_data.check.assemblies.looking import look_at_item
from brainscore_data.cluster.in_order import InOrder, Piece
from brainscore_data.dataset.assembly_tables import Assembly
from brainscore_data.dataset.manifest import StimulusSet
from brainscore_data.packaging.netcdf.handed_out import SlabRows
from brainscore_data.packaging.netcdf.netcdf_file import compressed_rows
from brainscore_data.packaging.one_item import Item, Located, conforming
from brainscore_data.packaging.zip_members import Members, packed_members
from brainscore_data.stimuli.files import StimulusArchive, StimulusPaths, list_stimuli

if TYPE_CHECKING:
    import xarray as xr

    from brainscore_data.cluster.calls import ClusterCage


def warm_up(cage: ClusterCage) -> None:
    """Have the workers get ready for assemblies: to look at them, and to compress them."""
    cage.warm_up(look_at_item, rows_of_item)


class PartsElsewhere:
    """Has the workers of a cluster do parts of an item, see `Elsewhere`."""

    def __init__(self, order: InOrder, item: Item, located: Located) -> None:
        # The writer compares the stimuli; their csv may be in a cache that no worker sees.
        reference = located.stimulus_set and replace(located.stimulus_set, csv=None)
        self._order, self._item = order, item
        self._located = replace(located, stimulus_set=reference)

    def hand_out(self, part: Any) -> None:
        """Name a part; what comes from the cage is doubted, and names no file of its own."""
        arguments: dict[str, Any] = {"item": self._item, "located": self._located}
        if isinstance(self._item, StimulusSet):
            members: Members = shape_of(Members).read([*part.values()])
            files = self._located.paths[self._item.files]
            about = [files, self._located.paths[self._item.metadata]]
            if files.is_dir():
                about = [files / name for name in members.names]
            arguments["members"] = members
            piece = Piece(members_of_item, arguments, tuple(about), members.size)
        else:
            rows: SlabRows = shape_of(SlabRows).read([*part.values()])
            arguments["rows"] = rows
            piece = Piece(rows_of_item, arguments, self._located.files, rows.size)
        self._order.add(piece)

    def take(self) -> bytes:
        """Wait for what the first one became."""
        return self._order.take()


@imports(*IMPORTED, "h5py", "isal.isal_zlib")
def rows_of_item(item: Assembly, located: Located, rows: SlabRows) -> bytes:
    """Compress rows of an assembly."""
    with only_inside(located.root, *located.folders):
        opened = _opened(item, located)
        return compressed_rows(opened.data, opened.extras, rows)


def members_of_item(item: StimulusSet, located: Located, members: Members) -> bytes:
    """Deflate some files of a stimulus set."""
    path = located.paths[item.files]
    with only_inside(located.root, *located.folders):
        if path.is_dir():
            sizes = dict(zip(members.names, members.sizes, strict=True))
            files = StimulusPaths(path, sizes, {name: path / name for name in sizes})
            return packed_members(files, members.names)
        metadata = located.paths[item.metadata]
        archive = _listed(path, metadata, located.root, path.stat().st_mtime_ns)
        return packed_members(archive, members.names)


@dataclass(frozen=True)
class _Opened:
    """An assembly as it is written, and what it was opened of."""

    item: Assembly
    located: Located
    stamps: Mapping[str, int]
    files: OpenedAssembly
    data: xr.DataArray
    extras: Mapping[str, xr.DataArray]


_kept: list[_Opened] = []


def _opened(item: Assembly, located: Located) -> _Opened:
    """Open an assembly, if it is another one than before."""
    stamps = {str(path): path.stat().st_mtime_ns for path in located.files}
    for known in _kept:
        if (known.item, known.located, known.stamps) == (item, located, stamps):
            return known
    while _kept:
        with suppress(OSError):
            _kept.pop().files.close()
    files = open_assembly(item, located.paths.__getitem__, located.paths)
    data, extras, _ = conforming(item, located, files)
    _kept.append(_Opened(item, located, stamps, files, data, extras))
    return _kept[0]


@lru_cache(1)
def _listed(path: Path, metadata: Path, root: Path, _changed: int) -> StimulusArchive:
    found = list_stimuli(path, metadata=metadata, root=root)
    if not isinstance(found, StimulusArchive):
        raise TypeError(path)
    return found
