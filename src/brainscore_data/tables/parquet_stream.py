"""The cells of a parquet file, one column at a time and some rows at a time.

A row group may be as large as the file, so not even one of them is held: pages are decoded as they
are needed, and going on where the last read ended costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.base.errors import DataError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_ROWS_AT_ONCE = 1 << 16
_BYTES_AT_ONCE = 1 << 20  # of what is compressed


class ParquetStream:
    """A parquet file that is read forwards, one column at a time.

    Raises
    ------
    DataError
        If it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        import numpy as np

        self.path = path
        stamp = _stamp(path)  # before it is opened: it may be replaced meanwhile
        with _opened(path) as file:
            self._stamp = stamp
            self.schema: pa.Schema = file.schema_arrow
            self._metadata = file.metadata
        groups = range(self._metadata.num_row_groups)
        sizes = [self._metadata.row_group(group).num_rows for group in groups]
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
                    hint="make sure that it was copied or downloaded whole",
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
        self._batches = _batches(self.path, self._metadata, column, group, skipped)

    def _refuse_another(self) -> None:
        if _stamp(self.path) != self._stamp:
            raise DataError(
                "the file changed while it was read",
                where=str(self.path),
                hint="wait until whatever writes it is done, and try again",
            )


def _batches(
    path: Path, metadata: pq.FileMetaData, column: str, group: int, skipped: int
) -> Iterator[pa.Array]:
    """Go through the cells of a column, from a row group on, without the first of them."""
    with _opened(path, metadata=metadata) as file:
        for batch in file.iter_batches(
            _ROWS_AT_ONCE,
            row_groups=range(group, metadata.num_row_groups),
            columns=[column],
            use_threads=False,
        ):
            cells = batch.column(column)[skipped:]
            skipped -= batch.num_rows - len(cells)
            if len(cells):
                yield cells


@contextmanager
def _opened(path: Path, **options: Any) -> Iterator[Any]:
    try:
        import pyarrow.parquet as pq
    except ImportError as error:  # pyarrow 26 does not say so to pip, but needs numpy 2
        raise UsageError(
            f"parquet files cannot be read here: {error}",
            where=str(path),
            hint="with numpy 1, run: pip install 'pyarrow<26'; or save the table as csv",
        ) from error
    with (
        explained(path),
        pq.ParquetFile(
            path, buffer_size=_BYTES_AT_ONCE, page_checksum_verification=True, **options
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
            hint="make sure that it was copied or downloaded whole",
        ) from error


def _stamp(path: Path) -> tuple[int, ...] | None:
    """Tell a file from one that was written since, in its place or into it; None if it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
