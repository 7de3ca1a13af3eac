"""What the server behind a bucket's URL can do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Abilities:
    """What a server does with a write.

    Attributes
    ----------
    checksums : bool
        Whether it compares, keeps and gives back ``x-amz-checksum-*``.
    conditional : bool
        Whether it honours ``If-Match`` and ``If-None-Match``.
    versioned : bool
        Whether the bucket keeps earlier versions.
    """

    checksums: bool = True
    conditional: bool = True
    versioned: bool = True
