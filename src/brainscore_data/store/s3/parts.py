"""How a large file is cut into parts.

The length of a part says which upload it belongs to: it is `PART_BYTES` and a little more, and
how much more follows from the content and from what is written beside it (`salt`). A multipart
upload that somebody left behind tells neither its metadata nor its tags, only the sizes and the
checksums of its parts. Two files that begin alike, such as a dataset before and after a
correction, are told apart by the size of their first part; without that, the second file could be
completed under the first one's metadata. All parts but the last are equally long, which some
servers demand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from brainscore_data.base.errors import UsageError

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
MAX_PARTS = 10_000
OBJECT_BYTES = 5 * 2**40
# A part that is cut off costs a minute on a slow line. A larger file goes in eight, until they
# have 256 MiB each: few requests, and still most of it is there when the line breaks.
PART_BYTES = 64 * 2**20
PARTS, LARGE_PART_BYTES = 8, 256 * 2**20
SPREAD = 16 * 2**20


@dataclass(frozen=True)
class Part:
    """A piece of a file."""

    #: From 1.
    number: int
    start: int
    size: int


def plan_parts(size: int, salt: int) -> tuple[Part, ...]:
    """Cut a file of `size` bytes into parts.

    Examples
    --------
    >>> [(part.number, part.size) for part in plan_parts(150_000_000, salt=0)]
    [(1, 67108864), (2, 67108864), (3, 15782272)]
    """
    if size > OBJECT_BYTES:
        raise UsageError(
            f"it has {size} bytes, and S3 takes {OBJECT_BYTES} (5 TiB) in one object",
            hint="split the dataset into smaller assemblies",
        )
    least = max(PART_BYTES, min(-(-size // PARTS), LARGE_PART_BYTES), -(-size // MAX_PARTS))
    length = least + salt % SPREAD
    starts = range(0, size, length)
    return tuple(
        Part(number, start, min(length, size - start)) for number, start in enumerate(starts, 1)
    )


def salt_of(sha256: str, metadata: Mapping[str, str], tags: Mapping[str, str]) -> int:
    """Draw a number from all that an upload is started with.

    Examples
    --------
    >>> salt_of("ab", {"writer": "1"}, {}) == salt_of("ab", {"writer": "1"}, {})
    True
    >>> salt_of("ab", {"writer": "1"}, {}) == salt_of("ab", {"writer": "2"}, {})
    False
    """
    text = json.dumps([sha256, sorted(metadata.items()), sorted(tags.items())])
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
