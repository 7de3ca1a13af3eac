"""Settings and baselines as the base has them: no pull request switches its own checks off.

What a pull request or a push changes in them holds once it is merged. The checkout is asked for the
base commit, and where it is shallow, GitHub.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.git import Checkout, Entry
from brainscore_data.check.engine.baseline import Baseline, parse_baseline
from brainscore_data.check.engine.configuration import Configuration, Source, configured
from brainscore_data.github.base_files import BaseFiles

if TYPE_CHECKING:
    from github.Repository import Repository

SAYS = " of the base"


@dataclass(frozen=True)
class BaseSettings:
    """What the base says of the checks."""

    workspace: Path
    base: str | None
    repository: Callable[[], Repository]

    def configuration(self, paths: Sequence[Path]) -> Configuration:
        """Find the settings for some paths."""
        return configured(paths, Source(self._read, SAYS))

    def baseline(self, name: str) -> Baseline:
        """Read a baseline."""
        file = self.workspace / name
        content = self._read(file)
        if content is None:
            raise UsageError(
                f"{self.named} has no such file",
                where=f"baseline: {name}",
                hint="a baseline holds from when it is merged on: commit it by itself first",
            )
        return parse_baseline(file, content, says=SAYS)

    def notes(self, paths: Sequence[Path]) -> list[str]:
        """Say which settings hold, where those that are checked out are others."""
        if not any(self._changed(path) for path in paths):
            return []
        if self._base.entries is not None:
            whose = f"those of {self.named} hold until the change is merged"
        else:
            whose = f"our defaults hold for this run, because {self._why_defaults}"
        return [f"The settings in `[tool.brainscore-data]` are changed here: {whose}."]

    @property
    def named(self) -> str:
        """How the base is named to people."""
        return f"the base ({self.base[:10]})" if self.base else "the base"

    @property
    def _why_defaults(self) -> str:
        return (
            f"GitHub does not know the base ({self.base[:10]})" if self.base else "there is no base"
        )

    def _changed(self, path: Path) -> bool:
        """Say whether the commit that is checked out has other settings for a path."""
        here = self._here
        if here is None:
            return False

        def read(file: Path) -> bytes | None:
            entry = here.get(self._name(file) or "")
            return self._git.content(entry) if entry is not None and entry.is_file else None

        try:
            wanted = self.configuration([path]).settings
        except BrainScoreDataError:  # which is told where they are needed
            return False
        try:
            return configured([path], Source(read)).settings != wanted
        except UsageError:  # those here are wrong
            return True

    @cached_property
    def _here(self) -> Mapping[str, Entry] | None:
        return self._git.entries("HEAD")

    @cached_property
    def _git(self) -> Checkout:
        return Checkout(self.workspace)

    @cached_property
    def _base(self) -> BaseFiles:
        return BaseFiles(self.workspace, self.base, self.repository)

    def _name(self, file: Path) -> str | None:
        below = file.is_relative_to(self.workspace)
        return file.relative_to(self.workspace).as_posix() if below else None

    def _read(self, file: Path) -> bytes | None:
        name = self._name(file)
        entry = (self._base.entries or {}).get(name or "")
        if name is None or entry is None:
            return None
        if not entry.is_file:
            raise UsageError(
                "at the base this is a link, and settings are read from files",
                where=name,
                hint="put the file itself there",
            )
        return self._base.content(entry)
