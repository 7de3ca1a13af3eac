"""What an HDF5 file may refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainscore_data.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


def refuse_external(path: Path) -> None:
    """Make sure that a file is HDF5.

    Raises
    ------
    DataError
        If it cannot be opened.
    """
    import h5py

    try:
        h5py.File(path).close()
    except OSError as error:
        raise DataError(f"cannot be read as HDF5: {error}", where=str(path)) from error
