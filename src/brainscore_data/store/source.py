"""What is to be stored: a file, held to what its metadata says about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.files import Fingerprint
from brainscore_data.base.hints import PACKAGE_AGAIN, Hint


@dataclass(frozen=True)
class Source:
    """A file that is to be stored, and what is to be kept beside it.

    Attributes
    ----------
    path : Path
        The file.
    metadata, tags : Mapping of str to str
        As in `StoredObject.metadata` and `Store.tags`.
    """

    path: Path
    metadata: Mapping[str, str]
    tags: Mapping[str, str]

    def open(self) -> BinaryIO:
        """Open the file.

        Raises
        ------
        UsageError
            If it cannot be read.
        """
        try:
            return self.path.open("rb")
        except OSError as error:
            reason = error.strerror or str(error)
            raise UsageError(f"cannot be read: {reason}", where=str(self.path)) from error

    def confirm(self, found: Fingerprint) -> None:
        """Compare the bytes with the sha1 and sha256 in the metadata, where it has any.

        Raises
        ------
        DataError
            If they differ.
        """
        for algorithm, value in (("sha1", found.sha1), ("sha256", found.sha256)):
            if self.metadata.get(algorithm, value) != value:
                raise DataError(
                    f"its {algorithm} is {value}, not {self.metadata[algorithm]} as announced; "
                    "nothing was stored",
                    where=str(self.path),
                    hint=Hint("the file changed since it was packaged: ", PACKAGE_AGAIN),
                )

    def changed(self) -> DataError:
        """Say that the file changed while it was being stored."""
        return DataError(
            "the file changed while it was being stored; nothing was stored",
            where=str(self.path),
            hint="let whatever writes to it finish, then run it again",
        )
