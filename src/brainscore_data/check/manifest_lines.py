"""On which line of a manifest something stands, by what the lines look like.

TOML's parser keeps no lines; a table that is written in another way than usual has none here.
"""

from __future__ import annotations

import re

_HEADER = re.compile(r"\s*(\[\[?)\s*[\"']?([\w-]+)[\"']?\s*\]\]?")
_TABLE = re.compile(r"\[\[?([\w-]+)\]\]?(?: ([0-9]+))?")
_FIRST_KEY = re.compile(r'"([^"]+)"|([\w-]+)')


def line_of(text: str, table: str = "", key: str = "") -> int | None:
    r"""Find the line of a key, or else of its table.

    Parameters
    ----------
    text : str
        The manifest.
    table : str, optional
        As errors name it: ``[dataset]`` or ``[[assembly]] 2``; the top of the file if empty.
    key : str, optional
        As errors name it: ``license`` or ``coords.neuroid``.

    Examples
    --------
    >>> line_of('schema = 1\n\n[[assembly]]\nclass = "BehavioralAssembly"\n', "[[assembly]] 1", "class")
    4
    """
    wanted = _TABLE.match(table)
    first = _FIRST_KEY.match(key)
    name = (first[1] or first[2]) if first else None
    found, seen, inside = None, 0, wanted is None
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            if inside and (found is not None or wanted is None):
                break
            if wanted and header[2] == wanted[1]:
                seen += 1
                inside = seen == int(wanted[2] or 1)
                found = number if inside else None
        elif inside and name and re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*[=.]", line):
            return number
    return found
