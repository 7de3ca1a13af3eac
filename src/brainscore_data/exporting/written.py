"""JSON as a terminal, a browser and YAML can take it, whatever strangers wrote."""

from __future__ import annotations

import json
import re
from typing import Any

# What commands terminals, turns text around, or ends a line in YAML, though JSON may hold it bare.
_UNUSUAL = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def json_text(value: Any, indent: int | None = None) -> str:
    r"""Write JSON; signs that are not seen are written by their number.

    >>> print(json_text("Sp\u00e9cial \u202e"))
    "Spécial \u202e"
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return _UNUSUAL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
