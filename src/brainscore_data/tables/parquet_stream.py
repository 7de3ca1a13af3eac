"""The cells of a parquet file, one column and some rows at a time: which are kept, and different."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.base.door import named
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.tables.parquet_bounds import ColumnTexts, refuse_long_footer, refuse_too_much

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq


_ROWS_AT_ONCE = 1 << 16
_BLOCK = 1 << 16  # rows between two of which it is known how many are kept
_SAMPLE = 1 << 10  # cells that tell whether a column repeats itself
_BYTES_AT_ONCE = 1 << 20  # of what is compressed


class ParquetStream:
    """A parquet file that is read forwards, one column at a time and some rows at a time.

    A row group may be as large as the file, so not even one of them is held: pages are decoded as
    they are needed, and going on where the last read ended costs nothing. pyarrow.dataset cannot
    begin at a row, takes two to five times as long, and 381 MiB where this takes 169: 5 million rows
    in one row group, all columns and one of them again, three pairs.
    """

    def __init__(self, path: Path) -> None:
        import numpy as np

        self.path = path
        stamp = _stamp(path)  # before it is opened: it may be replaced meanwhile
        with _opened(path) as file:
            refuse_too_much(file.metadata, path)
            self._stamp = stamp
            self.schema: pa.Schema = file.schema_arrow
        self._words = ColumnTexts(path, file.metadata)
        groups = range(file.metadata.num_row_groups)
        sizes = [file.metadata.row_group(group).num_rows for group in groups]
        self._starts = np.cumsum([0, *sizes])
        self.length = int(self._starts[-1])
        self._place: tuple[str, int] | None = None  # what comes next of which column
        self._batches: Iterator[pa.Array] = iter(())
        self._rest: pa.Array | None = None

    def cells(self, column: str, start: int, stop: int) -> Iterator[pa.Array]:
        """Go through the cells of a column from one row to before another, piece by piece."""
        while start < stop:
            if self._place != (column, start):
                self._seek(column, start)
            self._place = None  # after an error, nothing comes next
            batch = next(self._batches, None) if self._rest is None else self._rest
            if batch is None:
                raise DataError(
                    f"column {column!r} has fewer cells than the file has rows",
                    where=str(self.path),
                    hint="make sure that the copy or the download is complete",
                )
            part, rest = batch[: stop - start], batch[stop - start :]
            start += len(part)
            self._rest = rest if len(rest) else None
            self._place = (column, start)
            yield part
        self._refuse_another()
        if start == self.length:
            self.close()

    def close(self) -> None:
        """Close the file; it is opened again if there is more to read."""
        self._place, self._batches, self._rest = None, iter(()), None

    def _seek(self, column: str, row: int) -> None:
        import numpy as np

        self.close()
        self._refuse_another()
        group = int(np.searchsorted(self._starts, row, side="right")) - 1
        skipped = row - int(self._starts[group])
        self._batches = _batches(self.path, self._words, column, group, skipped)

    def _refuse_another(self) -> None:
        if _stamp(self.path) != self._stamp:
            raise DataError(
                "the file changed while it was read",
                where=str(self.path),
                hint="wait until whatever writes it is done, and try again",
            )


def _batches(
    path: Path, words: ColumnTexts, column: str, group: int, skipped: int
) -> Iterator[pa.Array]:
    """Go through the cells of a column, from a row group on, without the first of them."""
    with _opened(path, metadata=words.metadata) as file:
        words.add(column)
        for batch in file.iter_batches(
            _ROWS_AT_ONCE,
            row_groups=range(group, words.metadata.num_row_groups),
            columns=[column],
            use_threads=False,
        ):
            cells = batch.column(column)[skipped:]
            skipped -= batch.num_rows - len(cells)
            if len(cells):
                yield cells


@contextmanager
def _opened(path: Path, **options: Any) -> Iterator[pq.ParquetFile]:
    try:
        import pyarrow.parquet as pq
    except ImportError as error:  # pyarrow 26 does not say so to pip, but needs numpy 2
        raise UsageError(
            f"parquet files cannot be read here: {error}",
            where=str(path),
            hint="with numpy 1, run: pip install 'pyarrow<26'; or save the table as csv",
        ) from error
    refuse_long_footer(path)
    with (
        explained(path),
        named(path) as name,
        pq.ParquetFile(
            name, buffer_size=_BYTES_AT_ONCE, page_checksum_verification=True, **options
        ) as file,
    ):
        yield file


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Say of errors at reading and decoding which file they are about."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(
            f"cannot be read as parquet: {error}",
            where=str(path),
            hint="make sure that the copy or the download is complete",
        ) from error


def _stamp(path: Path) -> tuple[int, ...] | None:
    """Tell a file from one that was written since, in its place or into it; None if it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


@dataclass(frozen=True, eq=False)
class RowSelection:
    """Which rows of a file are kept."""

    mask: pa.BooleanArray  # a bit for each row of the file
    before: np.ndarray  # how many are kept before each block of rows, and in all

    @property
    def length(self) -> int:
        """How many rows are kept."""
        return int(self.before[-1])

    def row(self, kept: int) -> int:
        """Give the row of the file that a kept one is; of one past the last, the file's end."""
        import numpy as np

        if kept >= self.length:
            return len(self.mask)
        block = int(np.searchsorted(self.before, kept, side="right")) - 1
        start = block * _BLOCK
        inside = np.flatnonzero(self.mask[start : start + _BLOCK].to_numpy(zero_copy_only=False))
        return start + int(inside[kept - self.before[block]])


def row_selection(mask: pa.BooleanArray) -> RowSelection:
    """Keep the rows for which a mask is true."""
    import numpy as np

    blocks = (mask[start : start + _BLOCK] for start in range(0, len(mask), _BLOCK))
    return RowSelection(mask, np.cumsum([0, *(block.true_count for block in blocks)]))


def different(cells: pa.Array) -> tuple[list[Any], np.ndarray]:
    """Give the values of some cells as Python's own, and which of them each cell has.

    Each is there once, if many are alike: as Python's own they take the most time and memory.
    """
    import numpy as np
    import pyarrow as pa

    try:
        sample = cells[:_SAMPLE]
        if 2 * len(sample.dictionary_encode().dictionary) <= len(sample):
            encoded = cells.dictionary_encode(null_encoding="encode")
            return encoded.dictionary.to_pylist(), encoded.indices.to_numpy()
    except pa.ArrowNotImplementedError:
        pass  # lists and the like
    return cells.to_pylist(), np.arange(len(cells))


def texts_of(values: Iterable[Any]) -> list[str]:
    """Give ``str`` of each value; that of a null is empty."""
    return ["" if value is None else str(value) for value in values]
