"""All the text that MATLAB's files hold: in cells and structs as well, and the names of all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from brainscore_data.arrays.matlab import matlab_value, variables_in
from brainscore_data.arrays.matlab_variables import is_sparse
from brainscore_data.base.errors import DataError
from brainscore_data.check.engine.unreadable import Unread
from brainscore_data.check.people.facts import NamedTexts, UnopenedError
from brainscore_data.check.people.signs_of_people import likely_people

# Deeper than data is, and within what Python does by itself.
_DEEPEST = 64
_ONLY_IN_MATLAB = (
    "save it as numbers, cellstr(…) or table2struct(…): only MATLAB can open it as it is"
)


def texts_of(path: Path) -> Iterator[NamedTexts | Unread]:
    """Give all texts of a file, and why others could not be read."""
    try:
        names: dict[str, None] = {}
        for variable in variables_in(path):
            names[variable.name] = None
            if variable.is_numbers and not _can_be_personal(variable.name):
                continue
            value = matlab_value(path, (variable.name,))
            yield from _texts(value, variable.name, variable.name, names, 0)
        yield NamedTexts("", "one of the names in it", iter(names))
    except DataError as error:
        raise UnopenedError(
            f"it cannot be searched for people: {error.message}",
            where=str(path),
            hint=error.hint,
        ) from error


def _texts(
    value: Any, name: str, called: str, names: dict[str, None], depth: int
) -> Iterator[NamedTexts | Unread]:
    """Give what is in a variable: of a struct, each field for itself, over all structs."""
    if not isinstance(value, np.ndarray):
        if not is_sparse(value):  # which are numbers
            yield Unread(f"{called!r} is an object of MATLAB's", _ONLY_IN_MATLAB)
    elif depth > _DEEPEST:
        yield Unread(f"{called!r} is nested too deep to be searched", _ONLY_IN_MATLAB)
    elif value.dtype.names is not None:
        for field in value.dtype.names:
            names[field] = None
            inside = np.array([*value[field].flat, None], dtype=object)[:-1]
            yield from _texts(inside, field, f"{called}.{field}", names, depth + 1)
    elif value.dtype.kind == "O":
        plain = [each for each in value.flat if _is_plain(each)]
        yield NamedTexts(name, f"{called!r}", _plain_texts(name, plain))
        for each in value.flat:
            if not _is_plain(each):
                yield from _texts(each, name, called, names, depth + 1)
    else:
        yield NamedTexts(name, f"{called!r}", _plain_texts(name, [value]))


def _is_plain(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.names is None and value.dtype.kind != "O"


def _plain_texts(name: str, values: list[np.ndarray]) -> Iterator[str]:
    personal = _can_be_personal(name)
    for each in values:
        if each.dtype.kind == "U" or personal:
            yield from (str(text).rstrip(" ") for text in np.unique(each).tolist())


def _can_be_personal(name: str) -> bool:
    """Say whether numbers can be somebody's, by the name that they have."""
    return any(likely_people(name, [each]) for each in ("12345", "1.2345"))
