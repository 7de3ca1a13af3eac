"""What a run of checks hands to its probes: what to look at, under which settings, and the cage."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import Subjects

if TYPE_CHECKING:
    from brainscore_data.cage.workers import Workers


class CheckRun:
    """A run of checks; what it started ends with it."""

    def __init__(
        self, subjects: Subjects, settings: Settings, workers: Workers | None = None
    ) -> None:
        self.subjects = subjects
        self.settings = settings
        self._given = workers  # of whoever goes on with them
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @cached_property
    def workers(self) -> Workers:
        """Where files are parsed by more than the standard library, whichever family asks.

        No program starts before it is called, and a hook that never asks imports none of it.
        """
        if self._given is not None:
            return self._given
        from brainscore_data.cage.workers import Workers

        return self._open.enter_context(Workers(self.settings.jobs, readable=self.readable))

    @cached_property
    def readable(self) -> tuple[Path, ...]:
        """The folders that all of it lies in: what was given, the repository, fetched sources."""
        from brainscore_data.base.caching import cache_folder

        sources = cache_folder() / "sources"
        repository = self.subjects.repository
        return (*self.subjects.roots, *([] if repository is None else [repository]), sources)
