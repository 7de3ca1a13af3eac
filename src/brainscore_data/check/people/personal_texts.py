"""What parquet, netCDF, HDF5, NWB, npy, MATLAB's and Excel's files say of people, in all that can be read there as text.

They need the extra that reads them; where it is not there, that is said of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import repeat
from pathlib import Path

from brainscore_data.base.door import only_inside
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.text import some
from brainscore_data.cage.warmth import imports
from brainscore_data.check.engine.unreadable import Unread, unreadable
from brainscore_data.check.people.facts import (
    NamedTexts,
    PeopleInTable,
    PersonalColumn,
    UnopenedError,
)
from brainscore_data.check.people.personal_columns import (
    TABLES,
    TRIALS,
    columns_in_use,
    editable,
    look_at_table,
    personal_cells,
    published_columns,
    why_not_mended,
)
from brainscore_data.check.people.tables_to_copy import why_not_copied
from brainscore_data.dataset.document import names_of
from brainscore_data.dataset.paths import refuse_pointer

PARQUET = frozenset({".parquet", ".pq"})
MATLAB = frozenset({".mat"})
EXCEL = frozenset({".xlsx", ".xlsm"})
ARRAYS = frozenset({".nc", ".nc4", ".h5", ".hdf5", ".nwb", ".npy"})
#: All that is read with a library.
BINARY = PARQUET | ARRAYS | MATLAB | EXCEL
#: What tables lie in, of any of these formats.
PACKED = frozenset({".zip", ".gz"})
#: Of these the cage makes copies with pseudonyms.
COPIED = PARQUET | MATLAB | EXCEL | PACKED
_EXPORT_AGAIN = "export it again, with plain texts in it"


@imports("brainscore_data.check.people.texts_in_arrays")
def look_at_binary(path: Path, inside: tuple[Path, ...]) -> PeopleInTable:
    """Look, in the cage, at a file that needs a library to be read; it lies `inside` of folders.

    An `UnopenedError` if it cannot be opened.
    """
    with only_inside(*inside):
        return _looked_at(path)


def _looked_at(path: Path) -> PeopleInTable:
    columns: list[PersonalColumn] = []
    unread: list[Unread] = []
    kept = published_columns(path)
    try:
        refuse_pointer(path)
        for each in _texts_of(path):
            if isinstance(each, Unread):
                unread.append(each)
                continue
            try:
                found = personal_cells(each.name, zip(repeat(None), each.values))
            except DataError as error:
                unread.append(Unread(error.message, error.hint or _EXPORT_AGAIN))
                continue
            if found is not None:
                left_out = kept is not None and each.name not in kept
                columns.append(PersonalColumn(each.name, *found, each.called, left_out=left_out))
        columns = _with_reasons(path, columns)
    except ModuleNotFoundError as error:
        return PeopleInTable(str(path), missing=error.name)
    except UnopenedError:
        raise
    except UsageError as error:  # the system does not let us read it
        raise UnopenedError(error.message, where=str(path), hint=error.hint) from error
    except DataError:
        return PeopleInTable(str(path))  # not there, or in LFS: for the repository's rules
    return PeopleInTable(str(path), tuple(columns), tuple(unread))


def look_at_packed(path: Path, inside: tuple[Path, ...], *, is_told: bool) -> PeopleInTable:
    """Look, in the cage, at the tables in a zip, or at the one in a ``.gz``.

    What cannot be read is left out if another rule says so.
    """
    with only_inside(*inside):
        return _looked_into(path, is_told=is_told)


def _looked_into(path: Path, *, is_told: bool) -> PeopleInTable:
    from brainscore_data.tables.zipped import tables_in, unpacked_table

    members: list[str | None] = [None] if path.suffix.lower() == ".gz" else [*tables_in(path)]
    named, kept = names_of(path), published_columns(path)
    files: dict[tuple[str, str, str], list[str]] = {}
    unread: list[Unread] = []
    for member in members:
        ending = Path(path.stem if member is None else member).suffix.lower()
        if ending in TRIALS and not named:
            continue  # most anything can be in a json file
        try:
            with unpacked_table(path, member) as file:
                found = look_at_table(file) if ending in TABLES else _looked_at(file)
        except DataError as error:
            unread.append(unreadable(error))
            continue
        if found.missing is not None:
            return replace(found, subject=str(path))
        unread += found.unread
        for each in found.columns:
            key = each.name, each.holds, each.called
            files.setdefault(key, []).append("" if member is None else member)
    columns = [
        PersonalColumn(
            name,
            holds,
            None,
            called + _in_files(members),
            left_out=kept is not None and name not in kept,
        )
        for (name, holds, called), members in files.items()
    ]
    columns = _with_reasons(path, columns)
    called = [(None, Path(each).stem) for each in members if each is not None]
    if holds := personal_cells("", called):
        stays = "it does not rename files in a zip"
        columns.append(PersonalColumn("", *holds, "one of the names in it", stays=stays))
    return PeopleInTable(str(path), tuple(columns), () if is_told else tuple(unread))


def _in_files(members: list[str]) -> str:
    if not members[0]:
        return ""
    return f" of {some(members, 1)}"


def _with_reasons(path: Path, columns: list[PersonalColumn]) -> list[PersonalColumn]:
    """Say of each column why `--fix` leaves it as it is, if it does."""
    if not columns:
        return columns
    suffix = path.suffix.lower()
    if suffix in TRIALS:
        whole = why_not_mended(path)
    elif suffix in COPIED:
        whole = why_not_mended(path) or why_not_copied(path)
    else:
        whole = "it fixes only tables, in csv, Excel, parquet, MATLAB and jsPsych files"
    used = columns_in_use(path) if whole is None else {}
    if whole is None and suffix in PARQUET:
        from brainscore_data.check.people.texts_in_parquet import columns_of_many

        used |= dict.fromkeys(columns_of_many(path), "its cells are lists or records")
    if whole is None and suffix in TRIALS:
        table = editable(path)
        inside = [each.name for each in columns if not any(table.column(each.name))]
        used |= dict.fromkeys(inside, "it does not change values inside an object of a trial")
    return [replace(each, stays=whole or used.get(each.name)) for each in columns]


def _texts_of(path: Path) -> Iterator[NamedTexts | Unread]:
    if path.suffix.lower() in PARQUET:
        from brainscore_data.check.people.texts_in_parquet import texts_of as parquet_texts_of

        return parquet_texts_of(path)
    if path.suffix.lower() in TRIALS:
        return _trial_texts_of(path)
    if path.suffix.lower() in EXCEL:
        return _excel_texts_of(path)
    if path.suffix.lower() in MATLAB:
        from brainscore_data.check.people.texts_in_matlab import texts_of as matlab_texts_of

        return matlab_texts_of(path)
    from brainscore_data.check.people.texts_in_arrays import texts_of

    return texts_of(path)


def _excel_texts_of(path: Path) -> Iterator[NamedTexts]:
    from brainscore_data.tables.excel import texts_in

    try:
        for name, called, texts in texts_in(path):
            yield NamedTexts(name, called, iter(texts))
    except DataError as error:
        raise UnopenedError(
            f"it cannot be searched for people: {error.message}",
            where=str(path),
            hint=error.hint,
        ) from error


def _trial_texts_of(path: Path) -> Iterator[NamedTexts]:
    from brainscore_data.tables.trial_list import read_trial_list

    try:
        table = read_trial_list(path)
    except DataError as error:
        raise UnopenedError(
            f"it cannot be searched for people: {error.message}", where=str(path), hint=error.hint
        ) from error
    for column in table.columns:
        yield NamedTexts(column, f"column {column!r}", iter(table.texts(column)))
