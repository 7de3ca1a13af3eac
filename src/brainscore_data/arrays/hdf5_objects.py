"""What is in an HDF5 file: walked within bounds, and weighed before any of it is read.

netCDF-C follows every link, and comes to no end where a group can be reached from itself; texts that
are referred to again and again make gigabytes of a megabyte. So both are looked at here, with h5py.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import h5py  # only where the extra is installed: who imports this asks

from brainscore_data.base.bounds import Bound
from brainscore_data.base.errors import DataError

_AT_ONCE = 64 << 20  # bytes
SAVE_AGAIN = "load it with xarray and save it again with .to_netcdf(…)"


class Linked(NamedTuple):
    """What a link leads to."""

    name: str  # with those of the groups that it is in
    link: h5py.HardLink | h5py.SoftLink | h5py.ExternalLink
    found: h5py.Group | h5py.Dataset | h5py.Datatype | None  # of hard links
    again: bool  # whether it was there before, by another name


def linked_in(file: h5py.File, path: Path, *, most: int | None = None) -> Iterator[Linked]:
    """Walk all groups once; only hard links are followed, and none into a group that it is in."""
    most = Bound.OBJECTS.of() if most is None else most
    root = file["/"]
    yield Linked("", h5py.HardLink(), root, again=False)
    seen = {_address(root)}
    count = len(root)
    waiting: list[tuple[str, h5py.Group, str, tuple[int, ...]]] = []

    def wait_for(name: str, group: h5py.Group, above: tuple[int, ...]) -> None:
        if count > most:
            raise Bound.OBJECTS.exceeded(path, most)
        waiting.extend((f"{name}/{each}".lstrip("/"), group, each, above) for each in group)

    wait_for("", root, (_address(root),))
    while waiting:
        name, group, each, above = waiting.pop()
        link = group.get(each, getlink=True)
        if not isinstance(link, h5py.HardLink):
            yield Linked(name, link, None, again=False)
            continue
        found = group[each]
        address = _address(found)
        if address in above:
            refuse(f"/{name} is a group that it is in itself", path)
        yield Linked(name, link, found, again=address in seen)
        if isinstance(found, h5py.Group) and address not in seen:
            Bound.NESTED_GROUPS.refuse(len(above), path)
            count += len(found)
            wait_for(name, found, (*above, address))
        seen.add(address)


def shown_by_netcdf(file: h5py.File, path: Path) -> list[h5py.Group | h5py.Dataset]:
    """Make sure that netCDF comes to an end with a file; give what it shows, each as often as it does."""
    shown: list[h5py.Group | h5py.Dataset] = []
    soft: list[str] = []
    for name, link, found, again in linked_in(file, path):
        if isinstance(link, h5py.SoftLink):
            soft.append(name)
        elif not isinstance(link, h5py.HardLink):
            refuse(f"/{name} is a link to another file", path)
        elif isinstance(found, h5py.Group) and again:
            refuse(f"/{name} is a group that has another name as well", path)
        elif isinstance(found, (h5py.Group, h5py.Dataset)):
            shown.append(found)
    # Only now is it known that none of these leads through a link to another file.
    for name in soft:
        found = file.get(name)
        if isinstance(found, h5py.Group):
            refuse(f"/{name} is a group that has another name as well", path)
        elif isinstance(found, h5py.Dataset):
            shown.append(found)
    return shown


class Texts:
    """The texts of a file, and other values of any length: weighed, before whoever adds them reads them.

    `longest` is the longest of all, in bytes. References to texts are read, in parts, only once there
    are so many that the longest text could make too much of them: in honest files hardly ever.
    """

    def __init__(self, longest: int, path: Path) -> None:
        self._longest, self._path = longest, path
        self._most = Bound.TEXTS.of(path.stat().st_size)
        self._supposed = self._counted = self._attributes = 0

    def add(self, owner: h5py.Group | h5py.Dataset | h5py.Datatype) -> None:
        """Make sure that what an object and its attributes hold stays within bounds."""
        if (
            isinstance(owner, h5py.Dataset)
            and outside(owner) is None
            and _refers(owner.id.get_type(), owner.name, self._path)
        ):
            parts = _parts(owner.shape or (0,), max(1, _AT_ONCE // max(1, self._longest)))
            self._weigh(prod(owner.shape or (0,)) * self._longest, (owner[part] for part in parts))
        for number in range(h5py.h5a.get_num_attrs(owner.id)):
            self._attributes += 1
            Bound.ATTRIBUTES.refuse(self._attributes, self._path)
            found = h5py.h5a.open(owner.id, index=number)
            if _refers(found.get_type(), owner.name, self._path):
                supposed = prod(found.shape or (0,)) * self._longest
                Bound.ATTRIBUTE.refuse(supposed, self._path)
                self._weigh(supposed, (owner.attrs[each] for each in [found.name]))
            else:
                self._weigh(found.get_storage_size(), iter([found.get_storage_size()]))

    def _weigh(self, supposed: int, values: Iterator[Any]) -> None:
        if self._supposed + supposed <= self._most:
            self._supposed += supposed
            return
        for value in values:
            self._counted += _weight(value)
            if self._counted > self._most:
                raise Bound.TEXTS.exceeded(self._path, self._most)


def outside(dataset: h5py.Dataset) -> str | None:
    """Say why the values of a dataset are not where it is, if they are not."""
    properties = dataset.id.get_create_plist()
    # Before its shape: asking a virtual dataset for it may already open other files.
    if properties.get_layout() == h5py.h5d.VIRTUAL:
        return f"{dataset.name} is put together from other datasets"
    if properties.get_external_count():
        return f"the values of {dataset.name} are in another file"
    return None


def refuse(message: str, path: Path) -> None:
    """Refuse what no assembly has."""
    raise DataError(message, where=str(path), hint=SAVE_AGAIN)


def _refers(kind: Any, name: str, path: Path, *, inside: bool = False) -> bool:
    """Say whether values are in heaps, and refuse those that lead from heaps to heaps."""
    found = kind.get_class()
    if found == h5py.h5t.STRING and kind.is_variable_str():
        refers, of = True, []
    elif found == h5py.h5t.VLEN:
        refers, of = True, [kind.get_super()]
    elif found == h5py.h5t.ARRAY:
        refers, of = False, [kind.get_super()]
    elif found == h5py.h5t.COMPOUND:
        refers, of = False, [kind.get_member_type(each) for each in range(kind.get_nmembers())]
    else:
        return False
    if refers and inside:
        refuse(f"{name} holds arrays of varying length in one another", path)
    found = [_refers(each, name, path, inside=inside or refers) for each in of]
    return refers or any(found)


def _parts(shape: tuple[int, ...], most: int) -> Iterator[tuple[int | slice, ...]]:
    """Cut an array into parts of so many values at most."""
    axis = 0
    while axis < len(shape) and prod(shape[axis + 1 :]) > most:
        axis += 1
    if axis == len(shape):
        yield ()
        return
    step = max(1, most // max(1, prod(shape[axis + 1 :])))
    for before in product(*map(range, shape[:axis])):
        for start in range(0, shape[axis], step):
            yield (*before, slice(start, start + step))


def _weight(value: Any) -> int:
    """Count the bytes of what is read."""
    if isinstance(value, int):  # it is known
        return value
    if isinstance(value, (bytes, str)):
        return len(value)
    if getattr(value, "dtype", None) is not None and value.dtype.fields:
        return sum(_weight(value[name]) for name in value.dtype.fields)
    if getattr(value, "dtype", None) == object and hasattr(value, "flat"):
        return sum(map(_weight, value.flat))
    return int(getattr(value, "nbytes", 0))


def _address(found: Any) -> int:
    address: int = h5py.h5o.get_info(found.id).addr
    return address
