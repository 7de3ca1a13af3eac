"""What a program of the cage has imported before it sees a file: libraries take longer than most calls."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

_Function = TypeVar("_Function", bound=Callable[..., Any])
_IMPORTED_BY: dict[Callable[..., Any], tuple[str, ...]] = {}


def imports(*modules: str) -> Callable[[_Function], _Function]:
    """Mark a function that is called in the cage with what it imports by all odds."""

    def marked(function: _Function) -> _Function:
        _IMPORTED_BY[function] = modules
        return function

    return marked


def imported_by(function: Callable[..., Any]) -> frozenset[str]:
    """Name what is to be imported for a function: its own module, and what it is marked with."""
    return frozenset({function.__module__, *_IMPORTED_BY.get(function, ())})


def import_all(modules: Iterable[str]) -> None:
    """Import what can be; whoever needs the others says so, in words of his own."""
    for module in modules:
        with contextlib.suppress(Exception):
            importlib.import_module(module)
