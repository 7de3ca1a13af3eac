"""The coordinates of netCDF-4 files as text, read with h5py and within bounds.

Only what is stored in the file itself is read, and no more of it than its size can hold: a
dataset that claims 10^12 elements, or takes them from another file, is left to other rules.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import h5py  # only where the extra is installed: who imports this asks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST_VALUES = 1 << 20
_MOST_DATASETS = 10_000
_AT_ONCE = 1 << 13


def coordinate_texts(path: Path) -> Iterator[tuple[str, Iterator[str]]]:
    """Give the name of each one-dimensional dataset, and its values as text."""
    try:
        with h5py.File(path, "r") as file:
            for name in _names(file):
                dataset = file.get(name)
                if isinstance(dataset, h5py.Dataset) and _is_safe(dataset):
                    yield name.rpartition("/")[2], _texts(dataset)
    except (OSError, RuntimeError, ValueError, KeyError, TypeError):
        return  # what cannot be opened is for the rules of assemblies


def _names(file: h5py.File) -> list[str]:
    names: list[str] = []

    def keep(name: str) -> bool | None:  # hard links only: others lead elsewhere
        names.append(name)
        return True if len(names) >= _MOST_DATASETS else None

    file.visit(keep)
    return names


def _is_safe(dataset: h5py.Dataset) -> bool:
    if len(dataset.shape or ()) != 1 or dataset.is_virtual or dataset.external:
        return False
    if h5py.check_string_dtype(dataset.dtype) is None and dataset.dtype.kind not in "f":
        return False
    # Compressed a thousandfold is the most there is; more is a fill value.
    stored = dataset.id.get_storage_size()
    return bool(stored) and dataset.nbytes <= 1100 * stored


def _texts(dataset: h5py.Dataset) -> Iterator[str]:
    for start in range(0, min(len(dataset), _MOST_VALUES), _AT_ONCE):
        values = dataset[start : start + _AT_ONCE].tolist()
        for value in itertools.chain(values):
            yield value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
