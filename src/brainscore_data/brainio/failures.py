"""Errors of the drop-in: with a message, and still what callers of brainio catch.

brainio's functions fail by `assert` and ``raise ValueError``. Scripts that catch either go on
doing so; whoever reads the error gets the program's own words.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NoReturn, ParamSpec, TypeVar

from brainscore_data.base.errors import BrainScoreDataError, DataError, IncompleteError, UsageError
from brainscore_data.base.hints import told

_P = ParamSpec("_P")
_R = TypeVar("_R")


class PackagingDataError(DataError, AssertionError, ValueError):
    """The data given to the drop-in is at fault."""


class PackagingUsageError(UsageError, AssertionError, ValueError):
    """The arguments given to the drop-in, or the environment, are at fault."""


def fails_as_callers_expect(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Make a function's errors ones that callers of brainio's catch, in words for callers.

    An error about publishing that stopped on the way stays as it is: running again finishes it.
    """

    @functools.wraps(function)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return function(*args, **kwargs)
        except BrainScoreDataError as error:
            _raise_again(error)

    return wrapped


def _raise_again(error: BrainScoreDataError) -> NoReturn:
    hint = error.hint and told(error.hint, "function")
    if isinstance(error, (IncompleteError, PackagingDataError, PackagingUsageError)):
        error.hint = hint
        raise error
    kind = PackagingDataError if isinstance(error, DataError) else PackagingUsageError
    again = kind(error.message, where=error.place, hint=hint)
    for note in getattr(error, "__notes__", ()):
        again.add_note(note)
    raise again from error
