"""The content digest ``cd1``: equal for equal content, whatever wrote the bytes.

A file's sha1 changes with the library that compressed it. The digest depends on values, dtypes,
names and attributes only, so that two machines, or last year's writer and this year's, agree.

It is the SHA-256 of a stream of fields, which docs/formats.md specifies. Strings and values may come
in any number of pieces: only their concatenation counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from brainscore_data.base.files import Fingerprint

if TYPE_CHECKING:
    import numpy as np

VERSION = "cd1"


@dataclass(frozen=True)
class Written:
    """What is known of a file once it is written."""

    #: Of the content, ``cd1:…``.
    digest: str
    #: Of the bytes.
    fingerprint: Fingerprint


class ContentDigest:
    """A digest under way; those of two kinds are never equal."""

    def __init__(self, kind: Literal["table", "files", "assembly"]) -> None:
        self._hash = hashlib.sha256()
        self.text(kind)

    def text(self, value: str) -> None:
        """Add a text field."""
        encoded = value.encode("utf-8")
        self._hash.update(len(encoded).to_bytes(8, "little"))
        self._hash.update(encoded)

    def number(self, value: int) -> None:
        """Add a number field."""
        self._hash.update(value.to_bytes(8, "little", signed=True))

    def strings(self, values: Iterable[str]) -> None:
        """Add strings; a ValueError if one of them holds a NUL."""
        parts = values if isinstance(values, list) else list(values)
        if not parts:
            return
        joined = "\0".join(parts) + "\0"
        if joined.count("\0") != len(parts):
            msg = "a string with a NUL in it has no content digest"
            raise ValueError(msg)
        self._hash.update(joined.encode("utf-8"))

    def values(self, array: np.ndarray) -> None:
        """Add the elements of a boolean, integer or floating-point array."""
        import numpy as np

        little_endian = array.dtype.newbyteorder("<")
        self._hash.update(
            np.ascontiguousarray(array, dtype=little_endian).reshape(-1).view("u1").data
        )

    def result(self) -> str:
        """Give the digest of all that was added."""
        return f"{VERSION}:{self._hash.hexdigest()}"
