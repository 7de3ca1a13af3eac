"""What is different from the version in the store, found in the cage: rows, values, columns, files."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.assemblies.contract.variables import plain
from brainscore_data.assemblies.opening import open_assembly, open_netcdf
from brainscore_data.base.door import only_inside
from brainscore_data.check.assemblies.statistics import blocks
from brainscore_data.dataset.assembly_tables import Assembly
from brainscore_data.previewing.seen import Difference
from brainscore_data.stimuli.files import StimulusFiles, list_stimuli
from brainscore_data.tables.table import Table, read_table

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

_EXAMPLES = 10
_LONGEST = 80


def stimulus_set_changes(
    before: tuple[Path, Path],
    after: tuple[Path, Path],
    root: Path,
    inside: tuple[Path, ...],
    *,
    contents: bool,
) -> Difference:
    """Compare tables row by row, by stimulus id, and files of the same name byte by byte."""
    with only_inside(*inside):
        old, new = (read_table(csv) for csv, _ in (before, after))
        old_rows, new_rows = _by_id(old), _by_id(new)
        shared = [name for name in new.columns if name in old.columns]
        places = [(name, old.columns.index(name), new.columns.index(name)) for name in shared]
        changed, examples = 0, []
        for key in new_rows.keys() & old_rows.keys():
            was, now = old_rows[key], new_rows[key]
            different = [(name, was[i], now[j]) for name, i, j in places if was[i] != now[j]]
            changed += bool(different)
            examples += [(f"{key}: {name}", one, other) for name, one, other in different]
        added = [key for key in new_rows if key not in old_rows]
        removed = [key for key in old_rows if key not in new_rows]
        some = [
            *sorted(examples)[: _EXAMPLES // 2],
            *((key, "", "a new row") for key in added[: _EXAMPLES // 4]),
            *((key, "a row", "removed") for key in removed[: _EXAMPLES // 4]),
        ]
        files = [
            list_stimuli(each, metadata=csv, root=each.parent if each == before[1] else root)
            for csv, each in (before, after)
        ]
        return Difference(
            rows_before=len(old),
            rows_after=len(new),
            added=len(added),
            removed=len(removed),
            changed=changed,
            what="rows",
            columns_added=tuple(each for each in new.columns if each not in old.columns),
            columns_removed=tuple(each for each in old.columns if each not in new.columns),
            files_changed=_files_changed(*files),
            examples=tuple(map(_short, some)) if contents else (),
        )


def _short(example: tuple[str, str, str]) -> tuple[str, str, str]:
    where, before, after = (
        each if len(each) <= _LONGEST else f"{each[:_LONGEST]}…" for each in example
    )
    return where, before, after


def _by_id(table: Table) -> dict[str, tuple[str, ...]]:
    name = next((each for each in ("stimulus_id", "image_id") if each in table.columns), None)
    ids: Sequence[str] = table.texts(name) if name else [str(row) for row in range(len(table))]
    return dict(zip(ids, table.rows(), strict=True))


def _files_changed(before: StimulusFiles, after: StimulusFiles) -> int:
    shared = before.sizes.keys() & after.sizes.keys()
    changed = {name for name in shared if before.sizes[name] != after.sizes[name]}
    with ExitStack() as opening:
        old, new = (opening.enter_context(each.opened()) for each in (before, after))
        for name in shared - changed:
            if len({_sum(read(name)) for read in (old, new)}) > 1:
                changed.add(name)
    return len(changed)


def _sum(content: Iterable[bytes]) -> int:
    found = 0
    for block in content:
        found = zlib.crc32(block, found)
    return found


def assembly_changes(
    before: Path,
    item: Assembly,
    paths: Mapping[str, Path],
    inside: tuple[Path, ...],
    *,
    contents: bool,
) -> Difference:
    """Compare presentations by their coordinates, and values where these are the same."""
    with only_inside(*inside), ExitStack() as opening:
        old, _ = open_netcdf(before)
        opening.callback(old.close)
        opened = opening.enter_context(closing(open_assembly(item, paths.__getitem__, paths)))
        return _compared(old, opened.data, contents=contents)


def _compared(old: xr.DataArray, new: xr.DataArray, *, contents: bool) -> Difference:
    before, after = ({str(name) for name in each.coords} for each in (old, new))
    rows_before, rows_after = (_rows(each, before & after) for each in (old, new))
    unchanged = Difference(
        rows_before=len(rows_before),
        rows_after=len(rows_after),
        added=0,
        removed=0,
        changed=0,
        what="not compared",
        columns_added=tuple(sorted(after - before)),
        columns_removed=tuple(sorted(before - after)),
    )
    if old.dims != new.dims or old.shape[1:] != new.shape[1:]:
        return replace(unchanged, examples=(("shape", _shape(old), _shape(new)),))
    if rows_before == rows_after:
        changed, found = _values_changed(old, new)
        return replace(
            unchanged, what="values", changed=changed, examples=found if contents else ()
        )
    counts_before, counts_after = Counter(rows_before), Counter(rows_after)
    gone, more = counts_before - counts_after, counts_after - counts_before
    if not gone and not more:
        return replace(unchanged, examples=(("presentations", "", "in another order"),))
    some = [
        *((_words(key), "a row", "removed") for key in list(gone)[: _EXAMPLES // 2]),
        *((_words(key), "", "a new row") for key in list(more)[: _EXAMPLES // 2]),
    ]
    return replace(
        unchanged,
        what="rows",
        added=more.total(),
        removed=gone.total(),
        examples=tuple(map(_short, some)) if contents else (),
    )


def _shape(data: xr.DataArray) -> str:
    return " × ".join(f"{dim} {size}" for dim, size in zip(data.dims, data.shape, strict=True))


def _words(key: tuple[str, ...]) -> str:
    return ", ".join(key)


def _rows(data: xr.DataArray, names: set[str]) -> list[tuple[str, ...]]:
    if not data.ndim:
        return []
    rows = data.dims[0]
    own = [
        str(name)
        for name in data.coords
        if str(name) in names and data.coords[name].dims == (rows,)
    ]
    columns = [list(map(str, plain(data.coords[name].variable).tolist())) for name in sorted(own)]
    return list(zip(*columns, strict=True)) if columns else [()] * data.shape[0]


def _values_changed(
    old: xr.DataArray, new: xr.DataArray
) -> tuple[int, tuple[tuple[str, str, str], ...]]:
    import numpy as np

    changed = 0
    examples: list[tuple[str, str, str]] = []
    width = max(8, getattr(new.dtype, "itemsize", 8))
    for index in blocks(tuple(new.shape), width):
        one, other = (plain(each.variable[index]) for each in (old, new))
        different = np.asarray(one != other)
        if one.dtype.kind == other.dtype.kind == "f":
            different &= ~(np.isnan(one) & np.isnan(other))
        changed += int(different.sum())
        if different.any() and len(examples) < _EXAMPLES:
            for place in np.argwhere(different)[: _EXAMPLES - len(examples)]:
                at = [int(p) + (s.start or 0) for p, s in zip(place, index, strict=True)]
                where = ", ".join(
                    f"{dim} {number}" for dim, number in zip(new.dims, at, strict=True)
                )
                examples.append(_short((where, _value(one, place), _value(other, place))))
    return changed, tuple(examples)


def _value(values: np.ndarray, place: np.ndarray) -> str:
    value = values[tuple(place)]
    return f"{value:.6g}" if values.dtype.kind == "f" else str(value)
