"""What the base says: files, settings and receipts that were there before the event.

What a pull request or a push changes in settings holds once it is merged: none switches its own
checks off. The checkout is asked for the base commit, and where it is shallow, GitHub.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.base.git import Checkout, CommittedPath, is_commit
from brainscore_data.check.engine.baseline import Baseline, parse_baseline
from brainscore_data.check.engine.configuration import Configuration, SettingsFiles, configured
from brainscore_data.github.client import explained
from brainscore_data.github.context import Context
from brainscore_data.publishing.comparison import NOTHING_COMMITTED, Committed, receipts_in_git
from brainscore_data.records.receipts import FILE_NAME

if TYPE_CHECKING:
    from github.Repository import Repository

SAYS = " of the base"
_WHOLE = "check out with `fetch-depth: 0`, so that the base is there"


@dataclass(frozen=True)
class BaseFiles:
    """What a base has for files."""

    workspace: Path
    base: str | None
    repository: Callable[[], Repository]

    @cached_property
    def entries(self) -> Mapping[str, CommittedPath] | None:
        """What there is, by path; None if there is no base."""
        if self.base is None:
            return None
        commit = self.base if is_commit(self.base) else f"refs/remotes/origin/{self.base}"
        if (found := Checkout(self.workspace).entries(commit)) is not None:
            return found
        return _entries_on_github(self.repository(), self.base)

    def content(self, entry: CommittedPath) -> bytes:
        """Give what is in a file."""
        content = Checkout(self.workspace).content(entry)
        if content is not None:
            return content
        base = self.base or ""
        with explained(f"for {entry.path} at {base[:10]}"):
            content = content_on_github(self.repository(), entry.path, base)
        if content is None:
            raise UsageError("GitHub does not give its content", where=entry.path, hint=_WHOLE)
        return content


def content_on_github(repository: Repository, path: str, base: str) -> bytes | None:
    """Ask GitHub for what is in a file; None if it is a folder."""
    there = repository.get_contents(path, ref=base)
    if isinstance(there, list):
        return None
    if there.encoding == "base64":
        return there.decoded_content
    # Of what is larger than a megabyte the answer has no content:
    # https://docs.github.com/en/rest/repos/contents#get-repository-content
    return base64.b64decode(repository.get_git_blob(there.sha).content)


def _entries_on_github(repository: Repository, base: str) -> dict[str, CommittedPath] | None:
    from github.GithubException import UnknownObjectException

    from github import GithubException

    with explained(f"for the settings at {base[:10]}"):
        try:
            tree = repository.get_git_tree(base, recursive=True)
            listed = list(tree.tree)
        except UnknownObjectException:
            return None
        except GithubException as error:
            if error.status in (409, 422):  # an empty repository; no such commit
                return None
            raise
    if tree.raw_data.get("truncated"):
        raise UsageError("GitHub does not list all files of the base", hint=_WHOLE)
    return {each.path: CommittedPath(each.path, each.mode, each.sha) for each in listed}


@dataclass(frozen=True)
class BaseSettings:
    """What the base says of the checks."""

    workspace: Path
    base: str | None
    repository: Callable[[], Repository]

    def configuration(self, paths: Sequence[Path]) -> Configuration:
        """Find the settings for some paths."""
        return configured(paths, SettingsFiles(self._read, SAYS))

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
            return configured([path], SettingsFiles(read)).settings != wanted
        except UsageError:  # those here are wrong
            return True

    @cached_property
    def _here(self) -> Mapping[str, CommittedPath] | None:
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


def base_receipts(
    context: Context, checkout: Path, folder: str, repository: Callable[[], Repository]
) -> Committed:
    """Give the receipts at the base, of the event's repository.

    A job that publishes has rarely a checkout. Then GitHub is asked for those of one dataset, if
    they are needed at all.
    """
    base = context.base
    if base is None:
        return NOTHING_COMMITTED

    def read() -> list[bytes]:
        found = receipts_in_git(checkout, base, anybodys=True) if is_commit(base) else None
        return _on_github(repository(), folder, base) if found is None else found

    return Committed(read)


def _on_github(repository: Repository, folder: str, base: str) -> list[bytes]:
    from github import UnknownObjectException

    path = FILE_NAME if folder == "." else f"{folder}/{FILE_NAME}"
    with explained(f"for {path} at {base}"):
        try:
            content = content_on_github(repository, path, base)
        except UnknownObjectException:
            return []
    return [] if content is None else [content]
