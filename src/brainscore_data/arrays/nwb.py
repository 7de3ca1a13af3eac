"""NWB files, which are HDF5: their arrays and the columns of their tables, within bounds.

Read with h5py, as pynwb does, but one part at a time: nothing is loaded that nobody asked for, no link
to another file is followed, and no extension's code is run. What is where: https://nwb-schema.readthedocs.io
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py  # only where the extra is installed: who imports this asks
import numpy as np

from brainscore_data.arrays.formats import Key, StoredArray
from brainscore_data.arrays.hdf5 import open_hdf5, reopened_hdf5
from brainscore_data.arrays.hdf5_objects import Texts, linked_in
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
_HOPS = 8
_EXPORT = (
    "export it whole, which copies what is elsewhere: "
    "NWBHDF5IO('whole.nwb', 'w').export(src_io=io, write_args={'link_data': False})"
)


@dataclass(frozen=True)
class Columns:
    """The columns of a table: of each a value for each row; and what could be none, and why."""

    values: Mapping[str, np.ndarray]
    notices: tuple[str, ...] = ()


@dataclass
class Parts:
    """What a file has that can be named behind the colon."""

    tables: list[str] = field(default_factory=list)
    arrays: dict[str, tuple[int, ...]] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)  # what is neither → what it is


def open_nwb(path: Path, part: str | None) -> StoredArray:
    """Open the numbers of a series, or of a column with several in each row."""
    with _Session.of(path) as session:
        name = part or session.only("array of numbers", [*session.parts().arrays])
        node = session.node(name)
        has_data = isinstance(node, h5py.Group) and _has(node, "data")
        data = session.node(f"{name}/data") if has_data else node
        if not isinstance(data, h5py.Dataset) or data.dtype.kind not in "biuf" or not data.size:
            raise DataError(
                "it is no array of numbers",
                where=_place(path, name),
                hint=session.listed("arrays", [*session.parts().arrays]),
            )
        session.weigh(data)
        scale, offset = session.number(data, "conversion", 1), session.number(data, "offset", 0)
        if isinstance(node, h5py.Group) and _has(node, "channel_conversion"):
            raise DataError(
                "it has a factor for each channel (channel_conversion)",
                where=_place(path, name),
                hint="save it in volts, as a series without such factors",
            )
        shape, where = tuple(data.shape), data.name
        kind = data.dtype.newbyteorder("=") if (scale, offset) == (1, 0) else np.dtype("float64")

    def read(key: Key) -> np.ndarray:
        with reopened_hdf5(path) as file:
            values = np.asarray(file[where][key])
        return (values if (scale, offset) == (1, 0) else values * scale + offset).astype(kind)

    return StoredArray(shape, kind, read)


def columns_in(path: Path, part: str | None) -> tuple[str, Columns]:
    """Read a table; gives its name as well, where only one can be meant."""
    with _Session.of(path) as session:
        name = part or session.only("table", session.parts().tables)
        if name == SPIKES:
            return name, session.spikes()
        node = session.node(name)
        if session.type_of(node) == "IndexSeries":
            return name, session.shown(node)
        if not isinstance(node, h5py.Group) or "colnames" not in node.attrs:
            raise DataError(
                "it is no table",
                where=_place(path, name),
                hint=session.listed("tables", session.parts().tables),
            )
        return name, session.table(node)


def parts_in(path: Path) -> Parts:
    """List what a file has; no values are read."""
    with _Session.of(path) as session:
        return session.parts()


def _has(node: h5py.Group, name: str) -> bool:
    """Look for a name in a group, without following where it leads."""
    return bool(node.id.links.exists(name.encode()))


def _place(path: Path, name: str) -> Place:
    return Place(str(path), item=name)


class _Session:
    """An open file; all that is read of it is counted."""

    def __init__(self, file: h5py.File, texts: Texts, path: Path) -> None:
        self.file, self._texts, self._path = file, texts, path
        self._bytes = 0
        self._parts: Parts | None = None

    @classmethod
    @contextmanager
    def of(cls, path: Path) -> Iterator[_Session]:
        try:
            with open_hdf5(path) as (file, texts):
                session = cls(file, texts, path)
                if session.type_of(file["/"]) != "NWBFile":
                    raise DataError(
                        "it is HDF5, and no NWB file of version 2",
                        where=str(path),
                        hint="of version 1 make version 2, or save its arrays as .npy",
                    )
                yield session
        except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
            raise DataError(
                f"it is no NWB file, or damaged: {error}",
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
            where=str(self._path),
            hint=f'say which {what} is meant, e.g. "{self._path.name}:{(names or ["trials"])[0]}"',
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
            if not isinstance(node, h5py.Group) or not _has(node, each):
                known = self.parts()
                names = [*known.tables, *known.arrays]
                raise DataError(
                    f"there is no {so_far!r} in it",
                    where=str(self._path),
                    hint=self.listed("parts", names) + did_you_mean(name, names),
                )
            link = node.get(each, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                raise DataError(
                    f"it is a link to another file, {link.filename}",
                    where=_place(self._path, so_far),
                    hint=_EXPORT,
                )
            if isinstance(link, h5py.SoftLink):
                if hops > _HOPS:
                    raise DataError("its links lead to one another", where=_place(self._path, name))
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
            check_storage(data, self._path)
        except DataError as error:
            error.hint = _EXPORT
            raise
        self._texts.add(data)

    def read(self, data: Any) -> np.ndarray:
        """Read a dataset whole: a column."""
        self.weigh(data)
        self._bytes += data.nbytes
        Bound.CELLS.refuse(data.size, self._path, self._path.stat().st_size)
        found = np.asarray(data[()])
        if found.dtype == object:
            return np.array(
                [each.decode() if isinstance(each, bytes) else str(each) for each in found]
            )
        return found

    def table(self, node: h5py.Group) -> Columns:
        """Read the columns of a table that have one value in each row; say which have not."""
        known = {path: name for name, path in SHORT.items()}.get(node.name.lstrip("/"))
        ids = self.read(self.node(f"{node.name}/id"))
        identifying = {"trials": "presentation_id", None: "id"}.get(known, "neuroid_id")
        values: dict[str, np.ndarray] = {identifying: ids}
        notices = []
        for name in self._names_of_columns(node):
            data = self.node(f"{node.name}/{name}")
            why = self._no_column(node, name, data, len(ids))
            if why is None:
                values["region" if known and name == "location" else name] = self.read(data)
            elif name not in ("spike_times", "electrodes"):  # of which there is a table
                notices.append(f"{node.name.lstrip('/')}: {name} is left out: {why}")
        if known == "units":
            values |= self._of_electrodes(node, values)
        return Columns(values, tuple(notices))

    def _names_of_columns(self, node: h5py.Group) -> list[str]:
        self._texts.add(node)
        found = [
            each.decode() if isinstance(each, bytes) else str(each)
            for each in node.attrs["colnames"]
        ]
        Bound.COLUMNS.refuse(len(found), self._path)
        return found

    def _no_column(self, node: h5py.Group, name: str, data: Any, rows: int) -> str | None:
        if _has(node, f"{name}_index"):
            return "it has several values in some rows"
        if not isinstance(data, h5py.Dataset):
            return "it is a table of its own"
        if data.ndim > 1:
            return (
                f'it has several numbers in each row; it can be an array, "{data.name.lstrip("/")}"'
            )
        if h5py.check_ref_dtype(data.dtype) is not None or data.dtype.names:
            return "it refers to other objects"
        if data.shape != (rows,):
            raise DataError(
                f"{name} has {data.shape[0] if data.shape else 1} values, and the table {rows} rows",
                where=_place(self._path, node.name.lstrip("/")),
                hint="the file is damaged, or was changed by hand: export it again",
            )
        return None

    def _of_electrodes(
        self, units: h5py.Group, known: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Give each unit what holds for all its electrodes, such as the region."""
        if not _has(units, "electrodes_index"):
            return {}
        rows = self.read(self.node(f"{units.name}/electrodes"))
        each = self._ragged(units, "electrodes", len(rows))
        electrodes = self.table(self.node("electrodes")).values
        count = len(electrodes["neuroid_id"])
        if rows.size and not 0 <= rows.min() <= rows.max() < count:
            raise DataError(
                f"units are of electrodes that are not among the {count}",
                where=_place(self._path, "units/electrodes"),
                hint="export the file again",
            )
        found = {}
        for name, cells in electrodes.items():
            its = [np.unique(cells[rows[start:stop]]) for start, stop in each]
            if name not in known and all(len(one) == 1 for one in its):
                found[name] = np.array([one[0] for one in its])
        return found

    def _ragged(self, node: h5py.Group, name: str, count: int) -> list[tuple[int, int]]:
        """Give where the values of each row begin and end."""
        ends = self.read(self.node(f"{node.name}/{name}_index")).astype(np.int64)
        starts = np.concatenate([[0], ends[:-1]])
        if (ends < starts).any() or (ends.size and ends[-1] != count) or (not ends.size and count):
            raise DataError(
                f"{name}_index does not fit: it ends at {ends[-1] if ends.size else 0}, and {name} has "
                f"{count} values",
                where=_place(self._path, f"{node.name.lstrip('/')}/{name}_index"),
                hint="the file is damaged, or was changed by hand: export it again",
            )
        return list(zip(starts.tolist(), ends.tolist(), strict=True))

    def spikes(self) -> Columns:
        """Give the spikes of all units, one in each row."""
        units = self.node("units")
        if not _has(units, "spike_times"):
            raise DataError(
                "its units have no spike times",
                where=_place(self._path, "units"),
                hint="name a table",
            )
        times = self.read(self.node("units/spike_times"))
        ids = self.read(self.node("units/id"))
        counts = [stop - start for start, stop in self._ragged(units, "spike_times", len(times))]
        if len(counts) != len(ids):
            raise DataError(
                f"spike_times_index has {len(counts)} values, and there are {len(ids)} units",
                where=_place(self._path, "units"),
                hint="the file is damaged: export it again",
            )
        return Columns({"neuroid_id": np.repeat(ids, counts), "spike_time": times})

    def shown(self, series: h5py.Group) -> Columns:
        """Give which of its templates a series shows, and when."""
        index = self.read(self.node(f"{series.name}/data")).astype(np.int64)
        if _has(series, "timestamps"):
            times = self.read(self.node(f"{series.name}/timestamps"))
        else:
            began = self.node(f"{series.name}/starting_time")
            rate = self.number(began, "rate", 1)
            times = float(began[()]) + np.arange(len(index)) / rate
        names = self._templates(series)
        if index.size and not 0 <= index.min() <= index.max() < len(names):
            raise DataError(
                f"it shows number {int(index.max())}, and there are {len(names)} templates",
                where=_place(self._path, series.name.lstrip("/")),
                hint="numbers count from 0; export the file again",
            )
        ids = np.array(names)[index]
        numbers = np.arange(len(index))
        return Columns({"presentation_id": numbers, "start_time": times, "stimulus_id": ids})

    def _templates(self, series: h5py.Group) -> list[str]:
        """Name the templates of a series in their order."""
        inside = f"{series.name}/indexed_images"
        if not _has(series, "indexed_images"):
            templates = self.node(f"{series.name}/indexed_timeseries")
            called = templates.name.rpartition("/")[2]
            return [
                f"{called}_{number}"
                for number in range(self.node(f"{templates.name}/data").shape[0])
            ]
        images = self.node(inside)
        if _has(images, "order_of_images"):
            order = self.node(f"{inside}/order_of_images")
            Bound.REFERENCES.refuse(order.size, self._path)
            self.weigh(order)
            return [self.file[each].name.rpartition("/")[2] for each in order[()]]
        return sorted(images)

    def parts(self) -> Parts:
        """List the tables, the arrays, and what is neither."""
        if self._parts is None:
            self._parts = self._listed()
        return self._parts

    def _listed(self) -> Parts:
        found, short = Parts(), {path: name for name, path in SHORT.items()}
        for name, link, node, again in linked_in(self.file, self._path):
            if isinstance(link, h5py.ExternalLink):
                found.others[name] = f"a link to another file, {link.filename}"
            if not isinstance(node, h5py.Group) or again or name.startswith("specifications"):
                continue
            kind = self.type_of(node)
            if "colnames" in node.attrs:
                found.tables.append(short.get(name, name))
            elif kind == "IndexSeries":
                found.tables.append(name)
            elif kind == "ImageSeries" and _has(node, "external_file"):
                found.others[name] = "images or videos in files of their own"
            elif _has(node, "data") and isinstance(node.get("data", getlink=True), h5py.HardLink):
                data = node["data"]
                if isinstance(data, h5py.Dataset) and data.dtype.kind in "biuf" and data.size:
                    found.arrays[name] = tuple(data.shape)
        if "units" in found.tables and _has(self.node("units"), "spike_times"):
            found.tables.append(SPIKES)
        found.tables.sort(key=lambda each: (each not in {*SHORT, SPIKES}, each != "units", each))
        return found
