"""How messages show what others wrote."""

from __future__ import annotations


def shown(text: str) -> str:
    """Quote a text of unknown length and content.

    Examples
    --------
    >>> print(shown("Kar2019"), shown("a" * 100)[-4:])
    'Kar2019' aa…'
    """
    return repr(text if len(text) <= 80 else f"{text[:79]}…")
