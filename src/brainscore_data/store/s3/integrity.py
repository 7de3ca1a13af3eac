"""What is sent beside bytes so that the server refuses them if they change on the way.

One request carries the SHA-256 of its bytes: it is stronger than the SHA-1 that readers compare
with, S3 takes one checksum algorithm for a request, and what S3 gives back is then the proof that
its bytes are those of the bundle. The SHA-256 of a multipart upload is only a hash of hashes, so
there it is CRC32 on each part and over the whole object [1]_.

.. [1] https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

from __future__ import annotations

import hashlib
import re
import zlib
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import RawIOBase
from typing import BinaryIO

from brainscore_data.base.door import BLOCK
from brainscore_data.base.files import fast_crc32, joined_blocks
from brainscore_data.store.interface import Comparing


@dataclass(frozen=True)
class Sums:
    """Checksums of what is sent in one request, or of a whole file."""

    crc32: int
    #: Lower-case hexadecimal, as the next; empty where nobody needs it.
    md5: str = ""
    #: Empty where CRC32 is to be sent.
    sha256: str = ""
    #: The CRC32 of each `BLOCK` of a whole file.
    blocks: Sequence[int] = ()


def sums_of(body: bytes) -> Sums:
    """Compute all the checksums of a small body that is sent in one request."""
    md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
    return Sums(zlib.crc32(body), md5, hashlib.sha256(body).hexdigest())


def summed(stream: BinaryIO | RawIOBase, *, md5: bool) -> Sums:
    """Read a part once."""
    crc32, digest = 0, hashlib.md5(usedforsecurity=False)
    update_crc32 = fast_crc32()
    while block := stream.read(BLOCK):
        crc32 = update_crc32(block, crc32)
        if md5:
            digest.update(block)
    return Sums(crc32, digest.hexdigest() if md5 else "")


def crc32_of_piece(
    blocks: Sequence[int], start: int, size: int, read: Callable[[int, int], bytes]
) -> int:
    """Compute the CRC32 of a piece of a file whose blocks' are known.

    `read` is asked for what lies before the first whole block of the piece and after the last.
    """
    from isal.isal_zlib import crc32_combine

    end = start + size
    first, last = -(-start // BLOCK), end // BLOCK
    if first >= last:
        return zlib.crc32(read(start, size))
    before = zlib.crc32(read(start, first * BLOCK - start))
    inner = (last - first) * BLOCK
    whole = crc32_combine(before, joined_blocks(blocks[first:last], inner), inner)
    return zlib.crc32(read(last * BLOCK, end - last * BLOCK), whole)


def integrity(sums: Sums, checksums: Comparing) -> dict[str, str]:
    """Choose what to send beside the bytes of one request.

    Every server knows Content-MD5; one that is not known to compare checksums is told both.
    """
    by_md5 = {} if checksums == "honoured" else {"ContentMD5": _encoded(sums.md5)}
    if checksums == "refused":
        return by_md5
    if sums.sha256:
        by_sha256 = {"ChecksumAlgorithm": "SHA256", "ChecksumSHA256": _encoded(sums.sha256)}
        return by_sha256 | by_md5
    by_crc32 = {"ChecksumAlgorithm": "CRC32", "ChecksumCRC32": encoded_crc32(sums.crc32)}
    return by_crc32 | by_md5


def _encoded(hexadecimal: str) -> str:
    return b64encode(bytes.fromhex(hexadecimal)).decode("ascii")


def encoded_crc32(crc32: int) -> str:
    """Write a CRC32 as S3's headers want it."""
    return b64encode(crc32.to_bytes(4, "big")).decode("ascii")


# https://docs.aws.amazon.com/boto3/latest/reference/customizations/s3.html
BOTO3_PART_BYTES = 8 * 2**20


class ETagCheck:
    """Compares bytes with an ETag while they are read."""

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
