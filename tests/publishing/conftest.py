"""Stores that fail, and the runs that meet there."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from s3_kinds import s3_kind, s3_server, wire

from brainscore_data.publishing.published import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from brainscore_data.store.interface import Location

__all__ = ["s3_kind", "s3_server", "wire"]  # these fixtures are for publications only


class Killed(BaseException):
    """What ends a process: nothing may catch it."""


@dataclass
class FailingStore:
    """A store that does something at its n-th call, before or after the call takes effect."""

    inner: Any
    at: int = 0
    when: str = "before"
    action: Callable[[], None] = lambda: None
    calls: int = 0
    #: Several calls are made at once; each has a number of its own.
    _counting: Any = field(default_factory=threading.Lock)

    @property
    def location(self) -> Location:
        location: Location = self.inner.location
        return location

    @property
    def upkeep(self) -> Any:
        inner = self.inner.upkeep
        return SimpleNamespace(notes=self._counted(inner.notes), note=self._counted(inner.note))

    def __getattr__(self, name: str) -> Any:
        return self._counted(getattr(self.inner, name))

    def _counted(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            with self._counting:
                self.calls += 1
                due = self.calls == self.at
            if due and self.when == "before":
                self.action()
            result = method(*args, **options)
            if due and self.when == "after":
                if hasattr(result, "close"):
                    result.close()
                self.action()
            return result

        return call


@pytest.fixture
def failing_store() -> type[FailingStore]:
    return FailingStore


@pytest.fixture
def killed() -> type[Killed]:
    return Killed


@pytest.fixture
def run() -> Run:
    return Run(who="majaj", when="2015-09-30T12:00:00+00:00", commit="c" * 40)


@pytest.fixture
def other_run() -> Run:
    return Run(who="hong", when="2015-10-01T12:00:00+00:00")
