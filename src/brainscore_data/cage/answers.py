"""What goes through the wall of the cage, in lines of JSON: a call, and a value or an error.

Bytes follow a line that says how many there are.

Never pickle: a parser that a file has taken over can say something wrong of files, and no more.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_type_hints

from brainscore_data.base.errors import BrainScoreDataError, DataError, IncompleteError, UsageError
from brainscore_data.base.hints import Hint, Words
from brainscore_data.base.place import Place
from brainscore_data.base.progress import Reporter
from brainscore_data.cage.cage import Elsewhere
from brainscore_data.cage.json_values import shape_of

_Kind = Literal["DataError", "UsageError", "IncompleteError"]
_ERRORS: dict[_Kind, type[BrainScoreDataError]] = {
    "DataError": DataError,
    "UsageError": UsageError,
    "IncompleteError": IncompleteError,
}
#: Bytes; nobody says more than this of files.
LONGEST = 1 << 28


def name_of(function: Callable[..., Any]) -> str:
    """Give the name that `function_of` finds a function by."""
    return f"{function.__module__}:{function.__qualname__}"


def function_of(name: str) -> Callable[..., Any]:
    """Import a function of ours by its name."""
    module, _, attribute = name.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return function


def written_call(function: Callable[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Write a call down."""
    hints = _hints(function)
    return {
        "function": name_of(function),
        "arguments": {
            name: shape_of(hints[name]).written(value) for name, value in arguments.items()
        },
    }


def carried_out(
    call: Mapping[str, Any], report: Reporter, elsewhere: Elsewhere | None = None
) -> dict[str, Any]:
    """Do what a call says; give its value, or what went wrong.

    It may want to `report`, or to have parts done `elsewhere`. Bytes are no JSON: they are ``raw``.
    """
    try:
        function = function_of(call["function"])
        hints = _hints(function)
        arguments = {
            name: shape_of(hints[name]).read(value) for name, value in call["arguments"].items()
        }
        if "report" in hints:
            arguments["report"] = report
        if call.get("elsewhere"):
            arguments["elsewhere"] = elsewhere
        value = function(**arguments)
        if hints["return"] is bytes:
            return {"raw": value}
        return {"value": shape_of(hints["return"]).written(value)}
    except BrainScoreDataError as error:
        return {"error": _written_error(error)}
    except ModuleNotFoundError as error:
        return {"missing": error.name or ""}
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - what a damaged file makes a parser raise is open-ended
        return {"failed": f"{type(error).__name__}: {' '.join(str(error).split())}"[:500]}


def value_in(
    found: Mapping[str, Any], function: Callable[..., Any], where: Place | str | None = None
) -> Any:
    """Read an answer: the value that the function promises, or the error that it raised.

    `where` is said of what nobody foresaw. What is neither of the two is a ValueError, a TypeError
    or a KeyError.
    """
    if "error" in found:
        raise _read_error(found["error"])
    if "missing" in found:
        name = shape_of(str).read(found["missing"])
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    if "failed" in found:
        raise DataError(f"cannot be read: {found['failed']}", where=where)
    promised = _hints(function)["return"]
    return found["raw"] if promised is bytes else shape_of(promised).read(found["value"])


@functools.cache
def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    return get_type_hints(function)


@dataclass(frozen=True)
class _SaidError:
    """An error of ours, as it goes through the wall."""

    kind: _Kind
    message: str
    place: Place | None
    hint: tuple[str | Words, ...] | None
    count: int


def _written_error(error: BrainScoreDataError) -> Any:
    kinds = (name for name, each in _ERRORS.items() if isinstance(error, each))
    kind: _Kind = next(kinds, "UsageError")
    hint = None if error.hint is None else tuple(_parts(error.hint))
    said = _SaidError(kind, error.message, error.place, hint, error.count)
    return shape_of(_SaidError).written(said)


def _parts(hint: str) -> list[str | Words]:
    if not isinstance(hint, Hint):
        return [str(hint)]
    return [
        each
        for part in hint.parts
        for each in ([part] if isinstance(part, Words) else _parts(part))
    ]


def _read_error(written: Any) -> BrainScoreDataError:
    said: _SaidError = shape_of(_SaidError).read(written)
    hint = None if said.hint is None else Hint(*said.hint)
    return _ERRORS[said.kind](said.message, where=said.place, hint=hint, count=said.count)
