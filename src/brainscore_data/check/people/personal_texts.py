"""What parquet, netCDF, HDF5, NWB, npy, MATLAB's and Excel's files say of people, in all that can be read there as text.

They need the extra that reads them; where it is not there, that is said of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

from brainscore_data.base.door import only_inside
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.cage.warmth import imports
from brainscore_data.check.engine.unreadable import Unread
from brainscore_data.check.people.facts import (
    NamedTexts,
    PeopleInTable,
    PersonalColumn,
    UnopenedError,
)
from brainscore_data.check.people.personal_columns import (
    TRIALS,
    columns_in_use,
    editable,
    personal_cells,
    published_columns,
    why_not_mended,
)
from brainscore_data.dataset.paths import refuse_pointer

PARQUET = frozenset({".parquet", ".pq"})
MATLAB = frozenset({".mat"})
EXCEL = frozenset({".xlsx", ".xlsm"})
ARRAYS = frozenset({".nc", ".nc4", ".h5", ".hdf5", ".nwb", ".npy"})
#: All that is read with a library.
BINARY = PARQUET | ARRAYS | MATLAB | EXCEL
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
                stays = _stays(path, each.name)
                columns.append(
                    PersonalColumn(each.name, *found, each.called, left_out=left_out, stays=stays)
                )
    except ModuleNotFoundError as error:
        return PeopleInTable(str(path), missing=error.name)
    except UnopenedError:
        raise
    except UsageError as error:  # the system does not let us read it
        raise UnopenedError(error.message, where=str(path), hint=error.hint) from error
    except DataError:
        return PeopleInTable(str(path))  # not there, or in LFS: for the repository's rules
    return PeopleInTable(str(path), tuple(columns), tuple(unread))


def _stays(path: Path, column: str) -> str | None:
    """Say why `--fix` leaves a column as it is; None if it does not."""
    if path.suffix.lower() not in TRIALS:
        return "it mends csv, tsv and json files"
    if stays := why_not_mended(path) or columns_in_use(path).get(column):
        return stays
    # What is within an object in a trial is a column, too, and stays.
    return (
        None
        if any(editable(path).column(column))
        else "it leaves what is within an object of a trial"
    )


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
