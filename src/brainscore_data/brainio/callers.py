"""How the drop-in takes calls of brainio's functions, in all the forms of the years, and how it fails.

The catalog came first, then was absent, then came first again and was ``None``; arguments were
renamed meanwhile. What is called in another form than brainscore-core's of today works, and warns
with today's form. brainio's functions fail by `assert` and ``raise ValueError``: scripts that catch
either go on doing so, and whoever reads the error gets the program's own words.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, ParamSpec, TypeVar

from brainscore_data.base.errors import BrainScoreDataError, DataError, IncompleteError, UsageError
from brainscore_data.base.hints import told
from brainscore_data.base.nearest import did_you_mean

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


_SHOWN = 60  # characters of a value in the warning


def accepts_older_forms(
    *, catalog: str | None = None, renamed: Mapping[str, str]
) -> Callable[[Callable[_P, _R]], Callable[..., _R]]:
    """Let a function be called as its ancestors were: `renamed` is older name → today's.

    `catalog` is the first parameter, if it is one that may be absent.

    Examples
    --------
    >>> @accepts_older_forms(catalog="catalog_name", renamed={"name": "identifier"})
    ... def show(catalog_name, table, identifier):
    ...     return catalog_name, identifier
    >>> import pandas as pd
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     show(pd.DataFrame(), name="Doe2024")
    (None, 'Doe2024')
    >>> print(caught[0].message)
    this is an older form of show; write: show(catalog_name=None, table=…, identifier='Doe2024')
    """

    def decorate(function: Callable[_P, _R]) -> Callable[..., _R]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> _R:
            older = False
            if catalog and not _has_catalog(catalog, renamed, args, kwargs):
                args, kwargs = (
                    ((None, *args), kwargs) if args else (args, {catalog: None, **kwargs})
                )
                older = True
            for name in [name for name in kwargs if name in renamed]:
                if renamed[name] in kwargs:
                    msg = f"{function.__name__} got both {name!r} and {renamed[name]!r}, which are one"
                    raise TypeError(msg)
                kwargs[renamed[name]] = kwargs.pop(name)
                older = True
            bound = _bound(function.__name__, signature, args, kwargs)
            if older:
                warnings.warn(
                    f"this is an older form of {function.__name__}; write: "
                    f"{function.__name__}({_written(bound.arguments)})",
                    DeprecationWarning,
                    stacklevel=2,
                )
            return function(*bound.args, **bound.kwargs)

        return wrapped

    return decorate


def _has_catalog(
    catalog: str, renamed: Mapping[str, str], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> bool:
    """Say whether the catalog is among the arguments, as None or by its name."""
    if args:
        # A table or an array in the first place is what is to be packaged.
        return not (hasattr(args[0], "columns") or hasattr(args[0], "dims"))
    return any(renamed.get(name, name) == catalog for name in kwargs)


def _bound(
    name: str, signature: inspect.Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> inspect.BoundArguments:
    try:
        return signature.bind(*args, **kwargs)
    except TypeError as error:
        unknown = [each for each in kwargs if each not in signature.parameters]
        near = did_you_mean(unknown[0], signature.parameters) if unknown else ""
        msg = f"{name}: {error}{near}; its arguments are {', '.join(signature.parameters)}"
        raise TypeError(msg) from None


def _written(arguments: Mapping[str, Any]) -> str:
    shown = []
    for name, value in arguments.items():
        plain = value is None or isinstance(value, (str, bool))
        text = repr(value) if plain else "…"
        shown.append(f"{name}={text if len(text) <= _SHOWN else '…'}")
    return ", ".join(shown)
