"""Tables in Excel's workbooks (.xlsx): a sheet with the names of the columns in its first row.

Cells are taken as they are seen: "007" stays what it is, be it text or a number that is shown so, and
a date is a date, not the number that Excel keeps of it. Formulas are what Excel computed last.
"""

from __future__ import annotations

import datetime as dt
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree.ElementTree import ParseError

from brainscore_data.base.bounds import Bound
from brainscore_data.base.door import opened
from brainscore_data.base.errors import DataError
from brainscore_data.base.nearest import did_you_mean
from brainscore_data.base.place import Place
from brainscore_data.base.text import some
from brainscore_data.tables.columns import number_text
from brainscore_data.tables.csv_text import refuse_bad_names
from brainscore_data.tables.table import Table, skipped_lines, table_of_texts

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

#: What openpyxl and its parts answer with to files that are damaged, or none.
_UNREADABLE = (
    *(ValueError, TypeError, LookupError, OSError, EOFError, AttributeError, OverflowError),
    *(NotImplementedError, RecursionError, zipfile.BadZipFile, zipfile.LargeZipFile, ParseError),
    RuntimeError,  # of zipfile, for what is encrypted
)
_OLD_FORMAT = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_LONGEST_LOOK = 16 << 20
# A number is shown with zeros in front.
_PADDED = re.compile(r"0{2,}")
# Of a date's format: what shows the time of day. What is in quotes and brackets is none of it.
_TIME = re.compile(r"[hHsS]")
_NO_FORMAT = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_MISSING = "#N/A"


class _Text(NamedTuple):
    text: str
    kind: str  # text, number, truth, date; empty for a cell without anything


def read_excel(path: Path, part: str | None = None) -> Table:
    """Read a sheet; `part` names it, where there are several with something in them."""
    with _explained(path):
        book = _opened(path)
        sheet = _chosen(book, part, path)
        rows = _rows(sheet, path)
        if not rows:
            raise DataError(
                "the sheet is empty",
                where=_place(path, sheet),
                hint="it needs the names of the columns in its first row, and rows",
            )
        _refuse_merged(sheet, path)
        if any(cell.data_type == "f" for row in rows for cell in row):
            rows = _with_results(rows, sheet.title, path)
        return _table(rows, sheet, path)


def sheets_in(path: Path) -> list[str]:
    """Name the sheets that have something in them and are not hidden."""
    with _explained(path):
        return [sheet.title for sheet in _candidates(_opened(path))]


def texts_in(path: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Give all texts of a workbook, its columns, remarks and properties: what each is called, and how."""
    with _explained(path):
        book = _opened(path)
        yield "", "one of the names in it", book.sheetnames
        for name in ("creator", "lastModifiedBy", "title", "subject", "description", "keywords"):
            if value := getattr(book.properties, name, None):
                yield name, f"property {name!r}", [str(value)]
        for sheet in book.worksheets:
            remarks = [
                cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment
            ]
            yield "", f"a comment in {sheet.title!r}", remarks
            for cells in sheet.iter_cols():
                texts = [_text(cell, sheet, path, strict=False).text for cell in cells]
                name = next(filter(None, texts), "")
                yield name, f"column {name!r} of {sheet.title!r}", texts


def _opened(path: Path, *, results: bool = False) -> Workbook:
    from openpyxl import load_workbook

    with opened(path) as stream:
        start = stream.read(len(_OLD_FORMAT))
        if start == _OLD_FORMAT:
            encrypted = _ENCRYPTED in start + stream.read(_LONGEST_LOOK)
            raise DataError(
                "it is protected with a password" if encrypted else "it is of Excel's old format",
                where=str(path),
                hint="save it without the password: File, Info, Protect Workbook"
                if encrypted
                else "open it and save it as .xlsx",
            )
        stream.seek(0)
        with zipfile.ZipFile(stream) as archive:
            unpacked = sum(each.file_size for each in archive.infolist())
        Bound.SHEETS.refuse(unpacked, path)
        stream.seek(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what it does not keep, such as pictures
            book: Workbook = load_workbook(stream, data_only=results, keep_links=False)
    return book


def _candidates(book: Workbook) -> list[Worksheet]:
    return [
        sheet
        for sheet in book.worksheets
        if sheet.sheet_state == "visible"
        and any(cell.value is not None for row in sheet.iter_rows() for cell in row)
    ]


def _chosen(book: Workbook, part: str | None, path: Path) -> Worksheet:
    if part is None:
        found = _candidates(book)
        if len(found) == 1:
            return found[0]
        names = [sheet.title for sheet in found] or book.sheetnames
        raise DataError(
            f"it has several sheets: {some(names, 8)}" if found else "all its sheets are empty",
            where=str(path),
            hint=f'say which one is meant, e.g. "{path.name}:{names[0]}"',
        )
    named = {sheet.title: sheet for sheet in book.worksheets}
    if part not in named:
        raise DataError(
            f"there is no sheet {part!r} in it",
            where=str(path),
            hint=f"there are: {some(list(named), 8)}{did_you_mean(part, named)}",
        )
    return named[part]


def _rows(sheet: Worksheet, path: Path) -> list[tuple[Cell, ...]]:
    """Give the rows from the first to the last with something in them."""
    Bound.CELLS.refuse(sheet.max_row * sheet.max_column, path, path.stat().st_size)
    rows = [row for row in sheet.iter_rows() if any(cell.value is not None for cell in row)]
    if not rows:
        return []
    first, last = rows[0][0].row, rows[-1][0].row
    return list(sheet.iter_rows(min_row=first, max_row=last))


def _with_results(
    rows: Sequence[tuple[Cell, ...]], title: str, path: Path
) -> list[tuple[Any, ...]]:
    """Give cells with what was computed in the place of formulas."""
    results = _opened(path, results=True)[title]
    found = []
    for row in rows:
        cells = [results[cell.coordinate] if cell.data_type == "f" else cell for cell in row]
        for cell, result in zip(row, cells, strict=True):
            if cell.data_type == "f" and result.value is None:
                raise DataError(
                    f"the formula {str(cell.value)[:80]!r} has no value that was kept",
                    where=_place(path, results, cell),
                    hint="open it in Excel or LibreOffice, and save it there: programs that write "
                    "workbooks do not compute",
                )
        found.append(tuple(cells))
    return found


def _table(rows: Sequence[tuple[Any, ...]], sheet: Worksheet, path: Path) -> Table:
    header, *body = rows
    filled = [row for row in body if any(cell.value is not None for cell in row)]
    numbers = [row[0].row for row in filled]
    blank = [row[0].row for row in body if row[0].row not in set(numbers)]
    columns: dict[str, list[_Text]] = {}
    places: dict[str, list[Any]] = {}
    names = []
    for position, head in enumerate(header):
        name = _text(head, sheet, path).text
        cells = [row[position] for row in filled]
        if not name and (first := next((c for c in cells if c.value is not None), None)):
            raise DataError(
                f"its column has no name: {head.coordinate} is empty",
                where=_place(path, sheet, first),
                hint=f"write the column's name into {head.coordinate}, or remove what is below it",
            )
        if name:
            names.append(name)
            columns[name] = [_text(cell, sheet, path) for cell in cells]
            places[name] = cells
    refuse_bad_names(names, _place(path, sheet))
    if not filled:
        raise DataError(
            "the table has a header but no rows",
            where=_place(path, sheet),
            hint="was it saved whole? It needs a row for each element",
        )
    notices = [
        notice
        for name, cells in columns.items()
        for notice in _dates_among_others(name, cells, places[name], sheet, path)
    ]
    if hidden := sum(sheet.row_dimensions[number].hidden for number in numbers):
        notices.append(f"{path.name}: {hidden} rows are hidden in Excel, and read all the same")
    return table_of_texts(
        path,
        {name: [cell.text for cell in cells] for name, cells in columns.items()},
        part=sheet.title,
        text_columns=[name for name, cells in columns.items() if _is_text(cells)],
        rows=numbers,
        notices=[*notices, *skipped_lines(path, blank)],
    )


def _is_text(cells: Sequence[_Text]) -> bool:
    kinds = {cell.kind for cell in cells if cell.text}
    return bool(kinds) and kinds <= {"text", "date"}


def _text(cell: Any, sheet: Worksheet, path: Path, *, strict: bool = True) -> _Text:
    """Give what is seen of a cell."""
    value = cell.value
    if value is None or value == "":
        return _Text("", "")
    if cell.data_type == "e" and value != _MISSING and strict:
        raise DataError(
            f"it holds the error {value}",
            where=_place(path, sheet, cell),
            hint="fix its formula, or clear the cell: what is missing is an empty cell",
        )
    if isinstance(value, (int, float)):
        return _number(value, cell.number_format)
    if isinstance(value, dt.datetime):
        shown = _TIME.search(_NO_FORMAT.sub("", cell.number_format))
        return _Text(str(value) if shown else str(value.date()), "date")
    is_date = isinstance(value, (dt.date, dt.time, dt.timedelta))
    return _Text(str(value), "date" if is_date else "number" if value == _MISSING else "text")


def _number(value: float, shown: str) -> _Text:
    if isinstance(value, bool):
        return _Text(str(value), "truth")
    if _PADDED.fullmatch(shown) and value >= 0 and float(value).is_integer():
        return _Text(str(int(value)).zfill(len(shown)), "text")
    return _Text(number_text(value), "number")


def _dates_among_others(
    name: str, cells: Sequence[_Text], places: Sequence[Any], sheet: Worksheet, path: Path
) -> Iterator[str]:
    """Refuse dates where numbers are, and say where texts are: Excel makes dates of "1-2"."""
    kinds = Counter(cell.kind for cell in cells if cell.kind)
    if not kinds["date"] or len(kinds) == 1:
        return
    first = next(place for cell, place in zip(cells, places, strict=True) if cell.kind == "date")
    if kinds["number"]:
        raise DataError(
            f"column {name!r} has numbers, and here a date: {_text(first, sheet, path).text}",
            where=_place(path, sheet, first),
            hint="Excel makes dates of what looks like one, such as 1-2 or 3.5: format the column as "
            "text, and enter the cell again",
        )
    yield (
        f"{path.name}: column {name!r} has texts, and in {first.coordinate} a date: did Excel make "
        "it of a text?"
    )


def _refuse_merged(sheet: Worksheet, path: Path) -> None:
    merged = next(iter(sheet.merged_cells.ranges), None)
    if merged is not None:
        raise DataError(
            f"the cells {merged.coord} are merged: only the first of them has a value",
            where=_place(path, sheet),
            hint="unmerge them, and write into each cell what holds for its row",
        )


def _place(path: Path, sheet: Worksheet, cell: Any = None) -> Place:
    return Place(
        str(path), item=sheet.title if cell is None else f"{sheet.title}!{cell.coordinate}"
    )


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except DataError:
        raise
    except _UNREADABLE as error:
        said = " ".join(str(error).split()) or type(error).__name__
        if path.name.startswith("~$"):
            raise DataError(
                f"Excel has {path.name[2:]} open, and says by this file who has",
                where=str(path),
                hint="close it in Excel, which removes this file; or remove it",
            ) from error
        raise DataError(
            f"it is not an Excel workbook, or it is damaged: {said}",
            where=str(path),
            hint="open it in Excel, and save it as .xlsx",
        ) from error
