"""The formats that arrays come in, and what opens one so that its parts are read when asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from brainscore_data.base.errors import DataError

if TYPE_CHECKING:
    import numpy as np

Key = tuple[int | slice, ...]


#: What labs also have: what such files end in, and what to do with them. None of them is opened.
CONVERTIBLE = {
    ".xls": "save it as .xlsx, or each sheet as csv",
    ".npz": "save its arrays as .npy",
    ".h5": "save its arrays as .npy",
    ".hdf5": "save its arrays as .npy",
    ".pkl": "save what is in it as .npy and csv",
    ".pickle": "save what is in it as .npy and csv",
    ".feather": "save it as .parquet or csv",
    ".zip": "unpack it: of what is packed, tables alone are read",
    ".gz": "unpack it: of what is packed, tables alone are read",
}


@dataclass(frozen=True)
class StoredArray:
    """An array that stays in its file until somebody asks for a part of it."""

    shape: tuple[int, ...]
    dtype: np.dtype  # of this machine's byte order
    read: Callable[[Key], np.ndarray]  # a place or a slice for each dimension → the values


class FileFormat(NamedTuple):
    """A format, and the function that opens what is in such a file, imported when it is used."""

    endings: tuple[str, ...]
    module: str
    function: str
    has_parts: bool = False  # whether a file holds several: then the function is told which


FORMATS = [
    FileFormat((".npy",), "brainscore_data.arrays.npy", "open_npy"),
    FileFormat((".mat",), "brainscore_data.arrays.matlab", "open_matlab", has_parts=True),
    FileFormat((".nwb",), "brainscore_data.arrays.nwb", "open_nwb", has_parts=True),
]


def open_array_file(path: Path, part: str | None = None) -> StoredArray:
    """Open an array in the format that its file's name says."""
    opened: StoredArray = opened_by(FORMATS, path, part)
    return opened


def opened_by(formats: Sequence[FileFormat], path: Path, part: str | None) -> Any:
    """Open a file by the format that its name says; the first is that of any other ending."""
    ending = path.suffix.lower()
    its = next((each for each in formats if ending in each.endings), None)
    if its is None and ending in CONVERTIBLE:
        raise DataError(
            f"no {'array' if formats is FORMATS else 'table'} is read from a file in {ending}",
            where=str(path),
            hint=CONVERTIBLE[ending],
        )
    its = its or formats[0]
    function = getattr(import_module(its.module), its.function)
    return function(path, part) if its.has_parts else function(path)


def with_dimensions(array: StoredArray, number: int) -> StoredArray:
    """Give an array so many dimensions, where MATLAB dropped or added some of length 1.

    It knows no array with one dimension, and drops those of length 1 at the end. Where the number
    cannot be reached so, the array is given as it is.

    >>> import numpy as np
    >>> column = np.arange(3).reshape(3, 1)
    >>> stored = StoredArray(column.shape, column.dtype, column.__getitem__)
    >>> with_dimensions(stored, 1).read((slice(1, None),)), with_dimensions(stored, 4).shape
    (array([1, 2]), (3, 1, 1, 1))
    """
    more = number - len(array.shape)
    if more > 0:
        last = len(array.shape)

        def padded(key: Key) -> np.ndarray:
            values = array.read(key[:last])
            return values.reshape(*values.shape, *(1,) * more)[(..., *key[last:])]

        return StoredArray((*array.shape, *(1,) * more), array.dtype, padded)
    if number == 1 and len(array.shape) == 2 and 1 in array.shape:
        first = array.shape[0] != 1

        def flat(key: Key) -> np.ndarray:
            return array.read((key[0], 0) if first else (0, key[0]))

        return StoredArray((max(array.shape),) if 0 not in array.shape else (0,), array.dtype, flat)
    return array
