"""What an ETag says of the bytes: S3's is an MD5, unless the bucket encrypts with KMS [1]_.

Of an object in parts it is the MD5 of the parts' MD5s, and their number. How long the parts were
is not said; boto3's `upload_file`, with which Brain-Score's data was published for years, makes
them 8 MiB long.

References
----------
.. [1] https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
"""

from __future__ import annotations

import hashlib
import re

# https://docs.aws.amazon.com/boto3/latest/reference/customizations/s3.html
BOTO3_PART_BYTES = 8 * 2**20


class ETagCheck:
    """Compares bytes with an ETag while they are read.

    Examples
    --------
    >>> check = ETagCheck('"900150983cd24fb0d6963f7d28e17f72"', 3)
    >>> check.update(b"abc")
    >>> check.agrees
    True
    """

    def __init__(self, etag: str | None, size: int) -> None:
        found = re.fullmatch(r'"?([0-9a-f]{32})(?:-([0-9]+))?"?', etag or "")
        self._wanted: str | None = found[1] if found else None
        parts: str | None = found[2] if found else None
        if parts is not None and int(parts) != -(-size // BOTO3_PART_BYTES):
            self._wanted = None
        self._in_parts = parts is not None
        self._left = BOTO3_PART_BYTES
        self._part, self._ended = hashlib.md5(usedforsecurity=False), b""

    def update(self, block: bytes) -> None:
        """Take note of the bytes that follow."""
        if self._wanted is None:
            return
        rest = memoryview(block)
        while self._in_parts and len(rest) >= self._left:
            self._part.update(rest[: self._left])
            rest = rest[self._left :]
            self._ended += self._part.digest()
            self._part, self._left = hashlib.md5(usedforsecurity=False), BOTO3_PART_BYTES
        self._part.update(rest)
        if self._in_parts:
            self._left -= len(rest)

    @property
    def agrees(self) -> bool:
        """Whether the ETag is that of these bytes; False where it does not say."""
        found = self._part
        if self._in_parts:
            begun = self._left < BOTO3_PART_BYTES
            found = hashlib.md5(
                self._ended + (self._part.digest() if begun else b""), usedforsecurity=False
            )
        return self._wanted is not None and found.hexdigest() == self._wanted
