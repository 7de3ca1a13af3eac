"""The columns of tables in NWB files: trials, units, electrodes, spikes, and what was shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import h5py  # only where the extra is installed: who imports this asks
import numpy as np

from brainscore_data.arrays.nwb_session import SHORT, SHOWN, SPIKES, Session, has, place_in
from brainscore_data.base.bounds import Bound
from brainscore_data.base.errors import DataError


@dataclass(frozen=True)
class Columns:
    """The columns of a table: of each a value for each row; and what could be none, and why."""

    values: Mapping[str, np.ndarray]
    notices: tuple[str, ...] = ()


def columns_in(path: Path, part: str | None) -> tuple[str, Columns]:
    """Read a table; gives its name as well, where only one can be meant."""
    with Session.of(path) as session:
        name = part or session.only("table", session.parts().tables)
        if name == SPIKES:
            return name, _spikes(session)
        if name == SHOWN:
            return name, _films(session)
        node = session.node(name)
        if session.type_of(node) == "IndexSeries":
            return name, _shown(session, node)
        if session.type_of(node) == "DynamicTableRegion":
            return name, _of_rows(session, node, name)
        if not isinstance(node, h5py.Group) or "colnames" not in node.attrs:
            raise DataError(
                "it is not a table",
                where=place_in(path, name),
                hint=session.listed("tables", session.parts().tables),
            )
        return name, _table(session, node)


def _table(session: Session, node: h5py.Group) -> Columns:
    """Read the columns of a table that have one value in each row; say which have not."""
    known = {path: name for name, path in SHORT.items()}.get(node.name.lstrip("/"))
    ids = session.read(session.node(f"{node.name}/id"))
    identifying = {"trials": "presentation_id", None: "id"}.get(known, "neuroid_id")
    values: dict[str, np.ndarray] = {identifying: ids}
    notices = []
    for name in _names_of_columns(session, node):
        data = session.node(f"{node.name}/{name}")
        why = _no_column(session, node, name, data, len(ids))
        if why is None:
            called = "region" if known and name == "location" else _without_blanks(name)
            if called in values:
                called = name
            if called not in (name, "region"):
                notices.append(f"{node.name.lstrip('/')}: {name!r} is called {called!r}")
            values[called] = session.read(data)
        elif name not in ("spike_times", "electrodes"):  # of which there is a table
            notices.append(f"{node.name.lstrip('/')}: {name} is left out: {why}")
    if known == "units":
        values |= _of_electrodes(session, node, values)
    return Columns(values, tuple(notices))


def _of_rows(session: Session, region: h5py.Dataset, name: str) -> Columns:
    """Read the rows of a table that a series refers to: what its channels are, in their order."""
    rows = session.read(region)
    whole = _table(session, session.file[region.attrs["table"]])
    count = len(next(iter(whole.values.values())))
    _refuse_other_rows(session, rows, count, name)
    columns = {{"id": "neuroid_id"}.get(each, each): v[rows] for each, v in whole.values.items()}
    return Columns(columns, whole.notices)


def _without_blanks(name: str) -> str:
    """Give a name that readers can have a coordinate of."""
    return re.sub(r"[\s.]+", "_", name.strip())


def _refuse_other_rows(session: Session, rows: np.ndarray, count: int, name: str) -> None:
    if rows.size and not 0 <= rows.min() <= rows.max() < count:
        raise DataError(
            f"it refers to rows of a table that are not among its {count}",
            where=place_in(session.path, name),
            hint="the file is damaged, or was changed by hand: export it again",
        )


def _names_of_columns(session: Session, node: h5py.Group) -> list[str]:
    session.texts.add(node)
    found = [
        each.decode() if isinstance(each, bytes) else str(each) for each in node.attrs["colnames"]
    ]
    Bound.COLUMNS.refuse(len(found), session.path)
    return found


def _no_column(session: Session, node: h5py.Group, name: str, data: Any, rows: int) -> str | None:
    if has(node, f"{name}_index"):
        return "it has several values in some rows"
    if not isinstance(data, h5py.Dataset):
        return "it is a table of its own"
    if data.ndim > 1:
        return f'it has several numbers in each row; it can be an array, "{data.name.lstrip("/")}"'
    if h5py.check_ref_dtype(data.dtype) is not None or data.dtype.names:
        return "it refers to other objects"
    if data.shape != (rows,):
        raise DataError(
            f"{name} has {data.shape[0] if data.shape else 1} values, and the table {rows} rows",
            where=place_in(session.path, node.name.lstrip("/")),
            hint="the file is damaged, or was changed by hand: export it again",
        )
    return None


def _of_electrodes(
    session: Session, units: h5py.Group, known: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Give each unit what holds for all its electrodes, such as the region."""
    if not has(units, "electrodes_index"):
        return {}
    rows = session.read(session.node(f"{units.name}/electrodes"))
    each = _ragged(session, units, "electrodes", len(rows))
    electrodes = _table(session, session.node("electrodes")).values
    _refuse_other_rows(session, rows, len(electrodes["neuroid_id"]), "units/electrodes")
    found = {}
    for name, cells in electrodes.items():
        its = [np.unique(cells[rows[start:stop]]) for start, stop in each]
        if name not in known and all(len(one) == 1 for one in its):
            found[name] = np.array([one[0] for one in its])
    return found


def _ragged(session: Session, node: h5py.Group, name: str, count: int) -> list[tuple[int, int]]:
    """Give where the values of each row begin and end."""
    ends = session.read(session.node(f"{node.name}/{name}_index")).astype(np.int64)
    starts = np.concatenate([[0], ends[:-1]])
    if (ends < starts).any() or (ends.size and ends[-1] != count) or (not ends.size and count):
        raise DataError(
            f"{name}_index does not fit: it ends at {ends[-1] if ends.size else 0}, and {name} has "
            f"{count} values",
            where=place_in(session.path, f"{node.name.lstrip('/')}/{name}_index"),
            hint="the file is damaged, or was changed by hand: export it again",
        )
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _spikes(session: Session) -> Columns:
    """Give the spikes of all units, one in each row."""
    units = session.node("units")
    if not has(units, "spike_times"):
        raise DataError(
            "its units have no spike times",
            where=place_in(session.path, "units"),
            hint="name a table",
        )
    times = session.read(session.node("units/spike_times"))
    ids = session.read(session.node("units/id"))
    counts = [stop - start for start, stop in _ragged(session, units, "spike_times", len(times))]
    if len(counts) != len(ids):
        raise DataError(
            f"spike_times_index has {len(counts)} values, and there are {len(ids)} units",
            where=place_in(session.path, "units"),
            hint="the file is damaged: export it again",
        )
    return Columns({"neuroid_id": np.repeat(ids, counts), "spike_time": times})


def _shown(session: Session, series: h5py.Group) -> Columns:
    """Give which of its templates a series shows, and when."""
    index = session.read(session.node(f"{series.name}/data")).astype(np.int64)
    if has(series, "timestamps"):
        times = session.read(session.node(f"{series.name}/timestamps"))
    else:
        began = session.node(f"{series.name}/starting_time")
        rate = session.number(began, "rate", 1)
        times = float(began[()]) + np.arange(len(index)) / rate
    names = _templates(session, series)
    if index.size and not 0 <= index.min() <= index.max() < len(names):
        raise DataError(
            f"it shows number {int(index.max())}, and there are {len(names)} templates",
            where=place_in(session.path, series.name.lstrip("/")),
            hint="numbers count from 0; export the file again",
        )
    ids = np.array(names)[index]
    numbers = np.arange(len(index))
    return Columns({"presentation_id": numbers, "start_time": times, "stimulus_id": ids})


def _films(session: Session) -> Columns:
    """Give which film was shown when: those in the session by their names, others by their files'."""
    parts = session.parts()
    shown, notices = [], []
    for name in (*parts.films, *parts.external):
        files = parts.external.get(name, [name])
        if not name.startswith(f"{SHOWN}/"):
            continue
        if len(files) != 1:
            notices.append(f"{name} is left out: it was shown from {len(files)} files")
            continue
        if has(session.node(name), "timestamps"):
            began = float(session.node(f"{name}/timestamps")[0])
        else:
            began = float(session.node(f"{name}/starting_time")[()])
        called = PurePosixPath(files[0])
        shown.append((began, called.stem if name in parts.external else called.name))
    shown.sort()
    columns = {
        "presentation_id": np.arange(len(shown)),
        "start_time": np.array([began for began, _ in shown]),
        "stimulus_id": np.array([called for _, called in shown]),
    }
    return Columns(columns, tuple(notices))


def _templates(session: Session, series: h5py.Group) -> list[str]:
    """Name the templates of a series in their order."""
    inside = f"{series.name}/indexed_images"
    if not has(series, "indexed_images"):
        templates = session.node(f"{series.name}/indexed_timeseries")
        called = templates.name.rpartition("/")[2]
        return [
            f"{called}_{number}"
            for number in range(session.node(f"{templates.name}/data").shape[0])
        ]
    images = session.node(inside)
    if has(images, "order_of_images"):
        order = session.node(f"{inside}/order_of_images")
        Bound.REFERENCES.refuse(order.size, session.path)
        session.weigh(order)
        names = [session.file[each].name if each else None for each in order[()]]
        if None in names:
            raise DataError(
                "it refers to a picture that is not in the file any more",
                where=place_in(session.path, f"{inside.lstrip('/')}/order_of_images"),
                hint="export the file again",
            )
        return [str(name).rpartition("/")[2] for name in names]
    return sorted(images)
