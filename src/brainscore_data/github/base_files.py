"""Files as the base has them: of the checkout, and where that is shallow, of GitHub."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.base.errors import UsageError
from brainscore_data.base.git import Checkout, Entry, is_commit
from brainscore_data.github.client import explained

if TYPE_CHECKING:
    from github.Repository import Repository

_WHOLE = "check out with `fetch-depth: 0`, so that the base is there"


@dataclass(frozen=True)
class BaseFiles:
    """What a base has for files."""

    workspace: Path
    base: str | None
    repository: Callable[[], Repository]

    @cached_property
    def entries(self) -> Mapping[str, Entry] | None:
        """What there is, by path; None if there is no base."""
        if self.base is None:
            return None
        commit = self.base if is_commit(self.base) else f"refs/remotes/origin/{self.base}"
        if (found := Checkout(self.workspace).entries(commit)) is not None:
            return found
        return _entries_on_github(self.repository(), self.base)

    def content(self, entry: Entry) -> bytes:
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


def _entries_on_github(repository: Repository, base: str) -> dict[str, Entry] | None:
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
    return {each.path: Entry(each.path, each.mode, each.sha) for each in listed}
