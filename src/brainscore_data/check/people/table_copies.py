"""Copies of tables that a library has to read: made in the cage, by what this process says of each text.

The cage tells the different texts of a column; whose they are, and the secret that makes pseudonyms of
them, stays out of it.
"""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from brainscore_data.base.door import only_inside
from brainscore_data.base.files import written_whole
from brainscore_data.cage.limits import Limits, size_of
from brainscore_data.cage.workers import Workers
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import Subjects
from brainscore_data.check.people.facts import PeopleInTable
from brainscore_data.check.people.personal_columns import TRIALS
from brainscore_data.check.people.personal_texts import PACKED, look_at_binary, look_at_packed
from brainscore_data.check.people.tables_to_copy import parts_to_copy
from brainscore_data.tables.file_copies import write_copy
from brainscore_data.tables.formats import open_table
from brainscore_data.tables.zipped import has_tables


@dataclass(frozen=True)
class CagedTable:
    """A file whose tables will be written with other texts; see `EditableCsv`."""

    path: Path
    texts: Mapping[str, Sequence[str]]  # of each column, the different ones
    made: Path  # the copy, where nobody looks for it yet
    replaced: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def column(self, name: str) -> list[str]:
        """Give the different texts of a column; none, if it is in no table."""
        return [*self.texts.get(name, ())]

    def with_column(self, name: str, cells: Sequence[str]) -> CagedTable:
        """Put other texts in their place."""
        told = dict(zip(self.column(name), cells, strict=True))
        return replace(self, replaced={**self.replaced, name: told})

    def write(self, *, like: Path) -> None:
        """Write the file, whole or not at all, for those who may read `like`."""
        with written_whole(self.path, mode=stat.S_IMODE(like.stat().st_mode)) as temporary:
            shutil.copyfile(self.made, temporary)


class CopyingCage:
    """Where tables are read, and their copies written, that need a library."""

    def __init__(self, workers: Workers, inside: tuple[Path, ...], made: Path) -> None:
        self._workers = workers
        self._inside = inside
        self._made = made  # where it may write
        self._count = 0

    def look_at(self, path: Path) -> PeopleInTable:
        """Look for people in a file."""
        suffix = path.suffix.lower()
        if suffix in TRIALS:
            return look_at_binary(path, self._inside)  # which needs no library
        if suffix in PACKED and not has_tables(path):
            return PeopleInTable(str(path))
        more = {"is_told": True} if suffix in PACKED else {}
        found: PeopleInTable = self._asked(look_at_packed if more else look_at_binary, path, **more)
        return found

    def editable(self, path: Path, columns: Sequence[str]) -> CagedTable:
        """Read the texts of columns, to write others in a copy."""
        self._count += 1
        made = self._made / f"{self._count}{''.join(path.suffixes[-2:])}"
        texts = self._asked(texts_in_columns, path, columns=[*columns])
        return CagedTable(path, texts, made)

    def make(self, table: CagedTable) -> None:
        """Write a copy, where nobody looks for it yet."""
        replaced = {name: told for name, told in table.replaced.items() if told}
        self._asked(copy_tables, table.path, target=table.made, replaced=replaced)

    def _asked(self, function: Callable[..., Any], path: Path, **more: Any) -> Any:
        limits = Limits.of(size_of([path]))
        return self._workers.call(
            function, limits=limits, where=str(path), path=path, inside=self._inside, **more
        )


@contextmanager
def copying_cage(subjects: Subjects) -> Iterator[CopyingCage]:
    """Give a cage that reads what is to be checked; it starts when something has to be read there."""
    run = CheckRun(subjects, Settings())
    with (
        TemporaryDirectory(prefix="brainscore-data-copies-") as made,
        Workers(1, readable=run.readable, writable=[Path(made)]) as workers,
    ):
        yield CopyingCage(workers, run.inside, Path(made))


def texts_in_columns(
    path: Path, columns: list[str], inside: tuple[Path, ...]
) -> dict[str, list[str]]:
    """Give the different texts of columns, over all tables of a file that are copied (in the cage)."""
    with only_inside(*inside):
        found: dict[str, dict[str, int]] = {}
        for part in parts_to_copy(path):
            table = open_table(path, part)
            for column in columns:
                if column in table.columns:
                    found.setdefault(column, {}).update(table.first_rows(column))
            table.close()
        return {column: [*texts] for column, texts in found.items()}


def copy_tables(
    path: Path, target: Path, replaced: dict[str, dict[str, str]], inside: tuple[Path, ...]
) -> None:
    """Write a file with the tables that the manifest names of another one (in the cage)."""
    with only_inside(*inside, target.parent):
        write_copy(path, parts_to_copy(path), target, replaced)
