"""NWB files, which are HDF5: opened within bounds, and what there is in one.

Read with h5py, as pynwb does, but one part at a time: nothing is loaded that nobody asked for, no link
to another file is followed, and no extension's code is run. What is where: https://nwb-schema.readthedocs.io
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py  # only where the extra is installed: who imports this asks
import numpy as np

from brainscore_data.arrays.hdf5 import open_hdf5
from brainscore_data.arrays.hdf5_objects import SAVE_AGAIN, Texts, linked_in
from brainscore_data.arrays.hdf5_storage import check_storage
from brainscore_data.base.bounds import Bound
from brainscore_data.base.errors import DataError
from brainscore_data.base.nearest import did_you_mean
from brainscore_data.base.place import Place
from brainscore_data.base.text import some

#: What can be said for short → where that is in every file.
SHORT = {
    "trials": "intervals/trials",
    "electrodes": "general/extracellular_ephys/electrodes",
    "units": "units",
}
#: The times of all units' spikes: a table with a row for each.
SPIKES = "spikes"
#: What pictures are called; each is rows of pixels.
PICTURES = frozenset({"GrayscaleImage", "RGBImage", "RGBAImage"})
#: What series of frames are called.
FILMS = frozenset({"ImageSeries", "OpticalSeries"})
#: Where it says what was shown: a table with a row for each film in it.
SHOWN = "stimulus/presentation"
_CHANNELS = ("electrodes", "rois")  # what the channels of a series are
_HOPS = 8
_EXPORT = (
    "export it whole, which copies what is elsewhere: "
    "NWBHDF5IO('whole.nwb', 'w').export(src_io=io, write_args={'link_data': False})"
)


@dataclass
class SessionParts:
    """What a file has that can be named behind the colon."""

    tables: list[str] = field(default_factory=list)
    arrays: dict[str, tuple[int, ...]] = field(default_factory=dict)
    #: Of the arrays those that say when each sample was taken → the table of their channels.
    recordings: dict[str, str | None] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)  # what is neither → what it is
    #: Pictures in the file that were shown: by their names, which are those of their datasets.
    pictures: dict[str, str] = field(default_factory=dict)
    films: dict[str, int] = field(default_factory=dict)  # that were shown → their frames
    indexed: list[str] = field(
        default_factory=list
    )  # what says which of some images was shown when
    #: What was shown from files of its own → the files as the session names them.
    external: dict[str, list[str]] = field(default_factory=dict)


def has(node: h5py.Group, name: str) -> bool:
    """Look for a name in a group, without following where it leads."""
    return bool(node.id.links.exists(name.encode()))


def place_in(path: Path, name: str) -> Place:
    """Say where in a file something is."""
    return Place(str(path), item=name)


class Session:
    """An open file; all that is read of it is counted."""

    def __init__(self, file: h5py.File, texts: Texts, path: Path) -> None:
        self.file, self.texts, self.path = file, texts, path
        self._bytes = 0
        self._parts: SessionParts | None = None

    @classmethod
    @contextmanager
    def of(cls, path: Path) -> Iterator[Session]:
        """Open a file, and make sure that it is a session."""
        try:
            with open_hdf5(path) as (file, texts):
                session = cls(file, texts, path)
                if session.type_of(file["/"]) != "NWBFile":
                    raise DataError(
                        "it is HDF5, but not an NWB file of version 2",
                        where=str(path),
                        hint="of version 1 make version 2, or save its arrays as .npy",
                    )
                yield session
        except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
            raise DataError(
                f"it is not an NWB file, or it is damaged: {error}",
                where=str(path),
                hint="download or export it again",
            ) from error

    def only(self, what: str, names: list[str]) -> str:
        """Give the name that must be meant."""
        if len(names) == 1:
            return names[0]
        shown = some(names, 8, str)
        raise DataError(
            f"it has {f'several: {shown}' if names else f'no {what}'}",
            where=str(self.path),
            hint=f'say which {what} is meant, e.g. "{self.path.name}:{(names or ["trials"])[0]}"',
        )

    def listed(self, what: str, names: list[str]) -> str:
        """Say what could be named."""
        return f"the {what} in it are {some(names, 8, str)}" if names else f"it has no {what}"

    def node(self, name: str, hops: int = 0) -> Any:
        """Find what has a name; links within the file are followed, those to others are refused."""
        node: Any = self.file["/"]
        parts = [each for each in SHORT.get(name, name).split("/") if each]
        for depth, each in enumerate(parts):
            so_far = "/".join(parts[: depth + 1])
            if not isinstance(node, h5py.Group) or not has(node, each):
                known = self.parts()
                names = [*known.tables, *known.arrays]
                raise DataError(
                    f"there is no {so_far!r} in it",
                    where=str(self.path),
                    hint=self.listed("parts", names) + did_you_mean(name, names),
                )
            link = node.get(each, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                raise DataError(
                    f"it is a link to another file, {link.filename}",
                    where=place_in(self.path, so_far),
                    hint=_EXPORT,
                )
            if isinstance(link, h5py.SoftLink):
                if hops > _HOPS:
                    raise DataError(
                        "its links lead to one another", where=place_in(self.path, name)
                    )
                within = "" if link.path.startswith("/") else f"{node.name}/"
                node = self.node(f"{within}{link.path}", hops + 1)
            else:
                node = node[each]
        return node

    def type_of(self, node: Any) -> str:
        """Say what NWB calls something; nothing if it is no object of NWB's."""
        if "neurodata_type" not in node.attrs:
            return ""
        if node.attrs.get_id("neurodata_type").get_storage_size() > 1 << 10:
            return ""
        found = node.attrs["neurodata_type"]
        return found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)

    def number(self, node: Any, name: str, default: float) -> float:
        """Give an attribute that is one number."""
        if name not in node.attrs or node.attrs.get_id(name).shape != ():
            return default
        return float(node.attrs[name])

    def weigh(self, data: h5py.Dataset) -> None:
        """Make sure that reading a dataset does no harm."""
        try:
            check_storage(data, self.path)
        except DataError as error:
            error.hint = _EXPORT if error.hint == SAVE_AGAIN else error.hint
            raise
        self.texts.add(data)

    def read(self, data: Any) -> np.ndarray:
        """Read a dataset whole: a column."""
        self.weigh(data)
        self._bytes += data.nbytes
        Bound.CELLS.refuse(data.size, self.path, self.path.stat().st_size)
        found = np.asarray(data[()])
        if found.dtype == object:
            return np.array(
                [each.decode() if isinstance(each, bytes) else str(each) for each in found]
            )
        return found

    def _pictures(self, images: h5py.Group) -> Iterator[str]:
        for each in images:
            is_here = isinstance(images.get(each, getlink=True), h5py.HardLink)
            if is_here and self.type_of(images[each]) in PICTURES:
                yield each

    def parts(self) -> SessionParts:
        """List the tables, the arrays, and what is neither."""
        if self._parts is None:
            self._parts = self._listed()
        return self._parts

    def _listed(self) -> SessionParts:
        found, short = SessionParts(), {path: name for name, path in SHORT.items()}
        for name, link, node, again in linked_in(self.file, self.path):
            if isinstance(link, h5py.ExternalLink):
                found.others[name] = f"a link to another file, {link.filename}"
            if not isinstance(node, h5py.Group) or again or name.startswith("specifications"):
                continue
            kind = self.type_of(node)
            if kind == "Images" and name.startswith("stimulus/templates/"):
                found.pictures |= {each: f"{name}/{each}" for each in self._pictures(node)}
            if "colnames" in node.attrs:
                found.tables.append(short.get(name, name))
            elif kind == "IndexSeries":
                found.tables.append(name)
                found.indexed.append(name)
            elif kind in FILMS and has(node, "external_file"):
                found.external[name] = self.read(self.node(f"{name}/external_file")).tolist()
            elif (data := self._numbers(node)) is not None:
                self._add_series(found, name, node, kind, data.shape)
        if "units" in found.tables and has(self.node("units"), "spike_times"):
            found.tables.append(SPIKES)
        if any(name.startswith(f"{SHOWN}/") for name in (*found.films, *found.external)):
            found.tables.append(SHOWN)
        found.tables.sort(key=lambda each: (each not in {*SHORT, SPIKES}, each != "units", each))
        return found

    def _numbers(self, node: h5py.Group) -> h5py.Dataset | None:
        if not has(node, "data") or not isinstance(node.get("data", getlink=True), h5py.HardLink):
            return None
        data = node["data"]
        holds = isinstance(data, h5py.Dataset) and data.dtype.kind in "biuf" and data.size
        return data if holds else None

    def _add_series(
        self, found: SessionParts, name: str, node: h5py.Group, kind: str, shape: tuple[int, ...]
    ) -> None:
        if kind in FILMS and name.startswith("stimulus/"):
            found.films[name] = shape[0]
            return
        found.arrays[name] = tuple(shape)
        if has(node, "starting_time") or has(node, "timestamps"):
            its = (f"{name}/{each}" for each in _CHANNELS if has(node, each))
            found.recordings[name] = next(its, None)
