"""The name that was probably meant, for errors about one that is not there."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

# Comparing takes the product of both lengths, and a hostile file may hold a name of a megabyte.
_LONGEST = 300
# Each of many wrong names would be compared with each of many files.
_MOST_KNOWN = 300


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Find the known name that is most like `name`, whatever the case; None if none is.

    Of many known ones the first are compared.

    >>> nearest("NeuroidAssembyl", ["NeuroidAssembly", "BehavioralAssembly"])
    'NeuroidAssembly'
    >>> nearest("licence", ["reference", "plugin"]) is None
    True
    """
    import difflib  # only errors need it

    if len(name) > _LONGEST:
        return None
    compared = islice(known, _MOST_KNOWN)
    folded = {each.casefold(): each for each in compared if len(each) <= _LONGEST}
    close = difflib.get_close_matches(name.casefold(), folded, n=1)
    return folded[close[0]] if close else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Word the suggestion, to go at the end of a message; empty if no known name is near.

    >>> did_you_mean("licence", ["license", "plugin"])
    "; did you mean 'license'?"
    """
    found = nearest(name, known)
    return f"; did you mean {found!r}?" if found is not None else ""
