"""Values in JSON, as annotations say: what comes from a process that a file took over is checked.

Pydantic knows more, and whoever imports it waits a quarter of a second, here and in each process;
in that time a worker looks at fifty stimuli. So it is asked for what is not known here alone.
"""

from __future__ import annotations

import functools
import json
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path, PurePath
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

_Reader = Callable[[Any], Any]
_NONE = type(None)
_EXACT = (str, int, bool, _NONE)
_AS_THEY_ARE = {*_EXACT, float}
_MANY: dict[Any, Callable[[Iterator[Any]], Any]] = {
    list: list,
    Sequence: list,
    set: set,
    frozenset: frozenset,
}


class Shape(NamedTuple):
    """How a value is written, and how it is read; a ValueError or TypeError says it is none."""

    written: Callable[[Any], Any]
    read: _Reader


@functools.cache
def shape_of(kind: Any) -> Shape:
    """Find how values of an annotation are written and read."""
    if _is_known(kind, set()):
        return Shape(_written, _reader(kind))
    from pydantic import TypeAdapter

    adapter = TypeAdapter(kind)
    # A default that is written would be read as said: a manifest asks for what it names.
    return Shape(
        functools.partial(adapter.dump_python, mode="json", exclude_unset=True, warnings=False),
        # As JSON: it has a text for what it has no kind for, such as days.
        lambda value: adapter.validate_json(json.dumps(value)),
    )


def _is_known(kind: Any, seen: set[Any]) -> bool:
    if kind in _SINGLE or kind in seen:
        return True
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return all(type(each) in _SINGLE for each in arguments)
    if origin in {Union, types.UnionType, tuple, *_MANY}:
        return all(each is ... or _is_known(each, seen) for each in arguments)
    if origin in {dict, Mapping}:
        return arguments[0] is str and _is_known(arguments[1], seen)
    if _is_named_tuple(kind) or _is_plain_dataclass(kind):
        seen.add(kind)
        return all(_is_known(each, seen) for each in _hints(kind).values())
    return isinstance(kind, type) and issubclass(kind, Enum)


def _is_named_tuple(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")


def _is_plain_dataclass(kind: Any) -> bool:
    return (
        isinstance(kind, type)
        and is_dataclass(kind)
        and not hasattr(kind, "__pydantic_validator__")
        and all(each.init for each in fields(kind))
    )


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    names = kind._fields if _is_named_tuple(kind) else [each.name for each in fields(kind)]
    return {name: hints[name] for name in names}


def _written(value: Any) -> Any:
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_written(each) for each in value]
    if is_dataclass(value):
        return {each.name: _written(getattr(value, each.name)) for each in fields(value)}
    match value:
        case Mapping():
            return {name: _written(each) for name, each in value.items()}
        case Enum():
            return value.value
    return str(value) if isinstance(value, str | PurePath) else value.item()  # of numpy's


def _reader(kind: Any) -> _Reader:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is not None:
        return _reader_of_many(origin, arguments)
    if kind in _SINGLE:
        return _SINGLE[kind]
    return functools.partial(kind) if issubclass(kind, Enum) else _record(kind)


def _reader_of_many(origin: Any, arguments: tuple[Any, ...]) -> _Reader:
    if origin is Literal:
        return lambda value: _one_of(value, arguments)
    if origin in {Union, types.UnionType}:
        return _either(arguments)
    if origin is tuple:
        return _tuple(arguments)
    read = _reader(arguments[-1])
    if origin in _MANY:
        make = _MANY[origin]
        return lambda value: make(read(each) for each in _exactly(value, list))
    return lambda value: {name: read(each) for name, each in _exactly(value, dict).items()}


def _tuple(kinds: tuple[Any, ...]) -> _Reader:
    if kinds[1:] == (...,):
        read = _reader(kinds[0])
        return lambda value: tuple(read(each) for each in _exactly(value, list))
    reads = [_reader(each) for each in kinds]
    return lambda value: tuple(
        read(each) for read, each in zip(reads, _exactly(value, list), strict=True)
    )


@functools.cache
def _record(kind: Any) -> _Reader:
    # Found when it is asked for: a group has groups in it.
    readers = functools.cache(lambda: {name: _reader(each) for name, each in _hints(kind).items()})
    if _is_named_tuple(kind):
        in_order = functools.cache(lambda: tuple(readers().values()))
        return lambda value: kind(
            *[read(each) for read, each in zip(in_order(), _exactly(value, list), strict=True)]
        )
    return lambda value: kind(
        **{name: readers()[name](each) for name, each in _exactly(value, dict).items()}
    )


def _either(kinds: tuple[Any, ...]) -> _Reader:
    if all(each in _EXACT for each in kinds):
        return _single(*kinds)
    reads = [_reader(each) for each in kinds if each is not _NONE]

    def read(value: Any) -> Any:
        if value is None and _NONE in kinds:
            return None
        for each in reads:
            try:
                return each(value)
            except (ValueError, TypeError, KeyError):
                continue
        raise _wrong(value)

    return read


def _one_of(value: Any, allowed: tuple[Any, ...]) -> Any:
    for each in allowed:
        if type(each) is type(value) and each == value:
            return each
    raise _wrong(value)


def _exactly(value: Any, *kinds: Any) -> Any:
    if type(value) not in kinds:
        raise _wrong(value)
    return value


def _single(*kinds: Any, make: Callable[[Any], Any] | None = None) -> _Reader:
    if make is None:
        return lambda value: _exactly(value, *kinds)
    return lambda value: make(_exactly(value, *kinds))


_SINGLE: dict[Any, _Reader] = {
    **{kind: _single(kind) for kind in _EXACT},
    None: _single(_NONE),
    float: _single(float, int, make=float),
    Path: _single(str, make=Path),
    Any: lambda value: value,
}


def _wrong(value: object) -> TypeError:
    return TypeError(f"{type(value).__name__} is not what was promised")
