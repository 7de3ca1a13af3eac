"""A csv as rows of text, with what every Python has: hooks read tables with it, too."""

from __future__ import annotations

import csv
import io
import itertools
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TextIO

from brainscore_data.base.bounds import Bound
from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place
from brainscore_data.base.read_once import Sharing
from brainscore_data.tables.encodings import text_encoding

Batch = tuple[Sequence[int], list[list[str]]]

# Far beyond any real cell or line; it keeps a file without line ends from filling the memory.
LONGEST = 1 << 22
# Rows and characters that are dealt with in one go: of a million rows, Python takes longer to be
# asked for each than to read it. More at once leave the processor's cache, and take twice as long.
ROWS_AT_ONCE = 1 << 9
_CHARACTERS_AT_ONCE = 1 << 18


@dataclass(frozen=True)
class CsvText:
    """A csv that is open."""

    path: Path
    encoding: str  # as Python calls it
    delimiter: str  # ``,``, ``;`` or a tab
    header: tuple[str, ...]  # the names of the columns
    header_line: int  # where they are, from 1
    # Some hundred rows at a time: the line that each row begins on, and the cells of each,
    # verbatim; as many as the header has
    batches: Iterator[Batch]
    notices: tuple[str, ...]  # that the encoding is a guess
    # Lines before the last row that are empty; complete when `batches` is at its end
    skipped: list[int]

    @property
    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows of all batches that were not taken yet, each with its line."""
        for lines, rows in self.batches:
            yield from zip(lines, rows, strict=True)


class _Packed(NamedTuple):
    """A csv that was read to its end: all but its rows, and for each batch its lines and columns.

    The cells of a column are joined with NUL, which no cell holds.
    """

    text: CsvText
    batches: tuple[tuple[Sequence[int], tuple[str, ...]], ...]

    def opened(self, path: Path) -> CsvText:
        """Give it as if it was read again."""
        batches = (
            (lines, [*map(list, zip(*(each.split("\0") for each in columns), strict=True))])
            for lines, columns in self.batches
        )
        return replace(self.text, path=path, batches=batches, skipped=[*self.text.skipped])

    @property
    def size(self) -> int:
        """How many bytes it takes, about."""
        return sum(
            36 * (0 if isinstance(lines, range) else len(lines)) + sum(map(sys.getsizeof, columns))
            for lines, columns in self.batches
        )


@contextmanager
def opened_csv(path: Path) -> Iterator[CsvText]:
    """Open a csv, and read its header; see `read_table` for what is understood."""
    kind = _Packed, path.name  # which is in its notices
    file = Sharing(path)
    if (packed := file.kept(kind)) is not None:
        yield packed.opened(path)
        return
    try:
        with file.opened() as binary, _cells_up_to(LONGEST):
            encoding, notices = text_encoding(binary, path)
            stream = _decoded(binary, encoding)
            delimiter = _delimiter(stream, path)
            stream.seek(0)
            reader = csv.reader(_lines(stream, path), delimiter=delimiter, strict=True)
            line, header = _header(reader, path)
            refuse_bad_names(header, Place(str(path), line))
            skipped: list[int] = []
            filled = _filled(_batches(reader, path), path, len(header), delimiter, skipped)
            text = CsvText(path, encoding, delimiter, tuple(header), line, filled, notices, skipped)
            yield replace(text, batches=_keeping(text, file, kind)) if file.is_kept else text
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", where=str(path)) from error


def _keeping(text: CsvText, file: Sharing, kind: object) -> Iterator[Batch]:
    """Give the rows, and keep them for who reads the table next, if they were taken to the end."""
    packed: list[tuple[Sequence[int], tuple[str, ...]]] = []
    for lines, rows in text.batches:
        packed.append((lines, tuple("\0".join(cells) for cells in zip(*rows, strict=True))))
        yield lines, rows
    whole = _Packed(replace(text, batches=iter(())), tuple(packed))
    file.keep(kind, whole, whole.size)


@contextmanager
def _cells_up_to(size: int) -> Iterator[None]:
    before = csv.field_size_limit(size)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _lines(stream: TextIO, path: Path) -> Iterator[str]:
    number, rest, block = 1, "", "more"
    while block:
        block = stream.read(_CHARACTERS_AT_ONCE)
        text = rest + block
        # A carriage return at the end may be the first half of a line's end.
        end = max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1 if block else len(text)
        text, rest = text[:end], text[end:]
        if "\0" in text or len(text) > LONGEST:
            for count, line in enumerate(io.StringIO(text, newline="")):
                _refuse_line(line, Place(str(path), number + count))
                yield line
        else:
            yield from io.StringIO(text, newline="")
        number += _line_ends(text)
        if len(rest) > LONGEST:
            _refuse_line(rest, Place(str(path), number))


def _line_ends(text: str) -> int:
    ends = text.count("\n")
    return ends + text.count("\r") - text.count("\r\n") if "\r" in text else ends


def _refuse_line(line: str, where: Place) -> None:
    if len(line) > LONGEST:
        raise DataError("this line is longer than any cell may be", where=where)
    if "\0" in line:
        raise DataError(
            "there is a NUL character in this line: this is not a csv, or it is damaged",
            where=where,
            hint="export the table again as csv with the encoding UTF-8",
        )


def _decoded(binary: BinaryIO, encoding: str) -> TextIO:
    """Decode a small file once, as its start is looked at several times; a large one as it is read."""
    binary.seek(0)
    content = binary.read(_CHARACTERS_AT_ONCE)
    if len(content) < _CHARACTERS_AT_ONCE:
        return io.StringIO(content.decode(encoding), newline="")
    binary.seek(0)
    return io.TextIOWrapper(binary, encoding=encoding, newline="")


def _delimiter(stream: TextIO, path: Path) -> str:
    start = stream.read(_CHARACTERS_AT_ONCE)
    is_whole = len(start) < _CHARACTERS_AT_ONCE
    # What is not there divides nothing.
    signs = [sign for sign in ",;\t" if sign == "," or not is_whole or sign in start]
    if len(signs) == 1:
        return ","
    widths: dict[str, list[int]] = {}
    for delimiter in signs:
        stream.seek(0)
        rows = filter(None, csv.reader(_lines(stream, path), delimiter=delimiter))
        widths[delimiter] = []
        with suppress(csv.Error):  # explained when the rows are read in earnest
            widths[delimiter] += (len(row) for row in itertools.islice(rows, 2))
    # A header may hold two of them, "a;size (x, y);b": then the first row decides.
    agreeing = [sign for sign, found in widths.items() if len(set(found)) == 1 and found[0] > 1]
    return max(agreeing or widths, key=lambda sign: widths[sign][:1])


def _header(reader: Any, path: Path) -> tuple[int, list[str]]:
    begins = 1
    try:
        for row in reader:
            if not _is_blank(row, 2):
                return begins, row
            begins = reader.line_num + 1
    except csv.Error as error:
        raise _unreadable(error, Place(str(path), begins)) from error
    raise DataError("the file is empty", where=str(path), hint="it needs a header and rows")


def _batches(reader: Any, path: Path) -> Iterator[Batch]:
    begins = reader.line_num + 1
    while True:
        rows: list[list[str]] = []
        failure: Exception | None = None
        try:
            rows.extend(itertools.islice(reader, ROWS_AT_ONCE))
        except (csv.Error, DataError) as error:
            failure = error  # what was read before comes first
        lines: Sequence[int] = range(begins, begins + len(rows))
        if failure or reader.line_num != begins + len(rows) - 1:
            lengths = (1 + sum(map(_line_ends, row)) for row in rows)
            *lines, begins = itertools.accumulate(lengths, initial=begins)
        else:
            begins += len(rows)
        if rows:
            yield lines, rows
        if isinstance(failure, csv.Error):
            raise _unreadable(failure, Place(str(path), begins)) from failure
        if failure:
            raise failure
        if not rows:
            return


def _unreadable(error: csv.Error, where: Place) -> DataError:
    if "unexpected end" in str(error):
        return DataError(
            'a quote (") opens in this row and never closes',
            where=where,
            hint='close it; a cell that begins with a quote of its own is written """like this"""',
        )
    if "expected after" in str(error):
        return DataError(
            "there is text after a closing quote",
            where=where,
            hint='quotes inside of a quoted cell are doubled: "he said ""yes"""',
        )
    return DataError(
        f"a cell in this row has more than {LONGEST} characters",
        where=where,
        hint="is a quote open?",
    )


def _filled(
    batches: Iterator[Batch], path: Path, width: int, delimiter: str, skipped: list[int]
) -> Iterator[Batch]:
    blank: list[int] = []
    for lines, rows in batches:
        if set(map(len, rows)) == {width}:
            skipped += blank
            blank.clear()  # those at the end of the file are no gap in the data
            yield lines, rows
            continue
        begins, good, wrong = _without_blank(lines, rows, width, blank, skipped)
        if good:
            yield begins, good
        if wrong:
            line, cells = wrong
            raise DataError(
                f"this row has {cells} cells and the header has {width}",
                where=Place(str(path), line),
                hint=f"cells that hold a {delimiter!r} need quotes around them"
                if cells > width
                else "add what is missing; an empty cell needs its delimiter, too",
            )


def _without_blank(
    lines: Sequence[int], rows: list[list[str]], width: int, blank: list[int], skipped: list[int]
) -> tuple[list[int], list[list[str]], tuple[int, int] | None]:
    """Give the rows of a batch up to the first with too many or few cells, which comes last."""
    good: list[list[str]] = []
    begins: list[int] = []
    for line, row in zip(lines, rows, strict=True):
        if _is_blank(row, width):
            blank.append(line)
            continue
        if len(row) != width:
            return begins, good, (line, len(row))
        skipped += blank
        blank.clear()
        good.append(row)
        begins.append(line)
    return begins, good, None


def _is_blank(row: Sequence[str], width: int) -> bool:
    return not row or (len(row) == 1 < width and not row[0].strip(" \t"))


def refuse_bad_names(names: Sequence[str], where: Place) -> None:
    """Make sure that every column has a name of its own, and that they are not too many."""
    Bound.COLUMNS.refuse(len(names), where)
    before: set[str] = set()
    for number, name in enumerate(names, 1):
        if not name.strip():
            raise DataError(
                f"column {number} has no name",
                where=where,
                hint="do the lines end in a delimiter? Then remove it"
                if number == len(names) > 1
                else "if it is pandas' index, write the table with to_csv(…, index=False)",
            )
        if name in before:
            raise DataError(f"two columns are called {name!r}", where=where, hint="rename one")
        before.add(name)
