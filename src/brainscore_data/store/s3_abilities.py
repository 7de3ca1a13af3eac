"""What a writer has to know of the server that it writes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Handling = Literal["honoured", "ignored", "refused", "unknown"]


@dataclass(frozen=True)
class Abilities:
    """What a server does with what AWS takes beside the bytes; AWS itself does all.

    Attributes
    ----------
    conditions, complete_conditions : {"honoured", "ignored", "refused", "unknown"}
        ``If-Match`` and ``If-None-Match``, on one request and on the last call of an upload in
        parts. They are sent unless they are refused.
    checksums : {"honoured", "ignored", "refused", "unknown"}
        ``x-amz-checksum-*``. Unless they are honoured, a Content-MD5 is sent as well, or instead.
    tags : bool
        Whether it keeps tags.
    """

    conditions: Handling = "honoured"
    complete_conditions: Handling = "honoured"
    checksums: Handling = "honoured"
    tags: bool = True
