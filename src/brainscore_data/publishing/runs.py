"""Who publishes, when, and from which commit."""

from __future__ import annotations

import getpass
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from brainscore_data.base.errors import UsageError
from brainscore_data.base.git import ask_git


@dataclass(frozen=True)
class Run:
    """One run of a publication: what differs between two that publish the same.

    Attributes
    ----------
    who : str
        The user, or the author of the pull request.
    when : str
        Start of the run, UTC, ISO 8601 to the second.
    commit : str or None
        The commit that was checked out, where there is one.
    pull_request : int or None
        Its number.
    run_id : str or None
        Of the workflow run, where one is at work; made up otherwise. It tells this run's own
        writes from another's when the store's answer got lost.
    """

    who: str
    when: str
    commit: str | None = None
    pull_request: int | None = None
    run_id: str | None = None


def current_run(
    folder: Path,
    *,
    who: str | None = None,
    commit: str | None = None,
    pull_request: int | None = None,
    run_id: str | None = None,
) -> Run:
    """Describe the run that starts now, for data in `folder`."""
    return Run(
        who=who or _user(),
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=commit or _commit(folder),
        pull_request=pull_request,
        run_id=run_id or f"local-{secrets.token_hex(6)}",
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"


def _commit(folder: Path) -> str | None:
    try:
        return ask_git(folder, "rev-parse", "--verify", "HEAD").decode().strip()
    except UsageError:
        return None
