"""An assembly from one tidy table with a row per trial, as online experiments export it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from brainscore_data.assemblies.contract.coordinates import check_names
from brainscore_data.assemblies.lazy import lazy, with_coordinates
from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place
from brainscore_data.dataset.assembly_tables import DerivedStimulusId, TableAssembly, Take
from brainscore_data.dataset.manifest_values import Scalar
from brainscore_data.dataset.paths import file_part
from brainscore_data.dataset.patterns import is_pattern, matching, starred
from brainscore_data.dataset.trial_kinds import kinds_of_trials, may_be_kinds
from brainscore_data.tables.columns import typed_stimulus_ids
from brainscore_data.tables.formats import open_table
from brainscore_data.tables.rows import Column, LazyColumn, Rows, require_columns
from brainscore_data.tables.several import joined, unequal
from brainscore_data.tables.table import Table
from brainscore_data.tables.zipped import tables_in

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

_ID = "stimulus_id"
_SHOWN = 10


def open_trials(
    item: TableAssembly, find: Callable[[str], Path], names: Collection[str] = ()
) -> tuple[xr.DataArray, tuple[str, ...]]:
    """Open a table of trials, or of events such as spikes, as an assembly of one dimension.

    `names` are those of its files, of which a `*` stands for some.

    Rows are chosen first and typed after: what is missing in practice trials does not turn the
    whole numbers of the others into floats.
    """
    import numpy as np

    source = _id_source(item)
    whole = _whole(item, source, find, names)
    table = _chosen(whole, item)
    coords: dict[str, tuple[str, Any]] = {}
    notices = (*table.notices, *_rows_taken(whole, table, item))
    from_name = [] if item.from_name is None else [item.from_name]
    published = dict.fromkeys([*item.columns, *from_name, item.value, *([_ID] if source else [])])
    dims = item.dims
    check_names(dims, dict.fromkeys(published, dims), where=str(table.path))
    for column in published:
        if column == _ID and source:
            values, more = _stimulus_ids(table, source)
        else:
            values, more = table.typed(column, item.missing)
        coords[column] = (dims[0], values if isinstance(values, np.ndarray) else _lazy(values))
        notices += more
    data = with_coordinates(coords[item.value][1], dims, coords)
    data.set_close(table.close)
    return data, notices


def derived_id(cell: str, take: Take) -> str:
    r"""Read a stimulus id out of a path or a URL.

    The query of a URL is left out, ``%20`` and the like are decoded, and backslashes separate
    as slashes do.

    >>> derived_id("https://example.org/o/images%2Fim%201.png?alt=media#top", "stem")
    'im 1'
    >>> derived_id("C:\\stimuli\\im1.png", "name")
    'im1.png'
    >>> derived_id("stimuli/im1.png", "value")
    'stimuli/im1.png'
    """
    if take == "value":
        return cell
    path = cell.partition("?")[0]
    if "://" in path:
        path = path.partition("#")[0]  # elsewhere it may be part of a file's name
    name = unquote(path).replace("\\", "/").rpartition("/")[2]
    return name if take == "name" else PurePosixPath(name).stem


def _id_source(item: TableAssembly) -> DerivedStimulusId | None:
    """Say where stimulus ids come from; nowhere, if nothing asks for them."""
    # A spike can be between two stimuli.
    needed = item.stimulus_set is not None and item.dims == ("presentation",)
    asked = needed or "stimulus_id" in item.model_fields_set
    if not asked and _ID not in item.columns:
        return None
    return item.id_source


def _whole(
    item: TableAssembly,
    source: DerivedStimulusId | None,
    find: Callable[[str], Path],
    names: Collection[str],
) -> Rows:
    """Open the table; where it lies in several files, all of them as one."""
    if isinstance(item.table, str) and not is_pattern(item.table):
        file, part = file_part(item.table)
        return _read(item, source, find(file), part)
    tables, said = [], []
    for each in item.tables:
        for path, part, star in _pieces(each, find, names):
            table = _read(item, source, path, part)
            if not isinstance(table, Table):
                raise DataError(
                    "several files of this format cannot be one table",
                    where=str(table.path),
                    hint="write one file of them, or save them as csv",
                )
            tables.append(table)
            said.append(star)
    if not tables:
        raise DataError(
            f"there is no file {', '.join(map(repr, item.tables))}",
            where=Place(item.identifier, item="table"),
            hint="`*` stands for some characters of a file's name, from the folder of dataset.toml",
        )
    shared = [
        column for column in tables[0].columns if all(column in each.columns for each in tables)
    ]
    first = file_part(item.tables[0])
    called = first.part if first.part and is_pattern(first.part) else first.file
    path = tables[0].path.with_name(PurePosixPath(called).name)
    return joined(tables, path, shared, None if item.from_name is None else (item.from_name, said))


def _pieces(
    name: str, find: Callable[[str], Path], names: Collection[str]
) -> Iterator[tuple[Path, str | None, str]]:
    """Give each file that a name stands for, what is meant of it, and what `*` stands for."""
    pattern, part = file_part(name)
    for file in matching(pattern, names) if is_pattern(pattern) else [pattern]:
        path = find(file)
        if part is None or not is_pattern(part):
            yield path, part, starred(pattern, file)
            continue
        for member in matching(part, tables_in(path)):
            yield path, member, starred(part, member)


def _read(
    item: TableAssembly, source: DerivedStimulusId | None, path: Path, part: str | None
) -> Rows:
    published = [column for column in item.columns if column not in {_ID, item.from_name}]
    # A value that is the stimulus id needs no column of that name, either.
    value = [] if item.value == _ID and source else [item.value]
    asked = {
        "columns": published,
        "value": value,
        "where": [name for name in item.where if name != item.from_name],
    }
    table = open_table(path, part)
    columns = table.columns
    if source and source.column not in columns:
        raise DataError(
            f"there is no column {source.column!r} to take the stimulus ids from",
            where=str(path),
            hint='name it in dataset.toml, as stimulus_id = "…"; the columns are: '
            + ", ".join(map(repr, columns)),
        )
    for key, names in asked.items():
        require_columns(names, columns, where=str(path), asked_by=key)
    kinds = filter(may_be_kinds, columns)
    wanted = [*published, *value, *asked["where"], *([source.column] if source else []), *kinds]
    notices = []
    if source and source.column != _ID and _ID in columns:
        notices.append(
            f"{path.name}: stimulus ids come from the column {source.column!r}, as the manifest "
            f"says; the column {_ID!r} is not published"
        )
    return table.only(list(dict.fromkeys(wanted)), notices)


def _chosen(table: Rows, item: TableAssembly) -> Rows:
    if not item.where:
        return table
    kept = table.where({name: partial(_is_one_of, cells) for name, cells in item.where.items()})
    if kept is not None:
        return kept
    there = "; ".join(f"{column} has {_occurring(table, column)}" for column in item.where)
    raise DataError(
        f"`where` leaves no row of the table: {there}",
        where=Place(str(table.path), item=item.identifier),
        hint="correct `where` in dataset.toml",
    )


def _rows_taken(whole: Rows, kept: Rows, item: TableAssembly) -> Iterator[str]:
    """Say how many rows of which kind were taken and left, and which may have been taken wrongly."""
    name = whole.path.name
    if isinstance(kept, Table) and (said := unequal(kept)) is not None:
        yield said
    taken = {
        column: kept.counts(column)
        for column in kept.columns
        if column in item.where or may_be_kinds(column)
    }
    if item.where:
        parts = []
        for column in item.where:
            left = whole.counts(column) - taken[column]
            without = f", left {_kinds(left)}" if left else ""
            parts.append(f"of {column!r} took {_kinds(taken[column])}{without}")
        yield f"{name}: took {len(kept)} of {len(whole)} rows: " + "; ".join(parts)
    for column, counts in taken.items():
        kinds = None if column in item.where else kinds_of_trials(column, list(counts))
        if kinds is not None:
            others = Counter({text: counts[text] for text in kinds.other})
            yield (
                f"{name}: took {others.total()} rows that may be none of the task: of {column!r} "
                f"{_kinds(others)}; `where` in dataset.toml leaves rows out"
            )


def _kinds(counts: Counter[str]) -> str:
    shown = [f"{count} {text!r}" for text, count in counts.most_common(_SHOWN)]
    rest = counts.total() - sum(count for _, count in counts.most_common(_SHOWN))
    return ", ".join([*shown, *([f"{rest} others"] if rest else [])])


def _lazy(column: LazyColumn) -> Any:
    def read(key: tuple[int | slice, ...]) -> np.ndarray:
        (index,) = key
        if not isinstance(index, slice):
            return column.read(index, index + 1).reshape(())
        start, stop, step = index.indices(len(column))
        return column.read(start, max(start, stop))[::step]

    return lazy((len(column),), column.dtype, read)


def _is_one_of(wanted: Scalar | list[Scalar], value: object, text: str) -> bool:
    alternatives = wanted if isinstance(wanted, list) else [wanted]
    return any(_is(value, text, one) for one in alternatives)


def _is(value: object, text: str, wanted: Scalar) -> bool:
    """Compare a cell with what the manifest wants.

    A text is compared with the cell's text, whatever the type of its column. A number is compared
    with numbers by value, and true and false with booleans; with a cell of a text column, by how
    they are written.
    """
    if isinstance(wanted, str):
        return text == wanted
    if isinstance(value, str):
        return text.lower() == str(wanted).lower()
    return isinstance(value, bool) == isinstance(wanted, bool) and value == wanted


def _occurring(table: Rows, column: str) -> str:
    values = list(table.first_rows(column))
    more = f" and {len(values) - _SHOWN} others" if len(values) > _SHOWN else ""
    return ", ".join(map(repr, values[:_SHOWN])) + more


def _stimulus_ids(table: Rows, source: DerivedStimulusId) -> tuple[Column, tuple[str, ...]]:
    first = table.first_rows(source.column)
    ids = [derived_id(cell, source.take) for cell in first]
    before, after = len(first), len(set(ids))
    notice = (
        f"{table.path.name}: the {before} different cells of {source.column!r} give only "
        f"{after} stimulus ids"
    )
    notices = (notice,) if after < before else ()
    # Few of them are different, and they decide on the type of all.
    values = typed_stimulus_ids(table, ids, list(first.values()))
    return table.replaced(source.column, first, values), notices
