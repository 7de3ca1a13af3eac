"""A file that is to be stored, held to what is said about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from brainscore_data.base.door import opened
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.base.files import Fingerprint
from brainscore_data.base.hints import PACKAGE_AGAIN, Hint


def unwatched(amount: int) -> None:
    """Take note of `amount` bytes that are on their way: of none, as nobody watches."""


@dataclass(frozen=True)
class Write:
    """A file that is to be stored under a key, held to what its metadata says about it.

    Attributes
    ----------
    key : str
        Below the store's prefix.
    path : Path
        The file.
    metadata, tags : Mapping of str to str
        As in `StoredObject.metadata` and `Store.tags`.
    expected_version : str or None
        The version that it goes on top of; None if it is to be the key's first.
    sent : callable
        Is told again and again how many more bytes are on their way; in the end, all.
    crc32 : str or None
        Of the bytes, in hexadecimal, where it is known beforehand.
    """

    key: str
    path: Path
    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    expected_version: str | None = None
    sent: Callable[[int], None] = unwatched
    crc32: str | None = None

    def open(self) -> BinaryIO:
        """Open the file.

        Raises
        ------
        UsageError
            If it cannot be read.
        """
        try:
            return opened(self.path)
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
        """Word that the file changed while it was being stored."""
        return DataError(
            "the file changed while it was being stored; nothing was stored",
            where=str(self.path),
            hint="let whatever writes to it finish, then run it again",
        )
