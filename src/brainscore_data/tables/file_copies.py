"""A file's tables written anew, with other texts in some columns: in the same format, and nothing else of the file.

What is read of the copy is compared with what is read of the file: all else is the same, or there is
no copy.
"""

from __future__ import annotations

import gzip
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from brainscore_data.base.door import BLOCK, named, opened
from brainscore_data.base.errors import DataError
from brainscore_data.tables.columns import number_text
from brainscore_data.tables.csv_editing import editable_csv
from brainscore_data.tables.formats import open_table
from brainscore_data.tables.table import Table
from brainscore_data.tables.trial_editing import editable_trials
from brainscore_data.tables.zipped import member_and_part, unpacked_table

if TYPE_CHECKING:
    import pyarrow as pa

#: Of columns, by name: a text, and what is written in its place.
Replaced = Mapping[str, Mapping[str, str]]


def write_copy(path: Path, parts: Sequence[str | None], target: Path, replaced: Replaced) -> None:
    """Write those of a file's tables that `parts` names; a `DataError` if others would be read of it."""
    _COPIED[path.suffix.lower()](path, parts, target, replaced)


def can_copy(path: Path) -> bool:
    """Say whether copies are made of files of this format."""
    return path.suffix.lower() in _COPIED


def _copy_cells(path: Path, _: Sequence[str | None], target: Path, replaced: Replaced) -> None:
    """Change a csv or a list of trials cell by cell."""
    table = editable_trials(path) if path.suffix.lower() == ".json" else editable_csv(path)
    for column in replaced.keys() & {*table.columns}:
        cells = [replaced[column].get(cell, cell) for cell in table.column(column)]
        table = table.with_column(column, cells)
    replace(table, path=target).write(like=path)


def _copy_excel(path: Path, parts: Sequence[str | None], target: Path, replaced: Replaced) -> None:
    from openpyxl import Workbook

    tables = _tables(path, parts)
    book = Workbook(write_only=True)
    for table in tables:
        sheet = book.create_sheet(table.part)
        columns = [_values(table, column, replaced) for column in table.columns]
        for row in (table.columns, *zip(*columns, strict=True)):
            sheet.append([_excel_cell(sheet, value, table) for value in row])
    book.save(target)
    _refuse_others(tables, target, replaced)


def _excel_cell(sheet: Any, value: Any, table: Table) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils.exceptions import IllegalCharacterError

    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # As text, of which nothing is rounded: of a number, openpyxl writes 16 digits.
        cell = WriteOnlyCell(sheet, repr(value))
        cell.data_type = "n"
        return cell
    try:
        cell = WriteOnlyCell(sheet, value)
    except IllegalCharacterError as error:
        raise _unequal(table, repr(value)) from error
    if cell.data_type == "f":
        cell.data_type = "s"  # a text that begins with =
    return cell


def _copy_matlab(path: Path, parts: Sequence[str | None], target: Path, replaced: Replaced) -> None:
    import numpy as np
    from scipy.io import savemat

    tables = _tables(path, parts)
    document: dict[str, Any] = {}
    for table in tables:
        columns = {}
        for column in table.columns:
            values = ["" if each is None else each for each in _values(table, column, replaced)]
            kinds = {type(each) for each in values if each != ""}
            if kinds <= {int, float} and kinds:
                numbers = [float("nan") if each == "" else each for each in values]
                columns[column] = np.array(numbers).reshape(-1, 1)
            else:
                columns[column] = np.array([*values, None], object)[:-1].reshape(-1, 1)
        *above, name = (table.part or "").split(".")
        inside = document
        for each in above:
            inside = inside.setdefault(each, {})
        inside[name] = columns[name] if [*columns] == [name] else columns
    savemat(target, document, long_field_names=True, appendmat=False)
    _refuse_others(tables, target, replaced)


def _copy_parquet(path: Path, _: Sequence[str | None], target: Path, replaced: Replaced) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from brainscore_data.tables.parquet_bounds import refuse_long_footer, refuse_too_much
    from brainscore_data.tables.parquet_stream import explained

    refuse_long_footer(path)
    with explained(path), named(path) as name, pq.ParquetFile(name, buffer_size=BLOCK) as file:
        refuse_too_much(file.metadata, path)
        fields = [
            pa.field(each.name, pa.string() if each.name in replaced else each.type)
            for each in file.schema_arrow
        ]
        schema = pa.schema(fields)
        with pq.ParquetWriter(target, schema) as writer:
            for batch in file.iter_batches():
                columns = [
                    _replaced_cells(column, replaced[each.name])
                    if each.name in replaced
                    else column
                    for each, column in zip(schema, batch.columns, strict=True)
                ]
                writer.write_batch(pa.record_batch(columns, schema=schema))


def _replaced_cells(cells: pa.Array, told: Mapping[str, str]) -> pa.Array:
    import pyarrow as pa

    texts = [None if cell is None else str(cell) for cell in cells.to_pylist()]
    return pa.array([cell and told.get(cell, cell) for cell in texts], pa.string())


def _copy_zipped(path: Path, parts: Sequence[str | None], target: Path, replaced: Replaced) -> None:
    members: dict[str, list[str | None]] = {}
    for part in parts:
        member, inside = member_and_part(path, part)
        members.setdefault(member, []).append(inside)
    with zipfile.ZipFile(target, "w") as archive:
        for member, parts_inside in members.items():
            info = zipfile.ZipInfo(member)  # of the earliest day that a zip can say
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w") as stream:
                _add_copy(path, member, parts_inside, replaced, stream)


def _copy_gzipped(
    path: Path, parts: Sequence[str | None], target: Path, replaced: Replaced
) -> None:
    with target.open("wb") as stream, gzip.GzipFile("", "wb", fileobj=stream, mtime=0) as zipped:
        _add_copy(path, None, parts, replaced, zipped)


def _add_copy(
    path: Path,
    member: str | None,
    parts: Sequence[str | None],
    replaced: Replaced,
    stream: IO[bytes] | gzip.GzipFile,
) -> None:
    with unpacked_table(path, member) as file:
        copy = file.with_name(f"copy of {file.name}")
        write_copy(file, parts, copy, replaced)
        with opened(copy) as written:
            shutil.copyfileobj(written, stream)


_COPIED: Mapping[str, Callable[[Path, Sequence[str | None], Path, Replaced], None]] = {
    **dict.fromkeys((".csv", ".tsv", ".json"), _copy_cells),
    **dict.fromkeys((".xlsx", ".xlsm"), _copy_excel),
    **dict.fromkeys((".parquet", ".pq"), _copy_parquet),
    ".mat": _copy_matlab,
    ".zip": _copy_zipped,
    ".gz": _copy_gzipped,
}


# -- tables that are held as texts --------------------------------------------------------------


def _tables(path: Path, parts: Sequence[str | None]) -> list[Table]:
    found = [open_table(path, part) for part in parts]
    return [each for each in found if isinstance(each, Table)]


def _values(table: Table, column: str, replaced: Replaced) -> list[str | int | float | bool | None]:
    """Give what a program writes of a column's cells: numbers, unless the column is text."""
    told = replaced.get(column, {})
    is_text = column in table.text_columns
    return [
        (cell if is_text else _value(cell)) if cell else None
        for cell in (told.get(text, text) for text in table.texts(column))
    ]


def _value(cell: str) -> str | int | float | bool:
    """Give the number, or truth, of which a cell is the text; itself if it is none."""
    if cell in ("True", "False"):
        return cell == "True"
    for kind in (int, float):
        try:
            value = kind(cell)
        except ValueError:
            continue
        if number_text(value) == cell:
            return value
    return cell


def _refuse_others(tables: Sequence[Table], target: Path, replaced: Replaced) -> None:
    """Compare what is read of a copy with what it was made of."""
    for table in tables:
        copy = open_table(target, table.part)
        for column in table.columns:
            told = replaced.get(column)
            wanted = [(told or {}).get(cell, cell) for cell in table.texts(column)]
            if (
                not isinstance(copy, Table)
                or column not in copy.columns
                or copy.texts(column) != wanted
                or (
                    told is None and (column in copy.text_columns) != (column in table.text_columns)
                )
            ):
                raise _unequal(table, repr(column))


def _unequal(table: Table, what: str) -> DataError:
    return DataError(
        f"it cannot be written again without changing {what}",
        where=str(table.path),
        hint="save the table as csv, of which `check --fix` makes a copy cell by cell",
    )
