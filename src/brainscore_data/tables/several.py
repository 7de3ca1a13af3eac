"""One table that lies in several files: their rows below one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from brainscore_data.base.errors import DataError
from brainscore_data.base.text import some
from brainscore_data.tables.table import Table


def joined(
    tables: Sequence[Table],
    name: Path,
    columns: Sequence[str],
    from_name: tuple[str, Sequence[str]] | None,
) -> Table:
    """Put the rows of tables below one another, with some of their columns, which all of them have.

    `from_name` is a column that says which file a row is of, and what it has for each.
    """
    import numpy as np

    for table in tables:
        if from_name is not None and from_name[0] in table.columns:
            raise DataError(
                f"there is a column {from_name[0]!r} in it, and `from_name` makes one",
                where=str(table.path),
                hint="leave `from_name` out, or give it another name",
            )
    pieces = {
        column: tuple(piece for each in tables for piece in each.pieces[each.columns.index(column)])
        for column in columns
    }
    text = {
        column
        for column in columns
        if all(column in each.text_columns or not any(each.texts(column)) for each in tables)
    }
    if from_name is not None:
        column, cells = from_name
        pieces[column] = tuple(
            "\0".join([cell] * len(each)) for cell, each in zip(cells, tables, strict=True)
        )
        text.add(column)
    return Table(
        name,
        tuple(pieces),
        tuple(pieces.values()),
        np.concatenate([each.lines for each in tables]),
        tuple(notice for each in tables for notice in each.notices),
        text_columns=frozenset(text),
        files=tuple((each.path, each.part) for each in tables),
        file_of=np.repeat(np.arange(len(tables)), [len(each) for each in tables]),
    )


def unequal(table: Table) -> str | None:
    """Say how many rows are of each file, where that differs; None where it does not."""
    if table.file_of is None:
        return None
    rows = Counter(dict.fromkeys(range(len(table.files)), 0))
    rows.update(table.file_of.tolist())
    usual = Counter(rows.values()).most_common(1)[0][0]
    others = [
        f"{table.files[number][0].name} {count}" for number, count in rows.items() if count != usual
    ]
    if not others:
        return None
    return (
        f"{table.path.name}: {len(rows) - len(others)} of {len(rows)} files have {usual} rows each, "
        f"and others have: {some(others, 10, str)}"
    )
