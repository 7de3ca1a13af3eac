"""The forms that identifiers have, and names that are nearly one another.

The older convention is ``<lab>.<FirstAuthor><YYYY>``, for requests
``<lab>.<b|n>.<m|h>.<Proposer>.<pull request>``; the living one is ``<FirstAuthor><YYYY>``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_LAB = r"(?P<lab>[a-z][a-z0-9]*)\."
_AUTHOR_YEAR = r"(?P<author>[A-Z][A-Za-z]*)(?P<year>[0-9]{4})"
_FORMS = {
    "request": re.compile(
        rf"{_LAB}[bn]\.[mh]\.(?P<author>[A-Z][A-Za-z]*)\.(?P<number>[1-9][0-9]{{0,9}})"
    ),
    # "1976c" is how bibliographies tell an author's papers of one year apart.
    "author-year": re.compile(rf"{_AUTHOR_YEAR}[a-z]?(?:[._][A-Za-z0-9._-]*[A-Za-z0-9])?"),
    "lab": re.compile(rf"{_LAB}{_AUTHOR_YEAR}(?:[A-Za-z]|[A-Za-z._-][A-Za-z0-9._-]*[A-Za-z0-9])?"),
}
DESCRIBED = {
    "author-year": "<FirstAuthor><YYYY> with a suffix after '.' or '_' (MajajHong2015.public)",
    "lab": "<lab>.<FirstAuthor><YYYY> (dicarlo.MajajHong2015)",
    "request": "<lab>.<b|n>.<m|h>.<Proposer>.<pull request number> (dicarlo.b.m.Kar.512)",
}
# How Brain-Score names the two halves of its benchmarks' data: MajajHong2015.private, hvm-public.
_VISIBILITY = re.compile(r"[._-](public|private)$", re.ASCII)
_LAB_PREFIX = re.compile(r"^[a-z][a-z0-9]*\.(?=[A-Z])")
_TOKENS = re.compile(r"[A-Za-z]+|[0-9]+")
# Shorter names are a letter apart by chance: Kar and Kay are two people.
_SHORTEST = 5


class Parsed(NamedTuple):
    """An identifier taken apart."""

    form: str  # a key of `DESCRIBED`
    author: str  # the first, or who proposes a request
    year: int | None  # None in a request
    number: int | None  # the pull request, in a request


# Several rules ask the same of each identifier.
@lru_cache(maxsize=1024)
def parse_identifier(identifier: str, naming: str = "any") -> Parsed | None:
    """Take an identifier apart; None if it has none of the forms (or not the one) asked for.

    >>> parse_identifier("dicarlo.MajajHong2015.public")
    Parsed(form='lab', author='MajajHong', year=2015, number=None)
    >>> parse_identifier("dicarlo.b.m.Kar.512").number
    512
    >>> parse_identifier("hvm-public"), parse_identifier("Kar2019", naming="lab")
    (None, None)
    """
    for form, pattern in _FORMS.items():
        if naming in {"any", form} and (found := pattern.fullmatch(identifier)):
            parts = found.groupdict()
            year, number = parts.get("year"), parts.get("number")
            return Parsed(
                form, parts["author"], int(year) if year else None, int(number) if number else None
            )
    return None


def nearly_same_identifier(one: str, other: str) -> bool:
    """Say whether two identifiers look like one that was once misspelt.

    They differ in case or separators, or by one letter inside of one word. Digits, and the last
    letter of a word, tell the parts of a dataset apart (``eidolonI``, ``DeValois1982a``).

    >>> nearly_same_identifier("Geirhos2021_sketch", "Geiros2021_sketch")
    True
    >>> nearly_same_identifier("Kar2019.public", "Kar2019-public")
    True
    >>> nearly_same_identifier("Geirhos2021_eidolonI", "Geirhos2021_eidolonII")
    False
    """
    if one == other:
        return False
    ours, theirs = identifier_tokens(one), identifier_tokens(other)
    if len(ours) != len(theirs):
        return False
    different = [(a, b) for a, b in zip(ours, theirs, strict=True) if a != b]
    if not different:
        return True
    return len(different) == 1 and nearly_same_word(*different[0])


def visibility_in_name(identifier: str) -> str | None:
    """Say who is meant to read something by the ending of its name; None where that is open.

    >>> visibility_in_name("MajajHong2015.private"), visibility_in_name("hvm-public")
    ('private', 'public')
    >>> visibility_in_name("hvm") is None
    True
    """
    ending = _VISIBILITY.search(identifier)
    return ending[1] if ending else None


def plain_name(identifier: str) -> str:
    """Give an identifier without its lab, its separators and its case.

    >>> plain_name("dicarlo.MajajHong2015.public") == plain_name("MajajHong2015_public")
    True
    """
    return re.sub(r"[._-]", "", _LAB_PREFIX.sub("", identifier)).casefold()


def identifier_tokens(identifier: str) -> tuple[str, ...]:
    """Split an identifier into words and numbers, whatever the case and the separators."""
    return tuple(_TOKENS.findall(identifier.casefold()))


def nearly_same_word(one: str, other: str) -> bool:
    """Say whether two words of some length are one edit apart, and not in their last letters."""
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < _SHORTEST or not (one.isalpha() and other.isalpha()):
        return False
    at_the_end = shorter[-1] != longer[-1] or longer.startswith(shorter)
    return not at_the_end and one_edit_apart(one, other)


def one_edit_apart(one: str, other: str) -> bool:
    """Tell whether a character is missing, added, wrong or swapped with its neighbour."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1 or one == other:
        return False
    start = next(
        (n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short)
    )
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    if short[start + 1 :] == long[start + 1 :]:
        return True
    swapped = short[start + 1 : start + 2] + short[start : start + 1]
    return swapped + short[start + 2 :] == long[start:]


def misspellings(tokens: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Give what two identifiers that are nearly the same have in common, for an index of them.

    Itself, and itself without one letter: comparing all identifiers with all others would take
    too long where there are thousands.
    """
    yield tokens
    for place, token in enumerate(tokens):
        if len(token) >= _SHORTEST and token.isalpha():
            before, after = tokens[:place], tokens[place + 1 :]
            for i in range(len(token)):
                yield (*before, token[:i] + token[i + 1 :], *after)
