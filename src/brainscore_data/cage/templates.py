"""The templates of this process: a first program takes a second to import, what it forks takes none.

There is one for each environment, for all who ask: whoever packages many datasets waits once. One that
nobody has asked for a minute ends by itself, and all end with this process.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from brainscore_data.cage.processes import Started, Template

_Started = TypeVar("_Started", Started, Template)
_Key = tuple[tuple[str, ...], frozenset[tuple[str, str]]]


class _Mine:
    """What belongs to this process, and to none that it forks."""

    def __init__(self) -> None:
        self.alone = threading.Lock()
        self.kept: dict[_Key, Template] = {}
        # The system ends a program with the *thread* that started it, so one thread starts all.
        self.starter = ThreadPoolExecutor(1, "cage")


_mine = _Mine()


def started(
    kind: Callable[..., _Started], command: Sequence[str], environment: Mapping[str, str]
) -> _Started:
    """Start a program that ends with this process, and not with the thread that asks."""
    return _mine.starter.submit(kind, command, environment).result()


def template_for(command: Sequence[str], environment: Mapping[str, str]) -> tuple[Template, bool]:
    """Give the template of this environment, and whether it has just been started."""
    key = tuple(command), frozenset(environment.items())
    with _mine.alone:
        known = _mine.kept.get(key)
        if known is None:
            _mine.kept[key] = started(Template, command, environment)
        return _mine.kept[key], known is None


def forget(template: Template) -> None:
    """Start another when one is asked for again."""
    with _mine.alone:
        for key in [key for key, kept in _mine.kept.items() if kept is template]:
            del _mine.kept[key]


def _stop() -> None:
    for template in _mine.kept.values():
        template.stop()


def _leave_to_the_parent() -> None:
    global _mine  # noqa: PLW0603 - what a fork copies is the parent's
    for template in _mine.kept.values():
        template.leave()
    _mine = _Mine()


atexit.register(_stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_the_parent)
