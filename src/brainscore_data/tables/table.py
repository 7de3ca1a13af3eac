"""Tables as people export them, read so that no cell changes on the way.

The cells of a csv stay the text that their owner wrote: what is published from them must give
plain ``pd.read_csv`` exactly what the original would have given, and a number that is parsed and
formatted again can differ in its last digit.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.base.errors import DataError
from brainscore_data.base.place import Place
from brainscore_data.tables.columns import inferred_together, typed_column
from brainscore_data.tables.csv_text import CsvText, opened_csv
from brainscore_data.tables.rows import IsWanted

if TYPE_CHECKING:
    import numpy as np

_NUMBER = re.compile(r"\s*[+-]?\d+(,\d+)?\s*")


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of a csv, one at least, as text."""

    path: Path
    columns: tuple[str, ...]  # their names, in the file's order
    # For each column its cells, verbatim, a piece for some hundred rows: joined with NUL, which no
    # cell holds, because a million strings take ten times the memory of their text
    pieces: tuple[tuple[str, ...], ...]
    # Shape (rows,), int64: the line on which each row begins, counted from 1; a line break in
    # quotes counts as it does in an editor
    lines: np.ndarray
    notices: tuple[str, ...] = ()
    # Of a file that holds several tables: which it is. Its lines are rows.
    part: str | None = None
    #: The columns that the file says are text, whatever they look like.
    text_columns: frozenset[str] = frozenset()
    # Of a table in several files: these, each with its part, and which of them each row is of
    files: tuple[tuple[Path, str | None], ...] = ()
    file_of: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.lines)

    def place(self, row: int) -> Place:
        """Say where in the file a row is."""
        number, path, part = int(self.lines[row]), self.path, self.part
        if self.file_of is not None:
            path, part = self.files[int(self.file_of[row])]
        if part is None:
            return Place(str(path), number)
        return Place(str(path), row=number, item=part)

    def texts(self, column: str) -> list[str]:
        """Give the cells of a column, verbatim."""
        return "\0".join(self.pieces[self.columns.index(column)]).split("\0")

    def first_rows(self, column: str) -> dict[str, int]:
        """Give the different cells of a column, and the row in which each is for the first time."""
        cells = self.texts(column)
        found = dict.fromkeys(cells, 0)
        found.update(zip(reversed(cells), range(len(cells) - 1, -1, -1), strict=True))
        return found

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Go through the rows, each a tuple with a cell for each column."""
        for some in zip(*self.pieces, strict=True):
            yield from zip(*(piece.split("\0") for piece in some), strict=True)

    def counts(self, column: str) -> Counter[str]:
        """Count the different cells of a column."""
        return Counter(self.texts(column))

    def only(self, columns: Sequence[str], notices: Sequence[str]) -> Table:  # noqa: ARG002
        """Give all of it, as it was read whole, with more to say of it."""
        return replace(self, notices=(*self.notices, *notices))

    def where(self, wanted: Mapping[str, IsWanted]) -> Table | None:
        """Keep the rows with wanted cells in all these columns; None if there are none."""
        import numpy as np

        mask = np.ones(len(self), dtype=bool)
        for column, is_wanted in wanted.items():
            texts = self.texts(column)
            [values] = self.values([column], [texts])
            # Within one column the text says what the value is, and few of them are different.
            verdicts = {
                text: is_wanted(value, text)
                for text, value in dict(zip(texts, values.tolist(), strict=True)).items()
            }
            mask &= np.array([verdicts[text] for text in texts], dtype=bool)
        return self.kept(mask) if mask.any() else None

    def typed(self, column: str, missing: str | None) -> tuple[np.ndarray, tuple[str, ...]]:
        """Give a column as an array, and notices."""
        texts = self.texts(column)
        [values] = self.values([column], [texts])
        return typed_column(self, column, texts, missing=missing, values=values)

    def values(
        self, columns: Sequence[str], texts: Sequence[Sequence[str]]
    ) -> Sequence[np.ndarray]:
        """Say what the cells of columns are: as `inferred` does, or text where the file says so."""
        import numpy as np

        found = dict(zip(columns, texts, strict=True))
        # A column of text without any text is one without values.
        are_text = {
            column for column in self.text_columns.intersection(columns) if any(found[column])
        }
        others = [column for column in columns if column not in are_text]
        values = inferred_together([found[column] for column in others]) if others else []
        typed = dict(zip(others, values, strict=True))
        return [
            np.array([*found[column], None], object)[:-1] if column in are_text else typed[column]
            for column in columns
        ]

    def replaced(self, column: str, texts: Iterable[str], values: np.ndarray) -> np.ndarray:
        """Put another value in the place of each text that `first_rows` gives."""
        places = {text: place for place, text in enumerate(texts)}
        found: np.ndarray = values[[places[text] for text in self.texts(column)]]
        return found

    def close(self) -> None:
        """Nothing is open."""

    def kept(self, mask: np.ndarray) -> Table:
        """Give the rows, one at least, for which a bool array of shape (rows,) is true."""
        pieces = tuple(
            ("\0".join(itertools.compress(self.texts(column), mask)),) for column in self.columns
        )
        file_of = None if self.file_of is None else self.file_of[mask]
        return replace(self, pieces=pieces, lines=self.lines[mask], file_of=file_of)


def read_table(path: Path) -> Table:
    """Read a csv.

    The delimiter is ``,``, ``;`` or a tab, whichever the header has. The text is UTF-8, UTF-16 or
    UTF-32 with a byte-order mark, or else Windows-1252 (which Latin-1 text is, too), and then a
    notice says so. Lines end in LF, CRLF or CR; cells in quotes may hold line breaks. Empty
    lines are skipped, as pandas skips them.
    """
    with opened_csv(path) as text:
        table = _packed(text)
    notices = _decimal_commas(table) if text.delimiter != "," else ()
    return replace(table, notices=(*text.notices, *notices, *skipped_lines(path, text.skipped)))


def _packed(text: CsvText) -> Table:
    import numpy as np

    pieces: list[list[str]] = [[] for _ in text.header]
    lines: list[np.ndarray] = []
    for begins, rows in text.batches:
        for column, cells in zip(pieces, zip(*rows, strict=True), strict=True):
            column.append("\0".join(cells))
        lines.append(np.array(begins, dtype=np.int64))
    if not lines:
        raise DataError(
            "the table has a header but no rows",
            where=str(text.path),
            hint="was it exported whole? It needs a row for each element",
        )
    return Table(
        path=text.path,
        columns=text.header,
        pieces=tuple(map(tuple, pieces)),
        lines=np.concatenate(lines),
    )


def skipped_lines(path: Path, skipped: Sequence[int]) -> tuple[str, ...]:
    """Say that lines without anything were left out."""
    if not skipped:
        return ()
    count = "an empty line was" if len(skipped) == 1 else f"{len(skipped)} empty lines were"
    return (f"{path.name}: {count} skipped, the first is line {skipped[0]}",)


def _decimal_commas(table: Table) -> tuple[str, ...]:
    return tuple(
        f"{table.path.name}: column {column!r} has decimal commas and stays text; "
        "export it with decimal points if it holds numbers"
        for column, pieces in zip(table.columns, table.pieces, strict=True)
        if any("," in piece for piece in pieces)
        and all(_NUMBER.fullmatch(cell) for cell in table.texts(column) if cell)
    )


def table_of_texts(
    path: Path,
    columns: Mapping[str, Sequence[str]],
    *,
    part: str,
    text_columns: Collection[str],
    rows: Sequence[int] | None = None,
    notices: Sequence[str] = (),
) -> Table:
    """Make a table of a format that is no text: of each column the texts of its cells.

    `rows` are their numbers in the file, if they do not count from 1.
    """
    import numpy as np

    count = len(next(iter(columns.values())))
    return Table(
        path,
        tuple(columns),
        tuple(("\0".join(cells),) for cells in columns.values()),
        np.arange(1, count + 1) if rows is None else np.array(rows, dtype=np.int64),
        tuple(notices),
        part=part,
        text_columns=frozenset(text_columns),
    )
