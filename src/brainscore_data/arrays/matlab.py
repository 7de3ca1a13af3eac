"""MATLAB's files, from v4 to v7.3: what is in them, and its arrays; nothing else opens them.

Up to v7 they are scipy's to read, v7.3 is HDF5. Values are what ``scipy.io.loadmat`` makes of them in
either case: numbers in MATLAB's shape, texts as arrays of text, cells as arrays of objects, structs
as arrays with fields. A variable up to v7 cannot have more than 2 GB, and is read whole.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.arrays.formats import Key, StoredArray
from brainscore_data.arrays.matlab_variables import (
    MatlabVariable,
    is_struct,
    no_field,
    no_numbers,
    place_of,
)
from brainscore_data.base.bounds import Bound
from brainscore_data.base.door import opened
from brainscore_data.base.errors import DataError
from brainscore_data.base.nearest import did_you_mean
from brainscore_data.base.text import some

if TYPE_CHECKING:
    import numpy as np

#: What scipy and its parts answer with to files that are damaged, or none.
UNREADABLE = (
    *(ValueError, TypeError, LookupError, OSError, EOFError, OverflowError, AssertionError),
    *(NotImplementedError, RecursionError, UnicodeError, AttributeError),
    *(struct.error, zlib.error),
)
_HDF5 = b"\x89HDF\r\n\x1a\n"
_SAVE_AGAIN = "save it again in MATLAB or Octave: save('-v7', 'FILE.mat', 'NAME')"


def variables_in(path: Path) -> tuple[MatlabVariable, ...]:
    """List the variables of a file; no values are read."""
    with _explained(path):
        if is_hdf5(path):
            from brainscore_data.arrays.matlab_hdf5 import hdf5_variables

            found = hdf5_variables(path)
        else:
            from scipy.io import whosmat

            with opened(path) as stream, _by_scipys_own_word():
                found = [MatlabVariable(*each) for each in whosmat(stream)]
    # What MATLAB keeps for its objects has no name, and is nobody's variable.
    return tuple(each for each in found if each.name and not each.name.startswith("__"))


def open_matlab(path: Path, part: str | None) -> StoredArray:
    """Open an array of numbers; `part` names the variable, or a field of a struct: ``data.spikes``."""
    names = chosen_part(path, part, lambda each: each.is_numbers and prod(each.shape) > 1)
    if is_hdf5(path):
        from brainscore_data.arrays.matlab_hdf5 import open_hdf5_numbers

        with _explained(path, names):
            return open_hdf5_numbers(path, names)
    values = _numbers(_by_scipy(path, names), path, names)

    def read(key: Key) -> np.ndarray:
        return values[key]

    return StoredArray(values.shape, values.dtype, read)


def matlab_value(path: Path, names: Sequence[str]) -> Any:
    """Read a variable, or a field of a struct, whole; see the module for what is made of it."""
    if not is_hdf5(path):
        return _by_scipy(path, names)
    from brainscore_data.arrays.matlab_hdf5 import hdf5_value

    with _explained(path, names):
        return hdf5_value(path, names)


def chosen_part(
    path: Path, part: str | None, fits: Callable[[MatlabVariable], bool]
) -> tuple[str, ...]:
    """Split the name of a part; where none is given, name the one variable that fits."""
    there = variables_in(path)
    if not there:
        raise DataError("there is no variable in it", where=str(path), hint=_SAVE_AGAIN)
    if part is None:
        fitting = [each for each in there if fits(each)]
        if len(fitting) == 1 or len(there) == 1:
            return ((fitting or there)[0].name,)
        example = (fitting or there)[0].name
        raise DataError(
            f"it has several variables: {some(list(map(str, there)), 8, str)}",
            where=str(path),
            hint=f'say which one is meant, e.g. "{path.name}:{example}"',
        )
    name, *fields = part.split(".")
    known = {each.name: each for each in there}
    if name not in known:
        raise DataError(
            f"there is no variable {name!r} in it",
            where=str(path),
            hint=f"there are: {some(list(map(str, there)), 8, str)}{did_you_mean(name, known)}",
        )
    if not fields:
        Bound.VALUES.refuse(prod(known[name].shape), path, path.stat().st_size)
    return name, *fields


def is_hdf5(path: Path) -> bool:
    """Say whether a file is of v7.3: HDF5 behind 512 bytes of MATLAB's own, or without them."""
    with opened(path) as stream:
        start = stream.read(512 + len(_HDF5))
    return _HDF5 in {start[: len(_HDF5)], start[512:]}


def _by_scipy(path: Path, names: Sequence[str]) -> Any:
    from scipy.io import loadmat

    with _explained(path, names), opened(path) as stream, _by_scipys_own_word():
        found = loadmat(stream, variable_names=[names[0]], mat_dtype=True)
        value = found[names[0]]
    for depth, name in enumerate(names[1:], 1):
        fields = getattr(getattr(value, "dtype", None), "names", None)
        if fields is None or value.size != 1 or name not in fields:
            known = fields if fields is not None and value.size == 1 else None
            raise no_field(name, known, path, names[:depth])
        value = value[name].flat[0]
    return value


def _numbers(value: Any, path: Path, names: Sequence[str]) -> np.ndarray:
    import numpy as np

    if not isinstance(value, np.ndarray):
        kind = "sparse" if hasattr(value, "toarray") else f"a {type(value).__name__}"
        raise no_numbers(kind, path, names)
    if value.dtype.names is not None:
        raise is_struct(value.dtype.names, value.shape, path, names)
    if value.dtype.kind not in "biuf":
        words = {"O": "a cell array", "U": "text"}
        raise no_numbers(words.get(value.dtype.kind, str(value.dtype)), path, names)
    return value.astype(value.dtype.newbyteorder("="), copy=False)


@contextmanager
def _by_scipys_own_word() -> Iterator[None]:
    from scipy.io.matlab import MatReadError

    try:
        yield
    except MatReadError as error:  # it is none of Python's own
        raise ValueError(str(error)) from error


@contextmanager
def _explained(path: Path, names: Sequence[str] = ()) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # scipy takes the real part, and only warns.
            warnings.filterwarnings("error", message=".*imaginary")
            yield
    except Warning as error:
        raise no_numbers("complex", path, names) from error
    except UNREADABLE as error:
        with opened(path) as stream:
            is_text = stream.read(19) == b"# Created by Octave"
        raise DataError(
            "it is a text file of Octave's, not a MATLAB file"
            if is_text
            else f"it is not a MATLAB file, or it is damaged: {' '.join(str(error).split())}",
            where=place_of(path, names),
            hint=_SAVE_AGAIN if is_text else f"copy it whole, or {_SAVE_AGAIN}",
        ) from error
