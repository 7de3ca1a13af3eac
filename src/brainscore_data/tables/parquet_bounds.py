"""What a parquet file declares, and what its words would become: bounded before it is decoded.

A dictionary has each word once, and every row may refer to the longest: a few bytes make gigabytes.
What the footer says of sizes can be a lie, so the words themselves are weighed, one column at a time,
as they lie in the file: once each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.base.bounds import Bound
from brainscore_data.base.door import named, opened
from brainscore_data.base.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_ROWS_AT_ONCE = 1 << 16
_BYTES_AT_ONCE = 1 << 20  # of what is compressed
# A file ends in the length of its footer, and in this (parquet.apache.org/docs/file-format).
_MAGIC, _END = b"PAR1", 8
# What is text or bytes, among what is stored as such; decimals can be, too, and are short.
_TEXTS = frozenset({"NONE", "STRING", "ENUM", "JSON", "BSON"})
# Of these pyarrow makes no dictionary. In the first, a text is what it shares with the one before,
# and the rest: thousands of long ones take no room.
_NO_DICTIONARY = frozenset({"DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"})
_TEXT_AT_ONCE = 64 << 20


def refuse_long_footer(path: Path) -> None:
    """Make sure that the footer, which is parsed as a whole, is no longer than those of tables."""
    with opened(path) as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - _END))
        end = stream.read(_END)
    if end.endswith(_MAGIC):
        Bound.FOOTER.refuse(int.from_bytes(end[:4], "little"), path, size)


def refuse_too_much(metadata: pq.FileMetaData, path: Path) -> None:
    """Make sure that a file declares no more than a table has, before any of it is decoded."""
    size = path.stat().st_size
    Bound.COLUMNS.refuse(metadata.num_columns, path)
    Bound.ROWS.refuse(metadata.num_rows, path, size)
    Bound.CELLS.refuse(metadata.num_rows * metadata.num_columns, path, size)
    columns = map(metadata.schema.column, range(metadata.num_columns))
    # Each list or record is one level or two.
    levels = max((each.max_definition_level for each in columns), default=0)
    Bound.NESTED_TYPES.refuse(levels // 2, path)
    stored = unpacked = 0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for column in map(group.column, range(metadata.num_columns)):
            stored += column.total_compressed_size
            unpacked += column.total_uncompressed_size
    if stored > size:
        raise DataError(
            "its columns share storage, or lie beyond its end",
            where=str(path),
            hint="make sure that the copy or the download is complete",
        )
    Bound.UNPACKED.refuse(unpacked, path, size)


class ColumnTexts:
    """The texts of a file, weighed before whoever adds their column has them decoded.

    The longest word of each dictionary decides; only if that would make too much of all rows, every
    reference to a word is counted.
    """

    def __init__(self, path: Path, metadata: pq.FileMetaData) -> None:
        self._path, self.metadata = path, metadata
        self._most = Bound.WORDS.of(path.stat().st_size)
        self._weight = 0
        self._added: set[str] = set()

    def add(self, column: str) -> None:
        """Make sure that the texts stay within bounds with those of a column."""
        import pyarrow.parquet as pq

        if column in self._added:
            return
        self._added.add(column)
        leaves = range(self.metadata.num_columns)
        described = {leaf: self.metadata.schema.column(leaf) for leaf in leaves}
        inside = {
            leaf: each
            for leaf, each in described.items()
            if each.path == column or each.path.startswith(f"{column}.")
        }
        groups = range(self.metadata.num_row_groups)
        for leaf, each in inside.items():
            if each.physical_type == "FIXED_LEN_BYTE_ARRAY":
                self._add(sum(self._values([leaf], group) for group in groups) * each.length)
        texts = [
            leaf
            for leaf, each in inside.items()
            if each.physical_type == "BYTE_ARRAY" and each.logical_type.type in _TEXTS
        ]
        if not texts:
            return
        stored = [self.metadata.row_group(group).column(leaf) for group in groups for leaf in texts]
        plain = any(_NO_DICTIONARY.intersection(each.encodings) for each in stored)
        as_words = [] if plain else [described[leaf].path for leaf in texts]
        rows = _ROWS_AT_ONCE
        with (
            named(self._path) as name,
            pq.ParquetFile(
                name,
                metadata=self.metadata,
                read_dictionary=as_words,
                buffer_size=_BYTES_AT_ONCE,
            ) as file,
        ):
            if plain:
                # No text is longer than all of them take.
                longest = max(each.total_uncompressed_size for each in stored)
                rows = min(rows, max(1, _TEXT_AT_ONCE // longest))
            else:
                supposed = sum(self._supposed(file, column, texts, group) for group in groups)
                if self._weight + supposed <= self._most:
                    self._weight += supposed
                    return
            for part in _texts(file, column, rows, groups):
                self._add(_weight(part))

    def _supposed(self, file: pq.ParquetFile, column: str, leaves: list[int], group: int) -> int:
        """Say what the texts of a row group become, at most; the first row brings the dictionaries."""
        values = self._values(leaves, group)
        found = list(_texts(file, column, 1, [group], batches=1))
        if values and not all(len(each.dictionary) for each in found):
            return self._most + 1  # there is none in the first row
        return values * sum(map(_longest, found))

    def _values(self, leaves: list[int], group: int) -> int:
        found = self.metadata.row_group(group)
        return int(max(found.num_rows, *(found.column(leaf).num_values for leaf in leaves)))

    def _add(self, weight: int) -> None:
        self._weight += weight
        if self._weight > self._most:
            raise Bound.WORDS.exceeded(self._path, self._most)


def _texts(
    file: pq.ParquetFile, column: str, rows: int, groups: Iterable[int], batches: int | None = None
) -> Iterator[pa.Array]:
    """Go through the texts of a column: each piece with the words that it refers to, or as they are."""
    found = file.iter_batches(rows, row_groups=groups, columns=[column], use_threads=False)
    for batch in islice(found, batches):
        for each in batch.columns:
            yield from _leaves(each)


def _leaves(cells: pa.Array) -> Iterator[pa.Array]:
    import pyarrow as pa

    kind = cells.type
    if pa.types.is_dictionary(kind) or _is_text(kind):
        yield cells
    elif pa.types.is_struct(kind):
        for field in range(kind.num_fields):
            yield from _leaves(cells.field(field))
    elif pa.types.is_map(kind):
        yield from _leaves(cells.keys)
        yield from _leaves(cells.items)
    elif hasattr(cells, "values"):  # lists of any kind
        yield from _leaves(cells.values)


def _is_text(kind: pa.DataType) -> bool:
    return str(kind) in {"string", "large_string", "string_view", "binary", "large_binary"}


def _longest(words: pa.DictionaryArray) -> int:
    import pyarrow.compute as pc

    return int(pc.max(pc.binary_length(words.dictionary)).as_py() or 0)


def _weight(texts: pa.Array) -> int:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(texts.type):
        return int(pc.sum(pc.binary_length(texts).cast(pa.int64())).as_py() or 0)
    weights = pc.take(pc.binary_length(texts.dictionary).cast(pa.int64()), texts.indices)
    return int(pc.sum(weights).as_py() or 0)
