"""The receipts at the base commit: what a repository vouched for before this event."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from brainscore_data.base.git import is_commit
from brainscore_data.github.base_files import content_on_github
from brainscore_data.github.client import explained
from brainscore_data.github.context import Context
from brainscore_data.publishing.committed import NOTHING_COMMITTED, Committed, receipts_in_git
from brainscore_data.records.receipts import FILE_NAME

if TYPE_CHECKING:
    from github.Repository import Repository


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
