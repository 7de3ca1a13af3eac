"""All the text that parquet files hold: of lists and records as well, and what is said about them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa  # only where the extra is installed: who imports this asks
import pyarrow.parquet as pq

from brainscore_data.base.door import BLOCK, named
from brainscore_data.base.errors import DataError
from brainscore_data.check.people.facts import NamedTexts, UnopenedError
from brainscore_data.tables.parquet_bounds import ColumnTexts, refuse_long_footer, refuse_too_much

_CELLS_AT_ONCE = 1 << 13  # fewer take longer


def texts_of(path: Path) -> Iterator[NamedTexts]:
    """Give the columns of a file as text, then what is said about it, and the names in it."""
    try:
        refuse_long_footer(path)
        # With a buffer it reads page by page, else a whole column of a row group.
        with named(path) as opened, pq.ParquetFile(opened, buffer_size=BLOCK) as file:
            refuse_too_much(file.metadata, path)
            words = ColumnTexts(path, file.metadata)
            names = dict.fromkeys(file.schema_arrow.names)
            for name in names:
                words.add(name)
                yield NamedTexts(name, f"column {name!r}", _column(file, name, path))
            for key, value in (file.metadata.metadata or {}).items():
                if key != b"ARROW:schema":
                    name = key.decode("utf-8", "replace")
                    yield NamedTexts(
                        name, f"metadata {name!r}", iter([value.decode("utf-8", "replace")])
                    )
            yield NamedTexts("", "one of the columns' names", iter(names))
    except (pa.ArrowException, OSError, ValueError, DataError) as error:
        raise _unopened(error, path) from error


def columns_of_many(path: Path) -> list[str]:
    """Name the columns whose cells are no single values."""
    with named(path) as opened, pq.ParquetFile(opened) as file:
        return [
            each.name
            for each in file.schema_arrow
            if pa.types.is_nested(each.type) or pa.types.is_binary(each.type)
        ]


def _column(file: pq.ParquetFile, name: str, path: Path) -> Iterator[str]:
    try:
        for batch in file.iter_batches(_CELLS_AT_ONCE, columns=[name]):
            for column in batch.columns:
                for cell in column.to_pylist():
                    yield from _texts(cell)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unopened(error, path) from error


def _texts(cell: Any) -> Iterator[str]:
    if isinstance(cell, bytes):
        yield cell.decode("utf-8", "replace")
    elif isinstance(cell, dict):
        for each in cell.values():
            yield from _texts(each)
    elif isinstance(cell, (list, tuple)):
        for each in cell:
            yield from _texts(each)
    elif cell is not None:
        yield str(cell)


def _unopened(error: Exception, path: Path) -> UnopenedError:
    return UnopenedError(
        f"it cannot be searched for people: {_reason(error)}",
        where=str(path),
        hint=error.hint if isinstance(error, DataError) else "export the table again",
    )


def _reason(error: Exception) -> str:
    return error.message if isinstance(error, DataError) else " ".join(str(error).split())
